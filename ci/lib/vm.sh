# Runs static test programs on a real kernel of another machine or of another age: in a virtual
# machine without disk or network that is gone when the programs have ended.

# run_in_vm MACHINE SUITE KERNEL PROGRAM...: MACHINE as Debian calls it; KERNEL is a linux-image
# package of that Debian release. What the programs report goes to $results.
run_in_vm() {
  local machine=$1 suite=$2 kernel=$3
  shift 3
  once "vm-$machine-$suite" fetch_machine "$machine" "$suite" "$kernel"
  make_initrd "$cache/vm-$machine-$suite/busybox" "$build/initrd" "$@"
  boot "$machine" "$cache/vm-$machine-$suite/kernel" "$build/initrd.gz" | tee "$build/vm.log"
  read_vm_log "$build/vm.log" "$@" >>"$results"
}

fetch_machine() {
  local machine=$1 suite=$2 kernel=$3 folder=$4
  debian_fetch "$folder/apt" deb "$suite" "$machine" download_machine "$kernel" || return
  (
    cd "$folder/apt" || exit
    unpack_one linux-image './boot/vmlinu[xz]-*' ../kernel &&
      unpack_one busybox-static '*/bin/busybox' ../busybox
  ) || return
  chmod +x "$folder/busybox"
  rm -rf "$folder/apt"
}

download_machine() {
  # The package with the plain name only depends on the one of the newest version.
  local newest
  newest=$(private_apt apt-cache show "$1" | sed -n 's/^Depends: \(linux-image[^ ,]*\).*/\1/p')
  private_apt apt-get -q download "${newest%%$'\n'*}" busybox-static
}

# make_initrd BUSYBOX FOLDER PROGRAM...: everything the machine will ever see, packed.
make_initrd() {
  local busybox=$1 folder=$2
  shift 2
  rm -rf "$folder"
  mkdir -p "$folder/bin" "$folder/dev" "$folder/etc" "$folder/tests"
  cp ci/vm/init "$folder/init"
  cp "$busybox" "$folder/bin/busybox"
  cp "$@" "$folder/tests"
  echo "export STRAIT_TEST_SCALE=${STRAIT_TEST_SCALE:-1}" >"$folder/environment"
  printf 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534::/:/bin/false\n' >"$folder/etc/passwd"
  printf 'root:x:0:\nnogroup:x:65534:\n' >"$folder/etc/group"
  printf '127.0.0.1 localhost\n::1 localhost\n' >"$folder/etc/hosts"
  : >"$folder/etc/resolv.conf"
  (cd "$folder" && find . | cpio --quiet -o -H newc | gzip -1) >"$folder.gz"
}

# boot MACHINE KERNEL INITRD: prints what the machine's console shows.
boot() {
  local qemu console
  case $1 in
    amd64) qemu='qemu-system-x86_64 -M q35' console=ttyS0 ;;
    arm64) qemu='qemu-system-aarch64 -M virt' console=ttyAMA0 ;;
    s390x) qemu='qemu-system-s390x -M s390-ccw-virtio' console=ttysclp0 ;;
    *) die "no virtual machine known for $1" ;;
  esac
  # Emulated, not KVM: it is the same on every host. The time limit is the last resort; whatever
  # the machine printed until then is judged.
  # shellcheck disable=SC2086  # a list of words
  timeout --kill-after=10 "${STRAIT_VM_SECONDS:-900}" $qemu -accel tcg -cpu max -m 1024 -smp 2 \
    -nic none -nographic -no-reboot -kernel "$2" -initrd "$3" \
    -append "console=$console quiet panic=-1" </dev/null 2>&1 | plain_text || true
}

# Without what tells a terminal to move and to colour.
plain_text() { tr -d '\r' | sed -e 's/\x1b\[[0-9;?]*[a-zA-Z]//g' -e 's/\x1bc//g'; }

# read_vm_log LOG PROGRAM...: lines for $results. A test program that counts its tests ends with
# "NAME: N passed, N failed, N skipped"; any other program is one test.
read_vm_log() {
  local log=$1 name
  shift
  for program in "$@"; do
    name=${program##*/}
    sed -n "/^test begins: $name\$/,/^test ended: $name /p" "$log" | awk -v name="$name" '
      function line(kind, count, reason) {
        while (count-- > 0) printf "%s\t%s\t%s\n", kind, name, reason
      }
      /^SKIPPED: / { reason = $0; sub(/^SKIPPED: [^:]*: /, "", reason); line("skipped", 1, reason) }
      $1 == name ":" && $3 == "passed," { passed = $2; failed = $4; counted = 1 }
      /^test ended: / { status = $4; ended = 1 }
      END {
        if (!ended) line("failed", 1)
        else if (status != 0 && failed == 0) line("failed", 1)
        else if (!counted) line("passed", 1)
        line("passed", passed)
        line("failed", failed)
      }'
  done
}
