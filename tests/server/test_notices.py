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


def test_a_lasting_matter_is_not_settled_by_success_elsewhere() -> None:
    """A pause goes on while asking by hand works; its end lets the next one be told."""
    told: list[str] = []
    notices = Notices(told.append)
    notices.lasting("pause", "it pauses")
    notices.settled()
    notices.lasting("pause", "it pauses")
    notices.once("other", "other")
    assert told == ["it pauses", "other"]
    notices.forget("pause")
    notices.lasting("pause", "it pauses")
    assert len(told) == 3
