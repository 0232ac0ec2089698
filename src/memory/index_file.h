#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "memory/case_index.h"

// The index on disk: a cache. The store's rows are the truth, and whoever gets an error here builds the index
// from them. Blocks; call on a worker.
namespace selfheal::memory {

// What a file stands for. `state` is a number of the store that changes whenever its rows do.
struct IndexStamp {
  std::string embedder;
  int dimension = 0;
  std::uint64_t state = 0;

  friend bool operator==(const IndexStamp&, const IndexStamp&) = default;
};

// Replaces the file as a whole: it is written beside, flushed to the disk and renamed, readable by its owner
// only.
Status write_index_file(const std::filesystem::path& file, const CaseIndex& index, std::uint64_t state);

// not_found when there is none. invalid_input when a byte is not what was written, when it ends early or
// late, or when it stands for something else than `expected`: then nothing of it is used.
Result<std::unique_ptr<CaseIndex>> read_index_file(const std::filesystem::path& file,
                                                   const IndexStamp& expected);

// The file's content, for who keeps it elsewhere; reading is given any bytes.
std::string to_bytes(const CaseIndex& index, std::uint64_t state);
Result<std::unique_ptr<CaseIndex>> from_bytes(std::string_view bytes, const IndexStamp& expected);

}  // namespace selfheal::memory
