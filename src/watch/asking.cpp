#include "watch/asking.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>

#include "pg/params.h"
#include "pg/transaction.h"
#include "watch/internal/node_tree.h"
#include "watch/internal/session_row.h"

namespace selfheal::watch {
namespace {

using pg::CatalogFacts;
using pg::NamesUsed;
using pg::Refusal;

// Views in views: deeper ones are no table that somebody means to read.
constexpr int kViews = 50;

std::unexpected<Unanswered> unanswered(Refusal refusal) {
  const int position = refusal.position;
  auto why = refusal.why;
  return std::unexpected(Unanswered{
      .refusal = std::move(refusal), .sqlstate = {}, .message = std::move(why), .position = position});
}
std::unexpected<Unanswered> unanswered(const Error& error) {
  return std::unexpected(Unanswered{.refusal = {}, .sqlstate = error.sqlstate, .message = error.message});
}

pg::ConnectOptions connect_options(const AskingOptions& options) {
  const auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(options.timeout).count();
  return {.name = options.name,
          .conninfo = options.target.conninfo_without_password,
          .password = options.target.password,
          .application_name = "selfheal ask",
          // The server's own limits, for when ours cannot reach it.
          .settings = {{"default_transaction_read_only", "on"},
                       {"statement_timeout", fmt::format("{}ms", milliseconds)},
                       {"lock_timeout", "500ms"},
                       {"idle_in_transaction_session_timeout", "10s"},
                       {"max_parallel_workers_per_gather", "0"},
                       // Compiling the question about the catalog takes a second, running it milliseconds.
                       {"jit", "off"},
                       {"client_min_messages", "error"}}};
}

std::vector<std::string> names_of(const std::vector<pg::QualifiedUse>& uses,
                                  std::string pg::QualifiedUse::* field) {
  std::vector<std::string> names;
  for (const auto& use : uses) names.push_back(use.*field);
  return names;
}

pg::Param array(const std::vector<pg::QualifiedUse>& uses, std::string pg::QualifiedUse::* field) {
  return pg::Param(pg::to_array(names_of(uses, field)));
}

std::vector<pg::Param> reached_parameters(const NamesUsed& names) {
  using Use = pg::QualifiedUse;
  auto types = names_of(names.types, &Use::name);
  std::ranges::move(names_of(names.attributes, &Use::name), std::back_inserter(types));
  return {array(names.relations, &Use::schema), array(names.relations, &Use::name),
          pg::Param(pg::to_array(types))};
}

std::vector<pg::Param> catalog_parameters(const NamesUsed& names) {
  using Use = pg::QualifiedUse;
  return {array(names.functions, &Use::name), array(names.operators, &Use::name),
          array(names.types, &Use::name),     array(names.relations, &Use::schema),
          array(names.relations, &Use::name), array(names.attributes, &Use::name)};
}

Status read_fact(const std::vector<pg::Param>& cells, const NamesUsed& names, CatalogFacts& facts) {
  const auto text = [&](std::size_t column) { return cells[column].value_or(""); };
  TRY(const auto flag, pg::read_bool(cells[7]));
  TRY(const auto is_near, pg::read_bool(cells[10]));
  const char kind = text(6).empty() ? ' ' : text(6).front();
  if (text(0) == "function") {
    facts.functions.push_back({.schema = text(3),
                               .name = text(4),
                               .extension = text(5),
                               .is_volatile = kind == 'v',
                               .takes_row = flag,
                               .is_on_path = is_near});
  } else if (text(0) == "operator") {
    facts.operators.push_back({.schema = text(3),
                               .name = text(4),
                               .extension = text(5),
                               .is_compiled = flag,
                               .is_reachable = is_near});
  } else if (text(0) == "type") {
    facts.types.push_back({.schema = text(3),
                           .name = text(4),
                           .extension = text(5),
                           .kind = kind,
                           .is_compiled = flag,
                           .is_on_path = is_near});
  } else if (text(0) == "cast") {
    facts.reached.push_back({.by = "a cast of a type that is read here",
                             .schema = text(3),
                             .function = text(4),
                             .extension = text(5),
                             .is_compiled = flag});
  } else {
    TRY(auto hidden, pg::read_text_array(cells[9]));
    const auto used = std::ranges::find_if(
        names.relations, [&](const auto& use) { return use.schema == text(1) && use.name == text(2); });
    if (used == names.relations.end())
      return failure("the catalog answered about a relation nobody asked for");
    facts.relations.push_back({.used = *used,
                               .schema = text(3),
                               .name = text(4),
                               .kind = kind,
                               .extension = text(5),
                               .definition = text(8),
                               .hidden = std::move(hidden),
                               .is_readable = flag});
  }
  return {};
}

Status read_reached(const std::vector<pg::Param>& cells, CatalogFacts& facts) {
  const auto text = [&](std::size_t column) { return cells[column].value_or(""); };
  TRY(const auto is_compiled, pg::read_bool(cells[4]));
  const auto tree = text(6);
  if (!tree.empty() && !internal::may_be_computed(tree, text(5))) return {};
  facts.reached.push_back({.by = text(0),
                           .schema = text(1),
                           .function = text(2),
                           .extension = text(3),
                           .is_compiled = is_compiled});
  return {};
}

Task<CatalogFacts> look_up(pg::Connection& connection, NamesUsed names, Deadline deadline) {
  auto params = catalog_parameters(names);
  CO_TRY(const auto rows,
         co_await connection.query(internal::query_text("ask_catalog"), std::move(params), deadline));
  CatalogFacts facts;
  for (const auto& cells : rows.rows) CO_TRY_OK(read_fact(cells, names, facts));
  auto read = reached_parameters(names);
  CO_TRY(const auto reached,
         co_await connection.query(internal::query_text("ask_reached"), std::move(read), deadline));
  for (const auto& cells : reached.rows) CO_TRY_OK(read_reached(cells, facts));
  co_return facts;
}

// A view reads with its owner's rights, which granted what it shows; where it does not, the server says so.
// What pg_settings shows depends on the session's role all the same.
void read_as_owner(CatalogFacts& facts) {
  for (auto& relation : facts.relations) {
    relation.is_readable = true;
    if (relation.schema == "pg_catalog" && relation.name == "pg_settings") continue;
    relation.hidden.clear();
  }
}

// What a view runs is the view's owner's choice; still it must not do more than read.
asio::awaitable<std::expected<pg::ReadOnlySql, Unanswered>> approve(pg::Connection& connection,
                                                                    const std::string& sql,
                                                                    WorkerPool& workers, Deadline deadline) {
  std::vector<std::pair<std::string, pg::QualifiedUse>> left{{sql, {}}};  // text, and the view it defines
  std::map<std::pair<std::string, std::string>, bool> seen;
  std::optional<pg::ReadOnlySql> approved;
  for (int texts = 0; !left.empty(); ++texts) {
    if (texts > kViews)
      co_return unanswered(Refusal{.rule = "relation", .why = "it reads views of views of too many views"});
    const auto [text, view] = std::move(left.back());
    left.pop_back();
    const auto of_view = [&view](Refusal refusal) {
      if (view.name.empty()) return refusal;
      return Refusal{.rule = "relation",
                     .why = fmt::format("view {} is not a plain read: {}", view.name, refusal.why)};
    };
    auto draft = co_await on_worker(workers, [&text] { return pg::draft_read_only(text); });
    if (!draft) co_return unanswered(of_view(std::move(draft.error())));
    auto facts = co_await look_up(connection, draft->names(), deadline);
    if (!facts) co_return unanswered(facts.error());
    if (!view.name.empty()) read_as_owner(*facts);
    auto verdict = draft->approve(*facts);
    if (!verdict) co_return unanswered(of_view(std::move(verdict.error())));
    if (!approved) approved = std::move(*verdict);
    for (const auto& relation : facts->relations)
      if (!relation.definition.empty() && !pg::is_trusted_extension(relation.extension) &&
          seen.try_emplace({relation.schema, relation.name}, true).second)
        left.emplace_back(relation.definition, pg::QualifiedUse{relation.schema, relation.name});
  }
  co_return *std::move(approved);
}

std::unexpected<Unanswered> rejected(const pg::Connection& connection, const Error& error) {
  const auto& said = connection.last_error();
  if (said.sqlstate.empty()) return unanswered(error);
  return std::unexpected(Unanswered{
      .refusal = {}, .sqlstate = said.sqlstate, .message = said.message, .position = said.position});
}

}  // namespace

asio::awaitable<std::expected<Answer, Unanswered>> ask_read_only(AskingOptions options, std::string sql,
                                                                 WorkerPool& workers, Clock& clock) {
  // Of all of it: somebody waits, and a backend that is stuck may take Connection's time of grace on top.
  const auto deadline = clock.deadline_in(options.timeout);
  // Before anything is asked of the server: most refusals need no connection.
  const auto draft = co_await on_worker(workers, [&sql] { return pg::draft_read_only(sql); });
  if (!draft) co_return unanswered(draft.error());
  auto connect = connect_options(options);
  auto connection = co_await pg::Connection::connect(std::move(connect), deadline);
  if (!connection) co_return unanswered(connection.error());
  auto& session = **connection;
  const auto transaction = co_await pg::Transaction::begin(session, {.read_only = true}, deadline);
  if (!transaction) co_return unanswered(transaction.error());
  // pg_catalog first, whatever the role's own path says: nothing may stand in front of it.
  const auto path = co_await session.query(
      "SELECT set_config('search_path', 'pg_catalog, ' || coalesce(nullif(current_setting('search_path'), "
      "''), 'public'), true)",
      {}, deadline);
  if (!path) co_return unanswered(path.error());
  auto approved = co_await approve(session, sql, workers, deadline);
  if (!approved) co_return std::unexpected(std::move(approved.error()));
  const auto began = clock.steady_now();
  auto rows = co_await session.query(approved->text(), {}, deadline,
                                     {.rows = options.rows, .bytes = options.bytes, .cut = true});
  if (!rows) co_return rejected(session, rows.error());
  co_return Answer{.columns = std::move(rows->columns),
                   .rows = std::move(rows->rows),
                   .is_cut = rows->is_cut,
                   .took = std::chrono::duration_cast<Duration>(clock.steady_now() - began)};
}

}  // namespace selfheal::watch
