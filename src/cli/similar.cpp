// incident similar and incident search: what happened before, why it is alike, and what worked then.
#include <fmt/format.h>

#include <ostream>

#include "cli/internal/commands.h"
#include "cli/internal/document.h"
#include "contract/page.h"

namespace selfheal::cli {
namespace {

using contract::SimilarCase;

const Advice kAdvice{{kNotFound, "selfheal incident list"}};

std::string name_of(const SimilarCase& similar) {
  return similar.what == "runbook" ? "runbook " + similar.runbook : similar.incident;
}

Answer<int> show(Invocation& invocation, const std::string& path, const Advice& advice) {
  Api api(invocation, advice);
  TRY(const auto body, api.get(path));
  if (invocation.global.json) return print_json(invocation, body);
  TRY(const auto page, api.read<contract::Page<SimilarCase>>(body));
  const Style style(invocation);
  for (const auto& similar : page.items) {
    Document document(name_of(similar) + "  " + similar.title);
    add_similar(document, similar, style);
    print(invocation, document.print(style));
  }
  if (page.items.empty() && !invocation.global.quiet) invocation.streams.err << "nothing like it is known\n";
  return kOk;
}

}  // namespace

void add_similar(Document& document, const SimilarCase& similar, const Style& style) {
  document.section(name_of(similar));
  document.row({"title", similar.title});
  document.row({"cause", similar.cause});
  document.row({"trust", similar.trust});
  document.row({"seen", style.when(similar.at)});
  for (const auto& why : similar.why) document.row({"why", why});
  document.row({"then", similar.experience});
  if (!similar.action.empty())
    document.row(
        {"worked", fmt::format("{} ({} of {} times)", similar.action, similar.helped, similar.tried)});
  for (const auto& note : similar.notes) document.row({"note", note});
}

Answer<int> incident_similar(Invocation& invocation) {
  const auto& arguments = invocation.arguments;
  const auto path = path_of("incidents", arguments.text("INCIDENT")) + "/similar";
  return show(invocation, path + query_of({{"limit", arguments.text("--limit")}}), kAdvice);
}

Answer<int> incident_search(Invocation& invocation) {
  const auto& arguments = invocation.arguments;
  return show(
      invocation,
      "/memory/search" + query_of({{"q", arguments.text("WORDS")}, {"limit", arguments.text("--limit")}}),
      {});
}

}  // namespace selfheal::cli
