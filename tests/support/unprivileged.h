#pragma once

#include <sys/types.h>

namespace selfheal::test {

struct Account {
  uid_t user = 0;
  gid_t group = 0;
};

// The account that servers of tests run as: our own, or `postgres` (else `nobody`) when we are root.
Account unprivileged_account();

// While it lives, this process (all its threads) acts as unprivileged_account(); does nothing when we are not
// root. For code that refuses to run as root.
class Unprivileged {
 public:
  Unprivileged();
  ~Unprivileged();
  Unprivileged(const Unprivileged&) = delete;
  Unprivileged& operator=(const Unprivileged&) = delete;

 private:
  bool dropped_ = false;
};

}  // namespace selfheal::test
