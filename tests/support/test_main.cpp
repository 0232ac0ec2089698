// The main of every test program: a line at error level that no test announced fails the program.
#include <gtest/gtest.h>

#include <cstdio>

#include "base/log.h"

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  const int result = RUN_ALL_TESTS();
  if (const int lines = selfheal::log::unexpected_errors(); lines > 0) {
    std::fprintf(stderr, "%d unexpected error lines were logged; announce them with log::ExpectErrors\n", lines);
    return 1;
  }
  return result;
}
