#include "ui/pages.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <optional>
#include <string>

#include "base/random.h"

namespace selfheal::ui {
namespace {

using http::Request;
using http::Response;

constexpr std::string_view kDocument = "/index.html";
constexpr std::string_view kNoncePlace = "__CSP_NONCE__";
// The names of built files hold a hash of what is in them.
constexpr std::string_view kHashedFiles = "/assets/";
// What a program asks for must not be answered with a page.
constexpr std::array<std::string_view, 3> kNeverPages{"/api/", "/assets/", "/mcp"};

constexpr std::string_view kWithoutPages =
    "Selfheal runs, and this program was built without its web pages (SELFHEAL_UI=off).\n"
    "The command line shows the same: selfheal status. The API is described at /api/v1/openapi.json.\n";

// An asset's bytes, which `text` holds when they were read from a directory.
struct Found {
  Asset asset;
  std::string text = {};
};

std::string_view type_of(std::string_view path) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 8> kTypes{{
      {".css", "text/css; charset=utf-8"},
      {".html", "text/html; charset=utf-8"},
      {".js", "text/javascript; charset=utf-8"},
      {".json", "application/json"},
      {".png", "image/png"},
      {".svg", "image/svg+xml"},
      {".txt", "text/plain; charset=utf-8"},
      {".woff2", "font/woff2"},
  }};
  const auto type = std::ranges::find_if(kTypes, [&](const auto& row) { return path.ends_with(row.first); });
  return type == kTypes.end() ? "application/octet-stream" : type->second;
}

std::optional<Found> read_from(const std::filesystem::path& directory, std::string_view path) {
  // The request's path was refused when it holds "..", and a link could still lead outside.
  std::error_code error;
  const auto file = std::filesystem::weakly_canonical(directory / path.substr(1), error);
  const auto root = std::filesystem::weakly_canonical(directory, error);
  const auto [end, _] = std::ranges::mismatch(root, file);
  if (error || end != root.end() || !std::filesystem::is_regular_file(file, error)) return std::nullopt;
  std::ifstream in(file, std::ios::binary);
  if (!in) return std::nullopt;
  Found found{.asset = {}, .text = std::string(std::istreambuf_iterator<char>(in), {})};
  found.asset.path = path;
  return found;
}

std::optional<Found> find(const PagesOptions& options, std::string_view path) {
  if (!options.directory.empty()) return read_from(options.directory, path);
  const auto asset = std::ranges::find(options.assets, path, &Asset::path);
  if (asset == options.assets.end()) return std::nullopt;
  return Found{.asset = *asset};
}

bool accepts(const Request& request, std::string_view coding) {
  const auto accepted = request.headers.get("Accept-Encoding");
  const auto at = accepted.find(coding);
  // "br;q=0" refuses it.
  return at != std::string_view::npos && !accepted.substr(at + coding.size()).starts_with(";q=0");
}

Response file_answer(const Request& request, const Found& found) {
  const auto& asset = found.asset;
  Response response{.content_type = std::string(type_of(asset.path))};
  const bool hashed = asset.path.starts_with(kHashedFiles);
  response.headers.set("Cache-Control", hashed ? "public, max-age=31536000, immutable" : "no-cache");
  response.headers.set("Cross-Origin-Resource-Policy", "same-origin");
  if (!found.text.empty()) {
    response.body = found.text;
    return response;
  }
  const auto tag = fmt::format("\"{}\"", asset.hash);
  response.headers.set("ETag", tag);
  response.headers.set("Vary", "Accept-Encoding");
  if (request.headers.get("If-None-Match") == tag) {
    response.status = 304;
    response.content_type.clear();
    return response;
  }
  if (!asset.brotli.empty() && accepts(request, "br")) {
    response.headers.set("Content-Encoding", "br");
    response.body = asset.brotli;
  } else if (!asset.gzip.empty() && accepts(request, "gzip")) {
    response.headers.set("Content-Encoding", "gzip");
    response.body = asset.gzip;
  } else {
    response.body = asset.identity;
  }
  return response;
}

// Nothing is loaded from elsewhere, and no text becomes a script: `require-trusted-types-for` closes the ways
// by which it could.
std::string policy_with(const std::string& nonce) {
  return fmt::format(
      "default-src 'none'; script-src 'self' 'nonce-{0}'; style-src 'self' 'nonce-{0}'; img-src 'self'; "
      "font-src 'self'; connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; "
      "frame-ancestors 'none'; object-src 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
      nonce);
}

Response document_answer(const Found& found) {
  const auto nonce = random_token();
  auto text = found.text.empty() ? std::string(found.asset.identity) : found.text;
  for (auto at = text.find(kNoncePlace); at != std::string::npos; at = text.find(kNoncePlace, at))
    text.replace(at, kNoncePlace.size(), nonce);
  Response response{.body = std::move(text), .content_type = std::string(type_of(kDocument))};
  response.headers.set("Content-Security-Policy", policy_with(nonce));
  response.headers.set("Cache-Control", "no-store");  // the nonce is good for one answer
  response.headers.set("Cross-Origin-Opener-Policy", "same-origin");
  return response;
}

Response answer_page(const PagesOptions& options, const Request& request) {
  const bool never_page = std::ranges::any_of(
      kNeverPages, [&](std::string_view prefix) { return request.path.starts_with(prefix); });
  if (request.path != kDocument)
    if (const auto file = find(options, request.path)) return file_answer(request, *file);
  if (never_page)
    return http::problem_response(
        request, {.status = 404, .slug = "not-found", .title = "There is nothing at this address"});
  if (const auto document = find(options, kDocument)) return document_answer(*document);
  return {.body = std::string(kWithoutPages), .content_type = std::string(type_of(".txt"))};
}

asio::awaitable<Response> ready(Response response) { co_return response; }

}  // namespace

std::vector<http::Route> page_routes(PagesOptions options) {
  const http::Handler answer = [options = std::move(options)](Request& request) {
    return ready(answer_page(options, request));
  };
  return {{.method = "GET", .pattern = "/", .handler = answer},
          {.method = "GET", .pattern = "/{page...}", .handler = answer}};
}

}  // namespace selfheal::ui
