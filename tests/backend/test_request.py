"""Requests on the wire: golden files, the refused parameters, and every difference from the reference client."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import pytest

from lsp_codex.backend.request import Message, ResponsesRequest, Role, body, encode, headers
from tests.backend.helpers import ASK, COMPLETED, client_of, recorded, stream_of

if TYPE_CHECKING:
    import httpx2

GOLDEN = Path(__file__).parent / "golden"

TURNS = (Message("developer", "Be brief."), Message("user", "a"), Message("assistant", "b"), Message("user", "c"))
REQUESTS = {
    "lite": ASK,
    "classic": replace(ASK, model="gpt-5.5", lite=False),
    "bare": replace(ASK, model="gpt-unknown", lite=False, effort=None, verbosity=None),
    "conversation": replace(ASK, input=TURNS, service_tier="priority", verbosity="high"),
}

# What the live backend refuses, whatever its value (spec/backend.md 1.7, field-notes pain 11).
REFUSED = frozenset(
    {
        "max_output_tokens",
        "max_tool_calls",
        "temperature",
        "top_p",
        "frequency_penalty",
        "presence_penalty",
        "truncation",
        "metadata",
        "user",
        "safety_identifier",
        "background",
        "stream_options",
        "previous_response_id",
    }
)


@pytest.mark.parametrize("name", REQUESTS)
def test_a_request_is_what_its_golden_file_says(name: str) -> None:
    """Body and headers, to the letter and in order."""
    made = {"headers": headers(REQUESTS[name]), "body": json.loads(encode(body(REQUESTS[name])))}
    assert json.dumps(made, indent=1) + "\n" == (GOLDEN / f"{name}.json").read_text()


@pytest.mark.parametrize("name", REQUESTS)
def test_every_body_is_one_that_the_backend_takes(name: str) -> None:
    """Never stored, always streamed, instructions never empty, no refused parameter, no system message."""
    made = body(REQUESTS[name])
    assert made["store"] is False
    assert made["stream"] is True
    assert made["instructions"].strip()
    assert isinstance(made["input"], list)
    assert not REFUSED & made.keys()
    assert {item["role"] for item in made["input"]} <= {"user", "assistant", "developer"}
    assert made.get("service_tier") != "auto"


def test_no_message_can_be_of_the_system() -> None:
    """The type has no such role, so no caller can send what the backend refuses."""
    assert set(get_args(Role)) == {"user", "assistant", "developer"}


def test_parallel_calls_are_never_asked_for() -> None:
    """True is refused together with the lite marker (spec/backend.md 1.7)."""
    assert not any(body(request)["parallel_tool_calls"] for request in REQUESTS.values())


def test_only_lite_carries_the_marks_of_lite() -> None:
    """The marker header and the reasoning context belong together (spec/backend.md 1.4)."""
    for request in REQUESTS.values():
        assert (headers(request).get("x-openai-internal-codex-responses-lite") == "true") == request.lite
        assert (body(request).get("reasoning", {}).get("context") == "all_turns") == request.lite


@pytest.mark.parametrize(
    "wrong",
    [
        {"model": ""},
        {"instructions": ""},
        {"instructions": " \n"},
        {"cache_key": ""},
        {"cache_key": "a b"},
        {"cache_key": "a\r\nx-evil: 1"},
        {"cache_key": "é"},
        {"cache_key": "a" * 65},
        {"cache_key": "a\n"},
    ],
)
def test_a_request_that_cannot_be_sent_is_not_made(wrong: dict[str, str]) -> None:
    """A model, instructions and a cache key that is safe in a header are demanded where the request is made."""
    with pytest.raises(ValueError, match=r".+"):
        replace(ASK, **wrong)  # type: ignore[arg-type]  # the fields are strings


def test_text_that_utf8_cannot_say_is_sent_all_the_same() -> None:
    """Editors may send lone surrogates; one of them must not cost the suggestion."""
    request = replace(ASK, input=(Message("user", "a\ud800b 😀"),))
    assert json.loads(encode(body(request)))["input"][0]["content"][0]["text"] == "a?b 😀"


# Against the reference client. Each row: what differs, and why.

HEADERS_LEFT_OUT = {
    "version": "absent with a custom provider too; we do not pass for the reference client",
    "x-codex-beta-features": "we use none of them",
    "x-codex-window-id": "there is no window of a conversation",
    "x-codex-turn-metadata": "describes an agent's turn and its sandbox; we are none",
    "x-codex-routing-hint": "says what the body says; third parties do without",
    "x-client-request-id": "equals session-id there; third parties do without",
    "content-encoding": "a plain body is accepted (spec/backend.md 1.7), and compressing costs a dependency",
    "authorization": "added by BearerAuth",
    "chatgpt-account-id": "added by BearerAuth",
    "originator": "added by the client, with our own name",
    "user-agent": "added by the client, with our own name",
    "host": "added by httpx2",
    "content-length": "added by httpx2",
}
HEADERS_ADDED = {"accept-encoding": "httpx2 would ask for gzip; the reference client asks for nothing"}
BODY_LEFT_OUT = {
    "client_metadata": "describes an agent's turn; third parties do without",
    "tools": "we offer no tools",
}
BODY_ADDED = {"instructions": "demanded of classic bodies by report (1.7), accepted with lite; older clients send it"}
BODY_CHANGED = {
    "model": "another question",
    "prompt_cache_key": "another question",
    "input": "another question, and no ids or passthrough metadata (not needed, 1.3)",
    "reasoning": "another effort",
    "parallel_tool_calls": "without tools there are no calls; true is refused with lite",
}


@pytest.mark.parametrize("kind", ["lite", "classic"])
def test_headers_differ_from_the_reference_client_as_listed(kind: str) -> None:
    """Each header that it sends and we do not, or the other way round, has its reason above."""
    theirs = dict(recorded(f"responses-{kind}")["request"]["headers"])
    ours = headers(REQUESTS[kind])
    assert theirs.keys() - ours.keys() <= HEADERS_LEFT_OUT.keys()
    assert ours.keys() - theirs.keys() <= HEADERS_ADDED.keys()
    different = {name for name in theirs.keys() & ours.keys() if theirs[name] != ours[name]}
    assert different == {"session-id", "thread-id"}, "their value is the cache key"


# The same on the wire, where the client, BearerAuth and httpx2 have added theirs.
WIRE_LEFT_OUT = HEADERS_LEFT_OUT.keys() - {
    "authorization", "chatgpt-account-id", "originator", "user-agent", "host", "content-length"
}  # fmt: skip
WIRE_ADDED = HEADERS_ADDED | {"connection": "of httpx2; HTTP/1.1 means the same without it"}
WIRE_CHANGED = {
    "session-id": "the cache key",
    "thread-id": "the cache key",
    "authorization": "another token",
    "chatgpt-account-id": "another account",
    "originator": "we identify ourselves as lsp_codex",
    "user-agent": "we identify ourselves as lsp_codex",
    "content-length": "another body",
    "host": "the recording was made against a local stand-in",
}


@pytest.mark.parametrize("kind", ["lite", "classic"])
async def test_headers_on_the_wire_differ_as_listed(kind: str) -> None:
    """What the service sees, not what one module makes of it."""
    theirs = dict(recorded(f"responses-{kind}")["request"]["headers"])
    seen: list[httpx2.Request] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        seen.append(request)
        return stream_of(COMPLETED)

    async with client_of(answer) as client:
        await client.text(REQUESTS[kind])
    ours = dict(seen[-1].headers)
    assert theirs.keys() - ours.keys() <= WIRE_LEFT_OUT
    assert ours.keys() - theirs.keys() == WIRE_ADDED.keys()
    different = {name for name in theirs.keys() & ours.keys() if theirs[name] != ours[name]}
    assert different == WIRE_CHANGED.keys()
    assert ours["originator"] == "lsp_codex"


@pytest.mark.parametrize("kind", ["lite", "classic"])
def test_the_body_differs_from_the_reference_client_as_listed(kind: str) -> None:
    """Each field that differs has its reason above, and no reason stands there for nothing."""
    theirs = recorded(f"responses-{kind}")["request"]["body"]
    ours = body(replace(REQUESTS[kind], model="m", effort="high"))
    assert theirs.keys() - ours.keys() <= BODY_LEFT_OUT.keys()
    assert ours.keys() - theirs.keys() == BODY_ADDED.keys()
    different = {name for name in theirs.keys() & ours.keys() if theirs[name] != ours[name]}
    assert different <= BODY_CHANGED.keys()
    assert theirs["reasoning"].keys() == ours["reasoning"].keys()


@pytest.mark.parametrize("kind", ["lite", "classic"])
def test_our_order_is_that_of_the_reference_client(kind: str) -> None:
    """The fields that both send come in the same order."""

    def common(a: dict[str, Any], b: dict[str, Any]) -> list[str]:
        return [name for name in a if name in b]

    theirs, ours = recorded(f"responses-{kind}")["request"]["body"], body(REQUESTS[kind])
    assert common(ours, theirs) == common(theirs, ours)


@pytest.mark.parametrize("kind", ["lite", "classic"])
def test_our_messages_are_shaped_like_theirs(kind: str) -> None:
    """The last message of the recording and ours, without the fields that the reference client adds for itself."""
    theirs = recorded(f"responses-{kind}")["request"]["body"]["input"][-1]
    ours = body(replace(ASK, input=(Message("user", "say hi"),)))["input"][0]
    added = {"id", "internal_chat_message_metadata_passthrough"}
    assert {name: value for name, value in theirs.items() if name not in added} == ours


def test_the_reasons_are_all_needed() -> None:
    """A row without a difference would hide the next one."""
    recordings = [recorded(f"responses-{kind}")["request"] for kind in ("lite", "classic")]
    sent = {name for request in recordings for name, _ in request["headers"]}
    assert sent - headers(ASK).keys() == HEADERS_LEFT_OUT.keys()
    assert {name for request in recordings for name in request["body"]} - body(ASK).keys() == BODY_LEFT_OUT.keys()


def test_a_request_does_not_change() -> None:
    """It is a value: the engine may keep it and compare it."""
    assert replace(ASK) == ASK
    assert isinstance(hash(ASK), int)
    with pytest.raises(AttributeError):
        ASK.model = "other"  # type: ignore[misc]  # that is the point
    assert ResponsesRequest.__slots__
