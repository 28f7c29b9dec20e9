"""The editors' pages, followed from the first line to the last: what is typed in a terminal, and what is copied.

All lines for a terminal are typed as they stand there, in a new home. Some of what they name is another thing here:
``<this repository>`` is this checkout, ``npm ci`` has been done by setup.sh from the same lock file, ``code`` is that
of code-server, and ``pytest`` looks whether its files are there, as their tests run already. What is not run at all:
the comment "or: pipx install".
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.conftest import ENVIRON
from tests.editors.conftest import cache
from tests.editors.driver.desk import ROOT
from tests.editors.driver.emacs import emacs
from tests.editors.driver.helix import helix
from tests.editors.driver.neovim import neovim
from tests.editors.driver.newcomer import PAGES, blocks, lines
from tests.editors.driver.run import eventually

if TYPE_CHECKING:
    from tests.editors.driver.desk import Desk
    from tests.editors.driver.emacs import EmacsPrograms
    from tests.editors.driver.helix import HelixPrograms
    from tests.editors.driver.neovim import Editors
    from tests.editors.driver.newcomer import Newcomer
    from tests.editors.driver.seat import Seat

pytestmark = [pytest.mark.editors, pytest.mark.real_time, pytest.mark.timeout(150, func_only=True)]

TYPED = "def area(width, height):\n"


def example(editor: str, name: str) -> str:
    """A file of an editor's examples: what its page shows, to the letter."""
    return (PAGES[editor].parent / "examples" / name).read_text("utf-8")


@pytest.mark.parametrize("editor", PAGES)
def test_what_is_copied_are_the_files_of_these_tests(editor: str) -> None:
    """Each block of configuration is one of the examples, and each example is shown once; no block is left out."""
    shown = Counter(text for language, text in blocks(PAGES[editor]) if language != "sh")
    assert shown == Counter(path.read_text("utf-8") for path in (PAGES[editor].parent / "examples").iterdir())
    assert PAGES[editor].read_text("utf-8").count("```") == 2 * len(blocks(PAGES[editor]))


def test_every_page_begins_alike() -> None:
    """The server is installed in the same two lines everywhere; only VS Code needs more."""
    clone, install = lines(PAGES["neovim"])[0]
    assert all(lines(page)[0][:2] == [clone, install] for page in PAGES.values())
    assert [editor for editor, page in PAGES.items() if len(lines(page)[0]) > 2] == ["vscode"]


@pytest.mark.parametrize("editor", PAGES)
def test_the_lines_for_those_who_test(newcomer: Newcomer, editor: str) -> None:
    """The last block of each page: in the clone, with the environment that the tests run in."""
    newcomer.desk.program("pytest", 'for each; do test -e "$each"; done')
    path = f"{newcomer.desk.folder / 'bin'}:{Path(sys.executable).parent}:{ENVIRON['PATH']}"
    *_, tests = lines(PAGES[editor])
    missing = [name for name in WANTED[editor] if not (cache(ENVIRON) / "bin" / name).exists()]
    if missing and ENVIRON.get("CI", "").lower() != "true":
        pytest.skip(f"{', '.join(missing)} would be fetched")
    folder = newcomer.desk.home / "lsp-codex"
    newcomer.types(tests, folder, PATH=path, XDG_CACHE_HOME=str(cache(ENVIRON).parent))


WANTED = {"neovim": ("nvim",), "vscode": ("chromium",), "emacs": ("emacs",), "helix": ("hx",)}


@pytest.fixture(scope="session")
def installed(newcomer: Newcomer) -> Desk:
    """A desk at which a page's first two lines have been typed."""
    newcomer.types(lines(PAGES["neovim"])[0][1:])
    assert newcomer.types(["lsp-codex --version"], PATH=newcomer.desk.environ({})["PATH"])
    return newcomer.desk


def runs_what_was_installed(editor: Seat) -> None:
    """The server is the program that the page has installed, and it runs from where uv has put it."""
    (server,) = editor.desk.servers()
    command = Path(f"/proc/{server}/cmdline").read_bytes().decode().split("\0")
    assert str(ROOT) not in " ".join(command)
    assert str(editor.desk.home / ".local") in " ".join(command)


async def test_followed_in_neovim(editors: Editors, installed: Desk) -> None:
    """Installed, copied, opened, typed, taken."""
    init = example("neovim", "init-sandbox.lua")
    async with neovim(editors, installed, init, "neovim.py", {}) as editor:
        await editor.attached()
        runs_what_was_installed(editor)
        await editor.terminal.press("i")
        await editor.terminal.type(TYPED)
        ghost = await eventually(editor.ghost, "ghost text")
        await editor.terminal.press("Tab")

        async def taken() -> bool:  # on the screen it stood before, too
            return await editor.text() == f"{TYPED}    {ghost}"

        await eventually(taken, "Tab takes it")


@pytest.mark.parametrize("client", ["eglot.el", "lsp-mode.el"])
async def test_followed_in_emacs(emacs_programs: EmacsPrograms, installed: Desk, client: str) -> None:
    """Installed, copied, opened, typed, taken."""
    init = example("emacs", "sandbox.el") + example("emacs", client)
    async with emacs(emacs_programs, installed, init, f"{client}.py", {}) as editor:
        if client == "lsp-mode.el":
            await editor.seen("Select action:")
            await editor.terminal.press("i")
        await editor.attached()
        runs_what_was_installed(editor)
        await editor.terminal.type(TYPED)
        await editor.seen("return width * height")
        await editor.terminal.press("Tab")

        async def taken() -> bool:
            return await editor.text() == f"{TYPED}    return width * height"

        await eventually(taken, "it is in the buffer")


async def test_followed_in_helix(helix_programs: HelixPrograms, installed: Desk) -> None:
    """Installed, copied, opened, typed, taken."""
    languages, config = example("helix", "languages-sandbox.toml"), example("helix", "config.toml")
    async with helix(helix_programs, installed, languages, config, "helix.py", {}) as editor:
        await editor.attached()
        runs_what_was_installed(editor)
        await editor.terminal.press("i")
        await editor.terminal.type(TYPED + "    return wi")
        await editor.seen("width * height")
        await editor.terminal.press("Tab", "Enter")
        assert await editor.written() == f"{TYPED}    return width * height\n"
