# embed_files(<target> <symbol> <files...>): puts the files into the target as a sorted list of
# selfheal::EmbeddedFile {name, text}, reachable as `selfheal::embedded::<symbol>()`, declared in base/embedded.h.
function(embed_files target symbol)
  set(source ${CMAKE_CURRENT_BINARY_DIR}/embedded_${symbol}.cpp)
  # ccache does not see what #embed reads and would hand out an object with the files' former text.
  set(body "// ccache:disable\n#include \"base/embedded.h\"\nnamespace {\n")
  set(rows "")
  set(index 0)
  set(files ${ARGN})
  list(SORT files)
  foreach(file ${files})
    get_filename_component(name ${file} NAME)
    string(APPEND body "constexpr char kFile${index}[] = {\n#embed \"${file}\" suffix(,)\n'\\0'};\n")
    string(APPEND rows "    {\"${name}\", {kFile${index}, sizeof kFile${index} - 1}},\n")
    math(EXPR index "${index} + 1")
  endforeach()
  string(APPEND body "constexpr selfheal::EmbeddedFile kFiles[] = {\n${rows}};\n}  // namespace\n")
  string(APPEND body "namespace selfheal::embedded {\nstd::span<const EmbeddedFile> ${symbol}() { return kFiles; }\n}\n")
  file(CONFIGURE OUTPUT ${source} CONTENT "${body}" @ONLY)
  set_source_files_properties(${source} PROPERTIES COMPILE_OPTIONS "-Wno-c23-extensions" OBJECT_DEPENDS "${files}"
                                                   SKIP_PRECOMPILE_HEADERS ON)
  target_sources(${target} PRIVATE ${source})
endfunction()
