#include "contract/session.h"

#include <fmt/format.h>

#include "api/internal/cookies.h"
#include "api/internal/handlers.h"

// Signing in and out with a browser, which cannot send a token with each request that a page makes.
namespace selfheal::api {
namespace {

http::Response session_answer(const Caller& caller) {
  contract::Session session{.name = caller.name, .role = to_word(caller.role), .permissions = {}};
  for (const auto permission : access::permissions_of(caller.role))
    session.permissions.push_back(to_word(permission));
  return answer(contract::to_json(session));
}

// SameSite and the check of Origin keep other sites from using it, HttpOnly keeps scripts from reading it.
void set_cookie(http::Response& response, const std::string& token, Duration lasts) {
  response.headers.add(
      "Set-Cookie", fmt::format("{}={}; Path=/; HttpOnly; SameSite=Strict; Max-Age={}", kSessionCookie, token,
                                std::chrono::duration_cast<std::chrono::seconds>(lasts).count()));
}

}  // namespace

Task<http::Response> sign_in(Call call) {
  auto body = body_of<contract::SignIn>(call);
  if (!body) co_return std::move(body.error());
  auto& context = call.context;
  const auto now = context.parts.clock.now();
  auto caller = context.sessions.admit(body->token, now);
  if (!caller && token_is_right(body->token, context.options.credentials))
    caller = Caller{Role::admin, "token"};
  if (!caller)
    co_return problem(call, {.status = 401,
                             .slug = "not-signed-in",
                             .title = "This does not let you in",
                             .detail = "The token is not right, or the invitation was used or is too old. "
                                       "`selfheal sign-in` prints a new one."});
  auto response = session_answer(*caller);
  set_cookie(response, context.sessions.open(*caller, now), kSessionLasts);
  co_return response;
}

Task<http::Response> sign_out(Call call) {
  call.context.sessions.close(cookie_of(call.request, kSessionCookie));
  auto response = http::empty_response();
  set_cookie(response, "", 0s);
  co_return response;
}

Task<http::Response> show_session(Call call) { co_return session_answer(call.caller); }

Task<http::Response> invite(Call call) {
  const auto now = call.context.parts.clock.now();
  const auto token = call.context.sessions.invite(call.caller, now);
  co_return answer(contract::to_json(contract::Invitation{
      .url = call.context.options.pages + "/sign-in#" + token, .expires_at = now + kInvitationLasts}));
}

}  // namespace selfheal::api
