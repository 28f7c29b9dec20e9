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
    methods = {entry.message.get("id"): entry.message.get("method", "") for entry in transcript.entries if _asks(entry)}
    found: list[Row] = []
    if replay is None:
        reason = next((why for name, why in NOT_OURS if transcript.name.startswith(name)), "")
        for index, entry in enumerate(transcript.entries):
            if entry.message and entry.direction != "->" and not entry.direction.startswith("client"):
                found.append(Row(transcript.name, index, _what(entry.message, methods), ELSEWHERE, reason))
        return found
    theirs: dict[str, str] = {}
    ours: dict[str, str] = {}
    for window in replay.windows:
        found += _window(transcript.name, window, methods, theirs, ours, replay.ports)
    for index, recorded, status in replay.browser:
        found.append(_judged(transcript.name, index, "browser", str(recorded), str(status)))
    for index, status, error, reason in replay.turns:
        good = (status == "completed") == (reason == "") and reason.startswith(_told(error))
        what = f"turn {status}: {error}"
        found.append(
            Row(transcript.name, index, "turn", SAME) if good else _judged(transcript.name, index, "turn", what, reason)
        )
    return found


def _told(error: str | None) -> str:
    """What our words for a failed turn begin with: the reference's own only where tokens are lent."""
    return error if error and re.match(r"auth refresh|invalid auth refresh|Login is restricted", error) else ""


def _window(
    name: str, window: Window, methods: dict[Any, str], theirs: dict[str, str], ours: dict[str, str], ports: tuple[int, ...]
) -> Iterator[Row]:
    """The rows of one window: expected messages in their order, then what only we sent."""
    rest = [named(_bare(message), ours, ports) for message in window.ours]
    for index, message in window.expected:
        what = _what(message, methods)
        if _method(message, methods) not in OURS:
            yield Row(name, index, what, ELSEWHERE, "a method or notification of the rest of the app server")
            continue
        expected = named(_bare(message), theirs)
        place = next((i for i, each in enumerate(rest) if _alike(expected, each)), None)
        if place is None:
            yield _judged(name, index, what, json.dumps(expected, ensure_ascii=False), "nothing")
            continue
        # Whatever stands before it in our order is out of order, or ours alone.
        for extra in rest[:place]:
            yield _judged(name, -1, "only ours", "nothing", json.dumps(extra, ensure_ascii=False))
        mine = rest[place]
        del rest[: place + 1]
        if same(expected, mine):
            yield Row(name, index, what, SAME)
        else:
            yield _judged(
                name, index, what, json.dumps(expected, ensure_ascii=False), json.dumps(mine, ensure_ascii=False)
            )
    for extra in rest:
        yield _judged(name, -1, "only ours", "nothing", json.dumps(extra, ensure_ascii=False))


def _alike(expected: dict[str, Any], mine: dict[str, Any]) -> bool:
    """Whether both are the same step: the answer to the same request, or the same notification about the same login."""
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
        if re.match(each.where, name) and re.search(each.recorded, expected) and re.search(each.ours, mine):
            return Row(name, index, what, DEVIATES, each.reason, shown)
    return Row(name, index, what, UNEXPLAINED, "", shown)


def _asks(entry: Any) -> bool:
    return entry.direction == "->" and "method" in entry.message


def _method(message: dict[str, Any], methods: dict[Any, str]) -> str:
    return message["method"] if "method" in message else methods.get(message.get("id"), "")


def _what(message: dict[str, Any], methods: dict[Any, str]) -> str:
    if "method" in message:
        return str(message["method"])
    return f"answer to {methods.get(message.get('id'), 'something')}"
