"""What the user was already told."""

from __future__ import annotations

from lsp_codex.server.notices import Notices


def test_a_matter_is_told_once_until_it_is_settled() -> None:
    """The same matter again is silent, another one is not, and after it worked the first is told anew."""
    told: list[str] = []
    notices = Notices(told.append)
    for matter in ("limit", "limit", "network", "limit"):
        notices.once(matter, matter.upper())
    assert told == ["LIMIT", "NETWORK"]
    notices.settled()
    notices.once("limit", "LIMIT")
    assert told == ["LIMIT", "NETWORK", "LIMIT"]
