"""Where the tests of a file go, by the convention that its project has; the disk is an argument.

``names`` gives the names of what a folder holds; of a folder that is not there, none.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TypeAlias

Names: TypeAlias = Callable[[str], frozenset[str]]

UP = 6
"""Folders above the file that are looked at."""
FOLDERS = ("tests", "test", "spec", "__tests__", "Tests")
_SCRIPT = (".js", ".jsx", ".ts", ".tsx", ".mjs", ".cjs", ".mts", ".cts", ".vue")
_TITLED = (".java", ".kt", ".cs", ".php", ".swift", ".scala")
_ROOT_MARKS = frozenset({".git", "pyproject.toml", "setup.py", "package.json", "Cargo.toml", "go.mod", "pom.xml"})


@dataclass(frozen=True, slots=True)
class _Shape:
    """How a name is made: what comes before and after the name of what is tested, without the extension."""

    before: str
    after: str

    def of(self, stem: str) -> str:
        return f"{self.before}{stem}{self.after}"


def new_test_file(path: str, subject: str, names: Names) -> str | None:
    """The path, with ``/``, of a file that is not there yet, for tests of ``subject`` out of the file ``path``.

    None if a hundred are there.
    """
    file = PurePosixPath(path)
    folder, shape = _place(file, names)
    there = names(str(folder))
    plain = re.sub(r"\W+", "_", subject).strip("_") or "more"
    stem = file.stem if file.suffix not in _TITLED else file.stem[:1].upper() + file.stem[1:]
    for name in (stem, f"{stem}_{plain}", *(f"{stem}_{plain}_{number}" for number in range(2, 100))):
        full = f"{shape.of(name)}{file.suffix}"
        if full not in there:
            return str(folder / full)
    return None


def import_name(path: str, names: Names) -> str | None:
    """What a Python file is imported as: its packages and its name; None for what is no module."""
    file = PurePosixPath(path)
    if file.suffix != ".py" or not file.stem.isidentifier():
        return None
    parts = [] if file.stem == "__init__" else [file.stem]
    for folder in file.parents:
        if "__init__.py" not in names(str(folder)) or not folder.name.isidentifier():
            break
        parts.insert(0, folder.name)
    return ".".join(parts) or None


def _place(file: PurePosixPath, names: Names) -> tuple[PurePosixPath, _Shape]:
    own = _shapes(file)
    beside = _found(own, names(str(file.parent)), file.suffix)
    if file.suffix == ".go" or (file.suffix in _SCRIPT and beside):
        return file.parent, beside or own[0]
    if beside is not None:
        return file.parent, beside
    mirrored = _maven(file)
    if mirrored is not None:
        return mirrored, own[0]
    for depth, folder in enumerate(list(file.parents)[:UP]):
        there = names(str(folder))
        tests = next((name for name in FOLDERS if name in there), None)
        if tests is not None:
            return _inside(folder / tests, file, depth, own, names)
        if there & _ROOT_MARKS:
            break
    return file.parent, own[0]


def _inside(
    tests: PurePosixPath, file: PurePosixPath, depth: int, own: tuple[_Shape, ...], names: Names
) -> tuple[PurePosixPath, _Shape]:
    """The folder below ``tests`` that mirrors where the file is, as deep as it is there; its files show the shape."""
    steps = file.parts[len(file.parts) - 1 - depth : -1]
    best = tests
    for skipped in range(len(steps) + 1):
        folder = tests
        for step in steps[skipped:]:
            if step not in names(str(folder)):
                break
            folder = folder / step
        if len(folder.parts) > len(best.parts):
            best = folder
    shape = _found(own, names(str(best)), file.suffix) or _found(own, names(str(tests)), file.suffix)
    return best, shape or own[0]


def _maven(file: PurePosixPath) -> PurePosixPath | None:
    parts = list(file.parent.parts)
    for index in range(len(parts) - 1, 0, -1):
        if parts[index - 1] == "src" and parts[index] == "main":
            return PurePosixPath(*parts[:index], "test", *parts[index + 1 :])
    return None


def _shapes(file: PurePosixPath) -> tuple[_Shape, ...]:
    """The shapes that a language's projects use, the usual one first."""
    if file.suffix == ".py":
        return _Shape("test_", ""), _Shape("", "_test")
    if file.suffix in _SCRIPT:
        return _Shape("", ".test"), _Shape("", ".spec")
    if file.suffix == ".rb":
        return _Shape("", "_spec"), _Shape("", "_test"), _Shape("test_", "")
    if file.suffix in _TITLED:
        return _Shape("", "Test"), _Shape("", "Tests"), _Shape("", "Spec")
    return _Shape("", "_test"), _Shape("test_", ""), _Shape("", "_spec")


def _found(shapes: tuple[_Shape, ...], there: frozenset[str], suffix: str) -> _Shape | None:
    """The shape that most files have, if one has any."""

    def count(shape: _Shape) -> int:
        return sum(
            name.startswith(shape.before) and name.endswith(f"{shape.after}{suffix}") and name != f"conftest{suffix}"
            for name in there
        )

    best = max(shapes, key=count)
    return best if count(best) else None
