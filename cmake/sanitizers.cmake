# SELFHEAL_SANITIZERS is a comma list for -fsanitize, set by the presets.
set(SELFHEAL_SANITIZERS "" CACHE STRING "comma list for -fsanitize: address,undefined or thread")
option(SELFHEAL_FUZZ "build the libFuzzer programs" OFF)
option(SELFHEAL_COVERAGE "instrument for llvm-cov" OFF)

if(SELFHEAL_SANITIZERS)
  add_compile_options(-fsanitize=${SELFHEAL_SANITIZERS} -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${SELFHEAL_SANITIZERS})
endif()
if(SELFHEAL_FUZZ)
  # Coverage feedback in every object; each fuzz program links the driver itself.
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
if(SELFHEAL_COVERAGE)
  add_compile_options(-fprofile-instr-generate -fcoverage-mapping)
  add_link_options(-fprofile-instr-generate)
endif()
