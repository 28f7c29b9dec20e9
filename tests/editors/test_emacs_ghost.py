"""editors/emacs: the keys at a ghost, where the text has changed since it was asked for; what the linters say."""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.editors.driver.emacs import FOLDER
from tests.editors.driver.run import ProgramFailed, run

if TYPE_CHECKING:
    from tests.editors.driver.emacs import EmacsPrograms

pytestmark = [pytest.mark.editors, pytest.mark.real_time, pytest.mark.timeout(60, func_only=True)]

BAR = [{"text": "bar"}]
CLOSED = [{"text": "x, y)", "after": 1}]
WORDS = [{"text": "one two(three)"}]
TWO = [{"text": "first"}, {"text": "second"}]

# The text with | at point, the suggestions, the keys; the text then, if a ghost is left, how often one was taken.
CASES = {
    "at once": ("foo|", BAR, "TAB", ("foobar", 0, 1)),
    "typed through": ("foo|", BAR, "b a TAB", ("foobar", 0, 1)),
    "typed through, the rest is shown": ("foo|", BAR, "b a", ("fooba", 1, 0)),
    "typed to its end": ("foo|", BAR, "b a r", ("foobar", 0, 0)),
    "something else typed": ("foo|", BAR, "q", ("fooq", 0, 0)),
    "typed through, then something else": ("foo|", BAR, "b q", ("foobq", 0, 0)),
    "taken back": ("foo|", BAR, "DEL", ("fo", 0, 0)),
    "typed through and back again": ("foo|", BAR, "b DEL TAB", ("foobar", 0, 1)),
    "moved away": ("foo|", BAR, "C-b", ("foo", 0, 0)),
    "another command": ("foo|", BAR, "C-l", ("foo", 1, 0)),
    "after an emoji": ("😀 foo|", BAR, "b TAB", ("😀 foobar", 0, 1)),
    "in brackets, at once": ("f(|)", CLOSED, "TAB", ("f(x, y)", 0, 1)),
    "in brackets, typed through": ("f(|)", CLOSED, "x , TAB", ("f(x, y)", 0, 1)),
    "in brackets, something else typed": ("f(|)", CLOSED, "z", ("f(z)", 0, 0)),
    "two lines": ("if a:|", [{"text": " b\nc"}], "SPC TAB", ("if a: b\nc", 0, 1)),
    "in the middle": ("a| d", [{"text": " b c"}], "SPC b TAB", ("a b c d", 0, 1)),
    "word by word": ("|", WORDS, "M-f", ("one", 1, 0)),
    "word by word, twice": ("|", WORDS, "M-f M-f", ("one two", 1, 0)),
    "word by word, then all": ("|", WORDS, "M-f TAB", ("one two(three)", 0, 1)),
    "word by word to the end": ("|", WORDS, "M-f M-f M-f M-f", ("one two(three)", 0, 1)),
    "the next one": ("|", TWO, "M-n TAB", ("second", 0, 1)),
    "round and round": ("|", TWO, "M-n M-n TAB", ("first", 0, 1)),
    "the one before": ("|", TWO, "M-p TAB", ("second", 0, 1)),
    "taken and undone": ("foo|", BAR, "TAB C-/", ("foo", 0, 1)),
    "nothing to take": ("foo|", [{"text": ""}], "q", ("fooq", 0, 0)),
    "nothing suggested": ("foo|", [], "q", ("fooq", 0, 0)),
}


async def batch(programs: EmacsPrograms, *arguments: str, folder: Path = FOLDER, **environ: str) -> str:
    """What an Emacs without a screen prints."""
    given = {"PATH": "/usr/bin:/bin", "HOME": os.environ["HOME"], "LC_ALL": "C.UTF-8", **environ}
    return await run(str(programs.emacs), "--batch", "-L", str(folder), *arguments, environ=given, seconds=30)


async def test_the_keys_at_a_ghost(emacs_programs: EmacsPrograms) -> None:
    """The text is there once and where it belongs, or not at all; taking it is told once."""
    cases = [[text, items, keys] for text, items, keys, _ in CASES.values()]
    script = str(Path(__file__).with_name("ghost.el"))
    shown = await batch(emacs_programs, "-l", script, CASES=json.dumps(cases))
    assert dict(zip(CASES, json.loads(shown), strict=True)) == {name: list(case[3]) for name, case in CASES.items()}


# Without lsp-mode, as with Eglot alone, and with it.
BARE = '(setq load-path (seq-remove (lambda (folder) (string-search "/elpa" folder)) load-path))'
COMPILE = ("--eval", "(setq byte-compile-error-on-warn t)", "-f", "batch-byte-compile")
LINT = ("--eval", "(package-activate-all)", "-l", "package-lint", "-f", "package-lint-batch-and-exit")
CHECKDOC = (
    *("--eval", "(advice-add 'display-warning :override (lambda (_type text &rest _) (princ text)))"),
    *("--eval", "(progn (require 'checkdoc) (mapc #'checkdoc-file command-line-args-left))"),
)


@pytest.fixture
def sources(tmp_path: Path) -> list[Path]:
    """A copy of the package's files: what is compiled lies beside its source."""
    return [Path(shutil.copy(path, tmp_path)) for path in sorted(FOLDER.glob("*.el"))]


def main_file(sources: list[Path]) -> tuple[str, str]:
    """Says which file has the headers of the package."""
    return "--eval", f'(setq package-lint-main-file "{sources[0].with_name("lsp-codex.el")}")'


@pytest.mark.parametrize("without", [True, False], ids=["without lsp-mode", "with lsp-mode"])
async def test_the_package_compiles_without_warnings(
    emacs_programs: EmacsPrograms, sources: list[Path], *, without: bool
) -> None:
    """With byte-compile-error-on-warn; and a warning would be noticed."""
    bare = ("--eval", BARE) if without else ()
    files = [str(path) for path in sources]
    await batch(emacs_programs, *bare, *COMPILE, *files, folder=sources[0].parent)
    assert all(path.with_suffix(".elc").exists() for path in sources)
    sources[0].write_text(sources[0].read_text() + "(defun lsp-codex-x () (undefined-function))\n")
    with pytest.raises(ProgramFailed, match="undefined-function"):
        await batch(emacs_programs, *bare, *COMPILE, files[0], folder=sources[0].parent)


async def test_the_package_is_clean_for_package_lint(emacs_programs: EmacsPrograms, sources: list[Path]) -> None:
    """Headers, names, dependencies; and a wrong name would be noticed."""
    files = [str(path) for path in sources]
    await batch(emacs_programs, *main_file(sources), *LINT, *files)
    sources[0].write_text(sources[0].read_text().replace("(provide ", "(defun other-x () nil)\n\n(provide "))
    with pytest.raises(ProgramFailed, match="other-x"):
        await batch(emacs_programs, *main_file(sources), *LINT, *files)


async def test_the_package_is_clean_for_checkdoc(emacs_programs: EmacsPrograms, sources: list[Path]) -> None:
    """Every docstring says what and of what; and one that does not would be noticed."""
    files = [str(path) for path in sources]
    assert await batch(emacs_programs, *CHECKDOC, *files) == ""
    sources[0].write_text(sources[0].read_text().replace("(provide ", '(defun lsp-codex-x (y) "no" y)\n\n(provide '))
    assert "should appear" in await batch(emacs_programs, *CHECKDOC, *files)


def test_the_version_is_the_servers() -> None:
    """One number for all that is released together."""
    from lsp_codex import __version__

    header = re.search(r"(?m)^;; Version: (\S+)$", (FOLDER / "lsp-codex.el").read_text())
    assert header is not None
    assert header[1] == __version__
