"""The editors: found where they are, fetched where a missing one would hide a failure (CI), skipped elsewhere."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.conftest import ENVIRON
from tests.editors.driver.desk import Desk
from tests.editors.driver.emacs import EmacsPrograms
from tests.editors.driver.helix import HelixPrograms
from tests.editors.driver.neovim import Editors
from tests.editors.driver.newcomer import PAGES, Newcomer, lines
from tests.editors.driver.newcomer import newcomer as new
from tests.editors.driver.vscode import Workbench

if TYPE_CHECKING:
    from collections.abc import Mapping

SETUP = Path(__file__).with_name("setup.sh")
LEAST = (0, 12)


def cache(environ: Mapping[str, str]) -> Path:
    """Where setup.sh puts the editors when it is not told."""
    base = environ.get("XDG_CACHE_HOME") or Path(environ.get("HOME", "~")).expanduser() / ".cache"
    return Path(base) / "lsp-codex-editors"


def nvim_version(program: Path) -> tuple[int, int]:
    """Major and minor version of a Neovim; (0, 0) for what does not say."""
    try:
        shown = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=10, check=False).stdout
    except OSError:
        return 0, 0
    match = re.match(r"NVIM v(\d+)\.(\d+)", shown)
    return (int(match[1]), int(match[2])) if match else (0, 0)


def find(environ: Mapping[str, str]) -> Editors | None:
    """The editors of ``environ``: named by LSP_CODEX_NVIM, else cached, else on the PATH and new enough."""
    named, path = environ.get("LSP_CODEX_NVIM"), environ.get("PATH")
    cached = cache(environ)
    nvims = [named] if named else [cached / "bin" / "nvim", shutil.which("nvim", path=path)]
    nvim = next((Path(n) for n in nvims if n and nvim_version(Path(n)) >= LEAST), None)
    tmuxes = (shutil.which("tmux", path=path), cached / "bin" / "tmux")
    tmux = next((Path(t) for t in tmuxes if t and Path(t).exists()), None)
    return Editors(nvim, tmux) if nvim and tmux else None


@pytest.fixture(scope="session")
def editors() -> Editors:
    """Neovim and tmux. With CI=true they are fetched if need be, and a failure to do so fails the tests."""
    environ = dict(os.environ)  # the session's own: tests see another HOME
    found = find(environ)
    if found:
        return found
    if environ.get("CI", "").lower() != "true":
        pytest.skip(f"no Neovim >= 0.12 with tmux; {SETUP} gets both in ten seconds, without root")
    done = subprocess.run([SETUP], capture_output=True, text=True, timeout=600, check=False)
    found = find(environ)
    if done.returncode != 0 or not found:
        pytest.fail(f"{SETUP} could not bring the editors:\n{done.stdout}{done.stderr}")
    return found


@pytest.fixture(scope="session")
def older() -> Editors:
    """Neovim 0.11, which has no ghost text, and tmux."""
    return Editors(*fetched("neovim-0.11", "nvim-0.11"))


@pytest.fixture(scope="session")
def workbench() -> Workbench:
    """VS Code's workbench and Chromium, on the same terms."""
    environ = dict(os.environ)
    folder = cache(environ)
    if environ.get("CI", "").lower() != "true" and not (folder / "vscode").exists():
        pytest.skip(f"no VS Code; `{SETUP} '' vscode` gets it in half a minute, without root")
    # What is there and of this revision costs nothing; what is older would build another extension.
    done = subprocess.run([SETUP, folder, "vscode"], capture_output=True, text=True, timeout=600, check=False)
    if done.returncode != 0:
        pytest.fail(f"{SETUP} could not bring VS Code:\n{done.stdout}{done.stderr}")
    return Workbench(folder / "vscode", folder / "bin" / "chromium")


def fetched(editor: str, *programs: str) -> tuple[Path, ...]:
    """``programs`` of ``editor`` in the cache, and tmux, on the same terms as Neovim."""
    environ = dict(os.environ)  # the session's own: tests see another HOME
    folder = cache(environ)
    found = tuple(folder / "bin" / program for program in programs)
    tmux = shutil.which("tmux", path=environ.get("PATH")) or folder / "bin" / "tmux"
    wanted = [editor] if Path(tmux).exists() else [editor, "tmux"]
    if environ.get("CI", "").lower() == "true":
        done = subprocess.run([SETUP, folder, *wanted], capture_output=True, text=True, timeout=600, check=False)
        if done.returncode != 0:
            pytest.fail(f"{SETUP} could not bring {editor}:\n{done.stdout}{done.stderr}")
    elif not all(program.exists() for program in (*found, Path(tmux))):
        pytest.skip(f"no {editor}; `{SETUP} '' {' '.join(wanted)}` gets it in half a minute, without root")
    return (*found, Path(tmux))


@pytest.fixture(scope="session")
def helix_programs() -> HelixPrograms:
    """Helix and tmux."""
    return HelixPrograms(*fetched("helix", "hx"))


@pytest.fixture(scope="session")
def emacs_programs() -> EmacsPrograms:
    """Emacs with lsp-mode, and tmux."""
    return EmacsPrograms(*fetched("emacs", "emacs", "emacsclient"))


@pytest.fixture(scope="session")
def newcomer(uv: str, tmp_path_factory: pytest.TempPathFactory) -> Newcomer:
    """Somebody who has typed the first line of an editor's page: it brings this checkout."""
    if shutil.which("git", path=ENVIRON.get("PATH")) is None and ENVIRON.get("CI", "").lower() != "true":
        pytest.skip("no git, and every page begins with a clone")
    someone = new(tmp_path_factory.mktemp("newcomer"), uv)
    someone.types(lines(PAGES["neovim"])[0][:1])
    return someone


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """An empty place to work at."""
    return Desk(tmp_path / "desk")


@pytest.fixture(scope="session")
def chromium() -> Path:
    """Chromium alone, on the same terms."""
    environ = dict(os.environ)
    program = cache(environ) / "bin" / "chromium"
    if program.exists():
        return program
    if environ.get("CI", "").lower() != "true":
        pytest.skip(f"no Chromium; `{SETUP} '' chromium` gets it in ten seconds, without root")
    done = subprocess.run(
        [SETUP, cache(environ), "chromium"], capture_output=True, text=True, timeout=600, check=False
    )
    if done.returncode != 0:
        pytest.fail(f"{SETUP} could not bring Chromium:\n{done.stdout}{done.stderr}")
    return program
