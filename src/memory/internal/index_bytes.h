#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "memory/index_file.h"

// The index file's content between its checksum and its meaning; the format is in index_bytes.cpp.
namespace selfheal::memory::internal {

struct IndexContent {
  IndexStamp stamp;
  std::vector<CaseDocument> cases;
};

// Without the checksum.
std::string write_content(const IndexContent& content);
// Any bytes: what is not written by write_content() is invalid_input, and no length is believed before its
// bytes are there.
Result<IndexContent> read_content(std::string_view bytes);

}  // namespace selfheal::memory::internal
