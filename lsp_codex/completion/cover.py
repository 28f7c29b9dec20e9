"""How far a suggestion's span reaches right: over what the text brings along of the rest of the line; pure.

Editors close brackets and quotes while one types, and a model closes what it sees open; together that gives ``))``.
The span never starts before the cursor, since clients fail there, and never leaves the line (spec/editors.md 3).
"""

from __future__ import annotations

from types import MappingProxyType

_OPENED_BY = MappingProxyType({")": "(", "]": "[", "}": "{"})


def covered(text: str, rest: str) -> int:
    """How many characters of ``rest``, the line right of the cursor, ``text`` replaces.

    Either ``text`` ends with them, or they are closing brackets and ``text`` closes them itself.
    """
    return max(_overlap(text, rest), _closed(text, rest))


def _overlap(text: str, rest: str) -> int:
    whole = rest.rstrip()
    return next((n for n in range(min(len(text), len(whole)), 0, -1) if text.endswith(whole[:n])), 0)


def _closed(text: str, rest: str) -> int:
    count = 0
    for bracket in _unmatched_closers(text):
        if rest[count : count + 1] != bracket:
            break
        count += 1
    return count


def _unmatched_closers(text: str) -> str:
    opened: list[str] = []
    found = ""
    for character in text:
        if character in "([{":
            opened.append(character)
        elif character in _OPENED_BY:
            if opened and opened[-1] == _OPENED_BY[character]:
                opened.pop()
            elif not opened:
                found += character
    # What is left open needs the closers on the line: ``foo(┃)`` and ``a), bar(b`` make ``foo(a), bar(b)``.
    return "" if opened else found
