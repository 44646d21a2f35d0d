# big-endian Linux, run on its own kernel in a virtual machine
packages='g++-s390x-linux-gnu qemu-system-misc cpio debian-archive-keyring'
tools='s390x-linux-gnu-g++ qemu-system-s390x cpio ninja'

run() {
  scale 0.01
  configure_cross s390x
  build
  run_in_vm s390x trixie linux-image-s390x $(test_programs)
}
