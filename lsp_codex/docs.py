"""The tables as documentation: README's settings, and VS Code's manifest with settings, commands and version."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from lsp_codex import __version__, config, kinds

if TYPE_CHECKING:
    from lsp_codex.config import Setting

BEGIN = "<!-- settings: made by lsp-codex config --markdown -->"
END = "<!-- end of settings -->"
OWN = "codexClient."
"""What the commands of VS Code's extension itself begin with."""


def markdown() -> str:
    """The settings as a Markdown table, between the two marks that README keeps it in."""
    rows = [
        f"| `codex.{row.key}` | {_cell(row.kind.allowed)} | {_cell(row.shown)} | {_doc(row)} |"
        for row in config.table()
    ]
    return "\n".join([BEGIN, "| setting | takes | default | what it does |", "|---|---|---|---|", *rows, END])


def vscode() -> str:
    """What a VS Code manifest contributes: ``commands`` and ``configuration`` as one JSON object."""
    return _json({"commands": _commands(), "configuration": _configuration()})


def manifest(text: str) -> str:
    """The ``package.json`` in ``text`` with version, settings and our commands made anew.

    Its own part stays: commands that begin with ``OWN`` and the first of its ``configuration``. Raises
    ``ValueError`` if it is no such manifest.
    """
    try:
        package = json.loads(text)
        contributes = package["contributes"]
        own = [each for each in contributes["commands"] if each["command"].startswith(OWN)]
        contributes["commands"] = [*_commands(), *own]
        contributes["configuration"] = [contributes["configuration"][0], _configuration()]
    except (KeyError, IndexError, TypeError, json.JSONDecodeError) as error:
        raise ValueError(f"no manifest of a VS Code extension with commands and settings: {error!r}") from error
    package["version"] = __version__
    return _json(package) + "\n"


def is_fresh(text: str) -> bool:
    """Whether ``text``, a Markdown paper or a VS Code manifest, holds the tables as they are now."""
    if not text.lstrip().startswith("{"):
        return markdown() in text
    try:
        return manifest(text) == text
    except ValueError:
        return False


def updated(text: str) -> str:
    """``text`` with its table made anew. Raises ``ValueError`` if the two marks are not there, in order."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"no settings table: it stands between the lines {BEGIN!r} and {END!r}")
    return f"{before}{markdown()}{after}"


def _commands() -> list[dict[str, str]]:
    # LSP types come with the table, and nobody but these two callers needs them here.
    from lsp_codex.server.commands import COMMANDS

    parts = [(each.id, *each.title.split(": ", 1)) for each in COMMANDS]
    return [{"command": name, "title": title, "category": category} for name, category, title in parts]


def _configuration() -> dict[str, object]:
    properties = {f"{config.SECTION}.{row.key}": _property(row) for row in config.table()}
    return {"title": "Codex", "properties": properties}


def _json(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)


def _doc(row: Setting) -> str:
    return _cell(row.doc + (f" Environment: `{row.env}`." if row.env else ""))


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _property(row: Setting) -> dict[str, object]:
    return {
        **row.kind.schema(),
        "default": _json_default(row),
        "markdownDescription": row.doc,
        # Where a token goes, on which way and where it is kept is the user's choice, never a workspace's.
        "scope": "machine" if row.group in {"auth", "backend", "network"} else "window",
    }


def _json_default(row: Setting) -> object:
    match row.kind, row.default:
        case kinds.Milliseconds(word=word), None:
            return word
        case kinds.Switches(), tuple() as pairs:
            return dict(pairs)
        case _, Path() as path:
            return str(path)
        case _, default:
            return default
