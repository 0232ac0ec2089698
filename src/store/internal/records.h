#pragma once

#include <vector>

#include "model/evidence.h"
#include "model/incident.h"
#include "model/treatment.h"
#include "pg/connection.h"
#include "store/internal/json.h"
#include "store/internal/row.h"

// Rows of our tables as values of the model, and back.
namespace selfheal::store {

Result<Incident> incident_from(Row row);
// All columns of selfheal.incident that a program decides; the tenant is never among them.
json::object row_of(const Incident& incident);

Result<Treatment> treatment_from(Row row);
json::object row_of(const Treatment& treatment);

Result<EvidenceItem> evidence_item_from(Row row);
// `number` counts from 1 within what is attached.
json::object row_of(const EvidenceItem& item, std::int64_t number);
std::string evidence_id(std::int64_t number);  // "E3"

template <class T>
Result<std::vector<T>> all_from(const pg::Rows& rows, Result<T> (*read)(Row)) {
  std::vector<T> out;
  out.reserve(rows.rows.size());
  for (std::size_t i = 0; i < rows.rows.size(); ++i) {
    TRY(auto item, read(Row(rows, i)));
    out.push_back(std::move(item));
  }
  return out;
}

}  // namespace selfheal::store
