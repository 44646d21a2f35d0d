# A Debian 13 in a folder: newer compilers and libraries than Debian 12 has.

debian13=$cache/debian-13

install_debian13() { once "${debian13##*/}" bootstrap_debian13; }

bootstrap_debian13() {
  as_root debootstrap --variant=minbase --keyring="$debian_keyring" --include=ca-certificates \
    trixie "$1" "$(debian_mirrors | head -n 1)" || return
  # The network is reached as it is from here.
  as_root cp /etc/resolv.conf "$1/etc/resolv.conf"
  echo '127.0.0.1 localhost' | as_root tee "$1/etc/hosts" >/dev/null
  apt-config dump | grep -E '^Acquire::(http|https|ftp|Check-|Retries)' |
    as_root tee "$1/etc/apt/apt.conf.d/90strait" >/dev/null || true
}

# in_debian13 FOLDER COMMAND...: runs the command there as root, in this project's folder, whose
# build/ is FOLDER. What is mounted for it is seen by it alone and gone with it.
in_debian13() {
  as_root mkdir -p "$debian13$root" "$1"
  # shellcheck disable=SC2016  # expanded by the inner shell
  as_root unshare --mount bash -euc '
    inside=$1 root=$2 build=$3
    shift 3
    mount --bind "$root" "$inside$root"
    mount --bind "$build" "$inside$root/build"
    mount -t proc proc "$inside/proc"
    mount --rbind /sys "$inside/sys"
    mount --rbind /dev "$inside/dev"
    export HOME=/root LANG=C.UTF-8
    unset XDG_CACHE_HOME STRAIT_CACHE
    exec chroot "$inside" bash -c "cd \"\$0\" && exec \"\$@\"" "$root" "$@"
  ' in_debian13 "$debian13" "$root" "$@"
}
