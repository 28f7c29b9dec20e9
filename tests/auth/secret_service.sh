#!/bin/bash
# Gets gnome-keyring-daemon, the Secret Service that tests/auth talk to, into one folder: no root, no change to dpkg.
#
#   tests/auth/secret_service.sh [FOLDER]
#
# FOLDER   default: ${XDG_CACHE_HOME:-~/.cache}/lsp-codex-secret-service; afterwards FOLDER/bin/gnome-keyring-daemon
#
# Needs a Debian host with apt-get, dpkg-deb, dbus-daemon and glib-compile-schemas. Only what this machine does not
# have is fetched (2 MB), from the mirror and with the keys of its own apt configuration, so that the libraries fit.
# What is already there costs nothing; what could not be had leaves nothing behind.
set -euo pipefail

REVISION=1 # raise it when an installed copy must be made anew

main() {
  local folder=${1:-${XDG_CACHE_HOME:-$HOME/.cache}/lsp-codex-secret-service}
  mkdir -p "$folder"
  folder=$(cd "$folder" && pwd)
  exec 9>"$folder/.lock"
  flock 9 # two test runs at once: the second one waits and finds everything there
  if [ "$(cat "$folder/stamp" 2>/dev/null)" = "revision $REVISION" ]; then
    say "it is there"
    return
  fi
  work=$(mktemp -d "$folder/.new.XXXXXX") # global: the trap below removes it
  trap 'rm -rf "$work"' EXIT
  fetch "$work"
  compile_schemas "$work/root/usr/share/glib-2.0/schemas"
  rm -rf "$folder/root" "$folder/bin"
  mv "$work/root" "$folder/root"
  wrapper "$folder"
  "$folder/bin/gnome-keyring-daemon" --version >/dev/null || die "gnome-keyring-daemon was unpacked but does not run"
  echo "revision $REVISION" >"$folder/stamp"
  say "installed in ${SECONDS}s"
}

# fetch WORK: WORK/root holds the packages that this machine lacks for gnome-keyring. The package lists and the cache
# are our own; sources, keys and the database of what is installed are the machine's, the latter only read.
fetch() {
  local work=$1 deb missing
  mkdir -p "$work/root" "$work/lists/partial" "$work/cache/archives/partial" "$work/debs"
  local apt=(apt-get -qq
    -o Dir::State::Lists="$work/lists" -o Dir::Cache="$work/cache" -o APT::Sandbox::User="$(id -un)"
    -o APT::Install-Recommends=0 -o Acquire::Languages=none -o Acquire::Retries=3 -o Debug::NoLocking=1)
  "${apt[@]}" update || die "the package lists cannot be had from this machine's mirror"
  missing=$("${apt[@]}" --simulate install gnome-keyring | awk '$1 == "Inst" { print $2 }')
  [ -n "$missing" ] || missing=gnome-keyring # installed already: a copy of our own does no harm
  # shellcheck disable=SC2086 — one word per package
  (cd "$work/debs" && "${apt[@]}" download $missing) || die "gnome-keyring cannot be had"
  for deb in "$work"/debs/*.deb; do
    dpkg-deb --fsys-tarfile "$deb" |
      tar --directory "$work/root" --extract --keep-directory-symlink --no-same-owner --no-same-permissions
  done
}

# compile_schemas FOLDER: the daemon ends at once without its settings schema, and only the compiled form counts.
compile_schemas() {
  local tool
  tool=$(command -v glib-compile-schemas || ls /usr/lib/*/glib-2.0/glib-compile-schemas 2>/dev/null | head -n 1)
  [ -n "$tool" ] || die "glib-compile-schemas is missing (package libglib2.0-bin)"
  "$tool" "$1"
}

# wrapper FOLDER: the libraries are for the daemon alone; nothing is started from it.
wrapper() {
  local folder=$1
  mkdir -p "$folder/bin"
  cat >"$folder/bin/gnome-keyring-daemon" <<EOF
#!/bin/sh
export LD_LIBRARY_PATH='$folder/root/usr/lib/$(uname -m)-linux-gnu'
export GSETTINGS_SCHEMA_DIR='$folder/root/usr/share/glib-2.0/schemas' GSETTINGS_BACKEND=memory
exec '$folder/root/usr/bin/gnome-keyring-daemon' "\$@"
EOF
  chmod +x "$folder/bin/gnome-keyring-daemon"
}

say() { echo "secret_service.sh: $*" >&2; }
die() { say "$*"; exit 1; }

main "$@"
