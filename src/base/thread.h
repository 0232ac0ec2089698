#pragma once

#include <cstddef>
#include <functional>
#include <string>

namespace selfheal {

// A named thread with a stack size of our choice, which std::thread cannot give. Joins when destroyed.
class Thread {
 public:
  Thread() = default;
  Thread(const std::string& name, std::size_t stack_bytes, std::function<void()> body);
  ~Thread();
  Thread(Thread&&) noexcept;
  Thread& operator=(Thread&&) noexcept;

  void join();

 private:
  unsigned long handle_ = 0;  // pthread_t; 0 when there is no thread
};

}  // namespace selfheal
