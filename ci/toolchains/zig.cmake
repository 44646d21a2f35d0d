# Systems without a cross compiler of their own in Debian, with zig's clang, headers and libc++:
#   -DSTRAIT_ZIG_TARGET=aarch64-macos.14.4 | x86_64-macos.14.4 | x86_64-freebsd
#                       | x86_64-linux-musl | x86_64-windows-gnu
# zig is taken from -DSTRAIT_ZIG, the PATH, or where `ci/test.sh` installs it.
set(CMAKE_TRY_COMPILE_PLATFORM_VARIABLES STRAIT_ZIG_TARGET STRAIT_ZIG)
if(NOT STRAIT_ZIG_TARGET)
  message(FATAL_ERROR "zig.cmake: say what to build for with -DSTRAIT_ZIG_TARGET=<target>")
endif()

set(cache $ENV{XDG_CACHE_HOME})
if(NOT cache)
  set(cache $ENV{HOME}/.cache)
endif()
find_program(STRAIT_ZIG zig REQUIRED
  HINTS $ENV{STRAIT_CACHE}/zig-0.16.0 ${cache}/strait/zig-0.16.0)

string(REGEX MATCH "^[a-z0-9_]+" CMAKE_SYSTEM_PROCESSOR ${STRAIT_ZIG_TARGET})
set(CMAKE_SYSTEM_VERSION 1)
if(STRAIT_ZIG_TARGET MATCHES "macos")
  set(CMAKE_SYSTEM_NAME Darwin)
  # zig brings its own headers and knows the target from its name: Apple's ways to say so must
  # stay out.
  set(CMAKE_OSX_SYSROOT "" CACHE STRING "" FORCE)
  set(CMAKE_OSX_DEPLOYMENT_TARGET "" CACHE STRING "" FORCE)
  set(CMAKE_OSX_ARCHITECTURES "" CACHE STRING "" FORCE)
  # CMake insists on a name. Only installing would call it, which nobody does from here.
  set(CMAKE_INSTALL_NAME_TOOL install_name_tool)
elseif(STRAIT_ZIG_TARGET MATCHES "freebsd")
  set(CMAKE_SYSTEM_NAME FreeBSD)
elseif(STRAIT_ZIG_TARGET MATCHES "windows")
  set(CMAKE_SYSTEM_NAME Windows)
  set(CMAKE_SYSTEM_VERSION 10.0)
  set(CMAKE_CROSSCOMPILING_EMULATOR ${CMAKE_CURRENT_LIST_DIR}/../wine.sh)
  set(warnings -Wno-macro-redefined)  # zig defines _WIN32_WINNT itself, spelt differently
else()
  set(CMAKE_SYSTEM_NAME Linux)
  if(CMAKE_SYSTEM_PROCESSOR STREQUAL CMAKE_HOST_SYSTEM_PROCESSOR)
    set(CMAKE_CROSSCOMPILING_EMULATOR env)  # only the C library is another one
  endif()
endif()

# A list is a compiler and the words that always follow its name.
set(CMAKE_C_COMPILER ${STRAIT_ZIG} cc -target ${STRAIT_ZIG_TARGET})
set(CMAKE_CXX_COMPILER ${STRAIT_ZIG} c++ -target ${STRAIT_ZIG_TARGET})
# CMake wants to know one for Windows, of one word. There is nothing here for it to do.
set(CMAKE_RC_COMPILER ${STRAIT_ZIG})
# The system's ar and ranlib know nothing of Mach-O.
foreach(language C CXX)
  set(CMAKE_${language}_ARCHIVE_CREATE "\"${STRAIT_ZIG}\" ar qc <TARGET> <OBJECTS>")
  set(CMAKE_${language}_ARCHIVE_APPEND "\"${STRAIT_ZIG}\" ar q <TARGET> <OBJECTS>")
  set(CMAKE_${language}_ARCHIVE_FINISH "\"${STRAIT_ZIG}\" ranlib <TARGET>")
endforeach()

# zig traps on undefined behaviour in its own way unless told; here -DSTRAIT_SANITIZE says it.
set(CMAKE_C_FLAGS_INIT "-fno-sanitize=undefined")
set(CMAKE_CXX_FLAGS_INIT "-fno-sanitize=undefined -Wno-nullability-completeness ${warnings}")

set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
