// Keeps the index in step with the store's rows, and asks both.
#include "memory/recollection.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "base/check.h"
#include "base/log.h"
#include "memory/case_index.h"
#include "memory/case_text.h"
#include "memory/index_file.h"
#include "memory/internal/documents.h"
#include "memory/internal/likeness.h"

namespace selfheal::memory {
namespace {

using namespace internal;

// Rows of one page: their texts are a megabyte at most, and their vectors one call of the embedder's.
constexpr int kPage = 200;
// How soon what was learned is found by its words; the same trouble is found at once, by its name.
constexpr Duration kLookForNews = 1s;
constexpr Duration kStorePatience = 5s;
// A model behind a network; beyond it the store's rows are asked again later.
constexpr Duration kEmbedPatience = 30s;
// The file of a large index is 100 MB: it is written when there is something new, but not all the time. What
// it lacks after a crash is read from the rows again.
constexpr Duration kSaveEvery = 5min;
// Cases of one family, and of the searches, that are looked up; an answer shows fewer.
constexpr int kFamilyRows = 20;
constexpr std::size_t kSearched = 20;
// An answer with a runbook in it keeps a place for it.
constexpr std::size_t kRunbooksKept = 1;
// An old case loses two places of a search at most: what fits counts first.
constexpr double kAgeCosts = 0.1;

struct Hits {
  std::vector<Hit> trusted;  // proven cases and, for words, runbooks
  std::vector<Hit> seen;
};

std::string_view name_in(std::string_view key) { return key.substr(key.find('/') + 1); }

Status make_directory(const std::filesystem::path& directory) {
  namespace fs = std::filesystem;
  std::error_code error;
  fs::create_directories(directory, error);
  if (!error) fs::permissions(directory, fs::perms::owner_all, error);
  if (error) return failure(directory.string() + " cannot be made: " + error.message());
  return {};
}

// Two searches: whoever can raise errors could otherwise crowd out what was proven.
Result<Hits> search(const CaseIndex& index, Query query, bool with_runbooks) {
  Hits hits;
  query.limit = kSearched;
  query.accepts = [with_runbooks](std::string_view key) {
    return key.starts_with(kProven) || (with_runbooks && key.starts_with(kRunbook));
  };
  TRY(hits.trusted, index.search(query));
  query.accepts = [](std::string_view key) { return key.starts_with(kSeen); };
  TRY(hits.seen, index.search(query));
  return hits;
}

std::vector<std::string> fingerprints_in(const Hits& hits) {
  std::vector<std::string> names;
  for (const auto* list : {&hits.trusted, &hits.seen})
    for (const auto& hit : *list)
      if (!hit.key.starts_with(kRunbook)) names.emplace_back(name_in(hit.key));
  return names;
}

// An SQLSTATE that stands in the words as people write it.
std::string sqlstate_in(std::string_view words) {
  const auto is_part = [](char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); };
  for (std::size_t begin = 0; begin < words.size();) {
    auto end = begin;
    bool has_digit = false;
    while (end < words.size() && is_part(words[end])) has_digit |= words[end++] <= '9';
    if (end - begin == 5 && has_digit) return std::string(words.substr(begin, 5));
    begin = std::max(end, begin + 1);
  }
  return {};
}

RememberedCase case_of(const Incident& incident) {
  return {.fingerprint = incident.name.fingerprint,
          .family = incident.name.family,
          .sqlstate = incident.sqlstate,
          .condition = incident.error_class.condition,
          .cause = incident.diagnosis ? incident.diagnosis->cause : std::string(),
          .message = incident.redacted_message,
          .statement = incident.statement_shape,
          .incident = incident.number};
}

// Collects an answer in the order of its tiers, each trouble once.
class Answer {
 public:
  explicit Answer(std::size_t limit) : limit_(limit) {}
  void add(Recalled recalled, std::vector<std::string> why) {
    const auto& key =
        recalled.runbook != nullptr ? std::string(recalled.runbook->name) : recalled.past.fingerprint;
    if (why.empty() || items_.size() >= limit_ || !known_.insert(key).second) return;
    recalled.why = std::move(why);
    items_.push_back(std::move(recalled));
  }
  // At the end, and in the place of the last when there is none left.
  void add_runbook(const knowledge::Runbook* runbook, std::string why) {
    if (runbook == nullptr || limit_ <= kRunbooksKept) return;
    if (items_.size() >= limit_) items_.resize(limit_ - kRunbooksKept);
    add(recalled_of(*runbook), {std::move(why)});
  }
  std::vector<Recalled> take() { return std::move(items_); }

 private:
  std::size_t limit_;
  std::set<std::string> known_;
  std::vector<Recalled> items_;
};

}  // namespace

Task<std::vector<Vector>> EmbedderOnWorker::embed(std::vector<pg::RedactedText> texts,
                                                  Deadline /*deadline*/) {
  if (texts.size() > kEmbeddedTexts) co_return failure(ErrorCode::invalid_input, "too many texts at once");
  auto vectors = co_await on_worker(workers_, [this, &texts] {
    std::vector<Vector> made;
    for (const auto& text : texts) made.push_back(embedder_.vector_of(text.text()));
    return made;
  });
  co_return vectors;
}

struct Recollection::State {
  explicit State(RecollectionOptions o)
      : options(std::move(o)),
        tasks(options.control),
        // What vectors, runbooks and tenant an index is of; another one is built anew.
        recipe(options.embedder.id() + " knowledge " + knowledge_version() + " tenant " + options.tenant) {}

  Deadline soon(Duration patience = kStorePatience) const { return options.clock.deadline_in(patience); }

  StatusTask keep();
  StatusTask look();
  asio::awaitable<bool> read_file(RowsState rows);
  StatusTask rebuild(RowsState rows);
  // All changes after `from`; returns the state that the index then holds.
  Task<std::uint64_t> apply_changes(std::shared_ptr<CaseIndex> index, std::uint64_t from);
  StatusTask put_page(std::shared_ptr<CaseIndex> index, std::vector<RememberedCase> page);
  StatusTask put_drafts(std::shared_ptr<CaseIndex> index, std::vector<Draft> drafts);
  Task<std::vector<Vector>> vectors_of(std::vector<pg::RedactedText> texts);
  StatusTask learn_runbooks(std::shared_ptr<CaseIndex> index);
  asio::awaitable<void> save();

  Task<Hits> find(pg::RedactedText text, std::string sqlstate, bool with_runbooks, Deadline deadline);
  Task<std::map<std::string, RememberedCase>> rows_of(const Hits& hits, Deadline deadline);
  Recalled weighed(RememberedCase past, IncidentNumber asked) const;
  double score_of(const Hit& hit, const std::map<std::string, RememberedCase>& rows) const;

  RecollectionOptions options;
  TaskGroup tasks;
  std::string recipe;
  // Shared with searches on the worker, which go on in the old one while a new one takes its place.
  std::shared_ptr<CaseIndex> index;
  std::map<std::string, Vector, std::less<>> runbook_vectors;
  std::uint64_t state = 0;
  std::uint64_t forgotten = 0;
  std::uint64_t saved_state = 0;
  Deadline::Moment saved_at{};
  bool file_was_tried = false;
  bool came_from_file = false;
  std::string said;  // the last trouble that the log was told of
};

StatusTask Recollection::State::keep() {
  do {
    const auto looked = co_await look();
    const auto trouble = looked ? std::string() : looked.error().message;
    if (!trouble.empty() && trouble != said) log::warning("memory: {}", trouble);
    said = trouble;
    if (index && state != saved_state && options.clock.steady_now() - saved_at >= kSaveEvery) co_await save();
  } while (co_await options.clock.sleep(kLookForNews));
  co_return Status{};
}

StatusTask Recollection::State::look() {
  CO_TRY(const auto rows, co_await options.rows.state(soon()));
  if (!index && !std::exchange(file_was_tried, true)) {
    const bool agrees = co_await read_file(rows);
    if (agrees) co_return Status{};
  }
  if (!index || rows.forgotten != forgotten || rows.state < state) co_return co_await rebuild(rows);
  if (rows.state == state) co_return Status{};
  CO_TRY(state, co_await apply_changes(index, state));
  co_return Status{};
}

asio::awaitable<bool> Recollection::State::read_file(RowsState rows) {
  const IndexStamp expected{
      .embedder = recipe, .dimension = options.embedder.dimension(), .state = rows.state};
  auto read = co_await on_worker(options.workers, [this, &expected] {
    auto from_file = read_index_file(options.file, expected);
    return from_file;
  });
  if (!read && read.error().code != ErrorCode::not_found)
    log::info("memory: the index is built anew: {}", read.error().message);
  if (!read) co_return false;
  index = *std::move(read);
  came_from_file = true;
  state = saved_state = rows.state;
  forgotten = rows.forgotten;
  saved_at = options.clock.steady_now();
  co_return true;
}

StatusTask Recollection::State::rebuild(RowsState rows) {
  auto fresh = std::make_shared<CaseIndex>(recipe, options.embedder.dimension());
  CO_TRY_OK(co_await learn_runbooks(fresh));
  CO_TRY(const auto reached, co_await apply_changes(fresh, 0));
  index = std::move(fresh);
  came_from_file = false;
  state = reached;
  forgotten = rows.forgotten;
  // Such a file would be refused once more at the next start.
  co_await save();
  co_return Status{};
}

Task<std::uint64_t> Recollection::State::apply_changes(std::shared_ptr<CaseIndex> into, std::uint64_t from) {
  for (;;) {
    CO_TRY(const auto rows, co_await options.rows.state(soon()));
    CO_TRY(auto page, co_await options.rows.changed_since(from, kPage, soon()));
    if (page.empty()) co_return std::max(from, rows.state);
    from = page.back().changed;
    CO_TRY_OK(co_await put_page(into, std::move(page)));
  }
}

StatusTask Recollection::State::put_page(std::shared_ptr<CaseIndex> into, std::vector<RememberedCase> page) {
  if (runbook_vectors.empty()) CO_TRY_OK(co_await learn_runbooks(nullptr));
  auto drafts = co_await on_worker(options.workers, [&into, &page] {
    std::vector<Draft> made;
    std::vector<std::string> former;
    for (const auto& past : page) {
      made.push_back(draft_of(past));
      former.push_back(std::string(past.is_proven ? kSeen : kProven) + past.fingerprint);
    }
    into->remove(former);
    return made;
  });
  // A case of which nothing may be said is still found by its name.
  std::erase_if(drafts, [](const Draft& draft) { return draft.document.rows.empty(); });
  co_return co_await put_drafts(std::move(into), std::move(drafts));
}

StatusTask Recollection::State::put_drafts(std::shared_ptr<CaseIndex> into, std::vector<Draft> drafts) {
  std::vector<pg::RedactedText> texts;
  for (const auto& draft : drafts) texts.insert(texts.end(), draft.texts.begin(), draft.texts.end());
  CO_TRY(auto vectors, co_await vectors_of(std::move(texts)));
  std::size_t next = 0;
  std::vector<CaseDocument> documents;
  for (auto& draft : drafts) {
    for (auto& row : draft.document.rows)
      row.vector = row.kind == RowKind::knowledge && !draft.runbook.empty()
                       ? runbook_vectors.find(draft.runbook)->second
                       : std::move(vectors.at(next++));
    documents.push_back(std::move(draft.document));
  }
  co_return co_await on_worker(options.workers,
                               [&into, &documents] { return into->put(std::move(documents)); });
}

Task<std::vector<Vector>> Recollection::State::vectors_of(std::vector<pg::RedactedText> texts) {
  std::vector<Vector> vectors;
  for (std::size_t at = 0; at < texts.size(); at += kEmbeddedTexts) {
    const auto end = std::min(texts.size(), at + kEmbeddedTexts);
    std::vector<pg::RedactedText> some(texts.begin() + static_cast<std::ptrdiff_t>(at),
                                       texts.begin() + static_cast<std::ptrdiff_t>(end));
    CO_TRY(auto made, co_await options.embedder.embed(std::move(some), soon(kEmbedPatience)));
    if (made.size() != end - at) co_return failure("the embedder gave another number of vectors than texts");
    std::ranges::move(made, std::back_inserter(vectors));
  }
  co_return vectors;
}

// Embeds every runbook once, because thousands of cases quote the same; and puts them into the index unless
// it is null.
StatusTask Recollection::State::learn_runbooks(std::shared_ptr<CaseIndex> into) {
  auto drafts = co_await on_worker(options.workers, [] { return runbook_drafts(); });
  std::vector<pg::RedactedText> texts;
  for (const auto& draft : drafts) texts.push_back(draft.texts.front());
  CO_TRY(auto vectors, co_await vectors_of(std::move(texts)));
  std::vector<CaseDocument> documents;
  for (std::size_t i = 0; i < drafts.size(); ++i) {
    auto& document = drafts[i].document;
    runbook_vectors.insert_or_assign(std::string(name_in(document.key)), vectors[i]);
    document.rows.front().vector = std::move(vectors[i]);
    documents.push_back(std::move(document));
  }
  if (!into) co_return Status{};
  co_return co_await on_worker(options.workers,
                               [&into, &documents] { return into->put(std::move(documents)); });
}

// A file that cannot be written costs the next start a rebuild and nothing else.
asio::awaitable<void> Recollection::State::save() {
  const auto of = index;
  const auto at = state;
  const auto written = co_await on_worker(options.workers, [this, &of, at] {
    auto made = make_directory(options.file.parent_path());
    return made ? write_index_file(options.file, *of, at) : made;
  });
  if (!written) log::warning("memory: the index is not kept: {}", written.error().message);
  saved_state = at;
  saved_at = options.clock.steady_now();
}

Task<Hits> Recollection::State::find(pg::RedactedText text, std::string sqlstate, bool with_runbooks,
                                     Deadline deadline) {
  const auto in = index;
  if (!in) co_return Hits{};
  Query query{.text = text.text(), .sqlstate = std::move(sqlstate)};
  if (query.text.empty() || query.text == pg::kWithheld) co_return Hits{};
  std::vector<pg::RedactedText> texts{text};
  auto vectors = co_await options.embedder.embed(std::move(texts), deadline);
  // Without the meaning there are still the words.
  if (vectors && vectors->size() == 1) query.vector = std::move(vectors->front());
  co_return co_await on_worker(options.workers, [&in, &query, with_runbooks] {
    auto hits = search(*in, std::move(query), with_runbooks);
    return hits;
  });
}

// What the rows say of the cases that a search found: only what they hold is told.
Task<std::map<std::string, RememberedCase>> Recollection::State::rows_of(const Hits& hits,
                                                                         Deadline deadline) {
  std::map<std::string, RememberedCase> found;
  auto names = fingerprints_in(hits);
  if (names.empty()) co_return found;
  const auto most = static_cast<int>(names.size());
  CO_TRY(auto rows, co_await options.rows.of(std::move(names), std::string(), most, deadline));
  for (auto& row : rows) {
    auto name = row.fingerprint;
    found.emplace(std::move(name), std::move(row));
  }
  co_return found;
}

Recalled Recollection::State::weighed(RememberedCase past, IncidentNumber asked) const {
  return recalled_of(std::move(past), asked, options.clock.now(), options.half_life);
}

double Recollection::State::score_of(const Hit& hit,
                                     const std::map<std::string, RememberedCase>& rows) const {
  const auto found = rows.find(std::string(name_in(hit.key)));
  if (found == rows.end()) return hit.score;
  const auto age = std::max(options.clock.now() - found->second.last_seen, Duration(0));
  const auto young =
      std::exp2(-static_cast<double>(age.count()) / static_cast<double>(options.half_life.count()));
  return hit.score * (1 - kAgeCosts * (1 - young));
}

namespace {

// Nothing of the case lies before the incident: it is new, or how it ended is all that is remembered.
bool is_nothing_but(const Incident& incident, const RememberedCase& past) {
  if (past.fingerprint != incident.name.fingerprint || past.incident != incident.number) return false;
  if (past.outcomes.empty()) return true;
  return is_closed(incident.state) && past.outcomes.size() == 1 &&
         past.outcomes.front().incident == incident.number;
}

}  // namespace

Recollection::Recollection(RecollectionOptions options)
    : state_(std::make_unique<State>(std::move(options))) {}
Recollection::~Recollection() { CHECK(state_->tasks.running() == 0); }

void Recollection::start() { state_->tasks.spawn("memory", state_->keep()); }

asio::awaitable<void> Recollection::stop() {
  co_await state_->tasks.stop();
  if (state_->index && state_->state != state_->saved_state) co_await state_->save();
}

Standing Recollection::standing() const {
  return {.is_ready = state_->index != nullptr,
          .came_from_file = state_->came_from_file,
          .cases = state_->index ? state_->index->cases() : 0,
          .state = state_->state};
}

Task<std::vector<Recalled>> Recollection::similar_to(Incident incident, std::size_t limit,
                                                     Deadline deadline) {
  auto& state = *state_;
  const auto itself = case_of(incident);
  const Asked asked{.name = incident.name, .sqlstate = incident.sqlstate, .cause = itself.cause};
  std::vector<std::string> own{incident.name.fingerprint};
  CO_TRY(auto named,
         co_await state.options.rows.of(std::move(own), incident.name.family, kFamilyRows, deadline));
  const bool is_known = !named.empty() && named.front().fingerprint == incident.name.fingerprint;
  const auto text = query_text(is_known ? named.front() : itself);
  // A search that fails takes nothing from what the names tell.
  auto searched = co_await state.find(text, incident.sqlstate, false, deadline);
  if (!searched) log::warning("memory: searching: {}", searched.error().message);
  const auto hits = searched ? *std::move(searched) : Hits{};
  CO_TRY(auto rows, co_await state.rows_of(hits, deadline));

  Answer answer(limit);
  for (const bool proven : {true, false}) {
    for (auto& past : named) {
      if (past.is_proven != proven || is_nothing_but(incident, past)) continue;
      answer.add(state.weighed(past, incident.number), shared_facts(asked, past));
    }
    auto list = proven ? hits.trusted : hits.seen;
    std::ranges::sort(list, std::greater<>(), [&](const Hit& hit) { return state.score_of(hit, rows); });
    for (const auto& hit : list) {
      const auto found = rows.find(std::string(name_in(hit.key)));
      if (found == rows.end() || found->first == asked.name.fingerprint || found->second.is_proven != proven)
        continue;
      auto why = shared_facts(asked, found->second);
      // Errors of one server share words by nature; those alone make no likeness.
      if (why.empty() && !is_close(hit)) continue;
      std::ranges::move(shared_words(hit), std::back_inserter(why));
      answer.add(state.weighed(found->second, incident.number), std::move(why));
    }
  }
  answer.add_runbook(runbook_of(itself.cause, incident.sqlstate, incident.redacted_message),
                     "It was written about this.");
  co_return answer.take();
}

Task<std::vector<Recalled>> Recollection::similar_to(std::string words, std::size_t limit,
                                                     Deadline deadline) {
  auto& state = *state_;
  const auto text = pg::redact_own_text(words);
  const Asked asked{.sqlstate = sqlstate_in(words)};
  CO_TRY(auto hits, co_await state.find(text, asked.sqlstate, true, deadline));
  CO_TRY(auto rows, co_await state.rows_of(hits, deadline));

  Answer answer(limit);
  if (const auto* runbook = knowledge::runbook_for_error(asked.sqlstate, words))
    answer.add(recalled_of(*runbook), {"It was written about this."});
  std::ranges::sort(hits.trusted, std::greater<>(),
                    [&](const Hit& hit) { return state.score_of(hit, rows); });
  for (const auto* list : {&hits.trusted, &hits.seen})
    for (const auto& hit : *list) {
      if (const auto* runbook =
              hit.key.starts_with(kRunbook) ? knowledge::runbook_named(name_in(hit.key)) : nullptr) {
        answer.add(recalled_of(*runbook), shared_words(hit));
        continue;
      }
      const auto found = rows.find(std::string(name_in(hit.key)));
      if (found == rows.end()) continue;
      auto why = shared_facts(asked, found->second);
      std::ranges::move(shared_words(hit), std::back_inserter(why));
      answer.add(state.weighed(found->second, IncidentNumber()), std::move(why));
    }
  co_return answer.take();
}

}  // namespace selfheal::memory
