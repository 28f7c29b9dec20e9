"""What a JSON-RPC body is, for every shape that it can have."""

from __future__ import annotations

import json

import pytest

from lsp_codex.server.messages import (
    Batch,
    Invalid,
    Notification,
    NotJson,
    Request,
    Response,
    answer,
    read,
    refusal,
)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ('{"jsonrpc":"2.0","id":1,"method":"a","params":{"jsonrpc":"1"}}', Request(1, "a", {"jsonrpc": "1"})),
        ('{"jsonrpc":"2.0","id":"x","method":"a"}', Request("x", "a", None)),
        ('{"jsonrpc":"2.0","method":"a","params":[1]}', Notification("a", [1])),
        ('{"jsonrpc":"2.0","id":1,"result":null}', Response(1, {"jsonrpc": "2.0", "id": 1, "result": None})),
        ('{"jsonrpc":"2.0","id":1,"error":{}}', Response(1, {"jsonrpc": "2.0", "id": 1, "error": {}})),
        ('{"jsonrpc":"2.0","id":null,"method":"a"}', Invalid(None, "an id is a number or a string")),
        ('{"jsonrpc":"2.0","id":[],"method":"a"}', Invalid(None, "an id is a number or a string")),
        ('{"jsonrpc":"2.0","id":true,"method":"a"}', Invalid(None, "an id is a number or a string")),
        ('{"jsonrpc":"2.0","id":1,"method":5}', Invalid(1, "a method is a string")),
        ('{"jsonrpc":"1.0","id":1,"method":"a"}', Invalid(1, 'a message says "jsonrpc": "2.0"')),
        ('{"id":1,"method":"a"}', Invalid(1, 'a message says "jsonrpc": "2.0"')),
        ('{"jsonrpc":"2.0","id":1}', Invalid(1, "a message has a method, a result or an error")),
        ("{}", Invalid(None, 'a message says "jsonrpc": "2.0"')),
        ("5", Invalid(None, "a message is a JSON object")),
        ("[]", Invalid(None, "a message is a JSON object")),
        ("[1]", Batch((Invalid(None, "a message is a JSON object"),))),
    ],
)
def test_every_shape(body: str, expected: object) -> None:
    """A body is exactly one of the kinds; what is wrong with it is said, and its id kept if it has one."""
    assert read(body.encode()) == expected


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b"\xff\xfe", "not UTF-8"),
        (b'{"a":"\xed\xa0\x80"}', "not UTF-8"),
        (b"[" * 200_000 + b"]" * 200_000, "nested too deeply"),
        (b'{"id":1,"method":"a","params":' + b"1" * 5000, "not JSON"),
    ],
)
def test_what_is_no_json(body: bytes, why: str) -> None:
    """Truncated, invalid UTF-8, nested without end, numbers without end: one error, no crash."""
    with pytest.raises(NotJson, match=why):
        read(body)


LONG = "1" * 6_000
DIGITS = "a number has too many digits"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (f'{{"jsonrpc":"2.0","id":7,"method":"a","params":[{LONG}]}}', Invalid(7, DIGITS)),
        (f'{{"jsonrpc":"2.0","id":"x","method":"a","params":{{"b":-{LONG}}}}}', Invalid("x", DIGITS)),
        (f'{{"jsonrpc":"2.0","id":{LONG},"method":"a"}}', Invalid(None, DIGITS)),
        (f'{{"jsonrpc":"2.0","method":"a","params":{LONG}}}', Invalid(None, DIGITS)),
        (f'{{"jsonrpc":"2.0","id":7,"result":{LONG}}}', Invalid(None, DIGITS)),
        (f'[{{"jsonrpc":"2.0","id":7,"method":"a"}},{LONG}]', Batch((Invalid(7, DIGITS), Invalid(None, DIGITS)))),
        (LONG, Invalid(None, DIGITS)),
    ],
    ids=["params", "below zero", "id", "notification", "answer", "batch", "alone"],
)
def test_a_number_without_end(body: str, expected: object) -> None:
    """Python reads no integer of 6,000 digits; whose request it stands in can be read all the same."""
    assert read(body.encode()) == expected


def test_answers_are_ascii_and_keep_lone_surrogates() -> None:
    """Any text can be sent: what is not ASCII is escaped."""
    text = 'é😀\ud83d"\u2028'
    assert json.loads(answer(1, text).encode("ascii")) == {"jsonrpc": "2.0", "id": 1, "result": text}


def test_a_refusal_has_data_only_if_there_is_any() -> None:
    """``data`` is optional (JSON-RPC 2.0 section 5.1)."""
    assert json.loads(refusal(None, -1, "why")) == {
        "jsonrpc": "2.0",
        "id": None,
        "error": {"code": -1, "message": "why"},
    }
    assert json.loads(refusal(1, -1, "why", {"a": 1}))["error"]["data"] == {"a": 1}
