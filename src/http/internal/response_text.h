#pragma once

#include <optional>
#include <string>

#include "base/time.h"
#include "http/message.h"

namespace selfheal::http {

struct Framing {
  int version = 11;        // of the request
  bool close = false;      // no further request on this connection
  bool head_only = false;  // the request's method was HEAD
  bool streaming = false;  // the body follows, of unknown length
  Time now;                // for Date
};

// The response's head, with the fields every response carries, and its body unless it is streamed or not
// wanted.
std::string response_text(const Request& request, const Response& response, const Framing& framing);
// One piece of a streamed body: a chunk for HTTP/1.1, plain for HTTP/1.0.
std::string chunk_text(std::string_view data, int version);
// One server-sent event.
std::string event_text(std::string_view id, std::string_view event, std::string_view data);

}  // namespace selfheal::http
