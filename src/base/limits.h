#pragma once

#include <cstddef>

#include "base/time.h"

// Every queue, loop, retry, result and wait has a limit; the shared ones stand here, with the reason.
namespace selfheal {

// libpg_query recurses over the tree; 16 KiB of `1+1+…` overflows a 1 MB stack, 64 KiB an 8 MB one
// (measured).
inline constexpr std::size_t kWorkerStackBytes = 64u << 20;
// Longer statements get no parse tree and are named by their text instead. PostgreSQL itself truncates query
// text in pg_stat_activity at 1 KiB by default, so longer ones are rare.
inline constexpr std::size_t kParsedSqlBytes = 16u << 10;
// One log line; PostgreSQL logs statements of any length. A longer line is counted, cut and still recognised
// by its SQLSTATE when that stands in the kept part.
inline constexpr std::size_t kLogLineBytes = 1u << 20;
// Events handed to the store in one transaction. Larger batches gain nothing (measured: 100 rows amortise a
// commit).
inline constexpr std::size_t kBatchEvents = 1000;
// Exemplars kept of one fingerprint in one batch: enough to see whether keys or statements differ.
inline constexpr std::size_t kExemplars = 3;
// Text kept of a message, statement or detail.
inline constexpr std::size_t kFieldBytes = 8u << 10;
// Rows a probe may return; each .sql states its own, never above this.
inline constexpr std::size_t kProbeRows = 1000;
// An event older than this is recorded, never probed for, never acted on: its evidence has perished.
inline constexpr Duration kFreshEvent = 30s;
// A probe on a healthy server takes milliseconds; two seconds of waiting is itself a finding.
inline constexpr Duration kProbeTimeout = 2s;
inline constexpr Duration kLockTimeoutOfProbes = 200ms;
// How long an acting statement may wait for a lock: longer would queue the application behind us.
inline constexpr Duration kLockTimeoutOfActs = 2s;
inline constexpr Duration kActTimeout = 30s;
inline constexpr Duration kConnectTimeout = 3s;
// The flight recorder keeps this much.
inline constexpr Duration kRecorderSpan = 60s;
// How often the recorder looks. A wait of 300 ms, the shortest lock_timeout in common use, then holds two
// looks, so that one late look does not lose it. A look costs the server 0.06 ms of CPU while nobody waits and
// 0.7 ms with 50 waiters (measured), which is 0.04 % and 0.5 % of a core.
inline constexpr Duration kRecorderPeriod = 150ms;
inline constexpr std::size_t kRecorderEdges = 2000;
// HTTP: a request head and body of our API; a report of errors may be larger.
inline constexpr std::size_t kHttpHeadBytes = 16u << 10;
inline constexpr std::size_t kHttpBodyBytes = 1u << 20;
inline constexpr std::size_t kHttpConnections = 512;
inline constexpr Duration kHttpRequestTimeout = 30s;
inline constexpr Duration kHttpIdleTimeout = 75s;
inline constexpr Duration kHttpPing = 15s;
// For a client to take a response or one event: longer means that it does not read, and it is closed.
inline constexpr Duration kHttpWriteTimeout = 20s;
// Our largest query has about ten parameters; more is a mistake or an attack.
inline constexpr std::size_t kHttpQueryParameters = 100;
// Events kept for subscribers that come back with Last-Event-ID: about ten minutes of a busy installation.
inline constexpr std::size_t kEventRing = 4096;

}  // namespace selfheal
