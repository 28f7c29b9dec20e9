"""Drops an answer that holds what nobody sees: control characters, and marks that turn the order of letters round."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lsp_codex.completion.context import CompletionContext

# Code that reads otherwise than it runs (CVE-2021-42574); a model may be made to write it by what it reads.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b\x0e-\x1f\x7f-\x84\x86-\x9f\u200b\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]"
)


def drop_if_invisible(text: str, place: CompletionContext) -> str:
    """Nothing if ``text`` holds an invisible character, unless the document around the cursor has it too."""
    found = set(_INVISIBLE.findall(text))
    return text if not found or found <= set(_INVISIBLE.findall(place.prefix + place.suffix)) else ""
