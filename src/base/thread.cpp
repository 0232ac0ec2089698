#include "base/thread.h"

#include <pthread.h>

#include <memory>
#include <utility>

#include "base/check.h"

namespace selfheal {

Thread::Thread(const std::string& name, std::size_t stack_bytes, std::function<void()> body) {
  pthread_attr_t attributes;
  CHECK(pthread_attr_init(&attributes) == 0);
  CHECK(pthread_attr_setstacksize(&attributes, stack_bytes) == 0);
  auto owned = std::make_unique<std::function<void()>>(std::move(body));
  const auto entry = [](void* argument) -> void* {
    const std::unique_ptr<std::function<void()>> call(static_cast<std::function<void()>*>(argument));
    (*call)();
    return nullptr;
  };
  CHECK(pthread_create(&handle_, &attributes, entry, owned.get()) == 0);
  static_cast<void>(owned.release());  // the thread owns it now
  pthread_attr_destroy(&attributes);
  pthread_setname_np(handle_, name.substr(0, 15).c_str());
}

Thread::~Thread() { join(); }
Thread::Thread(Thread&& other) noexcept : handle_(std::exchange(other.handle_, 0)) {}
Thread& Thread::operator=(Thread&& other) noexcept {
  join();
  handle_ = std::exchange(other.handle_, 0);
  return *this;
}

void Thread::join() {
  if (const auto handle = std::exchange(handle_, 0)) CHECK(pthread_join(handle, nullptr) == 0);
}

}  // namespace selfheal
