#include "support/state_fingerprint.h"

#include <fmt/format.h>
#include <libpq-fe.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <set>
#include <sstream>

#include "base/check.h"
#include "support/client_session.h"

namespace selfheal::test {
namespace {

namespace fs = std::filesystem;

// Whole rows: with autovacuum off, nothing but a statement changes one.
constexpr const char* kCatalogs[] = {"pg_aggregate",
                                     "pg_am",
                                     "pg_amop",
                                     "pg_attrdef",
                                     "pg_attribute",
                                     "pg_auth_members",
                                     "pg_authid",
                                     "pg_cast",
                                     "pg_class",
                                     "pg_constraint",
                                     "pg_database",
                                     "pg_db_role_setting",
                                     "pg_default_acl",
                                     "pg_event_trigger",
                                     "pg_extension",
                                     "pg_foreign_server",
                                     "pg_index",
                                     "pg_inherits",
                                     "pg_language",
                                     "pg_largeobject",
                                     "pg_largeobject_metadata",
                                     "pg_namespace",
                                     "pg_operator",
                                     "pg_policy",
                                     "pg_publication",
                                     "pg_replication_origin",
                                     "pg_sequence",
                                     "pg_shdescription",
                                     "pg_shseclabel",
                                     "pg_statistic",
                                     "pg_subscription",
                                     "pg_tablespace",
                                     "pg_trigger",
                                     "pg_type",
                                     "pg_user_mapping"};

// Name, and an expression that gives one text.
struct Part {
  const char* name;
  const char* value;
};
constexpr Part kParts[] = {
    {"functions",
     "(SELECT sum(hashtextextended(concat_ws(' ', oid, proname, prosrc, proowner, proacl, proconfig), 0)) "
     "FROM "
     "pg_proc)"},
    {"rules",
     "(SELECT concat(count(*), ' ', sum(hashtextextended(concat_ws(' ', oid, ev_class, rulename), 0))) FROM "
     "pg_rewrite)"},
    {"dependencies", "(SELECT concat(count(*), ' ', max(objid), ' ', sum(objid::bigint)) FROM pg_depend)"},
    {"comments", "(SELECT count(*) FROM pg_description)"},
    {"slots",
     "(SELECT string_agg(concat_ws(' ', slot_name, active, restart_lsn), ',' ORDER BY slot_name) FROM "
     "pg_replication_slots)"},
    {"prepared transactions", "(SELECT string_agg(gid, ',' ORDER BY gid) FROM pg_prepared_xacts)"},
    {"advisory locks",
     "(SELECT string_agg(concat_ws(' ', classid, objid, pid), ',' ORDER BY pid, classid, objid) FROM "
     "pg_locks WHERE locktype = 'advisory')"},
    {"cursors", "(SELECT count(*) FROM pg_cursors)"},
    {"next transaction", "pg_snapshot_xmax(pg_current_snapshot())"},
    {"written rows",
     "(SELECT concat_ws(' ', sum(n_tup_ins), sum(n_tup_upd), sum(n_tup_del), sum(vacuum_count), "
     "sum(analyze_count)) FROM pg_stat_all_tables)"},
    {"resets",
     "concat_ws(' ', (SELECT string_agg(concat(datname, stats_reset), ' ' ORDER BY datname) FROM "
     "pg_stat_database), (SELECT stats_reset FROM pg_stat_bgwriter), (SELECT stats_reset FROM "
     "pg_stat_archiver), (SELECT stats_reset FROM pg_stat_wal), (SELECT max(stats_reset) FROM pg_stat_slru), "
     "(SELECT max(stats_reset) FROM pg_stat_replication_slots))"},
    {"checkpoints", "(SELECT checkpoints_req FROM pg_stat_bgwriter)"},
    {"segment of the log of writes", "pg_walfile_name(pg_current_wal_insert_lsn())"},
    {"settings",
     "(SELECT sum(hashtextextended(concat(name, ' ', setting, ' ', reset_val), 0)) FROM pg_settings)"},
    {"settings read at", "pg_conf_load_time()"},
    {"started at", "pg_postmaster_start_time()"},
    {"file of the log", "pg_current_logfile()"},
    {"recovery", "pg_is_in_recovery()"},
    {"queue of notifications", "pg_notification_queue_usage()"},
    {"processes",
     "(SELECT string_agg(concat_ws(' ', backend_type, pid, backend_start, state), ',' ORDER BY pid) FROM "
     "pg_stat_activity WHERE pid <> pg_backend_pid() AND application_name <> 'selfheal ask' AND "
     "backend_type NOT IN ('parallel worker', 'autovacuum worker'))"},
    {"sessions that ask", "(SELECT count(*) FROM pg_stat_activity WHERE application_name = 'selfheal ask')"}};

std::string quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("''") : std::string(1, c);
  return out + "'";
}

std::string rows_of_table(const std::string& table) {
  return fmt::format(
      "SELECT {}, (SELECT concat(count(*), ' ', sum(hashtextextended(t::text, 0))) FROM ONLY {} t)",
      quoted("table " + table), table);
}

std::string question(ClientSession& session, const FingerprintOptions& options) {
  std::string sql;
  const auto add = [&sql](const std::string& select) { sql += (sql.empty() ? "" : " UNION ALL ") + select; };
  for (const auto& part : kParts) add(fmt::format("SELECT {}, ({})::text", quoted(part.name), part.value));
  for (const auto* catalog : kCatalogs) add(rows_of_table("pg_catalog." + std::string(catalog)));
  // To read those of more_traps is to call functions.
  const auto relations = session.exec(
      "SELECT c.relkind, c.oid::regclass FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE "
      "relkind IN "
      "('r', 'm', 'S') AND nspname !~ '^pg_' AND nspname <> 'information_schema' AND nspname <> 'more_traps' "
      "ORDER BY 2");
  CHECK(relations.ok);
  for (std::size_t row = 0; row < relations.rows.size(); ++row) {
    const auto name = relations.value(row, 1);
    add(relations.value(row, 0) == "S"
            ? fmt::format("SELECT {}, (SELECT concat_ws(' ', last_value, log_cnt, is_called) FROM {})",
                          quoted("sequence " + name), name)
            : rows_of_table(name));
  }
  std::string trusted = "''";
  for (const auto& extension : options.trusted_extensions) trusted += ", " + quoted(extension);
  add(
      fmt::format("SELECT 'calls of functions', (SELECT sum(calls)::text FROM pg_stat_user_functions f WHERE "
                  "funcid >= 16384 AND NOT EXISTS "
                  "(SELECT FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid WHERE d.classid = "
                  "'pg_proc'::regclass AND d.objid = f.funcid AND d.deptype = 'e' AND e.extname IN ({})))",
                  trusted));
  const auto statements = session.exec("SELECT to_regclass('pg_stat_statements_info') IS NOT NULL");
  if (statements.value() == "t")
    add("SELECT 'resets of statements', (SELECT stats_reset::text FROM pg_stat_statements_info)");
  return sql;
}

// What comes and goes by itself: the log of writes, caches, temporary files, statistics, the server's log.
bool is_volatile(const fs::path& relative) {
  const auto name = relative.filename().string();
  if (name == "pg_internal.init" || name.starts_with("pgsql_tmp") || name.starts_with("pg_internal.init."))
    return true;
  static const std::set<std::string> folders = {"pg_wal",      "pg_stat_tmp", "pg_stat",
                                                "log",         "pg_xact",     "pg_multixact",
                                                "pg_subtrans", "pg_notify",   "pg_serial"};
  return folders.contains(relative.begin()->string());
}

std::string files_of(const fs::path& directory) {
  std::set<std::string> names;
  std::error_code error;
  for (auto entry = fs::recursive_directory_iterator(directory, error);
       entry != fs::recursive_directory_iterator(); entry.increment(error)) {
    if (error) break;
    const auto relative = entry->path().lexically_relative(directory);
    if (!is_volatile(relative))
      names.insert(relative.string());
    else if (entry->is_directory(error))
      entry.disable_recursion_pending();
  }
  std::string all;
  for (const auto& name : names) all += name + "\n";
  return fmt::format("{} {:x}", names.size(), std::hash<std::string>()(all));
}

std::string text_of(const fs::path& file) {
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  return fmt::format("{:x}", std::hash<std::string>()(text.str()));
}

}  // namespace

using Listener = std::unique_ptr<PGconn, decltype(&PQfinish)>;

struct StateFingerprint::State {
  ClientSession session;
  Listener listener;
  fs::path directory;
  int notifications = 0;

  void listen() {
    PQconsumeInput(listener.get());
    while (PGnotify* heard = PQnotifies(listener.get())) {
      PQfreemem(heard);
      ++notifications;
    }
  }
};

std::map<std::string, std::string> settings_for_fingerprints() {
  return {{"autovacuum", "off"}, {"track_functions", "all"}, {"checkpoint_timeout", "1d"}};
}

StateFingerprint::StateFingerprint(const TemporaryPostgres& server, FingerprintOptions options)
    : state_(std::make_unique<State>(ClientSession(server.conninfo()),
                                     Listener(PQconnectdb(server.conninfo().c_str()), PQfinish),
                                     server.data_directory())) {
  CHECK(state_->session.connected());
  CHECK(PQstatus(state_->listener.get()) == CONNECTION_OK);
  for (const auto& channel : options.channels)
    PQclear(PQexec(state_->listener.get(), fmt::format("LISTEN \"{}\"", channel).c_str()));
  // What the questions themselves cost: compiling them takes longer than running them.
  CHECK(state_->session.exec("SET jit = off").ok);
  CHECK(state_->session.exec("PREPARE fingerprint AS " + question(state_->session, options)).ok);
}
StateFingerprint::~StateFingerprint() = default;

auto StateFingerprint::take() -> Parts {
  wait_until([&] {
    return state_->session
               .exec("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'selfheal ask'")
               .value() == "0";
  });
  const auto answer = state_->session.exec("EXECUTE fingerprint");
  Parts parts;
  parts["the observer"] = answer.ok ? "" : answer.sqlstate + " " + answer.message;
  for (std::size_t row = 0; row < answer.rows.size(); ++row)
    parts[answer.value(row, 0)] = answer.value(row, 1);
  state_->listen();
  parts["notifications"] = std::to_string(state_->notifications);
  parts["listener"] = PQstatus(state_->listener.get()) == CONNECTION_OK ? "" : "lost";
  parts["files"] = files_of(state_->directory);
  for (const auto* file : {"postgresql.conf", "postgresql.auto.conf", "pg_hba.conf", "pg_ident.conf"})
    parts[file] = text_of(state_->directory / file);
  return parts;
}

std::vector<std::string> differences(const StateFingerprint::Parts& before,
                                     const StateFingerprint::Parts& after) {
  std::vector<std::string> found;
  const auto value = [](const StateFingerprint::Parts& parts, const std::string& name) {
    const auto part = parts.find(name);
    return part == parts.end() ? std::string("(none)") : part->second;
  };
  std::set<std::string> names;
  for (const auto* parts : {&before, &after})
    for (const auto& part : *parts) names.insert(part.first);
  for (const auto& name : names)
    if (value(before, name) != value(after, name))
      found.push_back(fmt::format("{}: {} -> {}", name, value(before, name), value(after, name)));
  return found;
}

}  // namespace selfheal::test
