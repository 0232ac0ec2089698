#include "server/internal/ask_role.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/limits.h"
#include "pg/identifier.h"
#include "pg/params.h"
#include "pg/read_only.h"
#include "server/internal/examined.h"
#include "watch/asking.h"

namespace selfheal::server::internal {
namespace {

using Row = std::vector<pg::Param>;

// Before each question: the role itself, and whatever it is a member of. $1 is its name.
constexpr std::string_view kRolesHeld =
    "WITH RECURSIVE me AS (SELECT oid, rolname FROM pg_roles WHERE rolname = $1::text), "
    "held AS (SELECT r.oid FROM pg_roles r JOIN me ON pg_has_role(me.oid, r.oid, 'MEMBER')) ";

constexpr const char* kAttributes = R"(
SELECT rolsuper, concat_ws(', ', CASE WHEN rolcreaterole THEN 'CREATEROLE' END, CASE WHEN rolcreatedb
  THEN 'CREATEDB' END, CASE WHEN rolreplication THEN 'REPLICATION' END, CASE WHEN rolbypassrls THEN
  'BYPASSRLS' END), rolconnlimit
FROM pg_roles WHERE rolname = $1::text)";

// Roles it was granted that lead to one of PostgreSQL's own or to one with an attribute of an administrator.
constexpr const char* kMemberships = R"(
SELECT quote_ident(d.rolname) FROM pg_auth_members m JOIN pg_roles d ON d.oid = m.roleid JOIN pg_roles
  me ON me.oid = m.member WHERE me.rolname = $1 AND EXISTS (SELECT
FROM pg_roles p WHERE pg_has_role(d.oid, p.oid, 'MEMBER') AND (p.rolname LIKE 'pg\_%' OR p.rolsuper OR
  p.rolcreaterole OR p.rolcreatedb OR p.rolreplication OR p.rolbypassrls))
ORDER BY 1)";

// Relations it may change: their name, and the statement that ends it.
constexpr const char* kWrites = R"(
, class AS (SELECT c.oid, format('%I.%I', n.nspname, c.relname) AS name, c.relowner, c.relacl
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname NOT LIKE 'pg\_%' AND n.nspname <> 'information_schema' AND c.relkind IN ('r', 'p', 'v',
  'm', 'f', 'S')), reason AS (SELECT name, relowner AS by, true AS owns
FROM class WHERE relowner IN (SELECT oid FROM held)
UNION SELECT name, a.grantee, false
FROM class, aclexplode(relacl) a
WHERE a.privilege_type IN ('INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER')
UNION SELECT name, a.grantee, false
FROM class JOIN pg_attribute t ON t.attrelid = class.oid, aclexplode(t.attacl) a
WHERE a.privilege_type IN ('INSERT', 'UPDATE', 'REFERENCES'))
SELECT DISTINCT r.name, CASE WHEN r.by = 0 THEN
  format('REVOKE INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER ON %s FROM PUBLIC;', r.name) WHEN
  r.by <> me.oid THEN format('REVOKE %I FROM %I;', pg_get_userbyid(r.by), me.rolname) WHEN r.owns THEN
  format('ALTER TABLE %s OWNER TO …;', r.name) ELSE
  format('REVOKE INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER ON %s FROM %I;', r.name,
  me.rolname) END FROM reason r, me
WHERE r.by = 0 OR r.by IN (SELECT oid
FROM held) ORDER BY 1, 2)";

// Routines outside pg_catalog that it, or everybody, may call: whose they are, and from whom to take them.
constexpr const char* kRoutines = R"(
SELECT DISTINCT coalesce(e.extname, ''), format('%I.%I(%s)', n.nspname, p.proname,
  pg_get_function_identity_arguments(p.oid)), CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE
  quote_ident(pg_get_userbyid(a.grantee)) END, p.prosecdef
FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace LEFT JOIN pg_depend d ON d.classid =
  'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e' LEFT JOIN pg_extension e ON e.oid =
  d.refobjid, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
WHERE n.nspname NOT IN ('pg_catalog', 'information_schema') AND a.privilege_type = 'EXECUTE' AND
  (a.grantee = 0 OR a.grantee IN (SELECT oid FROM held)) AND p.prorettype NOT IN ('trigger'::regtype,
  'event_trigger'::regtype) ORDER BY 3, 2)";

// Schemas in which it, or everybody, may make things: a function there can stand before one of PostgreSQL's.
constexpr const char* kSchemas = R"(
SELECT DISTINCT format('REVOKE CREATE ON SCHEMA %I FROM %s;', n.nspname, CASE WHEN a.grantee = 0 THEN
  'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END)
FROM pg_namespace n, aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) a
WHERE a.privilege_type = 'CREATE' AND (a.grantee = 0 OR a.grantee IN (SELECT oid FROM held)) AND
  n.nspname NOT LIKE 'pg\_%' ORDER BY 1)";

constexpr const char* kRoleSettings = R"(
SELECT DISTINCT ON (split_part(s, '=', 1)) split_part(s, '=', 1), substr(s, strpos(s, '=') + 1)
FROM pg_db_role_setting d JOIN pg_roles r ON r.oid = d.setrole, unnest(d.setconfig) s
WHERE r.rolname = $1 AND d.setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname =
  current_database())) ORDER BY 1, d.setdatabase DESC)";

// Tables, but none with a foreign table below, which reaches out, and not what is below a partitioned one:
// schema, name, all columns, those whose names do not sound secret, whether the role may read the table or
// one of the others.
constexpr const char* kTables = R"(
, part (top, oid) AS (SELECT inhparent, inhrelid
FROM pg_inherits UNION SELECT p.top, i.inhrelid
FROM part p JOIN pg_inherits i ON i.inhparent = p.oid)
SELECT quote_ident(n.nspname), format('%I.%I', n.nspname, c.relname), count(*) FILTER (WHERE
  a.is_secret), string_agg(quote_ident(a.attname), ', '
ORDER BY a.attnum) FILTER (WHERE NOT a.is_secret), bool_or(a.may_read), bool_or(a.may_read AND
  a.is_secret) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace, LATERAL (SELECT t.attname,
  t.attnum, t.attname ~*
  '(passw|pwd|secret|token|api_?key|private_?key|credential|hash|salt|ssn|iban|card_?n|cvv)' AS
  is_secret, EXISTS (SELECT FROM pg_roles r WHERE r.rolname = $1 AND has_column_privilege(r.oid, c.oid,
  t.attnum, 'SELECT')) AS may_read
FROM pg_attribute t WHERE t.attrelid = c.oid AND t.attnum > 0 AND NOT t.attisdropped) a
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND n.nspname NOT LIKE 'pg\_%' AND n.nspname <>
  'information_schema' AND NOT EXISTS (SELECT
FROM part JOIN pg_class f ON f.oid = part.oid
WHERE part.top = c.oid AND f.relkind = 'f') AND NOT EXISTS (SELECT
FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
GROUP BY 1, 2 ORDER BY 1, 2)";

// Ways around row security: partitions read directly, views with their owner's rights, materialized views,
// and policies that trust a setting, which SELECT set_config(…) changes.
constexpr const char* kRowSecurity = R"(
, secured AS (SELECT c.oid, format('%I.%I', n.nspname, c.relname) AS name
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relrowsecurity) SELECT 'way', format('REVOKE SELECT ON %s FROM %I;', i.inhrelid::regclass, $1)
FROM pg_inherits i JOIN secured s ON s.oid = i.inhparent JOIN pg_class c ON c.oid = i.inhrelid, me
WHERE NOT c.relrowsecurity AND has_any_column_privilege(me.oid, c.oid, 'SELECT')
UNION SELECT 'way', CASE WHEN v.relkind = 'm' OR current_setting('server_version_num')::int < 150000
  THEN format('REVOKE SELECT ON %I.%I FROM %I;', n.nspname, v.relname, $1) ELSE
  format('ALTER VIEW %I.%I SET (security_invoker = true);', n.nspname, v.relname) END
FROM pg_depend d JOIN secured s ON d.refclassid = 'pg_class'::regclass AND d.refobjid = s.oid JOIN
  pg_rewrite w ON d.classid = 'pg_rewrite'::regclass AND w.oid = d.objid JOIN pg_class v ON v.oid =
  w.ev_class JOIN pg_namespace n ON n.oid = v.relnamespace, me
WHERE v.relkind IN ('v', 'm') AND NOT coalesce(v.reloptions::text ~ 'security_invoker=(true|on|1|yes)',
  false) AND has_any_column_privilege(me.oid, v.oid, 'SELECT')
UNION SELECT 'setting', format('CREATE POLICY %I ON %s AS RESTRICTIVE FOR SELECT TO %I USING (…);', $1,
  s.name, $1) FROM pg_policy p JOIN secured s ON s.oid = p.polrelid
WHERE pg_get_expr(p.polqual, p.polrelid) ~ 'current_setting' AND NOT EXISTS (SELECT
FROM pg_policy r, me WHERE r.polrelid = p.polrelid AND NOT r.polpermissive AND me.oid = ANY (r.polroles)
  AND pg_get_expr(r.polqual, r.polrelid) !~ 'current_setting')
ORDER BY 1, 2)";

struct Setting {
  const char* name;
  const char* value;
  bool is_limit;  // any value but none and 0 will do
};
constexpr Setting kSettings[] = {{"statement_timeout", "5s", true},
                                 {"lock_timeout", "500ms", true},
                                 {"idle_in_transaction_session_timeout", "10s", true},
                                 {"work_mem", "16MB", true},
                                 {"temp_file_limit", "256MB", true},
                                 {"max_parallel_workers_per_gather", "0", false},
                                 {"jit", "off", false},
                                 {"default_transaction_read_only", "on", false}};

std::string text(const Row& row, std::size_t column) { return row[column].value_or(""); }
bool is_true(const Row& row, std::size_t column) { return text(row, column) == "t"; }

bool is_as_wanted(const Setting& wanted, const std::string& value) {
  if (wanted.is_limit)
    return !value.empty() && value != "-1" && value.find_first_not_of("0ms") != std::string::npos;
  return value == wanted.value || (value == "true" && std::string_view(wanted.value) == "on") ||
         (value == "false" && std::string_view(wanted.value) == "off");
}

std::string settings_for(const std::string& role, const std::map<std::string, std::string>& has) {
  std::string statements;
  for (const auto& wanted : kSettings) {
    const auto found = has.find(wanted.name);
    if (found != has.end() && is_as_wanted(wanted, found->second)) continue;
    statements += fmt::format("ALTER ROLE {} SET {} = '{}'; ", role, wanted.name, wanted.value);
  }
  if (!statements.empty()) statements.pop_back();
  return statements;
}

std::string count_of(std::size_t n, const char* one, const char* many) {
  return fmt::format("{} {}", n, n == 1 ? one : many);
}

std::string joined(const std::vector<Row>& rows, std::size_t column, std::string_view separator) {
  std::vector<std::string> parts;
  for (const auto& row : rows) parts.push_back(text(row, column));
  parts.erase(std::ranges::unique(parts).begin(), parts.end());
  return fmt::format("{}", fmt::join(parts, separator));
}

class AskRole {
 public:
  AskRole(pg::Connection& connection, std::string role, const Clock& clock)
      : connection_(connection),
        role_(std::move(role)),
        quoted_(pg::quote_identifier(role_)),
        clock_(clock) {}

  Task<std::vector<Examined>> examine() {
    using Look = StatusTask (AskRole::*)();
    CO_TRY_OK(co_await attributes());
    for (const Look look : {&AskRole::memberships, &AskRole::writes, &AskRole::settings})
      if (exists_ && !is_superuser_) CO_TRY_OK(co_await (this->*look)());
    for (const Look look : {&AskRole::tables, &AskRole::row_security, &AskRole::routines, &AskRole::schemas})
      if (!is_superuser_) CO_TRY_OK(co_await (this->*look)());
    co_return std::move(checks_);
  }

 private:
  // Of a role that does not exist yet nothing is wrong.
  void too_strong(std::string name, std::string detail, std::string fix) {
    checks_.push_back(exists_ ? problem(std::move(name), std::move(detail), std::move(fix))
                              : note(std::move(name), std::move(detail), std::move(fix)));
  }

  Task<std::vector<Row>> ask(const char* sql) {
    const auto deadline = clock_.deadline_in(kProbeTimeout * 5);
    std::string whole(kRolesHeld);
    whole += sql;
    std::vector<pg::Param> params{role_};
    CO_TRY(auto rows, co_await connection_.query(std::move(whole), std::move(params), deadline));
    co_return std::move(rows.rows);
  }

  StatusTask attributes() {
    CO_TRY(const auto rows, co_await ask(kAttributes));
    exists_ = !rows.empty();
    if (!exists_) {
      checks_.push_back(
          note("ask role", fmt::format("there is no role {} for SQL that people write", role_),
               fmt::format("CREATE ROLE {} LOGIN PASSWORD '…' CONNECTION LIMIT {}; {} -- then set "
                           "ask_url; do not grant it pg_monitor",
                           quoted_, watch::kAsksAtOnce, settings_for(quoted_, {}))));
      co_return Status{};
    }
    const auto& row = rows.front();
    is_superuser_ = is_true(row, 0);
    const auto attributes = text(row, 1);
    CO_TRY(const auto limit, pg::read_int64(row[2]));
    if (is_superuser_ || !attributes.empty())
      checks_.push_back(
          problem("ask role",
                  fmt::format("{} is {}: only the gate keeps SQL of people from anything", role_,
                              is_superuser_ ? "a superuser" : attributes),
                  fmt::format("ALTER ROLE {} NOSUPERUSER NOCREATEROLE NOCREATEDB NOREPLICATION NOBYPASSRLS;",
                              quoted_)));
    else
      checks_.push_back(right("ask role", fmt::format("{} is no administrator", role_)));
    if (limit < 0 || limit > static_cast<std::int64_t>(watch::kAsksAtOnce))
      checks_.push_back(
          problem("ask limit", fmt::format("{} may open more sessions than it needs", role_),
                  fmt::format("ALTER ROLE {} CONNECTION LIMIT {};", quoted_, watch::kAsksAtOnce)));
    co_return Status{};
  }

  StatusTask memberships() {
    CO_TRY(const auto rows, co_await ask(kMemberships));
    if (rows.empty()) co_return Status{};
    const auto roles = joined(rows, 0, ", ");
    checks_.push_back(problem("ask member", fmt::format("{} has what {} may do", role_, roles),
                              fmt::format("REVOKE {} FROM {};", roles, quoted_)));
    co_return Status{};
  }

  StatusTask writes() {
    CO_TRY(const auto rows, co_await ask(kWrites));
    if (rows.empty())
      checks_.push_back(right("ask writes", fmt::format("{} may change no table", role_)));
    else
      checks_.push_back(
          problem("ask writes",
                  fmt::format("{} may change {}", role_, count_of(rows.size(), "relation", "relations")),
                  joined(rows, 1, " ")));
    co_return Status{};
  }

  StatusTask settings() {
    CO_TRY(const auto rows, co_await ask(kRoleSettings));
    std::map<std::string, std::string> has;
    for (const auto& row : rows) has[text(row, 0)] = text(row, 1);
    const auto fix = settings_for(quoted_, has);
    if (fix.empty())
      checks_.push_back(right("ask limits", "the server itself ends what takes too long"));
    else
      checks_.push_back(problem(
          "ask limits", "only selfheal ends what takes too long: the role has no limits of its own", fix));
    co_return Status{};
  }

  // What to grant while nothing is; later only what sounds secret.
  StatusTask tables() {
    CO_TRY(const auto rows, co_await ask(kTables));
    if (rows.empty()) co_return Status{};
    const bool reads = std::ranges::any_of(rows, [](const Row& row) { return is_true(row, 4); });
    std::string statements, schema;
    std::size_t secret = 0;
    for (const auto& row : rows) {
      if (reads && !is_true(row, 5)) continue;
      ++secret;
      if (!reads && text(row, 0) != schema)
        statements += fmt::format("GRANT USAGE ON SCHEMA {} TO {}; ", text(row, 0), quoted_);
      schema = text(row, 0);
      if (reads) statements += fmt::format("REVOKE SELECT ON {} FROM {}; ", text(row, 1), quoted_);
      const bool all = text(row, 2) == "0";
      if (all || !text(row, 3).empty())
        statements += fmt::format("GRANT SELECT{} ON {} TO {}; ",
                                  all ? "" : fmt::format(" ({})", text(row, 3)), text(row, 1), quoted_);
    }
    if (reads && secret == 0)
      checks_.push_back(right("ask tables", "it reads no column whose name sounds secret"));
    else if (reads)
      checks_.push_back(problem("ask tables",
                                fmt::format("{} may read columns of {} whose names sound secret", role_,
                                            count_of(secret, "table", "tables")),
                                statements));
    else
      checks_.push_back(
          note("ask tables",
               fmt::format("{} may read no table: grant those that people may ask about, without the "
                           "columns that are nobody's business",
                           role_),
               statements));
    co_return Status{};
  }

  StatusTask row_security() {
    CO_TRY(const auto rows, co_await ask(kRowSecurity));
    std::vector<Row> ways, settings;
    for (const auto& row : rows) (text(row, 0) == "way" ? ways : settings).push_back(row);
    if (!ways.empty())
      checks_.push_back(
          problem("ask rows",
                  fmt::format("{} reads past row security: partitions directly, or views with their "
                              "owner's rights",
                              role_),
                  joined(ways, 1, " ")));
    if (!settings.empty())
      checks_.push_back(
          note("ask rows",
               "policies trust a setting, which one SELECT can change: use a role a tenant, and "
               "name the tenant as a constant where … stands",
               joined(settings, 1, " ")));
    co_return Status{};
  }

  StatusTask routines() {
    CO_TRY(const auto rows, co_await ask(kRoutines));
    std::map<std::string, std::vector<std::string>> from;  // grantee -> routines
    std::size_t routines = 0, definers = 0;
    for (const auto& row : rows) {
      if (pg::is_trusted_extension(text(row, 0))) continue;
      from[text(row, 2)].push_back(text(row, 1));
      ++routines;
      if (is_true(row, 3)) ++definers;
    }
    if (routines == 0) {
      checks_.push_back(right("ask functions", "no function of somebody's can be called"));
      co_return Status{};
    }
    std::string fix;
    for (const auto& [grantee, names] : from)
      fix += fmt::format("REVOKE EXECUTE ON ROUTINE {} FROM {}; ", fmt::join(names, ", "), grantee);
    fix +=
        "ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC; -- as each role that makes "
        "functions; "
        "takes them from every role: GRANT EXECUTE to the applications that call them first";
    too_strong(
        "ask functions",
        fmt::format("{} outside PostgreSQL can be called{}", count_of(routines, "function", "functions"),
                    definers == 0 ? "" : fmt::format(", {} with the rights of the owner", definers)),
        std::move(fix));
    co_return Status{};
  }

  StatusTask schemas() {
    CO_TRY(const auto rows, co_await ask(kSchemas));
    if (!rows.empty())
      too_strong("ask schemas", "whoever may create functions there can put one in front of PostgreSQL's own",
                 joined(rows, 0, " ") + " -- applications that make their own tables need it granted");
    co_return Status{};
  }

  pg::Connection& connection_;
  std::string role_, quoted_;
  const Clock& clock_;
  bool exists_ = false, is_superuser_ = false;
  std::vector<Examined> checks_;
};

}  // namespace

Task<std::vector<Examined>> examine_ask_role(pg::Connection& connection, std::string role,
                                             const Clock& clock) {
  AskRole asked(connection, std::move(role), clock);
  co_return co_await asked.examine();
}

}  // namespace selfheal::server::internal
