"""Pages owns what is shown in virtual documents beside the conversations: answers that were of no use as an edit."""

from __future__ import annotations

import re
import uuid

from lsp_codex.text import OWN_SCHEME

MOST = 20
"""Pages that are remembered; the oldest goes first."""

_ADDRESS = re.compile(rf"{OWN_SCHEME}:/+pages/(?P<number>[0-9a-f]{{32}})/[^/]*")


class Pages:
    """Texts by the addresses of the documents that show them; they end with the session."""

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}

    def put(self, name: str, text: str) -> str:
        """The URI of a new document with ``text``; its last part is made of ``name``, for tabs."""
        number = uuid.uuid4().hex
        self._texts[number] = text
        while len(self._texts) > MOST:
            del self._texts[next(iter(self._texts))]
        plain = re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-") or "answer"
        return f"{OWN_SCHEME}:/pages/{number}/{plain}.md"

    def text(self, uri: str) -> str | None:
        """What ``uri`` shows; None if it is none of these."""
        found = _ADDRESS.fullmatch(uri)
        return self._texts.get(found["number"]) if found else None
