#include <boost/algorithm/string/replace.hpp>

#include "api/internal/routes.h"
#include "base/words.h"
#include "contract/page.h"
#include "model/incident.h"

namespace selfheal::api {
namespace {

namespace json = boost::json;

template <class Enum>
json::array words() {
  json::array list;
  boost::mp11::mp_for_each<boost::describe::describe_enumerators<Enum>>(
      [&](auto enumerator) { list.emplace_back(enumerator.name); });
  return list;
}

// Which texts of the contract are words of the model, so that a generated client knows them.
struct WordsRow {
  const char* schema;
  const char* field;
  json::array (*words)();
};
constexpr WordsRow kWords[] = {
    {"Check", "status", words<CheckStatus>},        {"EvidenceView", "status", words<ProbeStatus>},
    {"Incident", "confidence", words<Confidence>},  {"Incident", "severity", words<Severity>},
    {"Incident", "state", words<IncidentState>},    {"Incident", "transient", words<Transience>},
    {"SimilarCase", "verdict", words<VerdictWord>},
};

json::object content(std::string_view type, json::value schema) {
  return {{type, json::object{{"schema", std::move(schema)}}}};
}

// "{name...}" is "{name}" in OpenAPI, which has no word for more than one segment.
std::string path_of(std::string_view pattern) {
  return boost::replace_all_copy(std::string(pattern), "...}", "}");
}

json::array parameters_of(const RouteRow& row) {
  json::array list;
  const json::object text{{"type", "string"}};
  const auto path = path_of(row.pattern);
  for (auto open = path.find('{'); open != path.npos; open = path.find('{', open + 1)) {
    const auto name = path.substr(open + 1, path.find('}', open) - open - 1);
    list.push_back({{"name", name}, {"in", "path"}, {"required", true}, {"schema", text}});
  }
  for (const auto& query : row.query) {
    json::value schema = text;
    if (query.repeats) schema = {{"type", "array"}, {"items", text}};
    list.push_back(
        {{"name", query.name}, {"in", "query"}, {"description", query.help}, {"schema", std::move(schema)}});
  }
  if (row.method == "POST") list.push_back({{"name", "Idempotency-Key"}, {"in", "header"}, {"schema", text}});
  if (row.permission == Permission::operate || row.method == "PUT")
    list.push_back({{"name", "If-Match"}, {"in", "header"}, {"schema", text}});
  return list;
}

json::object request_of(const RouteRow& row, contract::Schemas& schemas) {
  auto body = content("application/json", row.request(schemas));
  if (row.permission == Permission::report)
    body["application/x-ndjson"] = json::object{{"schema", row.request(schemas)}};
  return {{"required", true}, {"content", std::move(body)}};
}

json::object responses_of(const RouteRow& row, contract::Schemas& schemas) {
  json::object success{{"description", row.summary}};
  if (row.method != "DELETE") {
    const json::value schema = row.response ? row.response(schemas) : json::value(json::object());
    // A stream that has a document, too, is answered with that to who accepts nothing else.
    const bool both = row.tell != nullptr && row.response != nullptr;
    auto types = both ? content("application/json", schema) : content(row.response_type, schema);
    if (both) types[row.response_type] = json::object{{"schema", json::object{{"type", "string"}}}};
    success["content"] = std::move(types);
  }
  return {{row.method == "DELETE" ? "204" : "200", std::move(success)},
          {"default",
           json::object{{"description", "An error"},
                        {"content", content("application/problem+json", schemas.of<contract::Problem>())}}}};
}

json::object operation_of(const RouteRow& row, contract::Schemas& schemas) {
  json::object operation{
      {"operationId", row.id}, {"summary", row.summary}, {"parameters", parameters_of(row)}};
  if (row.request) operation["requestBody"] = request_of(row, schemas);
  operation["responses"] = responses_of(row, schemas);
  // Overrides the demand of the whole description.
  if (row.permission == Permission::anyone) operation["security"] = json::array();
  return operation;
}

json::object components_of(const contract::Schemas& schemas) {
  auto components = schemas.components();
  for (const auto& row : kWords)
    components.at(row.schema).at("properties").at(row.field).as_object()["enum"] = row.words();
  return components;
}

}  // namespace

std::string describe_routes(std::span<const RouteRow> rows, const std::string& version) {
  contract::Schemas schemas;
  json::object paths;
  for (const auto& row : rows) {
    auto& path = paths[path_of(row.pattern)];
    if (!path.is_object()) path = json::object();
    std::string method(row.method);
    for (char& c : method) c = static_cast<char>(c - 'A' + 'a');
    path.as_object()[method] = operation_of(row, schemas);
  }
  const json::object bearer{{"type", "http"}, {"scheme", "bearer"}};
  const json::object whole{
      {"openapi", "3.1.0"},
      {"info", json::object{{"title", "Selfheal"}, {"version", version}}},
      {"security", json::array{json::object{{"token", json::array()}}}},
      {"paths", std::move(paths)},
      {"components", json::object{{"schemas", components_of(schemas)},
                                  {"securitySchemes", json::object{{"token", bearer}}}}}};
  return contract::to_text(whole);
}

}  // namespace selfheal::api
