#pragma once

#include "healing/evidence/probe.h"
#include "model/recording.h"
#include "pg/connection.h"

// What the queries of this folder have in common.
namespace selfheal::watch::internal {

// The answer in the form that healing::RowReader reads.
EvidenceItem as_item(std::string query, pg::Rows rows);
// The columns pid … query of a row.
SessionSeen read_session(healing::RowReader& row);
// The text of queries/<name>.sql without its last semicolon. CHECKs that it exists.
std::string query_text(std::string_view name);

}  // namespace selfheal::watch::internal
