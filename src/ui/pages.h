#pragma once

#include <filesystem>
#include <span>
#include <vector>

#include "http/router.h"
#include "ui/assets.h"

// The web pages as routes. A browser that asks for an address of a page gets the one document that draws them
// all; what it may load and run is said by a strict content security policy with a nonce of that answer.
namespace selfheal::ui {

struct PagesOptions {
  std::span<const Asset> assets = embedded_assets();
  // Files are read from there with each request instead, for work on the pages; empty: the embedded ones.
  std::filesystem::path directory = {};
};

// For every path that no other route takes. Without pages, "/" says so in plain text.
std::vector<http::Route> page_routes(PagesOptions options = {});

}  // namespace selfheal::ui
