# Installing what a run needs: with apt it just happens, elsewhere we say what is missing.

# What building and testing strait takes on Debian and Ubuntu, whatever the configuration.
base_packages='cmake ninja-build g++ ccache python3 pkg-config libfmt-dev libuv1-dev catch2'
base_packages="$base_packages ca-certificates xz-utils"

install_packages() {
  if have apt-get; then
    apt_install "$@"
  else
    say_what_is_missing
  fi
}

apt_install() {
  local missing=''
  for package in "$@"; do
    is_installed "$package" || missing="$missing $package"
  done
  [ -n "$missing" ] || return 0
  as_root true || die "To be installed first, by root: apt-get install$missing"
  say "installing$missing"
  # One wrong name makes apt install nothing at all, so a failure is tried again name by name.
  # What is then still missing is found by the configuration that needs it.
  {
    apt update
    # shellcheck disable=SC2086  # a list of words
    apt install $missing || for package in $missing; do apt install "$package" || true; done
  } >"$logs/packages.log" 2>&1
}

is_installed() {
  # Many have a newer one than the system's, which cannot stand beside it.
  [ "$1" = npm ] && have npm && return
  [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

apt() {
  local verb=$1
  shift
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=600 "$verb" \
    ${1:+-y --no-install-recommends} "$@"
}

say_what_is_missing() {
  local missing=''
  for tool in cmake ctest python3; do
    have "$tool" || missing="$missing $tool"
  done
  [ -n "$missing" ] || return 0
  say "Not found:$missing. To install what strait needs:"
  say '  macOS:   brew install cmake ninja fmt libuv catch2 python3'
  say '  Windows: Visual Studio 2022 with C++ and CMake; winget install Python.Python.3.12'
  say '           (fmt, libuv and Catch2: vcpkg install fmt libuv catch2, else they are downloaded)'
  say '  Fedora:  dnf install cmake ninja-build gcc-c++ fmt-devel libuv-devel catch-devel python3'
  exit 1
}
