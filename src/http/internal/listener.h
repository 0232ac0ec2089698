#pragma once

#include <sys/types.h>

#include <string>

#include "base/result.h"
#include "http/message.h"

namespace selfheal::http {

// A socket that accepts connections, bound and listening. Closes itself, and removes its unix socket file if
// that is still its own.
class Listener {
 public:
  // "127.0.0.1:5000", "[::1]:5000", "localhost:5000"; port 0 picks one.
  static Result<Listener> on_tcp(const std::string& address);
  static Result<Listener> on_unix(const std::string& path, mode_t mode);
  ~Listener();
  Listener(Listener&&) noexcept;
  Listener& operator=(Listener&&) = delete;

  int descriptor() const { return descriptor_; }
  bool is_unix() const { return !path_.empty(); }
  // "127.0.0.1:5000" with the port picked, or the path.
  std::string address() const;

  struct Accepted {
    int descriptor = -1;     // owned by the caller; -1: nobody waits
    bool exhausted = false;  // there are no file descriptors left: try again later
    Peer peer = {};
  };
  // Never blocks.
  Accepted accept() const;

 private:
  explicit Listener(int descriptor) : descriptor_(descriptor) {}
  int descriptor_ = -1;
  std::string path_;
  dev_t device_ = 0;
  ino_t inode_ = 0;
};

}  // namespace selfheal::http
