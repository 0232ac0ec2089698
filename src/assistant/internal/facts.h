#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "assistant/text.h"
#include "base/time.h"
#include "pg/redact.h"

namespace selfheal::assistant::internal {

// What a tool found, written down once for both readers: as JSON for the person, and as text of the same
// shape for a model. Only redacted text, our own words, numbers and times go in, so that neither can hold a
// value. A name or message that others chose stands in quotation marks, and nothing in it can end them.
class Facts {
 public:
  void add(OurText key, OurText word);
  void add(OurText key, const pg::RedactedText& text);
  void add(OurText key, std::int64_t number);
  void add(OurText key, int number) { add(key, static_cast<std::int64_t>(number)); }
  void add(OurText key, double number);
  void add(OurText key, bool flag);
  void add(OurText key, Time at);
  void add(OurText key, const Facts& part);
  void add(OurText key, const std::vector<Facts>& parts);
  void add(OurText key, const std::vector<pg::RedactedText>& texts);
  // For the person alone: nothing of it reaches the model.
  void add_hidden(OurText key, boost::json::value value);
  void add_hidden(OurText key, const std::string& text) {
    add_hidden(key, boost::json::value(std::string_view(text)));
  }
  // For the model alone.
  void add_for_model(OurText key, OutgoingText text);

  const boost::json::object& value() const { return value_; }
  OutgoingText for_model() const;

 private:
  void begin(OurText key);
  boost::json::object value_;
  OutgoingText text_;
  bool is_empty_ = true;
};

// A name or sentence of our own, which may quote names of existing objects.
pg::RedactedText own(std::string_view text);
// The same as an untrusted text in quotation marks that nothing in it can end. Cut to `kQuoted` bytes.
OutgoingText quoted(const pg::RedactedText& text);

}  // namespace selfheal::assistant::internal
