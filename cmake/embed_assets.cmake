# Puts the built pages into the program. Included, it defines embed_assets(<target>); run with -P, it is the step
# between the pages' build and the compiler: lists what was built and writes a source that embeds it.
if(CMAKE_SCRIPT_MODE_FILE)
  file(GLOB_RECURSE files LIST_DIRECTORIES false RELATIVE ${DIST} ${DIST}/*)
  list(SORT files)
  set(arrays "")
  set(rows "")
  set(index 0)
  foreach(file ${files})
    if(file MATCHES "\\.(br|gz)$")
      continue()
    endif()
    set(forms "")
    foreach(form "" .gz .br)
      if(EXISTS ${DIST}/${file}${form})
        string(APPEND arrays "constexpr char kBytes${index}[] = {\n#embed \"${DIST}/${file}${form}\"\n};\n")
        string(APPEND forms ", {kBytes${index}, sizeof kBytes${index}}")
        math(EXPR index "${index} + 1")
      else()
        string(APPEND forms ", {}")
      endif()
    endforeach()
    file(SHA256 ${DIST}/${file} hash)
    string(SUBSTRING ${hash} 0 32 hash)
    string(APPEND rows "    {\"/${file}\", \"${hash}\"${forms}},\n")
  endforeach()
  file(WRITE ${OUT} "#include \"ui/assets.h\"\nnamespace selfheal::ui {\nnamespace {\n${arrays}"
    "constexpr Asset kAssets[] = {\n${rows}};\n}  // namespace\n"
    "std::span<const Asset> embedded_assets() { return kAssets; }\n}  // namespace selfheal::ui\n")
  return()
endif()

set(SELFHEAL_UI build CACHE STRING "The pages in the program: build them (needs npm), or off")
set_property(CACHE SELFHEAL_UI PROPERTY STRINGS build off)

# The list of pages as `ui::embedded_assets()`; empty with SELFHEAL_UI=off.
function(embed_assets target)
  set(source ${CMAKE_CURRENT_BINARY_DIR}/embedded_assets.cpp)
  if(SELFHEAL_UI STREQUAL "off")
    message(STATUS "pages: left out (SELFHEAL_UI=off); the API and the command line are complete without them")
    file(CONFIGURE OUTPUT ${source} CONTENT "#include \"ui/assets.h\"
std::span<const selfheal::ui::Asset> selfheal::ui::embedded_assets() { return {}; }
")
  elseif(SELFHEAL_UI STREQUAL "build")
    set(web ${CMAKE_SOURCE_DIR}/web)
    set(dist ${CMAKE_BINARY_DIR}/web)
    file(GLOB_RECURSE inputs CONFIGURE_DEPENDS ${web}/src/*.ts ${web}/src/*.tsx ${web}/src/*.css ${web}/public/*)
    list(APPEND inputs ${web}/index.html ${web}/package-lock.json ${web}/tsconfig.json ${web}/vite.config.ts
         ${web}/budgets.mjs)
    set(script ${CMAKE_SOURCE_DIR}/cmake/embed_assets.cmake)
    add_custom_command(OUTPUT ${source}
      COMMAND ${CMAKE_SOURCE_DIR}/scripts/build_web ${dist}
      COMMAND ${CMAKE_COMMAND} -DDIST=${dist} -DOUT=${source} -P ${script}
      DEPENDS ${inputs} ${script} ${CMAKE_SOURCE_DIR}/scripts/build_web ${CMAKE_SOURCE_DIR}/scripts/web_packages
      COMMENT "Building the pages" VERBATIM)
  else()
    message(FATAL_ERROR "SELFHEAL_UI is '${SELFHEAL_UI}': it must be build or off")
  endif()
  # Compiled without ccache, which does not see what #embed reads.
  add_library(embedded_assets OBJECT ${source})
  target_include_directories(embedded_assets PRIVATE ${CMAKE_SOURCE_DIR}/src)
  target_compile_options(embedded_assets PRIVATE -Wno-c23-extensions)
  set_target_properties(embedded_assets PROPERTIES CXX_COMPILER_LAUNCHER "")
  target_sources(${target} PRIVATE $<TARGET_OBJECTS:embedded_assets>)
endfunction()
