"""The sandbox's OpenAI API: strict about the key, and as plain as the public one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from lsp_codex.sandbox.api import API_KEY
from lsp_codex.sandbox.codex import SandboxCodex
from lsp_codex.sandbox.transport import SandboxTransport
from tests.sandbox.ways import body

if TYPE_CHECKING:
    from collections.abc import Mapping

GOOD = {"authorization": f"Bearer {API_KEY}"}


async def call(method: str, path: str, headers: Mapping[str, str] = GOOD, json: Any = None) -> httpx2.Response:
    """One exchange."""
    async with httpx2.AsyncClient(transport=SandboxTransport(SandboxCodex())) as http:
        return await http.request(method, f"https://sandbox.test/v1/{path}", headers=headers, json=json)


async def test_models_are_ids() -> None:
    """The public API says nothing of efforts or windows."""
    answer = await call("GET", "models")
    assert {row["object"] for row in answer.json()["data"]} == {"model"}
    assert "gpt-6-luna" in [row["id"] for row in answer.json()["data"]]


async def test_a_response_streams() -> None:
    """Public parameters that the ChatGPT backend refuses are taken."""
    answer = await call("POST", "responses", json=body(max_output_tokens=100))
    assert answer.status_code == 200
    assert '"type": "response.completed"' in answer.text


@pytest.mark.parametrize(
    ("headers", "content", "status", "code"),
    [
        ({}, body(), 401, "invalid_api_key"),
        ({"authorization": "Bearer sk-other"}, body(), 401, "invalid_api_key"),
        (GOOD, [], 400, "invalid_type"),
        (GOOD, body(input="text"), 400, "invalid_type"),
        (GOOD, body(stream=False), 400, "unsupported_value"),
        (GOOD, body(model="gpt-none"), 404, "model_not_found"),
    ],
)
async def test_what_is_refused(headers: Mapping[str, str], content: Any, status: int, code: str) -> None:
    """In the public API's shape."""
    answer = await call("POST", "responses", headers, content)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)


async def test_a_login_is_no_key() -> None:
    """A ChatGPT token does not open the API."""
    codex = SandboxCodex()
    token = codex.sign_in_demo()["access_token"]
    answer = await call("GET", "models", {"authorization": f"Bearer {token}"})
    assert answer.status_code == 401
