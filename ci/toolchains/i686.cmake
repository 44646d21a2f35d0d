# 32-bit x86 Linux, with Debian's g++-i686-linux-gnu (g++-multilib would push the other cross
# compilers out).
set(CMAKE_SYSTEM_PROCESSOR i686)
set(machine i686-linux-gnu)
include(${CMAKE_CURRENT_LIST_DIR}/linux-gcc.cmake)
# 64-bit machines of the kind run its programs as they are.
if(CMAKE_HOST_SYSTEM_PROCESSOR STREQUAL "x86_64")
  set(CMAKE_CROSSCOMPILING_EMULATOR env)
endif()
