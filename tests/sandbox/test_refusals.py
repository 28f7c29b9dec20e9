"""Every row of spec/backend.md 1.7: what is refused, with that very text, and what beside it is accepted."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lsp_codex.sandbox.codex import SandboxCodex
from tests.sandbox.ways import Way, body

LITE = {"x-openai-internal-codex-responses-lite": "true"}
USER = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "x"}]}
DEVELOPER = {"type": "message", "role": "developer", "content": [{"type": "input_text", "text": "x"}]}
CALL = {"type": "function_call", "call_id": "call_1", "name": "f", "arguments": "{}"}
OUTPUT = {"type": "function_call_output", "call_id": "call_1", "output": "done"}
ASSISTANT = {"role": "assistant", "content": [{"type": "input_text", "text": "x"}]}
FLAT = {"type": "function", "name": "f", "parameters": {}}
NESTED = {"type": "function", "function": {"name": "f"}}
UNKNOWN = "The 'gpt-9' model is not supported when using Codex with a ChatGPT account."
PARAMETERS = [
    "max_output_tokens",
    "max_tool_calls",
    "temperature",
    "top_p",
    "frequency_penalty",
    "presence_penalty",
    "truncation",
    "metadata",
    "safety_identifier",
    "background",
    "stream_options",
]


@pytest.mark.parametrize(
    ("changes", "detail"),
    [
        ({"store": None}, "Store must be set to false"),
        ({"store": True}, "Store must be set to false"),
        ({"stream": None}, "Stream must be set to true"),
        ({"stream": False}, "Stream must be set to true"),
        ({"instructions": None}, "Instructions are required"),
        ({"instructions": ""}, "Instructions are required"),
        ({"input": [{"role": "system", "content": "x"}, USER]}, "System messages are not allowed"),
        *(({name: 1}, f"Unsupported parameter: {name}") for name in PARAMETERS),
        ({"service_tier": "auto"}, "Unsupported service_tier: auto"),
        ({"model": "gpt-9"}, UNKNOWN),
        ({"input": "text"}, "Input must be a list"),
        ({"input": ["text"]}, "Input must be a list"),
    ],
)
async def test_refused_with_a_detail(near: Way, changes: dict[str, Any], detail: str) -> None:
    """400 ``{"detail": …}``."""
    answer = await near.ask(body(**changes))
    assert (answer.status_code, answer.json()) == (400, {"detail": detail})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"input": [{"role": "user", "content": [1]}]}, "Invalid type for 'input[].content'."),
        ({"input": [{"content": [{"text": 1}]}]}, "Invalid type for 'input[].content[].text'."),
        ({"tools": "all"}, "Invalid type for 'reasoning' or 'tools'."),
        ({"tools": [FLAT, NESTED]}, "Missing required parameter: 'tools[1].name'"),
        ({"input": [ASSISTANT, USER]}, "Invalid value: 'input_text'"),
        ({"input": [USER, CALL]}, "No tool output found for function call call_1."),
    ],
)
async def test_refused_with_an_error(near: Way, changes: dict[str, Any], message: str) -> None:
    """400 with the error object of the public API."""
    answer = await near.ask(body(**changes))
    assert (answer.status_code, answer.json()["error"]["message"]) == (400, message)


async def test_an_effort_that_the_model_lacks_is_refused(near: Way) -> None:
    """The message lists what is accepted; ``ultra`` is a preset of clients and no effort on the wire."""
    for effort in ("none", "ultra"):
        answer = await near.ask(body(model="gpt-6-astra", reasoning={"effort": effort}))
        error = answer.json()["error"]
        assert (answer.status_code, error["code"], error["param"]) == (400, "unsupported_value", "reasoning.effort")
        assert "'low', 'medium', 'high', 'xhigh', 'max'" in error["message"]


async def test_parallel_calls_are_refused_on_lite_only(near: Way) -> None:
    """The marker header decides."""
    changes = {"parallel_tool_calls": True}
    assert (await near.ask(body(**changes), **LITE)).status_code == 400
    assert (await near.ask(body(**changes))).status_code == 200


@pytest.mark.parametrize(
    ("model", "version", "status"),
    [
        ("gpt-6-luna", "0.154.0", 400),
        ("gpt-6-luna", "0.155.0", 200),
        ("gpt-5.6-luna", "0.144.0", 400),
        ("gpt-5.6-luna", "0.144.1", 200),
        ("gpt-5.5", "0.1.0", 200),
    ],
)
async def test_a_model_may_be_too_new_for_the_client(near: Way, model: str, version: str, status: int) -> None:
    """By the ``version`` header; without one nothing is refused."""
    answer = await near.ask(body(model=model), version=version)
    assert answer.status_code == status
    if status == 400:
        text = "model requires a newer version of Codex. Please upgrade to the latest app or CLI and try again."
        assert answer.json() == {"detail": f"The '{model}' {text}"}
    assert (await near.ask(body(model=model))).status_code == 200


@pytest.mark.parametrize(
    "changes",
    [
        {"instructions": None, "input": [DEVELOPER, USER]},
        {"instructions": "", "input": [DEVELOPER, USER]},
        {"input": [USER, CALL, OUTPUT]},
        {"tools": [FLAT], "tool_choice": "auto", "parallel_tool_calls": True},
        {"prompt_cache_key": "k", "include": ["reasoning.encrypted_content"], "text": {"verbosity": "low"}},
        {"service_tier": "priority"},
        {"reasoning": {"effort": "low", "summary": "auto"}},
        {"reasoning": None},
        {"model": "gpt-6-luna", "client_metadata": {"a": "b"}},
    ],
)
async def test_accepted(near: Way, changes: dict[str, Any]) -> None:
    """What stands beside the refusals and must not fall with them."""
    answer = await near.ask(body(**changes))
    assert answer.status_code == 200, answer.text


async def test_lite_needs_no_instructions(near: Way) -> None:
    """They are a matter of classic bodies."""
    assert (await near.ask(body(instructions=None), **LITE)).status_code == 200


@pytest.mark.parametrize("encoding", ["zstd", "gzip"])
async def test_a_compressed_body_is_refused_honestly(near: Way, encoding: str) -> None:
    """The sandbox cannot read it and says so."""
    answer = await near.ask(body(), **{"content-encoding": encoding})
    assert answer.status_code == 415
    assert encoding in answer.text


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b"\xff"])
async def test_a_body_that_is_no_object_is_refused(near: Way, content: bytes) -> None:
    """400, not a crash."""
    answer = await near.http.post(f"{near.base}/codex/responses", content=content, headers=near.bearer())
    assert answer.status_code == 400


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers(0, 9) | st.sampled_from(["", "user", "function_call", "call_1"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["role", "type", "content", "text", "call_id", "effort", "name"]), inner, max_size=3
        )
    ),
    max_leaves=8,
)
KEYS = st.sampled_from(["model", "input", "tools", "reasoning", "instructions", "service_tier"])


@given(st.dictionaries(KEYS, JUNK, max_size=3))
def test_no_body_is_too_strange_to_be_answered(changes: dict[str, Any]) -> None:
    """A mistake of the client is refused or let through; it never breaks the sandbox."""
    codex = SandboxCodex()
    token = codex.sign_in_demo()["access_token"]
    content = json.dumps(body() | changes).encode()
    path = "/backend-api/codex/responses"
    answer = asyncio.run(codex.handle("POST", path, {"authorization": f"Bearer {token}"}, content))
    assert answer.status in {200, 400}
