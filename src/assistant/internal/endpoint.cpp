#include "assistant/internal/endpoint.h"

#include <fmt/format.h>

#include "http/client.h"

namespace selfheal::assistant::internal {
namespace {

bool is_azure(std::string_view host) {
  for (const std::string_view suffix :
       {".openai.azure.com", ".cognitiveservices.azure.com", ".services.ai.azure.com"}) {
    if (host.ends_with(suffix)) return true;
  }
  return false;
}

}  // namespace

Result<Endpoint> endpoint_of(const Settings& settings, std::string_view operation, std::string_view model) {
  const std::string_view url = settings.base_url;
  if (url.starts_with("unix:")) {
    return Endpoint{.address = std::string(url), .target = fmt::format("/v1/{}", operation)};
  }
  const auto scheme = url.find("://");
  if (scheme == url.npos || !(url.starts_with("http://") || url.starts_with("https://"))) {
    return failure(ErrorCode::invalid_input,
                   "language model: the base URL must begin with https:// or http://");
  }
  const auto end_of_host = std::min(url.find_first_of("/?#", scheme + 3), url.size());
  const auto authority = url.substr(scheme + 3, end_of_host - scheme - 3);
  if (authority.empty() || authority.contains('@') || url.contains('#')) {
    return failure(ErrorCode::invalid_input,
                   "language model: the base URL must name a host, without a password and a fragment");
  }
  const auto question = std::min(url.find('?'), url.size());
  auto path = url.substr(end_of_host, question - end_of_host);
  while (path.ends_with('/')) path.remove_suffix(1);
  const auto query = url.substr(question);
  const bool azure = is_azure(authority.substr(0, authority.find(':')));
  Endpoint endpoint{.address = std::string(url.substr(0, end_of_host)), .bearer = !azure};
  const bool dated = azure && query.contains("api-version=") && (path.empty() || path == "/openai");
  const auto prefix =
      dated ? fmt::format("/openai/deployments/{}", http::percent_encoded(model)) : std::string(path);
  endpoint.target = fmt::format("{}/{}{}", prefix, operation, query);
  if (azure && !settings.api_key.empty())
    endpoint.headers.add("api-key", settings.api_key.reveal_to_client());
  return endpoint;
}

}  // namespace selfheal::assistant::internal
