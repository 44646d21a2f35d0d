# Windows x86-64 from Linux, with Debian's g++-mingw-w64-x86-64-posix; ctest runs what comes out
# under Wine. -DSTRAIT_MINGW=x86_64-w64-mingw32ucrt takes the compiler for the newer C run-time.
set(CMAKE_TRY_COMPILE_PLATFORM_VARIABLES STRAIT_MINGW)
if(NOT DEFINED STRAIT_MINGW)
  set(STRAIT_MINGW x86_64-w64-mingw32)
endif()

set(CMAKE_SYSTEM_NAME Windows)
set(CMAKE_SYSTEM_PROCESSOR x86_64)
set(CMAKE_SYSTEM_VERSION 10.0)
# The variant named posix has std::thread; where there is only one, it has no such suffix.
if(NOT DEFINED CMAKE_C_COMPILER)
  find_program(STRAIT_MINGW_CC NAMES ${STRAIT_MINGW}-gcc-posix ${STRAIT_MINGW}-gcc REQUIRED)
  set(CMAKE_C_COMPILER ${STRAIT_MINGW_CC})
endif()
if(NOT DEFINED CMAKE_CXX_COMPILER)
  find_program(STRAIT_MINGW_CXX NAMES ${STRAIT_MINGW}-g++-posix ${STRAIT_MINGW}-g++ REQUIRED)
  set(CMAKE_CXX_COMPILER ${STRAIT_MINGW_CXX})
endif()
set(CMAKE_RC_COMPILER ${STRAIT_MINGW}-windres)

# -static: no DLL of the compiler has to be found. GCC with C++23 defines
# std::type_info::operator== both inline and in libstdc++.a, which only shows in static programs.
set(CMAKE_EXE_LINKER_FLAGS_INIT "-static -Wl,--allow-multiple-definition")
set(CMAKE_CROSSCOMPILING_EMULATOR ${CMAKE_CURRENT_LIST_DIR}/../wine.sh)

list(APPEND CMAKE_FIND_ROOT_PATH /usr/${STRAIT_MINGW})
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
