#pragma once

#include <span>
#include <string>
#include <vector>

#include "api/internal/metrics.h"
#include "api/ourselves.h"
#include "api/ports.h"
#include "contract/database_contents.h"
#include "contract/health.h"
#include "health/monitor.h"
#include "notify/notifier.h"

// What was measured, as the API shows it. Pure functions.
namespace selfheal::api {

contract::DatabaseHealth view_of(const ServerState& server, const health::Monitor& monitor);
contract::HistorySeries view_of(const health::MeasureRow& row, const std::vector<health::Point>& points);
contract::HealthChecks view_of(const std::string& database, const std::vector<health::Checked>& checked);
// Of statements.sql; `role` is whose rights were used.
contract::SlowStatements statements_in(const EvidenceItem& item, const std::string& role);
// Of table_list.sql.
contract::Tables tables_in(const std::string& database, const EvidenceItem& item);
// Of table_columns.sql and table_indexes.sql.
contract::TableDetail table_in(const EvidenceItem& columns, const EvidenceItem& indexes);
// One of ours: a channel that people outside are told by.
PartState part_of(const notify::ChannelState& channel, const Result<notify::Backlog>& backlog);
contract::OwnHealth own_health(const std::vector<ServerState>& servers, const Result<StoreHealth>& store,
                               Duration control_delay, std::vector<PartState> parts);

// What a scrape reads of a server; what is not known is left out.
void add_measures(std::vector<MeasuredGauge>& gauges, const std::string& target,
                  const health::Monitor& monitor);

}  // namespace selfheal::api
