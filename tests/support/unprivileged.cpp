#include "support/unprivileged.h"

#include <pwd.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/check.h"

namespace selfheal::test {

Account unprivileged_account() {
  if (geteuid() != 0) return {geteuid(), getegid()};
  const auto* account = getpwnam("postgres");
  if (account == nullptr) account = getpwnam("nobody");
  CHECK(account != nullptr);
  return {account->pw_uid, account->pw_gid};
}

Unprivileged::Unprivileged() {
  if (geteuid() != 0) return;
  const auto account = unprivileged_account();
  // The saved id stays root, so that the destructor can come back; a program executed meanwhile cannot.
  CHECK(setresgid(account.group, account.group, 0) == 0);
  CHECK(setresuid(account.user, account.user, 0) == 0);
  dropped_ = true;
}

Unprivileged::~Unprivileged() {
  if (!dropped_) return;
  CHECK(setresuid(0, 0, 0) == 0);
  CHECK(setresgid(0, 0, 0) == 0);
  // The change of account switched it off; the leak checker needs it at exit.
  CHECK(prctl(PR_SET_DUMPABLE, 1) == 0);
}

}  // namespace selfheal::test
