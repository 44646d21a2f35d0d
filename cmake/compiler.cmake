# What every target of the project is compiled with. Users of the library get none of it.
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

find_package(Threads REQUIRED)

if(STRAIT_SANITIZE)
  add_compile_options(
    -fsanitize=${STRAIT_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer
    # What sanitizers add makes gcc 12 lose track of what is initialised.
    $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
  add_link_options(-fsanitize=${STRAIT_SANITIZE})
endif()

# A libc++ that still calls std::stop_token experimental needs a switch, in every user too.
include(CheckCXXSourceCompiles)
set(CMAKE_CXX_STANDARD 23)
check_cxx_source_compiles("
  #include <stop_token>
  int main() { return std::stop_source{}.get_token().stop_requested(); }" STRAIT_HAS_STOP_TOKEN)
unset(CMAKE_CXX_STANDARD)

# The warnings of this project; each one is an error.
function(strait_compile target)
  target_compile_features(${target} PRIVATE cxx_std_23)
  set_target_properties(${target} PROPERTIES CXX_EXTENSIONS OFF)
  if(MSVC)
    target_compile_options(${target} PRIVATE /W4 /WX /permissive- /utf-8 /Zc:__cplusplus)
  else()
    target_compile_options(${target} PRIVATE
      -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wold-style-cast
      -Wnon-virtual-dtor -Woverloaded-virtual -Wcast-qual -Wformat=2 -Werror)
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
      # GCC bug 105651: a false alarm at "text" + std::string.
      target_compile_options(${target} PRIVATE -Wno-restrict)
    endif()
  endif()
  if(NOT WIN32 AND CMAKE_SIZEOF_VOID_P EQUAL 4)
    # Files may be longer than memory.
    target_compile_definitions(${target} PRIVATE _FILE_OFFSET_BITS=64)
  endif()
  if(WIN32)
    # NTDDI_VERSION: Windows 10 1809, the oldest system strait supports.
    target_compile_definitions(${target} PRIVATE
      WIN32_LEAN_AND_MEAN NOMINMAX UNICODE _UNICODE _WIN32_WINNT=0x0A00 NTDDI_VERSION=0x0A000006)
  endif()
endfunction()
