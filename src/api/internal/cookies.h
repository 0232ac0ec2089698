#pragma once

#include <string_view>

#include "http/message.h"

namespace selfheal::api {

inline constexpr std::string_view kSessionCookie = "selfheal_session";

// The value of the first cookie of that name (RFC 6265 section 5.4), or empty. Points into the request.
std::string_view cookie_of(const http::Request& request, std::string_view name);

}  // namespace selfheal::api
