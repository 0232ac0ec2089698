// From the outbox to people.
#include "notify/notifier.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/log.h"

namespace selfheal::notify {

namespace {

constexpr Duration kStoreTimeout = 5s;
constexpr Duration kStoreAway = 2s;

using Outcome = Delivery::Outcome;

// Nothing waits any more.
void put_away(Letter& letter) {
  letter.is_waiting = false;
  letter.due_at.reset();
  letter.attempts = 0;
  letter.failing_since.reset();
  letter.parked_at.reset();
}

// The letter after a try that did not get through.
void put_back(Letter& letter, const Delivery& delivery, Time now, double chance) {
  letter.last_answer = delivery.answer;
  if (!letter.failing_since) letter.failing_since = now;
  const bool given_up = delivery.outcome == Outcome::rejected || now - *letter.failing_since >= kGiveUpAfter;
  letter.is_waiting = !given_up;
  letter.due_at.reset();
  letter.remind_at.reset();
  if (given_up) {
    letter.parked_at = now;
    letter.attempts = 0;
    letter.failing_since.reset();
  } else {
    letter.due_at = now + retry_delay(letter.attempts, delivery.wait, chance);
  }
}

}  // namespace

std::string word_of(Delivery::Outcome outcome) {
  switch (outcome) {
    case Delivery::Outcome::delivered:
      return "delivered";
    case Delivery::Outcome::try_later:
      return "try_later";
    case Delivery::Outcome::rejected:
      break;
  }
  return "rejected";
}

// A channel at work.
struct Notifier::Post {
  ConfiguredChannel configured;
  Time quiet_until{};          // what the receiver asked for
  int failures = 0;            // in a row
  bool may_be_alarmed = true;  // an earlier process may have raised it
  std::string state = "unknown";
  std::string why;
  std::optional<Time> since;
  std::map<std::string, std::int64_t> tries;
};

Notifier::Notifier(NotifierParts parts, Sender sender, std::vector<ConfiguredChannel> channels)
    : parts_(parts), sender_(std::move(sender)), tasks_(parts.executor) {
  for (auto& channel : channels) {
    posts_.push_back(std::make_unique<Post>(Post{.configured = std::move(channel)}));
    auto& post = *posts_.back();
    if (post.configured.channel) continue;
    post.state = "off";
    post.why = post.configured.off_why;
  }
}

Notifier::~Notifier() = default;

void Notifier::start() { tasks_.spawn("notifications", announce()); }

asio::awaitable<void> Notifier::stop() { co_await tasks_.stop(); }

StatusTask Notifier::announce() {
  std::vector<std::string> names;
  for (const auto& post : posts_)
    if (post->configured.channel) names.push_back(post->configured.name);
  while (true) {
    const auto known = co_await parts_.outbox.set_channels(names, parts_.clock.deadline_in(kStoreTimeout));
    if (known) break;
    if (!co_await parts_.clock.sleep(kStoreAway)) co_return Status{};
  }
  for (const auto& post : posts_)
    if (post->configured.channel) tasks_.spawn("notifications: " + post->configured.name, serve(*post));
  co_return Status{};
}

StatusTask Notifier::serve(Post& post) {
  bool said = false;
  while (co_await parts_.clock.sleep(kLookEvery)) {
    while (true) {
      const auto more = co_await serve_once(post);
      if (!more && more.error().code == ErrorCode::cancelled) co_return Status{};
      // The store being away is nothing new to anybody; all else is said once.
      const bool worth_saying = !more && more.error().code != ErrorCode::unavailable;
      if (worth_saying && !std::exchange(said, true))
        log::warning("notifications to {}: {}", post.configured.name, more.error().message);
      if (more) said = false;
      if (!more || !*more) break;
    }
  }
  co_return Status{};
}

Task<bool> Notifier::serve_once(Post& post) {
  if (parts_.clock.now() < post.quiet_until) co_return false;
  Outbox::Claim claim{
      .channel = post.configured.name, .wait = post.configured.rules.group_wait, .lease = kLease};
  CO_TRY(auto letters,
         co_await parts_.outbox.claim(std::move(claim), parts_.clock.deadline_in(kStoreTimeout)));
  if (letters.empty()) co_return false;
  CO_TRY_OK(co_await handle(post, std::move(letters.front())));
  co_return true;
}

StatusTask Notifier::handle(Post& post, Letter letter) {
  const auto deadline = parts_.clock.deadline_in(kStoreTimeout);
  CO_TRY(auto incident, co_await parts_.incidents.find(letter.incident, deadline));
  const auto now = parts_.clock.now();
  const auto& rules = post.configured.rules;
  const bool remind = letter.remind_at && *letter.remind_at <= now;
  auto decision = decide({.incident = incident,
                          .told = letter.told,
                          .can_edit = post.configured.channel->can_edit(),
                          .stands_in = !letter.instead_of.empty(),
                          .remind = remind},
                         rules, now);
  // That a channel does not work cannot be told over that channel.
  if (is_about_channel(incident, post.configured.name)) decision = {};
  if (decision.change && !decision.not_before)
    co_return co_await send(post, std::move(letter), *decision.change, std::move(incident));
  put_away(letter);
  if (decision.not_before) {
    letter.is_waiting = true;
    // Looked at again before: a heal meanwhile is worth telling at once.
    letter.due_at = std::min(*decision.not_before, now + std::max(rules.group_wait, kLookEvery));
  }
  // Not worth a message where none can be edited, but its end will be.
  if (letter.told && incident.state == IncidentState::muted) letter.told->state = incident.state;
  // A reminder of what is over, or is not spoken of, is none.
  const auto next = letter.told ? next_reminder(incident, rules, now) : std::nullopt;
  if (remind || !next || !letter.remind_at) letter.remind_at = next;
  co_return co_await parts_.outbox.settle(std::move(letter), std::nullopt, deadline);
}

Task<Material> Notifier::gather(Incident incident, const Letter& letter) {
  const auto deadline = parts_.clock.deadline_in(kStoreTimeout);
  const auto after = letter.told ? letter.told->entry : 0;
  Material material{.incident = std::move(incident)};
  const auto number = material.incident.number;
  CO_TRY(material.timeline, co_await parts_.outbox.timeline_after(number, after, deadline));
  // A message without them is better than none.
  auto past = co_await parts_.memory.recall(material.incident.name, deadline);
  if (past) material.past = *std::move(past);
  auto advice = co_await parts_.adviser.advise(number, deadline);
  if (advice) material.recommendations = *std::move(advice);
  co_return material;
}

StatusTask Notifier::send(Post& post, Letter letter, Change change, Incident incident) {
  CO_TRY(auto material, co_await gather(std::move(incident), letter));
  auto notice = compose(letter, change, material, sender_, parts_.clock.now());
  const auto told = told_of(notice, letter, material);
  DeliveryRecord record{.channel = letter.channel,
                        .incident = letter.incident,
                        .change = to_word(change),
                        .attempt = letter.attempts,
                        .notice = notice.id};
  const auto began = parts_.clock.steady_now();
  const auto delivery = co_await post.configured.channel->deliver(std::move(notice), letter.receipt,
                                                                  parts_.clock.deadline_in(kDeliveryTimeout));
  const auto now = parts_.clock.now();
  record.at = now;
  record.outcome = word_of(delivery.outcome);
  record.answer = delivery.answer;
  record.took = std::chrono::duration_cast<Duration>(parts_.clock.steady_now() - began);
  ++post.tries[record.outcome];
  const auto before = letter;
  if (delivery.outcome == Outcome::delivered) {
    put_away(letter);
    letter.told = told;
    letter.last_answer = delivery.answer;
    letter.remind_at = next_reminder(material.incident, post.configured.rules, now);
    if (!delivery.receipt.empty()) letter.receipt = delivery.receipt;
  } else {
    put_back(letter, delivery, now, static_cast<double>(parts_.random.below(1000)) / 1000);
    if (delivery.wait) post.quiet_until = now + *delivery.wait;
  }
  CO_TRY_OK(co_await parts_.outbox.settle(std::move(letter), std::move(record),
                                          parts_.clock.deadline_in(kStoreTimeout)));
  if (delivery.outcome == Outcome::delivered) co_return co_await got_through(post);
  co_return co_await did_not(post, before, delivery, material.incident.trouble == kOwnTrouble);
}

StatusTask Notifier::got_through(Post& post) {
  // One message that is rejected among others that are not is its own fault, and would only be rejected
  // again.
  const bool did_not_work = std::exchange(post.failures, 0) > 1;
  post.why.clear();
  if (post.state != "ok") post.since = parts_.clock.now();
  post.state = "ok";
  const auto deadline = parts_.clock.deadline_in(kStoreTimeout);
  if (did_not_work) CO_TRY_OK(co_await parts_.outbox.unpark(post.configured.name, deadline));
  if (!post.may_be_alarmed) co_return Status{};
  CO_TRY_OK(co_await parts_.alarm.channel_works(post.configured.name, deadline));
  post.may_be_alarmed = false;
  co_return Status{};
}

StatusTask Notifier::did_not(Post& post, const Letter& letter, const Delivery& delivery, bool is_own) {
  ++post.failures;
  post.why = delivery.answer;
  if (post.state != "failing") post.since = parts_.clock.now();
  post.state = "failing";
  const bool hopeless = delivery.outcome == Outcome::rejected;
  const auto deadline = parts_.clock.deadline_in(kStoreTimeout);
  const auto& name = post.configured.name;
  // Once, when it is certain; an earlier try for the same message already went to the next channel.
  if ((hopeless || letter.attempts == kTriesBeforeNext) && !is_own)
    if (const auto* other = stand_in_for(post))
      CO_TRY_OK(co_await parts_.outbox.tell_instead(
          other->configured.name, letter.incident, fmt::format("{} does not work: {}", name, delivery.answer),
          deadline));
  if (!hopeless && post.failures != kTriesBeforeNext) co_return Status{};
  if (post.failures == 1 || post.failures == kTriesBeforeNext) {
    log::warning("notifications to {} do not get through: {}", name, delivery.answer);
    post.may_be_alarmed = true;
    CO_TRY_OK(co_await parts_.alarm.channel_fails(name, delivery.answer, deadline));
  }
  co_return Status{};
}

const Notifier::Post* Notifier::stand_in_for(const Post& post) const {
  const auto at =
      std::ranges::find(posts_, &post, [](const auto& one) { return one.get(); }) - posts_.begin();
  const auto count = static_cast<std::ptrdiff_t>(posts_.size());
  for (std::ptrdiff_t step = 1; step < count; ++step) {
    const auto& other = *posts_[static_cast<std::size_t>((at + step) % count)];
    if (other.configured.channel && other.state != "failing") return &other;
  }
  return nullptr;
}

Notifier::Post* Notifier::find(const std::string& name) {
  for (const auto& post : posts_)
    if (post->configured.name == name) return post.get();
  return nullptr;
}

Task<Delivery> Notifier::test(std::string channel, Deadline deadline) {
  auto* post = find(channel);
  if (post == nullptr) co_return failure(ErrorCode::not_found, "there is no such channel");
  if (!post->configured.channel)
    co_return failure(ErrorCode::conflict, fmt::format("{} is off: {}", channel, post->why));
  auto notice = test_notice(channel, sender_, parts_.clock.now());
  DeliveryRecord record{.channel = channel, .change = to_word(Change::test), .notice = notice.id};
  const auto began = parts_.clock.steady_now();
  const auto delivery = co_await post->configured.channel->deliver(std::move(notice), {}, deadline);
  record.at = parts_.clock.now();
  record.outcome = word_of(delivery.outcome);
  record.answer = delivery.answer;
  record.took = std::chrono::duration_cast<Duration>(parts_.clock.steady_now() - began);
  ++post->tries[record.outcome];
  CO_TRY_OK(co_await parts_.outbox.record(std::move(record), parts_.clock.deadline_in(kStoreTimeout)));
  if (delivery.outcome == Outcome::delivered) {
    post->quiet_until = {};
    post->may_be_alarmed = true;
    CO_TRY_OK(co_await parts_.outbox.unpark(channel, parts_.clock.deadline_in(kStoreTimeout)));
    CO_TRY_OK(co_await got_through(*post));
  }
  co_return delivery;
}

std::vector<ChannelState> Notifier::channels() const {
  std::vector<ChannelState> states;
  for (const auto& post : posts_) {
    const auto& configured = post->configured;
    states.push_back({.name = configured.name,
                      .kind = configured.kind,
                      .destination = configured.channel ? configured.channel->destination() : std::string(),
                      .rules = configured.rules,
                      .can_edit = configured.channel && configured.channel->can_edit(),
                      .state = post->state,
                      .why = post->why,
                      .since = post->since});
  }
  return states;
}

std::map<std::pair<std::string, std::string>, std::int64_t> Notifier::tries() const {
  std::map<std::pair<std::string, std::string>, std::int64_t> all;
  for (const auto& post : posts_)
    for (const auto& [outcome, count] : post->tries) all[{post->configured.name, outcome}] = count;
  return all;
}

}  // namespace selfheal::notify
