# release build with this system's own compiler
packages=''
tools='cmake ctest'

run() {
  scale 0.05
  if [ "$system" = windows ]; then
    # Visual Studio, whichever CMake finds.
    run_cmake -DCMAKE_CONFIGURATION_TYPES=Release
    build --config Release
    run_tests --build-config Release
  else
    configure --preset release
    build
    run_tests
  fi
}
