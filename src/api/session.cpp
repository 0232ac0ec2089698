#include "contract/session.h"

#include <fmt/format.h>

#include "access/people.h"
#include "api/internal/cookies.h"
#include "api/internal/handlers.h"
#include "base/log.h"

// Signing in and out with a browser, which cannot send a token with each request that a page makes.
namespace selfheal::api {
namespace {

using Outcome = access::Admission::Outcome;

// Our links hold 256 random bits in hexadecimal: nothing else is looked up.
constexpr std::size_t kLinkTokenBytes = 64;
// Whom to ask: more names than these do not help.
constexpr std::size_t kAdministratorsTold = 3;

http::Response session_answer(const Call& call, const Caller& caller) {
  contract::Session session{.name = caller.name, .role = to_word(caller.role)};
  for (const auto permission : access::permissions_of(caller.role))
    session.permissions.push_back(to_word(permission));
  for (const auto& person : call.context.parts.people.all())
    if (person.rights() == Role::admin && session.administrators.size() < kAdministratorsTold)
      session.administrators.push_back(person.name);
  return answer(contract::to_json(session));
}

// SameSite and the check of Origin keep other sites from using it, HttpOnly keeps scripts from reading it.
void set_cookie(http::Response& response, const std::string& token, Duration lasts) {
  response.headers.add(
      "Set-Cookie", fmt::format("{}={}; Path=/; HttpOnly; SameSite=Strict; Max-Age={}", kSessionCookie, token,
                                std::chrono::duration_cast<std::chrono::seconds>(lasts).count()));
}

http::Response not_let_in(const Call& call, Outcome outcome) {
  const auto unauthorized = [&](std::string slug, std::string title, std::string detail) {
    return problem(
        call,
        {.status = 401, .slug = std::move(slug), .title = std::move(title), .detail = std::move(detail)});
  };
  switch (outcome) {
    case Outcome::used:
      return unauthorized("link-used", "This link was used before",
                          "A link lets one browser in, once. Ask an administrator for another, or run "
                          "`selfheal sign-in` on the server.");
    case Outcome::expired:
      return unauthorized("link-expired", "This link is too old",
                          "Ask an administrator for another, or run `selfheal sign-in` on the server.");
    case Outcome::disabled:
      return unauthorized("person-disabled", "You may not sign in any more",
                          "An administrator has disabled you, and can enable you again.");
    case Outcome::unknown:
    case Outcome::admitted:
      break;
  }
  return unauthorized("not-signed-in", "This does not let you in",
                      "The token is not right, or the link was replaced by a newer one. `selfheal sign-in` "
                      "prints a new one.");
}

http::Response welcome(const Call& call, const access::SignedIn& in) {
  if (in.outcome != Outcome::admitted) return not_let_in(call, in.outcome);
  auto response =
      session_answer(call, {.role = in.person.rights(), .name = in.person.name, .person = in.person.id});
  set_cookie(response, in.cookie, access::kSessionLasts);
  return response;
}

// With the link of the first start, which asks for a name.
Task<http::Response> sign_in_first(Call call, contract::SignIn body) {
  auto& people = call.context.parts.people;
  if (people.first_link(body.token) == Outcome::admitted && body.name.empty())
    co_return problem(call, {.status = 422,
                             .slug = "name-needed",
                             .title = "What is your name?",
                             .detail = "This link makes the first administrator: send a name with it."});
  CO_TRY(const auto in, co_await people.admit_first(body.token, body.name, call.deadline));
  co_return welcome(call, in);
}

}  // namespace

std::string sign_in_page(const Options& options, const std::string& token) {
  return options.pages + "/sign-in#" + token;
}

Task<http::Response> sign_in(Call call) {
  auto body = body_of<contract::SignIn>(call);
  if (!body) co_return std::move(body.error());
  auto& context = call.context;
  if (context.parts.people.first_link(body->token) != Outcome::unknown) {
    auto response = co_await sign_in_first(call, *std::move(body));
    co_return response;
  }
  const auto now = context.parts.clock.now();
  auto caller = context.sessions.admit(body->token, now);
  if (!caller && token_is_right(body->token, context.options.credentials))
    caller = Caller{Role::admin, "token"};
  if (!caller) {
    if (body->token.size() != kLinkTokenBytes) co_return not_let_in(call, Outcome::unknown);
    CO_TRY(const auto in, co_await context.parts.people.admit(body->token, call.deadline));
    co_return welcome(call, in);
  }
  auto response = session_answer(call, *caller);
  set_cookie(response, context.sessions.open(*caller, now), kSessionLasts);
  co_return response;
}

// The cookie goes in any case. A store that is away keeps the session, which nobody can use without it.
Task<http::Response> sign_out(Call call) {
  const std::string cookie(cookie_of(call.request, kSessionCookie));
  call.context.sessions.close(cookie);
  const auto ended = co_await call.context.parts.people.sign_out(cookie, call.deadline);
  if (!ended) log::warning("signing out: {}", ended.error().message);
  auto response = http::empty_response();
  set_cookie(response, "", 0s);
  co_return response;
}

Task<http::Response> show_session(Call call) { co_return session_answer(call, call.caller); }

Task<http::Response> invite(Call call) {
  auto body = body_of<contract::Invite>(call);
  if (!body) co_return std::move(body.error());
  auto& people = call.context.parts.people;
  auto whom = call.caller.person;
  if (body->as) {
    const auto* person = people.find_by_name(*body->as);
    if (person == nullptr)
      co_return failure(ErrorCode::not_found,
                        "nobody has this name: `selfheal user list` shows who there is");
    whom = person->id;
  }
  access::Link link{.token = {}, .until = call.context.parts.clock.now() + kInvitationLasts};
  if (whom) {
    CO_TRY(link, co_await people.invite(*whom, kInvitationLasts, call.caller.name, call.deadline));
  } else {
    link.token = call.context.sessions.invite(call.caller, call.context.parts.clock.now());
  }
  co_return answer(contract::to_json(
      contract::Invitation{.url = sign_in_page(call.context.options, link.token), .expires_at = link.until}));
}

}  // namespace selfheal::api
