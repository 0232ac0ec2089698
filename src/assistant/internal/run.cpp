#include "assistant/internal/run.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <cctype>
#include <charconv>

#include "assistant/safe_text.h"

namespace selfheal::assistant::internal {
namespace {

constexpr std::size_t kSuggestions = 3;
constexpr std::size_t kLongestMark = 60;

ToolResult refused(const Error& error) {
  ToolResult result;
  result.value = boost::json::object{{"problem", error.message}};
  result.for_model = OurText("the call was refused: ");
  result.for_model += pg::redact_own_text(error.message);
  result.problem = error.message;
  return result;
}

// The number behind `letter` at the beginning, taken off the text; 0 when there is none.
std::size_t index_behind(std::string_view& text, std::string_view letter) {
  if (!text.starts_with(letter)) return 0;
  std::size_t number = 0;
  const auto* begin = text.data() + letter.size();
  const auto read = std::from_chars(begin, text.data() + text.size(), number);
  if (read.ec != std::errc{}) return 0;
  text.remove_prefix(static_cast<std::size_t>(read.ptr - text.data()));
  return number;
}

bool is_part_of_name(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '-'; }

}  // namespace

bool names(std::string_view text, std::string_view name) {
  for (auto at = text.find(name); at != text.npos && !name.empty(); at = text.find(name, at + 1)) {
    const auto end = at + name.size();
    if ((at == 0 || !is_part_of_name(text[at - 1])) && (end == text.size() || !is_part_of_name(text[end])))
      return true;
  }
  return false;
}

std::vector<std::string_view> bracketed(std::string_view text) {
  std::vector<std::string_view> found;
  for (auto at = text.find('['); at != text.npos; at = text.find('[', at + 1)) {
    const auto end = text.find_first_of("[] \n", at + 1);
    if (end != text.npos && text[end] == ']' && end > at + 1 && end - at < kLongestMark)
      found.push_back(text.substr(at + 1, end - at - 1));
  }
  return found;
}

asio::awaitable<ToolResult> Run::call(std::string name, boost::json::object arguments) {
  const auto id = fmt::format("Q{}", ++calls_);
  const auto* row = tool_named(name);
  const auto* sql = arguments.if_contains("sql");
  show(ToolBegan{.id = id,
                 .name = row ? std::string(row->name.text()) : "",
                 .title = row ? std::string(row->title.text()) : "",
                 .sql = sql && sql->is_string() ? std::string(sql->get_string()) : ""});
  const ToolCallContext context{.world = parts_.world,
                                .asker = parts_.asker,
                                .arguments = arguments,
                                .server = server(),
                                .about = parts_.question.about,
                                .call_number = calls_,
                                .now = now(),
                                .deadline = parts_.deadline};
  auto called = co_await call_tool(name, context);
  auto result = called ? *std::move(called) : refused(called.error());
  know(result.citations);
  if (row && row->reads_values && result.problem.empty()) rows_[id] = result.value;
  tools_.push_back({{"id", id},
                    {"name", row ? row->name.text() : std::string_view()},
                    {"arguments", arguments},
                    {"rows", result.rows},
                    {"problem", !result.problem.empty()}});
  show(ToolEnded{.id = id,
                 .rows = result.rows,
                 .took = result.took,
                 .is_cut = result.is_cut,
                 .problem = safe_text(result.problem),
                 .value = result.value});
  co_return result;
}

void Run::show_text(std::string text, bool is_proven) {
  const auto safe = safe_text(text);
  for (const auto mark : bracketed(safe)) {
    const auto id = known_citation(mark);
    if (!id.empty() && cited_.insert(id).second) show(Citation{id});
  }
  text_ += safe;
  show(Token{.text = safe, .is_proven = is_proven});
}

void Run::suggest(std::string question) {
  if (suggestions_.size() < kSuggestions) suggestions_.push_back(safe_text(question));
}

std::string Run::known_citation(std::string_view id) const {
  if (citations_.contains(id)) return std::string(id);
  if (!parts_.question.about || id.contains('/')) return {};
  const auto longer = to_text(*parts_.question.about) + "/" + std::string(id);
  return citations_.contains(longer) ? longer : "";
}

std::optional<std::string> Run::cell(std::string_view handle) const {
  const auto dot = handle.find('.');
  const auto rows = rows_.find(handle.substr(0, dot));
  if (dot == handle.npos || rows == rows_.end()) return std::nullopt;
  auto rest = handle.substr(dot);
  const auto row = index_behind(rest, ".r");
  const auto column = index_behind(rest, ".c");
  if (row == 0 || column == 0 || !rest.empty()) return std::nullopt;
  const auto* list = rows->second.as_object().if_contains("rows");
  if (!list || !list->is_array() || row > list->get_array().size()) return std::nullopt;
  const auto& cells = list->get_array()[row - 1].as_array();
  if (column > cells.size()) return std::nullopt;
  const auto& cell = cells[column - 1];
  return cell.is_string() ? std::string(cell.get_string()) : "NULL";
}

std::optional<ServerId> Run::server() const {
  const auto servers = parts_.world.servers();
  for (const auto& one : servers)
    if (names(parts_.question.text, one.name.value())) return one.name;
  if (parts_.question.server) return parts_.question.server;
  if (servers.size() == 1) return servers.front().name;
  return std::nullopt;
}

Turn Run::turn() const {
  auto notes = notes_;
  notes["tools"] = tools_;
  return {.role = "assistant", .text = text_, .tools_json = boost::json::serialize(notes), .at = now()};
}

}  // namespace selfheal::assistant::internal
