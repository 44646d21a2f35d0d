# IBM Z Linux, the big-endian machine, with Debian's g++-s390x-linux-gnu.
set(CMAKE_SYSTEM_PROCESSOR s390x)
set(machine s390x-linux-gnu)
include(${CMAKE_CURRENT_LIST_DIR}/linux-gcc.cmake)
