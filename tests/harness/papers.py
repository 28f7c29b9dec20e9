"""The generated parts of our papers; ``python -m tests.harness.papers`` writes them, ``test_docs.py`` checks them."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING

from lsp_codex import docs
from tests.harness import source

if TYPE_CHECKING:
    from tests.harness.source import Module

ROOT = Path(__file__).parent.parent.parent
README = ROOT / "README.md"
ARCHITECTURE = ROOT / "ARCHITECTURE.md"
MANIFEST = ROOT / "editors" / "vscode" / "package.json"
REFRESH = ".venv/bin/python -m tests.harness.papers"

BEGIN = f"<!-- code map: made by {REFRESH} -->"
END = "<!-- end of code map -->"

SECTIONS = (
    (
        "Layer 0, foundation",
        (
            "advice",
            "errors",
            "config",
            "exclusion",
            "kinds",
            "proxy",
            "restriction",
            "credentials",
            "secret",
            "text",
            "tasks",
            "times",
            "logs",
        ),
    ),
    ("Layer 1, who the user is", ("auth",)),
    ("Layer 1, where the model is", ("backend",)),
    ("Layer 2, what the user came for", ("completion", "actions", "chat")),
    ("Layer 3, the edge", ("server",)),
    ("Layer 4, the shell", ("", "__main__", "cli", "docs", "terminal", "doctor")),
    ("Layer S, the sandbox", ("sandbox",)),
)


def code_map(modules: tuple[Module, ...]) -> str:
    """Every module with the sentence its docstring begins with, by layer."""
    parts = [BEGIN]
    for title, packages in SECTIONS:
        lines = [line(module) for module in modules if module.package in packages]
        parts += [f"### {title}", "\n".join(lines)] if lines else []
    return "\n\n".join([*parts, END])


def line(module: Module) -> str:
    """The line of one module."""
    sentence = " ".join((ast.get_docstring(module.tree) or "").split("\n\n")[0].split())
    return f"- `{module.path.removesuffix('__init__.py') or '__init__.py'}`: {sentence}"


def with_map(text: str, modules: tuple[Module, ...]) -> str:
    """``text`` with the map made anew between its two marks."""
    before, _, rest = text.partition(BEGIN)
    return f"{before}{code_map(modules)}{rest.partition(END)[2]}"


def write() -> None:
    """Refresh README's settings table, VS Code's manifest and ARCHITECTURE's map on the disk."""
    README.write_text(docs.updated(README.read_text("utf-8")), "utf-8")
    MANIFEST.write_text(docs.manifest(MANIFEST.read_text("utf-8")), "utf-8")
    modules = source.read(ROOT / "lsp_codex")
    ARCHITECTURE.write_text(with_map(ARCHITECTURE.read_text("utf-8"), modules), "utf-8")


if __name__ == "__main__":
    write()
