#include "api/internal/handlers.h"
#include "contract/administration.h"
#include "contract/page.h"

// Who did what, when, to what.
namespace selfheal::api {

Task<http::Response> list_audit(Call call) {
  CO_TRY(const auto limit, page_limit(call.request));
  CO_TRY(const auto before, cursor_of(call.request));
  CO_TRY(const auto page, co_await call.context.parts.book.audit(before, limit, call.deadline));
  contract::Page<contract::AuditEntry> view;
  for (const auto& record : page.items)
    view.items.push_back({.sequence = record.sequence,
                          .at = record.at,
                          .actor = record.entry.actor,
                          .what = record.entry.what,
                          .subject = record.entry.subject,
                          .text = record.entry.text,
                          .previous_hash = record.previous_hash,
                          .hash = record.hash});
  view.next_cursor = cursor_to(page.next);
  co_return answer(contract::to_json(view));
}

Task<http::Response> verify_audit(Call call) {
  CO_TRY(const auto check, co_await call.context.parts.book.verify_audit(call.deadline));
  const contract::AuditCheck view{.records = check.records,
                                  .intact = !check.broken_at,
                                  .broken_at = check.broken_at,
                                  .reason = check.reason};
  co_return answer(contract::to_json(view));
}

}  // namespace selfheal::api
