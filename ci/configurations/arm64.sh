# 64-bit Arm Linux, run on its own kernel in a virtual machine
packages='g++-aarch64-linux-gnu qemu-system-arm cpio debian-archive-keyring'
tools='aarch64-linux-gnu-g++ qemu-system-aarch64 cpio ninja'

run() {
  scale 0.01
  configure_with_sources configure --preset arm64
  build
  run_in_vm arm64 trixie linux-image-cloud-arm64 $(test_programs)
}
