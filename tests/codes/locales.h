#pragma once

#include <filesystem>
#include <string_view>

#include "base/result.h"

namespace selfheal::test {

// The languages of PostgreSQL 15 that the tests speak, English first.
inline constexpr std::string_view kLocales[] = {"C",           "de_DE.UTF-8", "es_ES.UTF-8",
                                                "fr_FR.UTF-8", "ja_JP.UTF-8", "ru_RU.UTF-8"};

// A directory with these locales for LOCPATH, compiled once for this program and removed at its end. Fails
// when the sources of the locales (Debian's package locales) or PostgreSQL's translations are not installed.
Result<std::filesystem::path> locales();

}  // namespace selfheal::test
