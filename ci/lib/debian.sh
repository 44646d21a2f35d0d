# Packages of other Debian releases and other machines: fetched and unpacked, never installed.

debian_keyring=/usr/share/keyrings/debian-archive-keyring.gpg

# The servers to ask: the one in $STRAIT_DEBIAN_MIRROR, which an Ubuntu needs, and the one this
# machine uses itself, if it is a Debian.
debian_mirrors() {
  [ -z "${STRAIT_DEBIAN_MIRROR:-}" ] || say "$STRAIT_DEBIAN_MIRROR"
  apt-get indextargets --format '$(ORIGIN) $(RELEASE) $(REPO_URI)' 'Created-By: Packages' |
    awk '$1 == "Debian" && $2 ~ /^[a-z]+$/ { print $3 }' | head -n 1
}

# debian_fetch FOLDER KIND SUITE MACHINE COMMAND...: runs the command, one that calls `private_apt`,
# in the folder. KIND is deb or deb-src. Nothing of the system's own apt is read but its settings.
debian_fetch() {
  local folder=$1 kind=$2 suite=$3 machine=$4
  shift 4
  mkdir -p "$folder/lists/partial" "$folder/cache/archives/partial"
  : >"$folder/status"
  apt_folder=$folder apt_machine=$machine
  for mirror in $(debian_mirrors); do
    say "$kind [signed-by=$debian_keyring] $mirror $suite main" >"$folder/sources.list"
    if private_apt apt-get -q update && (cd "$folder" && "$@"); then
      return 0
    fi
  done
  say 'no server for Debian packages answered; STRAIT_DEBIAN_MIRROR may name one' >&2
  return 1
}

private_apt() {
  local tool=$1
  shift
  "$tool" -o Dir::State="$apt_folder" -o Dir::State::Lists="$apt_folder/lists" \
    -o Dir::State::Status="$apt_folder/status" -o Dir::Cache="$apt_folder/cache" \
    -o Dir::Etc::SourceList="$apt_folder/sources.list" -o Dir::Etc::SourceParts=/dev/null \
    -o APT::Architecture="$apt_machine" -o APT::Architectures="$apt_machine" \
    -o APT::Sandbox::User= -o Acquire::Languages=none \
    -o APT::Update::Error-Mode=any "$@"
}

# unpack_one PACKAGE PATTERN FILE: one file of a package that was fetched. PACKAGE may be the
# beginning of its name.
unpack_one() {
  dpkg-deb --fsys-tarfile "$1"*.deb | tar -xO --wildcards "$2" >"$3"
}
