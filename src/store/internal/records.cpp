#include "store/internal/records.h"

#include "store/internal/described.h"

namespace selfheal::store {

Result<Incident> incident_from(Row row) {
  Incident incident;
  incident.number = IncidentNumber(row.number("number"));
  incident.rev = row.number("rev");
  incident.server = ServerId(row.text("server"));
  incident.database = row.text("database");
  incident.state = row.word<IncidentState>("state");
  incident.name = {.family = row.text("family"), .fingerprint = row.text("fingerprint")};
  incident.error_class = {.category = row.word<Category>("category"),
                          .category7 = row.word<Category>("category7"),
                          .severity = row.word<Severity>("severity"),
                          .transient = row.word<Transience>("transience"),
                          .auto_fixable = row.truth("auto_fixable"),
                          .condition = row.text("condition"),
                          .why = row.text("class_why")};
  incident.sqlstate = row.text("sqlstate");
  incident.trouble = row.text("trouble");
  incident.events = row.number("events");
  incident.first_seen = row.time("first_seen");
  incident.last_seen = row.time("last_seen");
  incident.relieved_at = row.optional_time("relieved_at");
  incident.closed_at = row.optional_time("closed_at");
  incident.redacted_message = row.text("redacted_message");
  incident.statement_shape = row.text("statement_shape");
  incident.diagnosis = row.optional_json<Diagnosis>("diagnosis");
  incident.plan = row.optional_json<PlanShown>("plan");
  incident.verdict = row.optional_json<Verdict>("verdict");
  TRY_OK(row.status());
  return incident;
}

json::object row_of(const Incident& incident) {
  const auto& error_class = incident.error_class;
  return {{"number", incident.number.value()},
          {"rev", incident.rev},
          {"server", to_json(incident.server.value())},
          {"database", to_json(incident.database)},
          {"state", to_json(incident.state)},
          {"family", to_json(incident.name.family)},
          {"fingerprint", to_json(incident.name.fingerprint)},
          {"category", to_json(error_class.category)},
          {"category7", to_json(error_class.category7)},
          {"severity", to_json(error_class.severity)},
          {"transience", to_json(error_class.transient)},
          {"auto_fixable", error_class.auto_fixable},
          {"condition", to_json(error_class.condition)},
          {"class_why", to_json(error_class.why)},
          {"sqlstate", to_json(incident.sqlstate)},
          {"trouble", to_json(incident.trouble)},
          {"events", incident.events},
          {"first_seen", to_json(incident.first_seen)},
          {"last_seen", to_json(incident.last_seen)},
          {"relieved_at", to_json(incident.relieved_at)},
          {"closed_at", to_json(incident.closed_at)},
          {"redacted_message", to_json(incident.redacted_message)},
          {"statement_shape", to_json(incident.statement_shape)},
          {"diagnosis", to_json(incident.diagnosis)},
          {"plan", to_json(incident.plan)},
          {"verdict", to_json(incident.verdict)}};
}

Result<Treatment> treatment_from(Row row) {
  Treatment treatment;
  treatment.number = TreatmentNumber(row.number("number"));
  treatment.incident = IncidentNumber(row.number("incident"));
  treatment.server = ServerId(row.text("server"));
  treatment.database = row.text("database");
  treatment.playbook = row.text("playbook");
  treatment.action = row.text("action");
  treatment.target = row.text("target");
  treatment.plan_hash = row.text("plan_hash");
  treatment.approved_by = row.text("approved_by");
  treatment.statements = row.from_json<std::vector<std::string>>("statements");
  treatment.undo = row.from_json<std::vector<std::string>>("undo");
  treatment.state = row.word<TreatmentState>("state");
  treatment.at = row.time("at");
  treatment.acted_at = row.optional_time("acted_at");
  treatment.report = row.text("report");
  treatment.verdict = row.optional_json<Verdict>("verdict");
  TRY_OK(row.status());
  return treatment;
}

json::object row_of(const Treatment& treatment) {
  return {{"number", treatment.number.value()},
          {"incident", treatment.incident.value()},
          {"server", to_json(treatment.server.value())},
          {"database", to_json(treatment.database)},
          {"playbook", to_json(treatment.playbook)},
          {"action", to_json(treatment.action)},
          {"target", to_json(treatment.target)},
          {"plan_hash", to_json(treatment.plan_hash)},
          {"approved_by", to_json(treatment.approved_by)},
          {"statements", to_json(treatment.statements)},
          {"undo", to_json(treatment.undo)},
          {"state", to_json(treatment.state)},
          {"at", to_json(treatment.at)},
          {"acted_at", to_json(treatment.acted_at)},
          {"report", to_json(treatment.report)},
          {"verdict", to_json(treatment.verdict)}};
}

std::string evidence_id(std::int64_t number) { return "E" + std::to_string(number); }

Result<EvidenceItem> evidence_item_from(Row row) {
  EvidenceItem item;
  item.id = evidence_id(row.number("number"));
  item.probe = row.text("probe");
  item.status = row.word<ProbeStatus>("status");
  item.why = row.text("why");
  item.taken_at = row.time("at");
  item.took = Duration(row.number("took_us"));
  item.sql = row.text("sql");
  item.columns = row.from_json<std::vector<std::string>>("columns");
  item.rows = row.from_json<std::vector<std::vector<std::optional<std::string>>>>("rows");
  TRY_OK(row.status());
  return item;
}

json::object row_of(const EvidenceItem& item, std::int64_t number) {
  return {{"number", number},         {"probe", to_json(item.probe)},     {"status", to_json(item.status)},
          {"why", to_json(item.why)}, {"at", to_json(item.taken_at)},     {"took_us", item.took.count()},
          {"sql", to_json(item.sql)}, {"columns", to_json(item.columns)}, {"rows", to_json(item.rows)}};
}

}  // namespace selfheal::store
