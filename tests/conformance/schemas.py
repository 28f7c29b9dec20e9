"""The schemas of ``codex app-server`` 0.169.0, and what of our messages they say."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema

FOLDER = Path(__file__).parent / "schemas"


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

    def faults(self, message: dict[str, Any], answered: str) -> list[str]:
        """What is wrong with a message of ours; ``answered`` is the method that an answer is for."""
        if "method" in message:
            return _faults(message["params"], self._params[message["method"]])
        if "error" in message:
            return [] if message["error"]["code"] in (-32600, -32603) else [f"code {message['error']['code']}"]
        return _faults(message["result"], self._answers[answered])


def _schema(found: dict[str, Any], name: str) -> dict[str, Any]:
    return {
        "$schema": found["$schema"],
        "definitions": found["definitions"],
        "$ref": f"#/definitions/{name}",
    }


def _faults(value: Any, schema: dict[str, Any]) -> list[str]:
    validator = jsonschema.Draft7Validator(schema)
    return [f"{error.json_path}: {error.message[:200]}" for error in validator.iter_errors(value)]
