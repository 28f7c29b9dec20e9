"""Check of the editors: which of those that we have a page for are here, and what each can show."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, NamedTuple

from lsp_codex.doctor.patient import first_line
from lsp_codex.doctor.report import good, warning

if TYPE_CHECKING:
    from lsp_codex.doctor.patient import Patient
    from lsp_codex.doctor.report import Finding

_NUMBER = re.compile(r"(\d+)\.(\d+)")


class Editor(NamedTuple):
    """A command, its name, the oldest version that our page is written for."""

    command: str
    name: str
    oldest: tuple[int, int]


EDITORS = (
    Editor("nvim", "Neovim", (0, 11)),
    Editor("code", "VS Code", (1, 91)),
    Editor("hx", "Helix", (25, 7)),
    Editor("helix", "Helix", (25, 7)),
    Editor("emacs", "Emacs", (30, 0)),
)


async def editors(patient: Patient) -> Finding:
    """At least one is found, and none of them is too old."""
    here = [(each, path) for each in EDITORS if (path := patient.which(each.command)) is not None]
    said = await asyncio.gather(*(first_line(path, "--version") for _, path in here))
    found, old = {}, []
    for (editor, _path), line in zip(here, said, strict=True):
        number = _NUMBER.search(line or "")
        version = (int(number[1]), int(number[2])) if number else None
        found[editor.name] = f"{editor.name} {number[0]}" if number else f"{editor.name} of unknown version"
        if version is not None and version < editor.oldest:
            old.append(f"{found[editor.name]} is older than {editor.oldest[0]}.{editor.oldest[1]}")
    if old:
        return warning("; ".join(old), "Update it; older ones speak too little of the protocol")
    if not found:
        return warning(
            f"none of {', '.join(dict.fromkeys(each.name for each in EDITORS))} is in PATH",
            "Nothing, if your editor is another one that speaks LSP: its page is editors/README.md",
        )
    return good(", ".join(found.values()))
