#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/task.h"
#include "pg/redact.h"

// Turns a text into a direction, so that texts of like meaning point alike.
namespace selfheal::memory {

// Of length one, so that the inner product of two is their cosine; or empty, which says that nothing in the
// text means anything to the embedder. Whoever searches then goes by words alone.
using Vector = std::vector<float>;

// Texts in one call. OpenAI's endpoint takes 2,048, others far fewer; 256 of our texts are half a megabyte.
inline constexpr std::size_t kEmbeddedTexts = 256;

class Embedder {
 public:
  virtual ~Embedder() = default;
  // Names the model and the version of what prepares its texts. Vectors of two ids have nothing to do with
  // each other: an index is of one id, and another one means that it is built anew.
  virtual std::string id() const = 0;
  virtual int dimension() const = 0;
  // One vector a text, in their order, at most kEmbeddedTexts. invalid_input when there are more, or when
  // what a server sent is not what it should be.
  virtual Task<std::vector<Vector>> embed(std::vector<pg::RedactedText> texts, Deadline deadline) = 0;
};

// Our own: the meaning of PostgreSQL's words, learned from its documentation (scripts/train_word_vectors),
// beside the words themselves, hashed. Knows the same texts everywhere and asks nobody: 256 numbers a text in
// some ten microseconds. Parts that mean nothing (small words) count nothing.
class DomainEmbedder final : public Embedder {
 public:
  DomainEmbedder();
  ~DomainEmbedder() override;

  std::string id() const override;
  int dimension() const override;
  Task<std::vector<Vector>> embed(std::vector<pg::RedactedText> texts, Deadline deadline) override;

  // The same at once, on any thread. Of longer texts the first kRowBytes count. Any bytes will do.
  Vector vector_of(std::string_view text) const;

 private:
  struct Table;
  std::unique_ptr<const Table> table_;
};

// A model behind an `/embeddings` endpoint. What comes back is checked: one vector a text, of the dimension
// that was promised, all numbers finite, not all zero; and is brought to length one.
class RemoteEmbedder final : public Embedder {
 public:
  using Ask = std::function<Task<std::vector<Vector>>(std::vector<pg::RedactedText>, Deadline)>;
  struct Model {
    std::string id;  // the server's base URL without what is secret in it, and the model's name
    int dimension = 0;
  };

  // `ask` is called on the thread of embed(); what it refers to outlives this object.
  RemoteEmbedder(Model model, Ask ask);

  std::string id() const override { return model_.id; }
  int dimension() const override { return model_.dimension; }
  Task<std::vector<Vector>> embed(std::vector<pg::RedactedText> texts, Deadline deadline) override;

 private:
  Model model_;
  Ask ask_;
};

}  // namespace selfheal::memory
