// sign-in: lets one browser in, without a token being typed.
#include "cli/internal/commands.h"
#include "contract/session.h"

namespace selfheal::cli {

Answer<int> sign_in(Invocation& invocation) {
  Api api(invocation);
  TRY(const auto body, api.post("/session/invitations", "{}"));
  if (invocation.global.json) return print_json(invocation, body);
  TRY(const auto invitation, api.read<contract::Invitation>(body));
  print(invocation, invitation.url + "\n");
  return kOk;
}

}  // namespace selfheal::cli
