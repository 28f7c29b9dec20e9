"""Closes a string that the answer has opened and left open, where nothing on the line closes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsp_codex.completion import scan

if TYPE_CHECKING:
    from lsp_codex.completion.context import CompletionContext

# Elsewhere a string may go on in the next line, and nobody can tell what it lacks.
_ENDS_WITH_ITS_LINE = frozenset(
    {"c", "cpp", "csharp", "css", "dart", "go", "java", "javascript", "javascriptreact", "json", "jsonc", "kotlin"}
    | {"less", "lua", "objective-c", "objective-cpp", "python", "scala", "scss", "swift", "typescript"}
    | {"typescriptreact", "zig"}
)


def close(text: str, place: CompletionContext) -> str:
    """``text`` with the quote that its last line lacks; of a string that begins in it and must end there."""
    line = text.rpartition("\n")[2]
    if (
        place.language not in _ENDS_WITH_ITS_LINE
        or place.layout.inside_text
        or not line.strip()
        or ("\n" in text and not place.at_line_end)
    ):
        return text
    before = "" if "\n" in text else place.line_before
    string = scan.open_at_end(before + line, scan.tokens(before + line, place.language))
    mark = string[:1]
    begins_here = string and len(string) <= len(line.rstrip()) and mark in {'"', "'"} and string[:3] != mark * 3
    return text + mark if begins_here and mark not in place.line_after else text
