#include "sample/internal/statements.h"

#include <algorithm>
#include <boost/asio/experimental/awaitable_operators.hpp>

namespace selfheal::sample::internal {
namespace {

constexpr const char* kTakeRow = "UPDATE staff.employees SET name = name WHERE email = $1";

struct ConstraintRow {
  std::string_view constraint;
  std::string_view field;
  std::string_view what;
};
// Names are those that PostgreSQL gives in setup.sql.
constexpr ConstraintRow kConstraints[] = {
    {"employees_department_fkey", "department", "There is no such department."},
    {"employees_email_check", "email", "This is no e-mail address."},
    {"employees_email_key", "email", "Somebody has this e-mail already."},
    {"employees_name_check", "name", "A name has 1 to 100 characters."},
};

// Characters of valid UTF-8.
std::size_t characters(std::string_view text) {
  return std::size_t(std::ranges::count_if(text, [](char c) { return (c & 0xC0) != 0x80; }));
}

bool has_control(std::string_view text) {
  return std::ranges::any_of(text, [](unsigned char c) { return c < 0x20 || c == 0x7F; });
}

bool is_email(std::string_view text) {
  const auto at = text.find('@');
  return at != text.npos && at > 0 && at + 1 < text.size() && text.find('@', at + 1) == text.npos &&
         !text.contains(' ');
}

// The rows that the two sessions of a deadlock want.
constexpr const char* kOneRow = "katherine@example.com";
constexpr const char* kOtherRow = "ada@example.com";

}  // namespace

StatusTask take_row(pg::Connection& connection, std::string email, Deadline deadline) {
  std::vector<pg::Param> params{std::move(email)};
  CO_TRY(const auto rows, co_await connection.query(kTakeRow, std::move(params), deadline));
  if (rows.affected != 1) co_return failure("a founder is missing: run the set-up again");
  co_return Status();
}

Rejection rejection_of(const pg::ServerError& error) {
  const auto* row =
      std::ranges::find(kConstraints, std::string_view(error.constraint), &ConstraintRow::constraint);
  if (row != std::end(kConstraints))
    return {.field = std::string(row->field), .what = std::string(row->what), .sqlstate = error.sqlstate};
  return {.field = {}, .what = error.message, .sqlstate = error.sqlstate};
}

std::optional<Rejection> objection(const NewEmployee& employee) {
  if (employee.name.empty() || characters(employee.name) > kNameCharacters || has_control(employee.name))
    return Rejection{.field = "name", .what = "A name has 1 to 100 characters on one line."};
  if (!is_email(employee.email) || characters(employee.email) > kEmailCharacters ||
      has_control(employee.email))
    return Rejection{.field = "email",
                     .what = "This is no e-mail address: name@example.com, 254 characters at most."};
  if (employee.department.empty() || characters(employee.department) > kNameCharacters ||
      has_control(employee.department))
    return Rejection{.field = "department", .what = "There is no such department."};
  return std::nullopt;
}

Task<Caused> run_plainly(pg::Connection& connection, const Trouble& trouble, Deadline deadline) {
  for (const auto statement : trouble.statements) {
    const auto ran = co_await connection.query(std::string(statement), {}, deadline);
    if (ran) continue;
    const auto& error = connection.last_error();
    if (error.sqlstate.empty()) co_return std::unexpected(ran.error());
    co_return Caused{.sqlstate = error.sqlstate, .message = error.message};
  }
  co_return Caused{.sqlstate = {}, .message = "It worked: nothing is wrong here now."};
}

Task<Caused> run_deadlock(pg::Connection& one, pg::Connection& other, Deadline deadline) {
  using namespace asio::experimental::awaitable_operators;
  CO_TRY_OK(co_await one.script("BEGIN", deadline));
  CO_TRY_OK(co_await other.script("BEGIN", deadline));
  CO_TRY_OK(co_await take_row(one, kOneRow, deadline));
  CO_TRY_OK(co_await take_row(other, kOtherRow, deadline));
  auto first = take_row(one, kOtherRow, deadline);
  auto second = take_row(other, kOneRow, deadline);
  const auto results = co_await (std::move(first) && std::move(second));
  const auto& [had_first, had_second] = results;
  const auto& ended = had_first ? other : one;
  if (had_first && had_second)
    co_return Caused{.sqlstate = {}, .message = "Both went through: no deadlock this time."};
  if (ended.last_error().sqlstate.empty())
    co_return std::unexpected(had_first ? had_second.error() : had_first.error());
  co_return Caused{.sqlstate = ended.last_error().sqlstate, .message = ended.last_error().message};
}

}  // namespace selfheal::sample::internal
