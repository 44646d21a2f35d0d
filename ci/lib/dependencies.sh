# fmt, libuv and Catch2 for cross builds, from the source packages of Debian 13. Where these
# cannot be had, CMake downloads the pinned versions itself.

sources=$cache/sources-1

# Makes $sources/sources.cmake, a file for `cmake -C`, if it can.
install_sources() {
  if have apt-get; then
    once "${sources##*/}" fetch_sources || say 'no source packages: CMake will download them'
  fi
}

fetch_sources() {
  local folder=$1
  debian_fetch "$folder/apt" deb-src trixie "$(dpkg --print-architecture)" \
    private_apt apt-get -q source --download-only fmtlib libuv1 catch2 &&
    unpack_source "$folder" fmtlib fmt &&
    unpack_source "$folder" libuv1 libuv &&
    unpack_source "$folder" catch2 catch2 &&
    rm -rf "$folder/apt"
}

# unpack_source FOLDER PACKAGE NAME
unpack_source() {
  mkdir "$1/$3" &&
    tar -xf "$1/apt/$2"_*.orig.tar.* --strip-components=1 -C "$1/$3" &&
    printf 'set(FETCHCONTENT_SOURCE_DIR_%s ${CMAKE_CURRENT_LIST_DIR}/%s CACHE PATH "")\n' \
      "$(echo "$3" | tr '[:lower:]' '[:upper:]')" "$3" >>"$1/sources.cmake"
}

# configure_with_sources COMMAND ARGUMENT...: COMMAND is configure or run_cmake.
configure_with_sources() {
  install_sources
  if [ -f "$sources/sources.cmake" ]; then
    set -- "$@" -C "$sources/sources.cmake"
  fi
  "$@"
}
