#pragma once

#include <string>
#include <string_view>

#include "assistant/internal/claims.h"
#include "assistant/internal/run.h"

namespace selfheal::assistant::internal {

// A model's words on their way to the person: collected to sentences, each held against what the model was
// given; handles of cells become the cells, invented marks vanish.
class Speaker {
 public:
  Speaker(Run& run, const Given& given) : run_(run), given_(given) {}

  // A piece of a stream, cut anywhere.
  void hear(std::string_view piece);
  // The answer has ended: what is left is a sentence.
  void end();
  // All that was heard, with its handles: what the model may see again.
  const std::string& said() const { return said_; }

 private:
  void speak(std::string_view sentence);
  Run& run_;
  const Given& given_;
  std::string waiting_;
  std::string said_;
};

}  // namespace selfheal::assistant::internal
