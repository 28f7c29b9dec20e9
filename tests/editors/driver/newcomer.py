"""A newcomer: a home and a shell in which the lines of the editors' pages are typed, as they stand there."""

from __future__ import annotations

import re
import shutil
import subprocess
import textwrap
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.conftest import ENVIRON
from tests.editors.driver.desk import ROOT, Desk

if TYPE_CHECKING:
    from collections.abc import Mapping

PAGES = {name: ROOT / "editors" / name / "README.md" for name in ("neovim", "vscode", "emacs", "helix")}
HERE = "<this repository>"


def blocks(page: Path) -> list[tuple[str, str]]:
    """Language and text of each fenced block of a page, without the indentation of those in lists."""
    found = re.findall(r"(?ms)^( *)```(\w+)\n(.*?)^\1```$", page.read_text("utf-8"))
    return [(language, textwrap.dedent(text)) for _, language, text in found]


def lines(page: Path) -> list[list[str]]:
    """What is to be typed in a terminal, block by block; the comments at the ends of lines are for the reader."""
    return [text.splitlines() for language, text in blocks(page) if language == "sh"]


@dataclass(frozen=True, slots=True)
class Newcomer:
    """Somebody at a desk who has nothing yet but a shell, git and uv; ``repository`` is what they clone."""

    desk: Desk
    repository: Path

    def types(self, typed: list[str], folder: Path | None = None, **more: str) -> str:
        """Run the lines one after the other in one shell that stops at the first that fails; what they print."""
        said = "\n".join(typed).replace(HERE, str(self.repository))
        done = subprocess.run(
            ["sh", "-euxc", said],
            cwd=folder or self.desk.home,
            env={**self._environ(), **more},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
            stdin=subprocess.DEVNULL,
        )
        assert done.returncode == 0, f"{said}\n{done.stdout}{done.stderr}"
        return done.stdout + done.stderr

    def _environ(self) -> Mapping[str, str]:
        """The desk's, and what tells this machine's package tools where packages come from and are kept."""
        kept = {
            name: value
            for name, value in ENVIRON.items()
            if re.match(r"(?i)(uv|pip|npm_config|ssl|requests|node_extra)_|\w*_proxy$", name)
        }
        shared = {"UV_CACHE_DIR": _cache("uv"), "UV_PYTHON_DOWNLOADS": "never"}
        path = f"{self.desk.folder / 'bin'}:{ENVIRON['PATH']}"
        return {"LANG": "C.UTF-8", **shared, **kept, "HOME": str(self.desk.home), "PATH": path}


def newcomer(folder: Path, uv: str) -> Newcomer:
    """A newcomer to what is in this checkout, committed or not."""
    desk = Desk(folder, installed=True)
    desk.home.mkdir(parents=True)
    programs = folder / "bin"
    programs.mkdir()
    (programs / "uv").symlink_to(uv)
    return Newcomer(desk, _snapshot(folder / "repository"))


def _snapshot(folder: Path) -> Path:
    git = ("git", "-c", "user.name=tests", "-c", "user.email=tests@example.invalid")
    listed = subprocess.run(
        [*git, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    ).stdout
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).exists():  # else it is deleted, and that is not committed yet
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    for command in (("init", "--quiet"), ("add", "--all"), ("commit", "--quiet", "--message", "as it is")):
        subprocess.run([*git, *command], cwd=folder, timeout=30, check=True, capture_output=True)
    return folder


def _cache(name: str) -> str:
    return str(Path(ENVIRON.get("XDG_CACHE_HOME") or Path(ENVIRON["HOME"]) / ".cache") / name)
