#include "contract/sample.h"

#include "api/internal/handlers.h"
#include "contract/page.h"
#include "sample/application.h"

// The sample application, which is a client of its database like any other.
namespace selfheal::api {
namespace {

using contract::to_json;

contract::Employee view_of(const sample::Employee& employee) {
  return {
      .id = employee.id, .name = employee.name, .email = employee.email, .department = employee.department};
}

contract::SampleTrouble view_of(const sample::Trouble& trouble) {
  return {.name = std::string(trouble.name),
          .title = std::string(trouble.title),
          .what = std::string(trouble.what),
          .statements = {trouble.statements.begin(), trouble.statements.end()}};
}

contract::SampleLock view_of(const sample::Lock& lock, Time now) {
  return {.number = lock.number,
          .row = lock.email,
          .holder_pid = lock.holder_pid,
          .waiter_pid = lock.waiter_pid,
          .state = to_word(lock.state),
          .since = lock.since,
          .ended_at = lock.ended_at,
          .waited_s = to_seconds(lock.ended_at.value_or(now) - lock.since),
          .sqlstate = lock.sqlstate,
          .holder_sqlstate = lock.holder_sqlstate};
}

contract::SampleApplication view_of(const sample::Application* application, Time now) {
  contract::SampleApplication view{.is_on = application != nullptr,
                                   .application = std::string(sample::kApplicationName),
                                   .schema = std::string(sample::kSchema),
                                   .setup = std::string(sample::setup_sql())};
  for (const auto department : sample::kDepartments) view.departments.emplace_back(department);
  for (const auto& trouble : sample::troubles()) view.troubles.push_back(view_of(trouble));
  if (application == nullptr) return view;
  view.database = application->database();
  for (const auto& lock : application->locks()) view.locks.push_back(view_of(lock, now));
  return view;
}

Result<sample::Application*> application_of(const Call& call) {
  auto* application = call.context.parts.sample;
  if (application == nullptr) return failure(ErrorCode::not_found, "the sample application is off");
  return application;
}

// A taken e-mail is a conflict with what is there; everything else does not fit.
http::Response rejected(const Call& call, const sample::Rejection& rejection) {
  constexpr std::string_view kTaken = "23505";
  http::Problem refused{rejection.sqlstate == kTaken ? 409 : 400, "employee-rejected",
                        "The employee was not added", rejection.what};
  if (!rejection.field.empty()) refused.errors.push_back({"/" + rejection.field, rejection.what});
  refused.more = {{"sqlstate", rejection.sqlstate}};
  return problem(call, std::move(refused));
}

}  // namespace

Task<http::Response> show_sample(Call call) {
  const auto& parts = call.context.parts;
  co_return answer(to_json(view_of(parts.sample, parts.clock.now())));
}

Task<http::Response> list_employees(Call call) {
  CO_TRY(auto* application, application_of(call));
  CO_TRY(const auto employees, co_await application->employees(call.deadline));
  contract::Page<contract::Employee> view;
  for (const auto& employee : employees) view.items.push_back(view_of(employee));
  co_return answer(to_json(view));
}

Task<http::Response> add_employee(Call call) {
  CO_TRY(auto* application, application_of(call));
  auto body = body_of<contract::NewEmployee>(call);
  if (!body) co_return std::move(body.error());
  sample::NewEmployee employee{.name = std::move(body->name),
                               .email = std::move(body->email),
                               .department = std::move(body->department)};
  CO_TRY(const auto added, co_await application->add(std::move(employee), call.deadline));
  if (added.rejection) co_return rejected(call, *added.rejection);
  co_return answer(to_json(view_of(*added.employee)), 201);
}

Task<http::Response> cause_trouble(Call call) {
  CO_TRY(auto* application, application_of(call));
  auto name = call.request.parameter("name");
  CO_TRY(const auto caused, co_await application->cause(name, call.deadline));
  co_return answer(to_json(contract::SampleOutcome{
      .trouble = std::move(name), .sqlstate = caused.sqlstate, .message = caused.message}));
}

Task<http::Response> clear_up_sample(Call call) {
  CO_TRY(auto* application, application_of(call));
  application->clear_up();
  co_return answer(to_json(view_of(application, call.context.parts.clock.now())));
}

}  // namespace selfheal::api
