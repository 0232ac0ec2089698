#include "http/internal/listener.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>

#include "http/internal/host.h"

namespace selfheal::http {
namespace {

// As many as the kernel allows by default; more connections at once than that wait for their SYN to be
// repeated.
constexpr int kBacklog = 4096;

std::string reason(int error) { return std::generic_category().message(error); }

std::unexpected<Error> bind_failure(const std::string& address, std::uint16_t port, int error) {
  if (error == EADDRINUSE) {
    return failure(ErrorCode::conflict, fmt::format("port {} is in use: choose another with --listen", port));
  }
  if (error == EACCES) {
    return failure(ErrorCode::refused,
                   fmt::format("listen on {}: ports below 1024 need a privilege: choose another "
                               "with --listen",
                               address));
  }
  if (error == EADDRNOTAVAIL) {
    return failure(
        fmt::format("listen on {}: this machine has no such address: choose another with --listen", address));
  }
  return failure(fmt::format("listen on {}: {}", address, reason(error)));
}

// One storage for both families, and its size for the system calls.
struct Address {
  sockaddr_storage storage{};
  socklen_t size = 0;
  sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
  std::uint16_t port() const {
    return ntohs(storage.ss_family == AF_INET6 ? reinterpret_cast<const sockaddr_in6*>(&storage)->sin6_port
                                               : reinterpret_cast<const sockaddr_in*>(&storage)->sin_port);
  }
};

Address address_of(const in6_addr& host, std::uint16_t port) {
  Address address{.size = sizeof(sockaddr_in6)};
  auto* in = reinterpret_cast<sockaddr_in6*>(&address.storage);
  in->sin6_family = AF_INET6;
  in->sin6_addr = host;
  in->sin6_port = htons(port);
  return address;
}

Address address_of(const in_addr& host, std::uint16_t port) {
  Address address{.size = sizeof(sockaddr_in)};
  auto* in = reinterpret_cast<sockaddr_in*>(&address.storage);
  in->sin_family = AF_INET;
  in->sin_addr = host;
  in->sin_port = htons(port);
  return address;
}

Result<Address> parse_address(const std::string& text) {
  if (const auto host = parse_host(text); host && host->port) {
    const std::string name = host->name == "localhost" ? "127.0.0.1" : host->name;
    in_addr four{};
    in6_addr six{};
    if (::inet_pton(AF_INET, name.c_str(), &four) == 1) return address_of(four, *host->port);
    if (::inet_pton(AF_INET6, name.c_str(), &six) == 1) return address_of(six, *host->port);
  }
  return failure(
      ErrorCode::invalid_input,
      fmt::format("listen on \"{}\": expected an IP address and a port, such as 127.0.0.1:5000 or [::1]:5000",
                  text));
}

std::string text_of(Address address) {
  char host[INET6_ADDRSTRLEN] = "?";
  const bool six = address.storage.ss_family == AF_INET6;
  const void* raw =
      six ? static_cast<const void*>(&reinterpret_cast<const sockaddr_in6*>(&address.storage)->sin6_addr)
          : &reinterpret_cast<const sockaddr_in*>(&address.storage)->sin_addr;
  inet_ntop(address.storage.ss_family, raw, host, sizeof host);
  return six ? fmt::format("[{}]:{}", host, address.port()) : fmt::format("{}:{}", host, address.port());
}

Result<sockaddr_un> unix_address(const std::string& path) {
  sockaddr_un address{.sun_family = AF_UNIX};
  if (path.size() >= sizeof address.sun_path) {
    return failure(ErrorCode::invalid_input, fmt::format("socket {}: the path is longer than {} bytes", path,
                                                         sizeof address.sun_path - 1));
  }
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  return address;
}

// A socket file outlives the process that made it. It is removed only when the kernel says that nobody
// listens.
Status remove_stale_socket(const std::string& path, sockaddr_un address) {
  struct stat file{};
  if (::lstat(path.c_str(), &file) != 0) return {};
  if (!S_ISSOCK(file.st_mode)) {
    return failure(ErrorCode::conflict,
                   fmt::format("socket {}: a file that is no socket is in the way", path));
  }
  const int probe = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (probe < 0) return failure(fmt::format("socket {}: {}", path, reason(errno)));
  const int answer = ::connect(probe, reinterpret_cast<sockaddr*>(&address), sizeof address);
  const int error = answer == 0 ? 0 : errno;
  ::close(probe);
  if (error != ECONNREFUSED) {
    return failure(ErrorCode::conflict,
                   fmt::format("socket {}: another server answers there: stop it, or choose "
                               "another path",
                               path));
  }
  ::unlink(path.c_str());
  return {};
}

Peer unix_peer(int descriptor) {
  Peer peer{.unix_socket = true, .address = "unix"};
  ucred credentials{};
  socklen_t size = sizeof credentials;
  if (::getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &credentials, &size) == 0) {
    peer.uid = credentials.uid;
    peer.pid = credentials.pid;
  }
  return peer;
}

}  // namespace

Listener::Listener(Listener&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      path_(std::exchange(other.path_, {})),
      device_(other.device_),
      inode_(other.inode_) {}

Listener::~Listener() {
  struct stat file{};
  const bool ours = !path_.empty() && ::lstat(path_.c_str(), &file) == 0 && file.st_dev == device_ &&
                    file.st_ino == inode_ && inode_ != 0;
  if (ours) ::unlink(path_.c_str());
  if (descriptor_ >= 0) ::close(descriptor_);
}

Result<Listener> Listener::on_tcp(const std::string& text) {
  TRY(auto address, parse_address(text));
  Listener listener(
      ::socket(address.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_TCP));
  if (listener.descriptor_ < 0) return failure(fmt::format("listen on {}: {}", text, reason(errno)));
  const int on = 1;
  // Connections of the server before us may linger in TIME_WAIT; on Linux this lets no second listener in.
  ::setsockopt(listener.descriptor_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (address.storage.ss_family == AF_INET6) {
    ::setsockopt(listener.descriptor_, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
  }
  if (::bind(listener.descriptor_, address.get(), address.size) != 0 ||
      ::listen(listener.descriptor_, kBacklog) != 0) {
    return bind_failure(text, address.port(), errno);
  }
  return listener;
}

Result<Listener> Listener::on_unix(const std::string& path, mode_t mode) {
  TRY(auto address, unix_address(path));
  TRY_OK(remove_stale_socket(path, address));
  Listener listener(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (listener.descriptor_ < 0) return failure(fmt::format("socket {}: {}", path, reason(errno)));
  // Before bind(), so that there is no moment at which the file is open to more; chmod then undoes the umask.
  ::fchmod(listener.descriptor_, mode);
  if (::bind(listener.descriptor_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    return failure(fmt::format("socket {}: {}", path, reason(errno)));
  }
  listener.path_ = path;
  struct stat file{};
  if (::chmod(path.c_str(), mode) != 0 || ::lstat(path.c_str(), &file) != 0 ||
      ::listen(listener.descriptor_, kBacklog) != 0) {
    return failure(fmt::format("socket {}: {}", path, reason(errno)));
  }
  listener.device_ = file.st_dev;
  listener.inode_ = file.st_ino;
  return listener;
}

std::string Listener::address() const {
  if (is_unix()) return path_;
  Address address{.size = sizeof(sockaddr_storage)};
  ::getsockname(descriptor_, address.get(), &address.size);
  return text_of(address);
}

Listener::Accepted Listener::accept() const {
  Address address{.size = sizeof(sockaddr_storage)};
  const int descriptor = ::accept4(descriptor_, address.get(), &address.size, SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (descriptor < 0) {
    const bool exhausted = errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM;
    return {.exhausted = exhausted};
  }
  if (is_unix()) return {.descriptor = descriptor, .peer = unix_peer(descriptor)};
  const int on = 1;
  ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return {.descriptor = descriptor, .peer = {.address = text_of(address)}};
}

}  // namespace selfheal::http
