"""setup.sh: brings what is missing, touches nothing that is there, leaves nothing half done."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.editors.conftest import SETUP, cache, find, nvim_version

if TYPE_CHECKING:
    from pathlib import Path


def setup(
    folder: Path, *editors: str, path: str = "/usr/local/bin:/usr/bin:/bin"
) -> subprocess.CompletedProcess[str]:
    """Run setup.sh for ``folder`` with a PATH."""
    environ = {"PATH": path, "HOME": str(folder.parent)}
    command = [str(SETUP), str(folder), *editors]
    return subprocess.run(command, env=environ, capture_output=True, text=True, timeout=15, check=False)


def program(path: Path, line: str) -> Path:
    """A shell script of one line."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{line}\n")
    path.chmod(0o755)
    return path


def revision() -> str:
    """The revision of the recipes."""
    match = re.search(r"^REVISION=(\d+)", SETUP.read_text(), re.MULTILINE)
    assert match
    return match[1]


def test_what_is_there_is_left_alone(tmp_path: Path) -> None:
    """With a stamp of this revision nothing is fetched: not even apt-get is asked."""
    folder = tmp_path / "editors"
    program(tmp_path / "bin" / "apt-get", f"touch {tmp_path / 'asked'}; exit 1")
    (folder / "neovim").mkdir(parents=True)
    (folder / "neovim" / "stamp").write_text(f"revision {revision()}\nversion NVIM v0.12.4\n")
    done = setup(folder, "neovim", path=f"{tmp_path / 'bin'}:/usr/bin:/bin")
    assert done.returncode == 0, done.stderr
    assert "NVIM v0.12.4 is there" in done.stderr
    assert not (tmp_path / "asked").exists()


def test_one_from_pypi_is_left_alone_too(tmp_path: Path) -> None:
    """Neovim 0.11: its stamp has the pinned version with its checksum."""
    folder = tmp_path / "editors"
    pinned = re.search(r"^NEOVIM_011='(\S+==\S+ --hash=sha256:\w{64})'", SETUP.read_text(), re.MULTILINE)
    assert pinned
    (folder / "neovim-0.11").mkdir(parents=True)
    (folder / "neovim-0.11" / "stamp").write_text(f"{pinned[1]}\nversion NVIM v0.11.4\n")
    program(tmp_path / "bin" / "python3", "exit 1")
    done = setup(folder, "neovim-0.11", path=f"{tmp_path / 'bin'}:/usr/bin:/bin")
    assert done.returncode == 0, done.stderr
    assert "NVIM v0.11.4 is there" in done.stderr


@pytest.mark.parametrize(("editor", "tool"), [("neovim", "apt-get"), ("neovim-0.11", "python3")])
def test_a_failure_leaves_nothing(tmp_path: Path, editor: str, tool: str) -> None:
    """If a package tool fails, setup.sh says so with its exit code and the folder holds no editor, whole or half."""
    folder = tmp_path / "editors"
    program(tmp_path / "bin" / tool, '[ "$*" = "-m pip --version" ] || exit 1')
    done = setup(folder, editor, path=f"{tmp_path / 'bin'}:/usr/bin:/bin")
    assert done.returncode != 0
    assert done.stderr.startswith("setup.sh: ")
    assert {entry.name for entry in folder.iterdir()} == {".lock", "bin"}
    assert not list((folder / "bin").iterdir())


def test_an_older_revision_is_made_anew(tmp_path: Path) -> None:
    """A stamp of another revision does not count, and the old copy stays until there is a new one."""
    folder = tmp_path / "editors"
    program(tmp_path / "bin" / "apt-get", "exit 1")
    (folder / "neovim").mkdir(parents=True)
    (folder / "neovim" / "stamp").write_text("revision 0\nversion NVIM v0.11.0\n")
    done = setup(folder, "neovim", path=f"{tmp_path / 'bin'}:/usr/bin:/bin")
    assert done.returncode != 0
    assert (folder / "neovim" / "stamp").exists()


def test_an_unknown_editor_is_refused(tmp_path: Path) -> None:
    """A wrong name is answered with the right ones."""
    done = setup(tmp_path / "editors", "ed")
    assert done.returncode != 0
    assert "there are: neovim" in done.stderr


def test_no_mirror_is_named() -> None:
    """Where packages come from is this machine's affair: the script has no address in it."""
    assert not re.search(r"https?://|\.(org|com|net)\b", SETUP.read_text())


def test_versions_are_read_from_the_program(tmp_path: Path) -> None:
    """A Neovim says its version; anything else has none."""
    assert nvim_version(program(tmp_path / "nvim", "echo 'NVIM v0.12.4'")) == (0, 12)
    assert nvim_version(program(tmp_path / "vim", "echo 'VIM - Vi IMproved 9.1'")) == (0, 0)
    assert nvim_version(tmp_path / "missing") == (0, 0)


@pytest.mark.parametrize(("version", "taken"), [("0.11.5", False), ("0.12.0", True), ("1.0.0", True)])
def test_a_neovim_on_the_path_must_be_new_enough(tmp_path: Path, version: str, *, taken: bool) -> None:
    """Neovim is taken from the PATH from 0.12 on."""
    nvim = program(tmp_path / "bin" / "nvim", f"echo 'NVIM v{version}'")
    program(tmp_path / "bin" / "tmux", "")
    found = find({"PATH": f"{tmp_path / 'bin'}:/usr/bin:/bin", "XDG_CACHE_HOME": str(tmp_path / "cache")})
    assert (found.nvim if found else None) == (nvim if taken else None)


def test_the_named_neovim_comes_first(tmp_path: Path) -> None:
    """LSP_CODEX_NVIM, then the cache, then the PATH."""
    environ = {"PATH": f"{tmp_path / 'bin'}:/usr/bin:/bin", "HOME": str(tmp_path)}
    program(tmp_path / "bin" / "tmux", "")
    program(tmp_path / "bin" / "nvim", "echo 'NVIM v0.12.0'")
    cached = program(cache(environ) / "bin" / "nvim", "echo 'NVIM v0.12.4'")
    named = program(tmp_path / "mine", "echo 'NVIM v0.13.0'")
    first = find(environ)
    second = find({**environ, "LSP_CODEX_NVIM": str(named)})
    assert first
    assert second
    assert (first.nvim, second.nvim) == (cached, named)
