#include "codes/locales.h"

#include <fmt/format.h>
#include <unistd.h>

#include <string>

#include "base/child_process.h"

namespace selfheal::test {
namespace {

namespace fs = std::filesystem;

struct Directory {
  fs::path path = fmt::format("/tmp/sht-locales-{}", getpid());
  ~Directory() {
    std::error_code ignored;
    fs::remove_all(path, ignored);
  }
};

Result<fs::path> compiled() {
  static const Directory directory;
  std::error_code error;
  fs::create_directory(directory.path, error);
  fs::permissions(directory.path, fs::perms(0755), error);
  const SystemClock clock;
  for (const auto locale : kLocales) {
    if (locale == "C") continue;
    const std::string name(locale);
    const auto language = name.substr(0, 2);
    if (!fs::exists(fmt::format("/usr/share/locale/{}/LC_MESSAGES/postgres-15.mo", language)))
      return failure(ErrorCode::unavailable, "PostgreSQL's messages in " + language + " are not installed");
    TRY(const auto end, run_program({.arguments = {"/usr/bin/localedef", "-i", name.substr(0, 5), "-f",
                                                   "UTF-8", (directory.path / name).string()}},
                                    clock, clock.deadline_in(60s)));
    if (!fs::exists(directory.path / name))
      return failure(ErrorCode::unavailable, "localedef cannot make " + name + ": " + end.output);
  }
  return directory.path;
}

}  // namespace

Result<fs::path> locales() {
  static const auto made = compiled();
  return made;
}

}  // namespace selfheal::test
