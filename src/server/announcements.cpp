#include "server/announcements.h"

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "base/random.h"

namespace selfheal::server {

namespace json = boost::json;

// The epoch tells this run's event ids from those of an earlier one.
Announcements::Announcements(asio::any_io_executor executor) : feed_(executor, random_token().substr(0, 8)) {}

void Announcements::changed(const Incident& incident) {
  feed_.publish("incident", json::serialize(json::value{{"id", to_text(incident.number)},
                                                        {"rev", incident.rev},
                                                        {"state", to_word(incident.state)}}));
}

void Announcements::changed(const Treatment& treatment) {
  feed_.publish("treatment", json::serialize(json::value{{"id", treatment.number.value()},
                                                         {"incident", to_text(treatment.incident)},
                                                         {"state", to_word(treatment.state)}}));
}

void Announcements::server_changed(const ServerId& server) {
  feed_.publish("server", json::serialize(json::value{{"id", server.value()}}));
}

void Announcements::sampled(Deadline::Moment now) {
  // A little less than the period of samples, so that a late one is not told a period later.
  constexpr Duration kQuiet = 4500ms;
  if (sampled_at_ != Deadline::Moment{} && now - sampled_at_ < kQuiet) return;
  sampled_at_ = now;
  feed_.publish("metrics", "{}");
}

}  // namespace selfheal::server
