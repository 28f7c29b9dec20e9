"""Offers owns what became of the suggestions that were shown: accepted, in part, typed by hand, or not; counted only.

Few clients say that a suggestion was accepted, so a change of the document tells it too: whoever accepts puts the
text in at once, whoever types it does so key by key. Nothing of this leaves the machine.
"""

from __future__ import annotations

import itertools
from collections import OrderedDict
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Protocol, assert_never

if TYPE_CHECKING:
    from collections.abc import Sequence

REMEMBERED = 64

Position = tuple[int, int]
"""Line and character, in the client's units."""


class Units(Protocol):
    """How the client counts characters."""

    def count(self, line: str, start: int, end: int) -> int:
        """How many units ``line[start:end]`` has."""
        ...


class Fate(Enum):
    """What became of an offer."""

    OPEN = "it is still shown, or may be"
    ACCEPTED = "it stands in the document"
    PARTLY = "a part of it was accepted"
    REJECTED = "something else was done"


@dataclass(frozen=True, slots=True)
class Tally:
    """How many offers had which fate; one that is open is counted as shown only."""

    shown: int = 0
    accepted: int = 0
    partly_accepted: int = 0
    rejected: int = 0


@dataclass(slots=True)
class _Offer:
    uri: str
    at: Position
    texts: tuple[str, ...]
    units: Units
    fate: Fate = Fate.OPEN
    taken: bool = False


class Offers:
    """The last offers of a session, one open for each document at most."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self._offers: OrderedDict[str, _Offer] = OrderedDict()
        self._open: dict[str, str] = {}
        self._shown = 0
        self._fates = dict.fromkeys(Fate, 0)

    @property
    def tally(self) -> Tally:
        """The numbers so far."""
        counted = self._fates
        return Tally(self._shown, counted[Fate.ACCEPTED], counted[Fate.PARTLY], counted[Fate.REJECTED])

    def shown(self, uri: str, at: Position, texts: Sequence[str], units: Units) -> str:
        """The client is given ``texts``, of which one may be put in at ``at``; the name of this offer.

        What is left of an offer that is being typed through is the same offer.
        """
        current = self._open.get(uri)
        if current is not None:
            offer = self._offers[current]
            if offer.at == at and any(text in texts for text in offer.texts):
                offer.texts = tuple(texts)
                return current
            self._end(uri, Fate.REJECTED)
        name = f"{next(self._numbers)}"
        self._offers[name] = _Offer(uri, at, tuple(texts), units)
        self._open[uri] = name
        self._shown += 1
        while len(self._offers) > REMEMBERED:
            oldest = next(iter(self._offers))
            if self._open.get(self._offers[oldest].uri) == oldest:
                self._end(self._offers[oldest].uri, Fate.REJECTED)
            del self._offers[oldest]
        return name

    def changed(self, uri: str, start: Position, inserted: str) -> None:
        """``inserted`` was put into the document, from ``start`` on; "" for a deletion."""
        name = self._open.get(uri)
        if name is None:
            return
        offer = self._offers[name]
        if any(_is_whole(text, offer.at, start, inserted) for text in offer.texts):
            self._end(uri, Fate.ACCEPTED)
            return
        left = tuple(text[len(inserted) :] for text in offer.texts if inserted and text.startswith(inserted))
        if start != offer.at or not left:
            self._end(uri, Fate.REJECTED)
            return
        offer.texts = left
        offer.at = _after(start, inserted, offer.units)
        offer.taken = offer.taken or len(inserted.strip()) > 1

    def accepted(self, name: str, *, partly: bool = False) -> None:
        """The client says that an offer was accepted; unknown ones, and those of long ago, are ignored."""
        offer = self._offers.get(name)
        if offer is None or offer.fate is Fate.ACCEPTED:
            return
        self._settle(offer, Fate.PARTLY if partly else Fate.ACCEPTED)
        if self._open.get(offer.uri) == name:
            del self._open[offer.uri]

    def closed(self, uri: str) -> None:
        """The document is closed: what was open is rejected, and the texts are forgotten."""
        self._end(uri, Fate.REJECTED)
        for offer in self._offers.values():
            if offer.uri == uri:
                offer.texts = ()

    def _end(self, uri: str, fate: Fate) -> None:
        name = self._open.pop(uri, None)
        if name is not None:
            offer = self._offers[name]
            self._settle(offer, Fate.PARTLY if fate is Fate.REJECTED and offer.taken else fate)

    def _settle(self, offer: _Offer, fate: Fate) -> None:
        match offer.fate:
            case Fate.OPEN:
                pass
            case Fate.ACCEPTED | Fate.PARTLY | Fate.REJECTED:
                self._fates[offer.fate] -= 1  # the client knows better than what the change looked like
            case other:
                assert_never(other)
        offer.fate = fate
        self._fates[fate] += 1


def _is_whole(text: str, at: Position, start: Position, inserted: str) -> bool:
    """Whether all of ``text`` was put in; together with the word before it, where the client replaces that."""
    if start == at:
        return inserted == text
    return start[0] == at[0] and start[1] < at[1] and len(inserted) > len(text) and inserted.endswith(text)


def _after(start: Position, inserted: str, units: Units) -> Position:
    lines = inserted.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    width = units.count(lines[-1], 0, len(lines[-1]))
    return (start[0] + len(lines) - 1, width if len(lines) > 1 else start[1] + width)
