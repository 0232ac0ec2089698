#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "model/incident.h"
#include "pg/redact.h"

// What people outside are told about one incident, whatever the channel. Every text went through pg::redact
// or pg::redact_own_text; none is escaped: how a text is made harmless depends on where it is shown, so that
// is the channel's work.
namespace selfheal::notify {

// Why something is told. The state of an incident says where it stands; this says what is new about it.
enum class Change {
  opened,
  updated,  // counts, diagnosis, plan: for channels that can edit
  needs_approval,
  healed,
  failed,
  reopened,
  resolved,
  refused,
  muted,
  unmuted,
  reminder,  // nothing new; it is still open
  test,      // a person pressed the test button: `incident` is empty
};
BOOST_DESCRIBE_ENUM(Change, opened, updated, needs_approval, healed, failed, reopened, resolved, refused,
                    muted, unmuted, reminder, test)

struct NoticeSentence {
  pg::RedactedText text;
  std::string evidence_id;  // "E1", or empty
};

struct NoticeCause {
  pg::RedactedText cause;
  pg::RedactedText why;
};

// Words of our own about how many checks passed.
struct NoticeChecks {
  int passed = 0;
  int all = 0;
};

struct NoticeRemedy {
  std::string action;  // the catalogue's name
  pg::RedactedText title;
  std::vector<pg::RedactedText> statements;
  std::vector<pg::RedactedText> guards;
  pg::RedactedText undo;
  std::string risk;
  std::string plan_id;
  std::string plan_hash;  // what an approval is bound to
  std::optional<Time> expires_at;
  bool needs_approval = false;
};

// What became of the same trouble before.
struct NoticeHistory {
  int helped = 0;  // of the action that helped most often
  int tried = 0;
  pg::RedactedText in_words;  // healing::experience_in_words; empty: never treated before
};

struct NoticeEntry {
  Time at{};
  std::string what;
  pg::RedactedText text;
};

// Absolute addresses; empty when no base URL is configured.
struct NoticeLinks {
  std::string incident;
  std::string chat;
};

struct Notice {
  // The same for each try to deliver this, and for nothing else: receivers tell repetitions by it.
  std::string id;
  Change change = Change::opened;
  Time at{};  // when it was put together
  std::string tenant;

  std::string incident;  // "SH-142"
  std::int64_t rev = 0;
  std::string fingerprint;
  std::string server;
  pg::RedactedText database;
  IncidentState state = IncidentState::open;
  Severity severity = Severity::medium;
  Category category = Category::unknown;
  std::string sqlstate;
  std::string trouble;  // a finding of the watch, which raises no error
  pg::RedactedText title;
  pg::RedactedText message;
  pg::RedactedText statement;  // its shape

  Confidence confidence = Confidence::unknown;
  std::string cause;  // the playbook's word; empty while unknown
  NoticeChecks checks;
  std::vector<NoticeSentence> explanation;  // the expert's analysis
  std::vector<NoticeCause> ruled_out;
  std::optional<NoticeRemedy> remedy;
  std::vector<pg::RedactedText> recommendations;  // what a person can do, in the order to try it
  std::optional<VerdictWord> verdict;
  pg::RedactedText verdict_reason;
  NoticeHistory before;

  std::int64_t events = 0;
  Time first_seen{};
  Time last_seen{};
  std::optional<Time> relieved_at;
  std::optional<Time> closed_at;
  std::vector<NoticeEntry> timeline;  // since this channel was told last, oldest first

  pg::RedactedText instead_of;  // why this channel is told: another could not be reached; mostly empty
  NoticeLinks links;
};

// "High" and so on are the channel's words; this is the sentence that every channel starts with:
// "[HIGH] SH-142 Idle transaction in billing blocks 4 sessions (orders/shop). Cause confirmed. Fix ready: …".
// Not escaped.
std::string summary_of(const Notice& notice);

}  // namespace selfheal::notify
