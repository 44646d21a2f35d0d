# the oldest Linux kernel strait supports, in a virtual machine
packages='qemu-system-x86 cpio debian-archive-keyring'
tools='g++ qemu-system-x86_64 cpio ninja'

run() {
  scale 0.01
  configure_with_sources configure --preset release -DCMAKE_CXX_COMPILER=g++ \
    -DCMAKE_EXE_LINKER_FLAGS=-static
  build
  run_in_vm amd64 bullseye linux-image-cloud-amd64 $(test_programs)
}
