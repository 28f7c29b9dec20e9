"""How far a suggestion's span reaches right: over what the text brings along of the rest of the line; pure.

Editors close brackets and quotes while one types, and a model closes what it sees open; together that gives ``))``.
The span never starts before the cursor, since clients fail there, and never leaves the line (spec/editors.md 3).
"""

from __future__ import annotations

from types import MappingProxyType

_OPENED_BY = MappingProxyType({")": "(", "]": "[", "}": "{"})


def covered(text: str, rest: str) -> int:
    """How many characters of ``rest``, the line right of the cursor, ``text`` replaces.

    Either ``text`` ends with them, or they are closing brackets and ``text`` closes them itself. A bracket that
    closes what ``text`` has opened does not count: ``print(┃)`` and ``str(x)`` make ``print(str(x))``.
    """
    partners, left_open = _brackets(text)
    return max(_overlap(text, rest.rstrip(), partners), 0 if left_open else _closed(text, rest, partners))


def _overlap(text: str, rest: str, partners: dict[int, int | None]) -> int:
    for count in range(min(len(text), len(rest)), 0, -1):
        if not text.endswith(rest[:count]):  # first what costs nothing: a line may have thousands of characters
            continue
        start = len(text) - count
        closes_itself = any(
            at >= start and partner is not None and partner < start for at, partner in partners.items()
        )
        if not closes_itself:
            return count
    return 0


def _closed(text: str, rest: str, partners: dict[int, int | None]) -> int:
    count = 0
    for at, partner in partners.items():
        if partner is None:
            if rest[count : count + 1] != text[at]:
                break
            count += 1
    return count


def _brackets(text: str) -> tuple[dict[int, int | None], bool]:
    """Where each closing bracket's partner stands, None for one outside of the text; and whether one is left open."""
    opened: list[int] = []
    partners: dict[int, int | None] = {}
    for at, character in enumerate(text):
        if character in "([{":
            opened.append(at)
        elif character in _OPENED_BY:
            fits = opened and text[opened[-1]] == _OPENED_BY[character]
            partners[at] = opened.pop() if fits else None
    return partners, bool(opened)
