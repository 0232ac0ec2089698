#pragma once

#include <span>
#include <string_view>

// The files of the web pages, as they were built into the program.
namespace selfheal::ui {

// Lives for ever. `gzip` and `brotli` are empty when the file is not kept in that form.
struct Asset {
  std::string_view path;  // "/assets/index-1a2b3c.js"
  std::string_view hash;  // of `identity`; changes with it
  std::string_view identity;
  std::string_view gzip;
  std::string_view brotli;
};

// Sorted by path; empty when the program was built without pages.
std::span<const Asset> embedded_assets();

}  // namespace selfheal::ui
