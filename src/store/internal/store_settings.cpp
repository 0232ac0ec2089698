#include "store/internal/store_settings.h"

#include <vector>

namespace selfheal::store {

std::span<const StoreSetting> store_settings() {
  static const std::vector<StoreSetting> settings{
      {{"keep_chats_days", 30,
        "Days that a conversation nobody goes on with is kept, and what a model worded: long enough to come "
        "back to "
        "it, and what people typed does not stay longer than what they asked about."},
       1,
       4000},
      {{"keep_events_days", 30,
        "Days that sightings, event keys and evidence are kept: a monthly job that fails is seen twice, and "
        "raw values "
        "of the application do not stay longer than people look at them."},
       2,
       400},
      {{"keep_incidents_days", 400,
        "Days that closed incidents and the audit trail are kept: a year and a month, so that a yearly event "
        "and an "
        "audit of the last year find theirs."},
       30,
       4000},
      {{"size_cap_bytes", 2.0 * (1u << 30),
        "Size of the store beyond which its oldest days are dropped: small beside any database worth "
        "watching, and at a "
        "few hundred bytes an event it holds several million."},
       64.0 * (1u << 20),
       1e15},
  };
  return settings;
}

Task<std::map<std::string, double>> settings_in_force(const Context& context, Deadline deadline) {
  CO_TRY(const auto rows, co_await ask(context, context.readers, "settings_list", {}, deadline));
  std::map<std::string, double> values;
  for (const auto& setting : store_settings()) values[setting.row.name] = setting.row.value;
  for (std::size_t i = 0; i < rows.rows.size(); ++i) {
    Row row(rows, i);
    values[row.text("name")] = row.real("value");
    CO_TRY_OK(row.status());
  }
  co_return values;
}

}  // namespace selfheal::store
