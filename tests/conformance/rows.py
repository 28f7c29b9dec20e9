"""Rows: each message of a recorded server beside ours, and to which of the three classes it belongs."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.conformance.deviations import DEVIATIONS, NOT_OURS
from tests.conformance.transcripts import OURS, named, same

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conformance.replay import Replay, Window
    from tests.conformance.transcripts import Transcript

SAME, DEVIATES, ELSEWHERE, UNEXPLAINED = "same", "deviates", "not ours", "UNEXPLAINED"


@dataclass(frozen=True, slots=True)
class Row:
    """One message: where it stands in the transcript (-1: only we send it), what it is, its class and the reason."""

    name: str
    index: int
    what: str
    kind: str
    reason: str = ""
    shown: str = ""


def rows(transcript: Transcript, replay: Replay | None) -> list[Row]:
    """Every row of one transcript; without a replay none of it concerns us."""
    if replay is None:
        return list(_elsewhere(transcript))
    context = _Context(transcript.name, replay.ports)
    found = [row for window in replay.windows for row in context.rows(window)]
    for index, recorded, status in replay.browser:
        if recorded == (status or 0):
            found.append(Row(transcript.name, index, "browser", SAME))
        else:
            found.append(_judged(transcript.name, index, "browser", str(recorded), str(status)))
    for index, outcome, error, reason in replay.turns:
        good = (outcome == "completed") == (reason == "") and reason.startswith(_told(error))
        judged = _judged(transcript.name, index, "turn", f"turn {outcome}: {error}", reason)
        found.append(Row(transcript.name, index, "turn", SAME) if good else judged)
    return found


def _elsewhere(transcript: Transcript) -> Iterator[Row]:
    reason = next(why for name, why in NOT_OURS if transcript.name.startswith(name))
    methods = {entry.message.get("id"): entry.message.get("method", "") for entry in transcript.entries}
    for index, entry in enumerate(transcript.entries):
        if entry.message and not entry.direction.startswith(("->", "client")):
            yield Row(transcript.name, index, _what(entry.message, methods), ELSEWHERE, reason)
    if not transcript.entries:
        yield Row(transcript.name, -1, "results", ELSEWHERE, reason)


class _Context:
    """What goes from window to window: which id was which method's, and which login is which."""

    def __init__(self, name: str, ports: tuple[int, ...]) -> None:
        self._name = name
        self._ports = ports
        self._methods: dict[Any, str] = {}
        self._theirs: dict[str, str] = {}
        self._ours: dict[str, str] = {}

    def rows(self, window: Window) -> Iterator[Row]:
        """The rows of one window: expected messages in their order, then what only we sent."""
        if "method" in window.sent:
            self._methods[window.sent.get("id")] = window.sent["method"]
        rest = [named(_bare(message), self._ours, self._ports) for message in window.ours]
        for index, message in window.expected:
            yield from self._row(index, message, rest)
        for extra in rest:
            yield _judged(self._name, -1, "only ours", "nothing", json.dumps(extra, ensure_ascii=False))

    def _row(self, index: int, message: dict[str, Any], rest: list[Any]) -> Iterator[Row]:
        what = _what(message, self._methods)
        method = message["method"] if "method" in message else self._methods.get(message.get("id"), "")
        if method not in OURS:
            yield Row(self._name, index, what, ELSEWHERE, "a method or notification of the rest of the app server")
            return
        expected = named(_bare(message), self._theirs)
        recorded = json.dumps(expected, ensure_ascii=False)
        place = next((i for i, each in enumerate(rest) if _alike(expected, each)), None)
        if place is None:
            yield _judged(self._name, index, what, recorded, "nothing")
            return
        # Whatever stands before it in our order is out of order, or ours alone.
        for extra in rest[:place]:
            yield _judged(self._name, -1, "only ours", "nothing", json.dumps(extra, ensure_ascii=False))
        mine = rest[place]
        del rest[: place + 1]
        if same(expected, mine):
            yield Row(self._name, index, what, SAME)
        else:
            yield _judged(self._name, index, what, recorded, json.dumps(mine, ensure_ascii=False))


def _told(error: str | None) -> str:
    """What our words for a failed turn begin with: the reference's own only where tokens are lent."""
    return error if error and re.match(r"auth refresh|invalid auth refresh|Login is restricted", error) else ""


def _alike(expected: dict[str, Any], mine: dict[str, Any]) -> bool:
    """Whether both are the same step: an answer to the same request, a notification about the same login."""
    if expected.get("method") != mine.get("method") or expected.get("id") != mine.get("id"):
        return False
    login = "loginId"
    return not expected.get("params") or expected["params"].get(login) == mine["params"].get(login)


def _bare(message: dict[str, Any]) -> dict[str, Any]:
    kept = {key: value for key, value in message.items() if key not in ("jsonrpc", "emittedAtMs")}
    if "method" in kept:
        kept.pop("id", None)  # each numbers its own questions
    else:
        kept["id"] = str(kept["id"]).removeprefix("r-")
    return kept


def _judged(name: str, index: int, what: str, expected: str, mine: str) -> Row:
    shown = f"recorded {expected[:400]} | ours {mine[:400]}"
    for each in DEVIATIONS:
        found = re.match(each.where, name) and re.search(each.recorded, expected) and re.search(each.ours, mine)
        if found and (not each.masked or _same_but(each.masked, json.loads(expected), json.loads(mine))):
            return Row(name, index, what, DEVIATES, each.reason, shown)
    return Row(name, index, what, UNEXPLAINED, "", shown)


def _same_but(members: tuple[str, ...], expected: Any, mine: Any) -> bool:
    def masked(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: masked(item) for key, item in value.items() if key not in members}
        return [masked(item) for item in value] if isinstance(value, list) else value

    return same(masked(expected), masked(mine))


def _what(message: dict[str, Any], methods: dict[Any, str]) -> str:
    if "method" in message:
        return str(message["method"])
    return f"answer to {methods.get(message.get('id'), 'something')}"
