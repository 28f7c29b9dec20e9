"""Our sources as syntax trees, for the rules in ``house.py``: from the disk, or from a dict in a self-test."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

PACKAGE = "lsp_codex"


@dataclass(frozen=True, slots=True)
class Module:
    """One source file; ``path`` is relative to its root, with forward slashes."""

    path: str
    source: str
    tree: ast.Module

    @property
    def name(self) -> str:
        """The dotted name inside the package: ``auth.store``; empty for the package itself."""
        return self.path.removesuffix(".py").replace("/", ".").removesuffix("__init__").rstrip(".")

    @property
    def package(self) -> str:
        """The first folder or top-level module: what a layer is made of."""
        return self.name.partition(".")[0]

    @property
    def lines(self) -> list[str]:
        """The source, line by line."""
        return self.source.splitlines()

    def at(self, node: ast.AST, what: str) -> str:
        """A finding, in the form that editors make a link of."""
        return f"{self.path}:{getattr(node, 'lineno', 1)}: {what}"


@dataclass(frozen=True, slots=True)
class Import:
    """One import statement's target; ``ours`` is the dotted name inside our package, or None for others."""

    node: ast.stmt
    target: str
    ours: str | None


def read(root: Path) -> tuple[Module, ...]:
    """Every module below ``root``, sorted by path."""
    return parse({path.relative_to(root).as_posix(): path.read_text("utf-8") for path in root.rglob("*.py")})


def parse(files: Mapping[str, str]) -> tuple[Module, ...]:
    """Modules from ``{path: source}``."""
    return tuple(Module(path, files[path], ast.parse(files[path])) for path in sorted(files))


def imports(module: Module, known: frozenset[str]) -> Iterator[Import]:
    """Every import, also those inside functions and under TYPE_CHECKING.

    ``known`` holds the dotted names of our modules, so that ``from lsp_codex import errors`` is seen as one of
    ``errors`` and ``from lsp_codex import __version__`` as one of the package itself.
    """
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield _import(node, alias.name)
        elif isinstance(node, ast.ImportFrom):
            base = _absolute(module, node)
            for alias in node.names:
                full = f"{base}.{alias.name}"
                inner = full.removeprefix(f"{PACKAGE}.")
                yield _import(node, full if inner != full and inner in known else base)


def bound_modules(module: Module, known: frozenset[str]) -> dict[str, str]:
    """Which of our modules each imported name of ``module`` is, or comes from."""
    names: dict[str, str] = {}
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ImportFrom):
            base = _absolute(module, node).removeprefix(PACKAGE).lstrip(".")
            for alias in node.names:
                full = f"{base}.{alias.name}".lstrip(".")
                names[alias.asname or alias.name] = full if full in known else base
    return names


def _absolute(module: Module, node: ast.ImportFrom) -> str:
    if not node.level:
        return node.module or ""
    parts = [PACKAGE, *module.path.split("/")[:-1]]
    parts = parts[: len(parts) - (node.level - 1)]
    return ".".join([*parts, node.module] if node.module else parts)


def _import(node: ast.stmt, full: str) -> Import:
    first, _, rest = full.partition(".")
    return Import(node, full, rest if first == PACKAGE else None)
