#include <fmt/format.h>

#include <algorithm>

#include "api/internal/handlers.h"
#include "contract/sql.h"

// The SQL console. What may run is decided by the gate alone (pg/read_only.h).
namespace selfheal::api {
namespace {

// The server that is meant, or what is wrong with what was said of it.
Result<ServerId> server_of(const Call& call, const std::optional<std::string>& named) {
  const auto servers = call.context.parts.administration.servers();
  if (named) {
    const auto found = std::ranges::find(servers, ServerId(*named), &ServerState::name);
    if (found == servers.end()) return failure(ErrorCode::not_found, "no watched server is called " + *named);
    return found->name;
  }
  if (servers.size() == 1) return servers.front().name;
  return failure(ErrorCode::invalid_input, servers.empty() ? "no server is watched yet: `selfheal db add`"
                                                           : "say which server: several are watched");
}

// For a person; programs find word and position beside it.
std::string sentence_of(const SqlProblem& problem) {
  auto sentence = problem.message;
  if (!problem.word.empty()) sentence += fmt::format(": \"{}\"", problem.word);
  if (problem.position > 0) sentence += fmt::format(" at character {}", problem.position);
  if (!problem.instead.empty()) sentence += fmt::format("; allowed is {}", problem.instead);
  return sentence;
}

http::Problem problem_of(const SqlProblem& problem) {
  return {.status = 422,
          .slug = problem.is_refused ? "sql-refused" : "sql-failed",
          .title = problem.is_refused ? "Only reading is allowed here" : "PostgreSQL refused the statement",
          .detail = sentence_of(problem),
          .more = {{"rule", problem.rule},
                   {"word", problem.word},
                   {"position", problem.position > 0 ? fmt::format("{}", problem.position) : ""},
                   {"sqlstate", problem.sqlstate}}};
}

}  // namespace

Task<http::Response> run_sql(Call call) {
  auto body = body_of<contract::SqlRequest>(call);
  if (!body) co_return std::move(body.error());
  CO_TRY(const auto server, server_of(call, body->server));
  const auto sha256 = sha256_hex(body->sql);
  CO_TRY(auto ran, co_await call.context.parts.console.run(server, std::move(body->sql), call.caller.name,
                                                           call.deadline));
  if (ran.problem) co_return problem(call, problem_of(*ran.problem));
  co_return answer(contract::to_json(contract::SqlResult{.server = server.value(),
                                                         .sql_sha256 = sha256,
                                                         .columns = std::move(ran.columns),
                                                         .rows = std::move(ran.rows),
                                                         .is_cut = ran.is_cut,
                                                         .took_ms = to_seconds(ran.took) * 1000,
                                                         .notice = std::move(ran.notice)}));
}

}  // namespace selfheal::api
