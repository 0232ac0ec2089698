# FAISS, and whether two of its functions can be replaced by faster ones (src/memory/internal/inner_product.cpp).
#
# Its own file takes OpenMP for found. Debian builds it with GCC's, which comes with the C++ library that clang uses;
# find_package(OpenMP) would bring LLVM's beside it, and two pools of threads into one program.
add_library(OpenMP::OpenMP_CXX INTERFACE IMPORTED)
target_link_libraries(OpenMP::OpenMP_CXX INTERFACE gomp)
find_package(faiss CONFIG REQUIRED)

set(SELFHEAL_FAISS_WRAP -Wl,--wrap=_ZN5faiss18fvec_inner_productEPKfS1_m -Wl,--wrap=_ZN5faiss10fvec_L2sqrEPKfS1_m)
include(CheckCXXSourceCompiles)
set(CMAKE_REQUIRED_LIBRARIES faiss)
set(CMAKE_REQUIRED_LINK_OPTIONS ${SELFHEAL_FAISS_WRAP})
check_cxx_source_compiles("
  #include <cstddef>
  #if !defined(__x86_64__)
  #error the replacement is written for x86-64
  #endif
  extern \"C\" float __real__ZN5faiss18fvec_inner_productEPKfS1_m(const float*, const float*, std::size_t);
  extern \"C\" float __real__ZN5faiss10fvec_L2sqrEPKfS1_m(const float*, const float*, std::size_t);
  int main() {
    const float one = 1;
    return __real__ZN5faiss18fvec_inner_productEPKfS1_m(&one, &one, 1) +
           __real__ZN5faiss10fvec_L2sqrEPKfS1_m(&one, &one, 1) > 0 ? 0 : 1;
  }" SELFHEAL_FAISS_CAN_BE_WRAPPED)
unset(CMAKE_REQUIRED_LIBRARIES)
unset(CMAKE_REQUIRED_LINK_OPTIONS)
