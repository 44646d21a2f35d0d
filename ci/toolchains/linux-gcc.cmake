# What the cross compilers of Debian for other Linux machines have in common. The file that includes
# this one has set CMAKE_SYSTEM_PROCESSOR and `machine`, the prefix of the compiler's name.
set(CMAKE_SYSTEM_NAME Linux)
if(NOT DEFINED CMAKE_C_COMPILER)
  set(CMAKE_C_COMPILER ${machine}-gcc)
endif()
if(NOT DEFINED CMAKE_CXX_COMPILER)
  set(CMAKE_CXX_COMPILER ${machine}-g++)
endif()

# A static program needs nothing of the machine it runs on: an empty VM will do.
set(CMAKE_EXE_LINKER_FLAGS_INIT -static)

list(APPEND CMAKE_FIND_ROOT_PATH /usr/${machine})
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
