#include "assistant/internal/answer_reader.h"

#include <fmt/format.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cmath>

namespace selfheal::assistant::internal {
namespace {

namespace json = boost::json;

// Of an embedding; the longest in use has 4096.
constexpr std::size_t kDimensions = 16384;

Error invalid(std::string what) {
  return {ErrorCode::invalid_input, "language model: the answer " + std::move(what)};
}

Result<json::object> object_of(std::string_view text) {
  boost::system::error_code failed;
  auto value = json::parse(text, failed);
  if (failed || !value.is_object()) return std::unexpected(invalid("is no JSON object"));
  return std::move(value.get_object());
}

std::string_view text_of(const json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  if (!value || !value->is_string()) return {};
  return {value->get_string().data(), value->get_string().size()};
}

const json::object* object_in(const json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  return value ? value->if_object() : nullptr;
}

const json::array* array_in(const json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  return value ? value->if_array() : nullptr;
}

std::int64_t count_in(const json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  return value && value->is_int64() && value->get_int64() > 0 ? value->get_int64() : 0;
}

Finish finish_of(std::string_view word) {
  if (word == "stop") return Finish::stop;
  if (word == "length") return Finish::length;
  if (word == "tool_calls" || word == "function_call") return Finish::tool_calls;
  if (word == "content_filter") return Finish::content_filter;
  return Finish::unknown;
}

}  // namespace

Result<bool> AnswerMaker::take_event(std::string_view data) {
  if (data == "[DONE]") {
    done_ = true;
    return false;
  }
  TRY(const auto object, object_of(data));
  if (const auto* error = object.if_contains("error"); error && !error->is_null()) {
    refusal_ = refusal_of(data);
    return failure("language model: an error inside the stream");
  }
  TRY_OK(take(object, "delta"));
  return true;
}

Status AnswerMaker::take_body(std::string_view body) {
  TRY(const auto object, object_of(body));
  if (const auto* error = object.if_contains("error"); error && !error->is_null()) {
    refusal_ = refusal_of(body);
    return failure("language model: an error instead of an answer");
  }
  TRY_OK(take(object, "message"));
  done_ = true;
  return {};
}

Status AnswerMaker::take(const json::object& object, std::string_view part) {
  if (const auto* usage = object_in(object, "usage")) {
    usage_ = {count_in(*usage, "prompt_tokens"), count_in(*usage, "completion_tokens")};
  }
  // None in the usage event, nor in Azure's first, which tells of its filters.
  const auto* choices = array_in(object, "choices");
  if (!choices || choices->empty() || !choices->front().is_object()) return {};
  const auto& choice = choices->front().get_object();
  seen_choice_ = true;
  if (const auto finish = text_of(choice, "finish_reason"); !finish.empty()) finish_ = finish;
  const auto* message = object_in(choice, part);
  return message ? take_message(*message) : Status{};
}

Status AnswerMaker::take_message(const json::object& message) {
  TRY_OK(append(text_, text_of(message, "content")));
  TRY_OK(append(refusal_text_, text_of(message, "refusal")));
  const auto reasoning = text_of(message, "reasoning_content");
  TRY_OK(append(reasoning_, reasoning.empty() ? text_of(message, "reasoning") : reasoning));
  const auto* calls = array_in(message, "tool_calls");
  if (!calls) return {};
  std::size_t position = 0;
  for (const auto& call : *calls) {
    if (call.is_object()) TRY_OK(take_call(call.get_object(), position));
    ++position;
  }
  return {};
}

Status AnswerMaker::take_call(const json::object& call, std::size_t position) {
  const auto* index = call.if_contains("index");
  const auto key = index && index->is_int64() ? index->get_int64() : static_cast<std::int64_t>(position);
  if (!calls_.contains(key) && calls_.size() == kCallsInAnswer) {
    return std::unexpected(invalid(fmt::format("holds more than {} tool calls", kCallsInAnswer)));
  }
  auto& made = calls_[key];
  // The first piece has the id and the name whole; some servers repeat them in each.
  if (made.id.empty()) TRY_OK(append(made.id, text_of(call, "id")));
  const auto* function = object_in(call, "function");
  if (!function) return {};
  if (made.name.empty()) TRY_OK(append(made.name, text_of(*function, "name")));
  const auto* arguments = function->if_contains("arguments");
  if (!arguments) return {};
  if (arguments->is_object()) return append(made.arguments, json::serialize(*arguments));
  return append(made.arguments, text_of(*function, "arguments"));
}

Status AnswerMaker::append(std::string& to, std::string_view text) {
  size_ += text.size();
  if (size_ > limit_) return std::unexpected(invalid(fmt::format("exceeds {} bytes", limit_)));
  to += text;
  return {};
}

std::string AnswerMaker::take_new_text() {
  auto text = text_.substr(told_);
  told_ = text_.size();
  return text;
}

Result<Answer> AnswerMaker::finish() && {
  // Some servers close the connection without [DONE]; a finish reason says as much.
  if (!done_ && finish_.empty()) return std::unexpected(invalid("ends too early"));
  if (!seen_choice_) return std::unexpected(invalid("holds no choice"));
  Answer answer{.text = ModelText(std::move(text_)),
                .reasoning = ModelText(std::move(reasoning_)),
                .refusal = ModelText(std::move(refusal_text_)),
                .finish = finish_of(finish_),
                .usage = usage_};
  for (auto& [index, made] : calls_) {
    if (made.name.empty()) return std::unexpected(invalid("holds a tool call without a name"));
    ToolCall call;
    // Some servers give none; the result must name one.
    call.id_ = made.id.empty() ? fmt::format("call_{}", index) : std::move(made.id);
    call.name_ = std::move(made.name);
    call.arguments_ = made.arguments.empty() ? "{}" : std::move(made.arguments);
    answer.calls.push_back(std::move(call));
  }
  return answer;
}

Result<std::vector<std::vector<float>>> embeddings_of(std::string_view body, std::size_t count) {
  TRY(const auto object, object_of(body));
  const auto* data = array_in(object, "data");
  if (!data || data->size() != count) return std::unexpected(invalid("holds another number of embeddings"));
  std::vector<std::vector<float>> vectors(count);
  std::size_t position = 0;
  for (const auto& row : *data) {
    const auto* one = row.if_object();
    const auto* numbers = one ? array_in(*one, "embedding") : nullptr;
    if (!numbers || numbers->empty() || numbers->size() > kDimensions)
      return std::unexpected(invalid("holds an embedding that is none"));
    const auto index = one->contains("index") ? static_cast<std::size_t>(count_in(*one, "index")) : position;
    ++position;
    if (index >= count || !vectors[index].empty())
      return std::unexpected(invalid("numbers its embeddings wrongly"));
    for (const auto& number : *numbers) {
      boost::system::error_code failed;
      const auto value = number.to_number<double>(failed);
      if (failed || !std::isfinite(static_cast<float>(value)))
        return std::unexpected(invalid("holds an embedding that is none"));
      vectors[index].push_back(static_cast<float>(value));
    }
    if (vectors[index].size() != data->front().at("embedding").as_array().size())
      return std::unexpected(invalid("holds embeddings of different length"));
  }
  return vectors;
}

}  // namespace selfheal::assistant::internal
