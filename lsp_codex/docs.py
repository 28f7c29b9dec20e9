"""The settings table as documentation: README's Markdown and the part of VS Code's manifest, both from ``config``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from lsp_codex import config, kinds

if TYPE_CHECKING:
    from lsp_codex.config import Setting

BEGIN = "<!-- settings: made by lsp-codex config --markdown -->"
END = "<!-- end of settings -->"


def markdown() -> str:
    """The settings as a Markdown table, between the two marks that README keeps it in."""
    rows = [
        f"| `codex.{row.key}` | {_cell(row.kind.allowed)} | {_cell(row.shown)} | {_doc(row)} |"
        for row in config.table()
    ]
    return "\n".join([BEGIN, "| setting | takes | default | what it does |", "|---|---|---|---|", *rows, END])


def vscode() -> str:
    """The settings as the ``configuration`` of a VS Code manifest: one JSON object, indented by two."""
    properties = {f"{config.SECTION}.{row.key}": _property(row) for row in config.table()}
    return json.dumps({"title": "Codex", "properties": properties}, indent=2, ensure_ascii=False)


def is_fresh(text: str) -> bool:
    """Whether ``text`` holds the table as it is now."""
    return markdown() in text


def updated(text: str) -> str:
    """``text`` with its table made anew. Raises ``ValueError`` if the two marks are not there, in order."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"no settings table: it stands between the lines {BEGIN!r} and {END!r}")
    return f"{before}{markdown()}{after}"


def _doc(row: Setting) -> str:
    return _cell(row.doc + (f" Environment: `{row.env}`." if row.env else ""))


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _property(row: Setting) -> dict[str, object]:
    return {
        **row.kind.schema(),
        "default": _json_default(row),
        "markdownDescription": row.doc,
        # Where a token goes and where it is kept is the user's choice, never a workspace's.
        "scope": "machine" if row.group in {"auth", "backend"} else "window",
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
