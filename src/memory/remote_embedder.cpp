#include <fmt/format.h>

#include <cmath>

#include "base/check.h"
#include "memory/embedder.h"

namespace selfheal::memory {

namespace {

// Servers differ in whether they normalise; ours is always of length one.
Status bring_to_length_one(Vector& vector) {
  double sum = 0;
  for (const float value : vector) sum += static_cast<double>(value) * value;
  if (!std::isfinite(sum) || !(sum > 0))
    return failure(ErrorCode::invalid_input, "embedding: the server sent a vector without a direction");
  for (float& value : vector) value = static_cast<float>(value / std::sqrt(sum));
  return {};
}

}  // namespace

RemoteEmbedder::RemoteEmbedder(Model model, Ask ask) : model_(std::move(model)), ask_(std::move(ask)) {
  CHECK(!model_.id.empty() && model_.dimension > 0 && ask_ != nullptr);
}

Task<std::vector<Vector>> RemoteEmbedder::embed(std::vector<pg::RedactedText> texts, Deadline deadline) {
  const auto count = texts.size();
  if (count > kEmbeddedTexts)
    co_return failure(ErrorCode::invalid_input, "embedding: too many texts at once");
  CO_TRY(auto vectors, co_await ask_(std::move(texts), deadline));
  if (vectors.size() != count)
    co_return failure(
        ErrorCode::invalid_input,
        fmt::format("embedding: {} texts were sent, {} vectors came back", count, vectors.size()));
  for (auto& vector : vectors) {
    if (vector.size() != static_cast<std::size_t>(model_.dimension))
      co_return failure(ErrorCode::invalid_input,
                        fmt::format("embedding: a vector of {} numbers came back, not of {}", vector.size(),
                                    model_.dimension));
    CO_TRY_OK(bring_to_length_one(vector));
  }
  co_return vectors;
}

}  // namespace selfheal::memory
