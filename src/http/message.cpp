#include "http/message.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "base/check.h"
#include "http/internal/text.h"

namespace selfheal::http {
namespace {

const std::string* first_named(const Fields& fields, std::string_view name) {
  const auto it = std::ranges::find(fields, name, &Fields::value_type::first);
  return it == fields.end() ? nullptr : &it->second;
}

boost::json::array to_json(const std::vector<FieldProblem>& errors) {
  boost::json::array list;
  for (const auto& error : errors) list.push_back({{"pointer", error.pointer}, {"detail", error.detail}});
  return list;
}

}  // namespace

const std::string* Headers::find(std::string_view name) const {
  const auto it = std::ranges::find_if(
      fields_, [name](const auto& field) { return equals_ignoring_case(field.first, name); });
  return it == fields_.end() ? nullptr : &it->second;
}

std::string_view Headers::get(std::string_view name) const {
  const auto* value = find(name);
  return value ? std::string_view(*value) : std::string_view();
}

std::size_t Headers::count(std::string_view name) const {
  return static_cast<std::size_t>(std::ranges::count_if(
      fields_, [name](const auto& field) { return equals_ignoring_case(field.first, name); }));
}

void Headers::add(std::string name, std::string value) {
  fields_.emplace_back(std::move(name), std::move(value));
}

void Headers::set(std::string name, std::string value) {
  std::erase_if(fields_, [&name](const auto& field) { return equals_ignoring_case(field.first, name); });
  add(std::move(name), std::move(value));
}

const std::string* Request::query_value(std::string_view name) const { return first_named(query, name); }

const std::string& Request::parameter(std::string_view name) const {
  const auto* value = first_named(parameters, name);
  CHECK(value != nullptr);
  return *value;
}

Response json_response(std::string text, int status) {
  return {.status = status, .body = std::move(text), .content_type = "application/json"};
}

Response empty_response(int status) { return {.status = status}; }

Response problem_response(const Request& request, const Problem& problem) {
  boost::json::object body{
      {"type", "/problems/" + problem.slug}, {"title", problem.title}, {"status", problem.status}};
  if (!problem.detail.empty()) body["detail"] = problem.detail;
  // The path as it came, still percent-encoded: `instance` is a URI reference.
  if (!request.path.empty()) body["instance"] = request.target.substr(0, request.target.find('?'));
  body["request_id"] = request.request_id;
  if (!problem.errors.empty()) body["errors"] = to_json(problem.errors);
  for (const auto& [name, value] : problem.more)
    if (!value.empty()) body[name] = value;
  Response response{.status = problem.status,
                    .body = boost::json::serialize(body),
                    .content_type = "application/problem+json"};
  if (problem.retry_after) {
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(*problem.retry_after).count();
    response.headers.set("Retry-After", std::to_string(std::max<std::int64_t>(seconds, 0)));
  }
  return response;
}

Problem problem_of(const Error& error) {
  switch (error.code) {
    case ErrorCode::invalid_input:
      return {400, "invalid-input", "The request does not fit", error.message};
    case ErrorCode::refused:
      return {403, "refused", "Policy or rights do not allow this", error.message};
    case ErrorCode::not_found:
      return {404, "not-found", "There is no such thing", error.message};
    case ErrorCode::conflict:
      return {409, "conflict", "It has changed meanwhile", error.message};
    case ErrorCode::unavailable:
    case ErrorCode::cancelled:
      return {503, "unavailable", "It cannot be reached now", error.message, 5s};
    case ErrorCode::timed_out:
      return {504, "timed-out", "It did not answer in time", error.message};
    case ErrorCode::failed:
      break;
  }
  return {500, "failed", "It did not work", error.message};
}

}  // namespace selfheal::http
