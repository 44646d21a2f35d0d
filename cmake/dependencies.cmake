# Where fmt, libuv and Catch2 come from: the system's package if there is one, else the pinned
# source. -DFETCHCONTENT_SOURCE_DIR_FMT=<dir> (or _LIBUV, _CATCH2) names a source tree on disk.
include(FetchContent)

set(FETCHCONTENT_QUIET ON)

FetchContent_Declare(fmt
  URL https://github.com/fmtlib/fmt/archive/10.1.1.tar.gz
  URL_HASH SHA256=78b8c0a72b1c35e4443a7e308df52498252d1cefc2b08c9a97bc9ee6cfe61f8b
  DOWNLOAD_EXTRACT_TIMESTAMP OFF
  SYSTEM)
FetchContent_Declare(libuv
  URL https://github.com/libuv/libuv/archive/v1.51.0.tar.gz
  URL_HASH SHA256=27e55cf7083913bfb6826ca78cde9de7647cded648d35f24163f2d31bb9f51cd
  DOWNLOAD_EXTRACT_TIMESTAMP OFF
  SYSTEM)
FetchContent_Declare(Catch2
  URL https://github.com/catchorg/Catch2/archive/v3.7.1.tar.gz
  URL_HASH SHA256=c991b247a1a0d7bb9c39aa35faf0fe9e19764213f28ffba3109388e62ee0269c
  DOWNLOAD_EXTRACT_TIMESTAMP OFF
  SYSTEM)

# True in `result` if a source tree for `name` was given, which then wins over any package.
function(strait_source_was_given name result)
  string(TOUPPER ${name} upper)
  if(FETCHCONTENT_SOURCE_DIR_${upper})
    set(${result} TRUE PARENT_SCOPE)
  else()
    set(${result} FALSE PARENT_SCOPE)
  endif()
endfunction()

# The targets of a dependency's source, of which only those are built that something links to.
macro(strait_make_available name)
  set(CMAKE_POLICY_DEFAULT_CMP0077 NEW)  # options given here hold in old projects too
  FetchContent_MakeAvailable(${name})
  string(TOLOWER ${name} lower)
  set_property(DIRECTORY ${${lower}_SOURCE_DIR} PROPERTY EXCLUDE_FROM_ALL TRUE)
endmacro()

# Defines fmt::fmt-header-only.
macro(strait_use_fmt)
  strait_source_was_given(fmt given)
  if(NOT given)
    find_package(fmt QUIET)
  endif()
  if(NOT TARGET fmt::fmt-header-only)
    strait_make_available(fmt)
    # clang 20 and newer refuse how fmt 10 checks its format strings at compile time.
    target_compile_definitions(fmt-header-only INTERFACE FMT_CONSTEVAL=)
  endif()
endmacro()

# Defines libuv::uv_a or libuv::uv, and strait_libuv to link to.
macro(strait_use_libuv)
  strait_source_was_given(libuv given)
  if(NOT given)
    find_package(libuv QUIET)
  endif()
  if(NOT TARGET libuv::uv AND NOT TARGET libuv::uv_a)
    enable_language(C)
    set(LIBUV_BUILD_SHARED OFF)
    set(LIBUV_BUILD_TESTS OFF)
    set(LIBUV_BUILD_BENCH OFF)
    strait_make_available(libuv)
  endif()
  add_library(strait_libuv INTERFACE)
  if(TARGET libuv::uv_a)
    target_link_libraries(strait_libuv INTERFACE libuv::uv_a)
  elseif(TARGET libuv::uv)
    target_link_libraries(strait_libuv INTERFACE libuv::uv)
  else()
    target_link_libraries(strait_libuv INTERFACE uv_a)  # built from a source older than 1.45
  endif()
endmacro()

# Defines strait_catch2 to link to: Catch2 v3's library, or the one header of v2.
macro(strait_use_catch2)
  strait_source_was_given(Catch2 given)
  if(NOT given)
    find_package(Catch2 QUIET)
  endif()
  if(NOT TARGET Catch2::Catch2)
    # A hundred small files: compiled in bundles, in a third of the time.
    set(CMAKE_UNITY_BUILD ON)
    strait_make_available(Catch2)
    unset(CMAKE_UNITY_BUILD)
  endif()
  add_library(strait_catch2 INTERFACE)
  target_link_libraries(strait_catch2 INTERFACE Catch2::Catch2)
endmacro()
