#include <vector>

#include "base/clock.h"
#include "cli/command.h"
#include "server/commands.h"

int main(int argc, char** argv) {
  selfheal::SystemClock clock;
  auto streams = selfheal::cli::process_streams(clock);
  const std::vector<const char*> arguments(argv + 1, argv + argc);
  return selfheal::cli::run(arguments, selfheal::server::local_commands(), streams);
}
