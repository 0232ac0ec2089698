# Warnings are errors, the linker is lld, and ccache serves both objects and precompiled headers.
add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion -Wnon-virtual-dtor
                    -Woverloaded-virtual -Wimplicit-fallthrough -Wno-missing-field-initializers -Werror
                    -Wno-gnu-zero-variadic-macro-arguments -Wthread-safety)
add_link_options(-fuse-ld=lld-19)
add_compile_options(-fno-omit-frame-pointer -gline-tables-only)

find_program(CCACHE ccache)
if(CCACHE)
  # Without these a precompiled header makes every object a miss.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env
      CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
      CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} ${CCACHE})
  add_compile_options("SHELL:-Xclang -fno-pch-timestamp")
endif()
