#pragma once

#include <string>

#include "base/limits.h"
#include "base/secret.h"

namespace selfheal::assistant {

// Which server is asked, and how patiently. Anything that speaks OpenAI's chat completions: OpenAI itself,
// Azure (".../openai/v1", or a dated ".../openai/deployments/NAME?api-version=..."), Ollama, vLLM, the server
// of llama.cpp.
struct Settings {
  std::string base_url = "https://api.openai.com/v1";  // with /v1; also "unix:/path" for tests
  Secret api_key = {};                                 // empty: none is sent, as local servers want it
  std::string model = "gpt-4.1-mini";                  // of Azure: the deployment
  std::string embedding_model = "text-embedding-3-small";
  Duration connect_timeout = kConnectTimeout;
  // Of one try. A local model on a CPU needs a minute for a long answer.
  Duration timeout = 120s;
  // Without a byte of a stream, also before its first; libcurl notices up to six seconds later (measured).
  Duration idle = 60s;
  int retries = 2;                      // after the first try
  int answer_tokens = 1024;             // about 700 words: more than an explanation needs
  int calls = 4;                        // at once; one more is refused
  std::size_t answer_bytes = 1u << 20;  // of what the model writes in one answer
};

}  // namespace selfheal::assistant
