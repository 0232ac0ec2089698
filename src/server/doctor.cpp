#include "server/doctor.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <filesystem>

#include "base/limits.h"
#include "pg/connection.h"
#include "pg/identifier.h"
#include "server/internal/ask_role.h"
#include "server/internal/examined.h"
#include "server/log_source.h"
#include "watch/error_logs.h"

namespace selfheal::server {
namespace {

constexpr int kOldest = 130000;
constexpr int kNewest = 180000;
constexpr int kActs = 15;

using internal::note;
using internal::problem;
using internal::right;
using Cells = std::vector<pg::Param>;

std::string text(const Cells& cells, std::size_t column) { return cells[column].value_or(""); }
bool is_true(const Cells& cells, std::size_t column) { return text(cells, column) == "t"; }

// One question to the server and what its answer means. A row of data each; more are added here.
struct Question {
  const char* name;
  const char* sql;  // one row
  Examined (*read)(const Cells& cells, const std::string& role);
};

std::string grant(const char* what, const std::string& role) {
  return fmt::format("GRANT {} TO {};", what, pg::quote_identifier(role));
}

// The two roles as they should be; names and passwords are the administrator's to choose.
constexpr const char* kCreateRoles =
    "CREATE ROLE selfheal_observe LOGIN PASSWORD '…'; GRANT pg_monitor, pg_read_all_data TO "
    "selfheal_observe; "
    "ALTER ROLE selfheal_observe SET default_transaction_read_only = on; CREATE ROLE selfheal_act LOGIN "
    "PASSWORD '…' "
    "CONNECTION LIMIT 4; GRANT pg_monitor, pg_signal_backend, pg_read_all_data TO selfheal_act;";

constexpr const char* kReload = " SELECT pg_reload_conf();";

// jsonlog: the session, the code and the whole message are in one line, in every language and at any time.
Examined better_format(const LogSource& source) {
  const bool is_plain = source.format == tail::LogFormat::stderr_;
  return note(
      "log",
      fmt::format("{} in {} is read; jsonlog (PostgreSQL 15 and later) is better: one line a message{}",
                  tail::word_of(source.format), source.directory.string(),
                  is_plain ? ", with its code and session, whatever the language and the prefix"
                           : ", so that a crash damages no other"),
      fmt::format("ALTER SYSTEM SET log_destination = '{}';{}",
                  is_plain ? "stderr,jsonlog" : "csvlog,jsonlog", kReload));
}

Examined read_log_settings(const Cells& c, const std::string& role) {
  const LogSettings settings{.data_directory = text(c, 0),
                             .log_directory = text(c, 1),
                             .log_destination = text(c, 2),
                             .logging_collector = text(c, 3),
                             .log_filename = text(c, 4),
                             .log_line_prefix = text(c, 5),
                             .cluster_name = text(c, 6),
                             .may_fetch = text(c, 7) == "t"};
  const auto source = log_source_of(settings, {});
  if (!source)
    return problem("log", source.error().message,
                   fmt::format("ALTER SYSTEM SET log_destination = 'jsonlog';{}{}", kReload,
                               settings.logging_collector == "on"
                                   ? ""
                                   : " ALTER SYSTEM SET logging_collector = on; -- then restart the server"));
  const auto& directory = source->directory;
  if (access(directory.c_str(), R_OK | X_OK) != 0 && settings.may_fetch)
    return right("log", fmt::format("{} cannot be read here: it is fetched with SQL", directory.string()));
  if (access(directory.c_str(), R_OK | X_OK) != 0)
    return problem(
        "log", fmt::format("{} cannot be read by this user", directory.string()),
        fmt::format(
            "GRANT EXECUTE ON FUNCTION pg_read_binary_file(text, bigint, bigint, boolean) TO {}; -- it is "
            "then fetched with SQL; or ALTER SYSTEM SET log_file_mode = '0640';{} and put this user into "
            "the group that owns {}, or give log_directory",
            pg::quote_identifier(role), kReload, directory.string()));
  if (source->format != tail::LogFormat::jsonlog) return better_format(*source);
  return right("log", fmt::format("jsonlog in {}", directory.string()));
}

Examined read_log_detail(const Cells& c, const std::string&) {
  std::string fix;
  const auto want = [&](std::size_t column, const char* setting, std::initializer_list<const char*> good,
                        const char* set) {
    if (std::ranges::none_of(good, [&](const char* value) { return text(c, column) == value; }))
      fix += fmt::format("ALTER SYSTEM SET {} = '{}'; ", setting, set);
  };
  want(0, "log_min_error_statement", {"error", "warning", "notice", "info", "debug1"}, "error");
  want(1, "log_lock_waits", {"on"}, "on");
  want(2, "log_error_verbosity", {"default", "verbose"}, "default");
  if (fix.empty()) return right("log detail", "statements, lock waits and details are logged");
  return problem("log detail", "the log leaves out what a diagnosis needs", fix + "SELECT pg_reload_conf();");
}

Examined read_language(const Cells& c, const std::string&) {
  const auto language = text(c, 0);
  if (language.empty() || language == "C" || language == "POSIX" || language.starts_with("en") ||
      language.starts_with("C."))
    return right("language", fmt::format("lc_messages is {}", language.empty() ? "C" : language));
  return problem("language",
                 fmt::format("lc_messages is {}: object names in messages are not recognised", language),
                 fmt::format("ALTER SYSTEM SET lc_messages = 'C';{}", kReload));
}

Examined read_time_zone(const Cells& c, const std::string&) {
  const auto zone = text(c, 0);
  if (zone == "UTC" || zone == "Etc/UTC" || zone == "GMT")
    return right("time zone", "log_timezone is " + zone);
  return note("time zone",
              fmt::format("log_timezone is {}: times in the log are worked out from the sessions' ids", zone),
              fmt::format("ALTER SYSTEM SET log_timezone = 'UTC';{}", kReload));
}

Examined read_monitor(const Cells& c, const std::string& role) {
  if (is_true(c, 0)) return right("sessions", "pg_monitor: sees all sessions and locks");
  return problem("sessions", "does not see what other sessions do", grant("pg_monitor", role));
}

Examined read_superuser(const Cells& c, const std::string& role) {
  if (!is_true(c, 0)) return right("role", fmt::format("{} is no superuser", role));
  return note("role", fmt::format("{} is a superuser: a narrow role is safer", role), kCreateRoles);
}

Examined read_data(const Cells& c, const std::string& role) {
  if (is_true(c, 0)) return right("data", "may read the tables it has to compare");
  return problem("data", "cannot read the highest value of a column, or the state of a sequence",
                 grant("pg_read_all_data", role) + " -- or SELECT on the tables and sequences you choose");
}

Examined read_error_logs(const Cells& c, const std::string&) {
  if (is_true(c, 0)) return right("error_logs", "applications may report errors by INSERT into error_logs");
  return note("error_logs",
              "applications cannot report errors by INSERT: `selfheal doctor --error-logs print` shows the "
              "statements, "
              "`create` runs them");
}

constexpr Question kObserveQuestions[] = {
    {"role", "SELECT rolsuper FROM pg_roles WHERE rolname = current_user", read_superuser},
    {"sessions", "SELECT pg_has_role(current_user, 'pg_monitor', 'USAGE')", read_monitor},
    {"data",
     "SELECT pg_has_role(current_user, 'pg_read_all_data', 'USAGE') OR NOT EXISTS (SELECT FROM pg_class c "
     "JOIN "
     "pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p', 'S') AND n.nspname NOT IN "
     "('pg_catalog', "
     "'information_schema') AND n.nspname NOT LIKE 'pg_t%' AND NOT has_table_privilege(c.oid, 'SELECT'))",
     read_data},
    {"log", kLogSettingsQuery, read_log_settings},
    {"log detail",
     "SELECT current_setting('log_min_error_statement'), current_setting('log_lock_waits'), "
     "current_setting('log_error_verbosity')",
     read_log_detail},
    {"language", "SELECT current_setting('lc_messages')", read_language},
    {"time zone", "SELECT current_setting('log_timezone')", read_time_zone},
    {"error_logs",
     "SELECT EXISTS (SELECT FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid JOIN pg_namespace n ON "
     "n.oid = "
     "p.pronamespace WHERE n.nspname = 'selfheal_error_logs')",
     read_error_logs},
};

Examined read_signal(const Cells& c, const std::string& role) {
  if (is_true(c, 0)) return right("signal", "may end other users' sessions, but no superuser's");
  return problem("signal", "cannot end other users' sessions", grant("pg_signal_backend", role));
}

Examined read_act_monitor(const Cells& c, const std::string& role) {
  if (is_true(c, 0)) return right("guard", "sees the sessions its guards check");
  return problem("guard", "does not see other sessions: no guard would ever hold", grant("pg_monitor", role));
}

Examined read_sequences(const Cells& c, const std::string& role) {
  if (text(c, 0) == "0") return right("sequences", "may move every sequence forward");
  return problem("sequences", fmt::format("cannot move {} sequences", text(c, 0)),
                 fmt::format("GRANT USAGE ON ALL SEQUENCES IN SCHEMA {} TO {}; -- in each schema", text(c, 1),
                             pg::quote_identifier(role)));
}

Examined read_owners(const Cells& c, const std::string& role) {
  if (text(c, 0).empty()) return right("partitions", "may add partitions where tables are partitioned");
  return problem("partitions", fmt::format("cannot add partitions to tables of {}", text(c, 0)),
                 fmt::format("GRANT {} TO {}; -- used by SET ROLE for that one act only", text(c, 0),
                             pg::quote_identifier(role)));
}

constexpr Question kActQuestions[] = {
    {"guard", "SELECT pg_has_role(current_user, 'pg_monitor', 'USAGE')", read_act_monitor},
    {"signal", "SELECT pg_has_role(current_user, 'pg_signal_backend', 'USAGE')", read_signal},
    {"sequences",
     "SELECT count(*), min(quote_ident(n.nspname)) FROM pg_class c JOIN pg_namespace n ON n.oid = "
     "c.relnamespace WHERE "
     "n.nspname NOT LIKE 'pg_t%' AND CASE WHEN c.relkind = 'S' THEN NOT has_sequence_privilege(c.oid, "
     "'USAGE') END",
     read_sequences},
    {"partitions",
     "SELECT string_agg(DISTINCT quote_ident(pg_get_userbyid(c.relowner)), ', ') FROM pg_class c WHERE "
     "c.relkind = 'p' "
     "AND NOT pg_has_role(current_user, c.relowner, 'MEMBER')",
     read_owners},
};

StatusTask ask(pg::Connection& connection, std::span<const Question> questions, const Clock& clock,
               std::vector<Examined>& answers) {
  const auto deadline = clock.deadline_in(kProbeTimeout * 5);
  CO_TRY(const auto who, co_await connection.query("SELECT current_user", {}, deadline));
  const auto role = text(who.rows.front(), 0);
  for (const auto& question : questions) {
    const auto rows = co_await connection.query(question.sql, {}, deadline);
    if (!rows)
      answers.push_back(problem(question.name, rows.error().message,
                                rows.error().sqlstate == "42501" ? grant("pg_monitor", role) : ""));
    else if (!rows->rows.empty())
      answers.push_back(question.read(rows->rows.front(), role));
  }
  co_return Status{};
}

Examined read_version(int version) {
  const auto major = version / 10000;
  if (version < kOldest || version >= kNewest)
    return problem("version", fmt::format("PostgreSQL {} is not supported: 13 to 17 are", major), "");
  if (major != kActs)
    return note("version", fmt::format("PostgreSQL {}: observed only, acts are tested on {}", major, kActs));
  return right("version", fmt::format("PostgreSQL {}", major));
}

// Class 28 is a login that the server refused: a role that is missing, or its password.
Examined cannot_connect(std::string check, const pg::ConnectionTarget& target, const Error& error) {
  const bool refused = error.sqlstate.starts_with("28");
  return problem(std::move(check), fmt::format("{}: {}", target.display, error.message),
                 refused ? kCreateRoles : "");
}

Task<std::unique_ptr<pg::Connection>> connect(pg::ConnectionTarget target, std::string name,
                                              const Clock& clock) {
  pg::ConnectOptions options{.name = std::move(name),
                             .conninfo = std::move(target.conninfo_without_password),
                             .password = target.password,
                             .application_name = "selfheal doctor"};
  const auto deadline = clock.deadline_in(kConnectTimeout);
  co_return co_await pg::Connection::connect(std::move(options), deadline);
}

StatusTask examine_acting(Examination& examination, std::optional<pg::ConnectionTarget> act,
                          const Clock& clock) {
  auto& checks = examination.checks;
  if (!act) {
    checks.push_back(note("act", "no acting role is configured: it watches and advises only"));
    co_return Status{};
  }
  auto acting = co_await connect(*act, examination.server, clock);
  if (!acting) {
    checks.push_back(cannot_connect("act", *act, acting.error()));
    co_return Status{};
  }
  const auto asked = co_await ask(**acting, kActQuestions, clock, checks);
  if (!asked) checks.push_back(problem("act", asked.error().message, ""));
  co_return Status{};
}

StatusTask add_ask_role(Examination& examination, pg::Connection& connection, std::string role,
                        const Clock& clock) {
  auto found = co_await internal::examine_ask_role(connection, std::move(role), clock);
  if (!found) {
    examination.checks.push_back(problem("ask", found.error().message, ""));
    co_return Status{};
  }
  std::ranges::move(*found, std::back_inserter(examination.checks));
  co_return Status{};
}

StatusTask examine_asking(Examination& examination, pg::Connection& observing,
                          std::optional<pg::ConnectionTarget> ask, const Clock& clock) {
  auto& checks = examination.checks;
  if (!ask) {
    checks.push_back(
        note("ask",
             "no ask_url: SQL of people and models runs as the observing role and reads every table that "
             "this may read; only the gate keeps it from more. Make a role of its own as follows"));
    co_return co_await add_ask_role(examination, observing, internal::kAskRole, clock);
  }
  const auto asking = co_await connect(*ask, examination.server, clock);
  if (!asking) {
    checks.push_back(cannot_connect("ask", *ask, asking.error()));
    checks.back().fix.clear();  // what makes the role follows
    co_return co_await add_ask_role(examination, observing, internal::kAskRole, clock);
  }
  const auto who = co_await (*asking)->query("SELECT current_user", {}, clock.deadline_in(kConnectTimeout));
  if (!who) {
    checks.push_back(problem("ask", who.error().message, ""));
    co_return Status{};
  }
  auto role = text(who->rows.front(), 0);
  checks.push_back(right("ask", fmt::format("SQL that people write runs as {}", role)));
  co_return co_await add_ask_role(examination, **asking, std::move(role), clock);
}

StatusTask examine_all(Examination& examination, ExaminedRoles roles, const Clock& clock) {
  auto& checks = examination.checks;
  auto connection = co_await connect(roles.observe, examination.server, clock);
  if (!connection) {
    checks.push_back(cannot_connect("connect", roles.observe, connection.error()));
    co_return Status{};
  }
  checks.push_back(right("connect", roles.observe.display));
  checks.push_back(read_version((*connection)->server_version()));
  const auto asked = co_await ask(**connection, kObserveQuestions, clock, checks);
  if (!asked) checks.push_back(problem("connect", asked.error().message, ""));
  CO_TRY_OK(co_await examine_acting(examination, roles.act, clock));
  co_return co_await examine_asking(examination, **connection, roles.ask, clock);
}

Task<std::string> role_of(pg::ConnectionTarget target, std::string name, const Clock& clock) {
  CO_TRY(const auto connection, co_await connect(std::move(target), std::move(name), clock));
  CO_TRY(const auto who,
         co_await connection->query("SELECT current_user", {}, clock.deadline_in(kConnectTimeout)));
  co_return text(who.rows.front(), 0);
}

StatusTask run_as(pg::ConnectionTarget owner, std::string name, std::string statements, const Clock& clock) {
  CO_TRY(const auto connection, co_await connect(std::move(owner), std::move(name), clock));
  const auto deadline = clock.deadline_in(kConnectTimeout * 5);
  const auto ran = co_await connection->script(std::move(statements), deadline);
  if (ran) co_return Status{};
  // The owner's own statements and nobody's data: the server's words say what to do.
  co_return failure(ran.error().code,
                    fmt::format("{} ({})", connection->last_error().message, ran.error().sqlstate));
}

template <class T>
Result<T> blocking(Task<T> task) {
  asio::io_context context{1};
  Result<T> answer = failure("interrupted");
  asio::co_spawn(context, std::move(task), [&](std::exception_ptr failed, Result<T> result) {
    if (!failed) answer = std::move(result);
  });
  context.run();
  return answer;
}

}  // namespace

int Examination::problems() const {
  return static_cast<int>(std::ranges::count(checks, Finding::problem, &Examined::finding));
}

std::string Examination::summary() const {
  const auto broken = [&](std::initializer_list<const char*> names) {
    return std::ranges::any_of(checks, [&](const Examined& check) {
      return check.finding == Finding::problem &&
             std::ranges::any_of(names, [&](const char* n) { return check.name == n; });
    });
  };
  if (broken({"connect", "version"})) return "selfheal cannot watch it";
  const bool watches = !broken({"sessions", "log", "log detail", "data"});
  const bool acts = !broken({"act", "guard", "signal", "sequences", "partitions"});
  if (watches && acts) return "selfheal can watch and act";
  if (watches) return "selfheal can watch and advise, but not every act will work";
  return "selfheal sees only a part of what happens";
}

Examination examine(const std::string& name, const ExaminedRoles& roles, const Clock& clock) {
  Examination examination{.server = name};
  asio::io_context context{1};
  asio::co_spawn(context, examine_all(examination, roles, clock), [&](std::exception_ptr failed, Status) {
    if (failed) examination.checks.push_back(problem("connect", "the examination was interrupted", ""));
  });
  context.run();
  return examination;
}

Result<std::string> error_logs_statements(const std::string& name, const pg::ConnectionTarget& working,
                                          const Clock& clock) {
  TRY(const auto role, blocking(role_of(working, name, clock)));
  return watch::error_logs_script(role);
}

Status create_error_logs(const std::string& name, const pg::ConnectionTarget& working,
                         const pg::ConnectionTarget& owner, const Clock& clock) {
  TRY(auto statements, error_logs_statements(name, working, clock));
  return blocking(run_as(owner, name, std::move(statements), clock));
}

}  // namespace selfheal::server
