#include "sample/application.h"

#include <algorithm>

#include "pg/params.h"
#include "sample/internal/embedded_setup.h"
#include "sample/internal/locks.h"
#include "sample/internal/sessions.h"
#include "sample/internal/statements.h"

namespace selfheal::sample {
namespace {

constexpr const char* kList =
    "SELECT id, name, email, department FROM staff.employees ORDER BY id DESC LIMIT $1";
constexpr const char* kAdd =
    "INSERT INTO staff.employees (name, email, department) VALUES ($1, lower($2), $3) "
    "RETURNING id, name, email, department";
// Skips what a trouble holds just now.
constexpr const char* kForgetOld =
    "DELETE FROM staff.employees WHERE id IN (SELECT id FROM staff.employees WHERE NOT is_founder "
    "ORDER BY id DESC OFFSET $1 FOR UPDATE SKIP LOCKED)";
// For the deadlock's own detection, which takes deadlock_timeout: a second unless somebody changed it.
constexpr Duration kCauseMost = 10s;

Result<std::vector<Employee>> read_employees(const pg::Rows& rows) {
  std::vector<Employee> employees;
  for (const auto& row : rows.rows) {
    Employee employee;
    TRY(employee.id, pg::read_int64(row.at(0)));
    TRY(employee.name, pg::read_text(row.at(1)));
    TRY(employee.email, pg::read_text(row.at(2)));
    TRY(employee.department, pg::read_text(row.at(3)));
    employees.push_back(std::move(employee));
  }
  return employees;
}

std::string trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(' ');
  if (first == text.npos) return {};
  return std::string(text.substr(first, text.find_last_not_of(' ') - first + 1));
}

}  // namespace

struct Application::State {
  State(Options options, Clock& k)
      : clock(k),
        database(options.target.display.substr(options.target.display.rfind('/') + 1)),
        sessions(std::move(options.target), k),
        locks(std::move(options.executor), sessions, k) {}

  Task<std::unique_ptr<pg::Connection>> visit(Deadline deadline) {
    internal::Settings settings{{"lock_timeout", kVisitorsLockTimeout}};
    auto connection = co_await sessions.open(std::move(settings), deadline);
    co_return connection;
  }

  Task<pg::Rows> insert(pg::Connection& connection, NewEmployee employee, Deadline deadline) {
    std::vector<pg::Param> params{std::move(employee.name), std::move(employee.email),
                                  std::move(employee.department)};
    auto rows = co_await connection.query(kAdd, std::move(params), deadline);
    co_return rows;
  }

  Clock& clock;
  std::string database;
  internal::Sessions sessions;
  internal::Locks locks;
};

Application::Application(Options options, Clock& clock)
    : state_(std::make_unique<State>(std::move(options), clock)) {}
Application::~Application() = default;

Task<std::vector<Employee>> Application::employees(Deadline deadline) {
  CO_TRY(const auto place, co_await state_->sessions.place(deadline));
  CO_TRY(const auto connection, co_await state_->visit(deadline));
  std::vector<pg::Param> params{pg::to_param(kListed)};
  CO_TRY(const auto rows, co_await connection->query(kList, std::move(params), deadline));
  co_return read_employees(rows);
}

Task<Added> Application::add(NewEmployee employee, Deadline deadline) {
  employee = {.name = trimmed(employee.name),
              .email = trimmed(employee.email),
              .department = trimmed(employee.department)};
  if (auto objected = internal::objection(employee)) co_return Added{.rejection = std::move(objected)};
  CO_TRY(const auto place, co_await state_->sessions.place(deadline));
  CO_TRY(const auto connection, co_await state_->visit(deadline));
  const auto added = co_await state_->insert(*connection, std::move(employee), deadline);
  if (!added) {
    const auto& error = connection->last_error();
    if (error.sqlstate.empty()) co_return std::unexpected(added.error());
    co_return Added{.rejection = internal::rejection_of(error)};
  }
  CO_TRY(auto employees, read_employees(*added));
  std::vector<pg::Param> kept{pg::to_param(kVisitorsRows)};
  // Those that stay now go when the next is added.
  const auto forgotten = co_await connection->query(kForgetOld, std::move(kept), deadline);
  static_cast<void>(forgotten);
  co_return Added{.employee = std::move(employees.at(0))};
}

Task<Caused> Application::cause(std::string name, Deadline deadline) {
  const auto trouble = std::ranges::find(troubles(), name, &Trouble::name);
  if (trouble == troubles().end()) co_return failure(ErrorCode::not_found, "there is no such trouble");
  const auto until = std::ranges::min(deadline, state_->clock.deadline_in(kCauseMost), {}, &Deadline::moment);
  if (name == "lock") {
    CO_TRY_OK(co_await state_->locks.hold(until));
    co_return Caused{.sqlstate = {}, .message = "One session waits for the other now."};
  }
  CO_TRY(const auto place, co_await state_->sessions.place(until));
  CO_TRY(const auto connection, co_await state_->visit(until));
  if (name != "deadlock") {
    auto caused = co_await internal::run_plainly(*connection, *trouble, until);
    co_return caused;
  }
  CO_TRY(const auto other, co_await state_->visit(until));
  auto caused = co_await internal::run_deadlock(*connection, *other, until);
  co_return caused;
}

std::vector<Lock> Application::locks() const { return state_->locks.list(); }

const std::string& Application::database() const { return state_->database; }

void Application::clear_up() { state_->locks.clear_up(); }

asio::awaitable<void> Application::stop() {
  state_->sessions.close();
  co_await state_->locks.stop();
}

std::string_view setup_sql() { return embedded::sample_setup().front().text; }

}  // namespace selfheal::sample
