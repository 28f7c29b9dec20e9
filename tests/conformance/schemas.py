"""The schemas of ``codex app-server`` 0.169.0, and what of our messages they say."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema

from tests.conformance.transcripts import OURS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

FOLDER = Path(__file__).parent / "schemas"


BY_LSP = (-32002, -32800)
"""Codes of LSP itself: before ``initialize``, and of a request that the client has cancelled."""


class Schemas:
    """The schemas of the methods that are ours."""

    def __init__(self) -> None:
        files = [json.loads(path.read_text()) for path in sorted(FOLDER.glob("*.json")) if path.stem != "index"]
        self._answers: dict[str, Any] = {}
        self._params: dict[str, Any] = {}
        for found in files:
            for method, row in found["requests"].items():
                self._answers[method] = _schema(found, row["result"])
            for method, row in (*found["notifications"].items(), *found["serverRequests"].items()):
                self._params[method] = _schema(found, row["params"])

    def all_faults(self, messages: Iterable[dict[str, Any]], asked: Mapping[Any, str]) -> Iterator[str]:
        """What is wrong with our messages about these methods; ``asked`` has the method of each request by its id."""
        for message in messages:
            method = message.get("method") or asked.get(message.get("id"), "")
            if method in OURS:
                yield from (f"{method}: {fault}" for fault in self.faults(message, method))

    def faults(self, message: dict[str, Any], method: str) -> list[str]:
        """What is wrong with one message; ``method`` is its own, or the one that it answers."""
        if "method" in message:
            return _faults(message["params"], self._params[method])
        if "error" in message:
            code = message["error"]["code"]
            return [] if code in (-32600, -32603, *BY_LSP) else [f"code {code}"]
        return _faults(message["result"], self._answers[method])


def _schema(found: dict[str, Any], name: str) -> dict[str, Any]:
    return {
        "$schema": found["$schema"],
        "definitions": found["definitions"],
        "$ref": f"#/definitions/{name}",
    }


def _faults(value: Any, schema: dict[str, Any]) -> list[str]:
    validator = jsonschema.Draft7Validator(schema)
    return [f"{error.json_path}: {error.message[:200]}" for error in validator.iter_errors(value)]
