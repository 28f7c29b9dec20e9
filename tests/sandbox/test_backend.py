"""The backend's own decisions; the contract test shows what the recorded client gets."""

from __future__ import annotations

import pytest

from lsp_codex.sandbox.codex import SandboxCodex
from tests.sandbox.ways import Way, body, over_transport, said

PATHS = ("/wham/accounts/check", "/wham/usage", "/codex/models")


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("header", [None, "Bearer unknown", "Basic x"])
async def test_nothing_is_told_without_a_good_token(near: Way, path: str, header: str | None) -> None:
    """401 with the code of a token that is not known."""
    headers = {} if header is None else {"authorization": header}
    answer = await near.http.get(near.base + path, headers=headers)
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "token_invalidated")


async def test_tokens_end_by_time_and_by_hand() -> None:
    """Time gives token_expired; invalidating gives token_invalidated."""
    clock = [0.0]
    async with over_transport(SandboxCodex(now=lambda: clock[0], access_token_life=60.0)) as way:
        old, clock[0] = way.bearer(), 60.0
        new = way.bearer()
        way.codex.invalidate_access_tokens()
        for bearer in (old, new):
            answer = await way.http.get(f"{way.base}/wham/usage", headers=bearer)
            assert answer.json()["error"]["code"] == "token_invalidated"
        clock[0] = 120.0
        bearer = way.bearer()
        assert (await way.http.get(f"{way.base}/wham/usage", headers=bearer)).status_code == 200
        clock[0] = 180.0
        answer = await way.http.get(f"{way.base}/wham/usage", headers=bearer)
        assert answer.json()["error"]["code"] == "token_expired"


@pytest.mark.parametrize(("account", "status"), [("acct-sandbox-0001", 200), ("acct-other", 403)])
async def test_another_workspace_is_refused(near: Way, account: str, status: int) -> None:
    """The header may be left out, but not lie."""
    assert (await near.ask(body(), **{"chatgpt-account-id": account})).status_code == status


@pytest.mark.parametrize(
    ("client_version", "seen"), [("0.169.0", True), ("0.155.0", True), ("0.154.9", False), ("0.140.0", False)]
)
async def test_the_catalogue_depends_on_the_clients_version(near: Way, client_version: str, seen: bool) -> None:
    """The service filters, not the client (spec/backend.md 4)."""
    address = f"{near.base}/codex/models?client_version={client_version}"
    slugs = [entry["slug"] for entry in (await near.http.get(address, headers=near.bearer())).json()["models"]]
    assert ("gpt-6-luna" in slugs) is seen
    assert "gpt-5.5" in slugs


async def test_etags_agree() -> None:
    """An answer's x-models-etag equals the catalogue's etag, so that clients do not fetch again."""
    async with over_transport(SandboxCodex()) as way:
        models = await way.http.get(f"{way.base}/codex/models", headers=way.bearer())
        assert (await way.ask(body())).headers["x-models-etag"] == models.headers["etag"]


async def test_the_last_user_message_is_what_is_answered() -> None:
    """All its text parts, or its text; developer messages and older turns are not."""
    async with over_transport(SandboxCodex(suggest=lambda text: text.upper())) as way:
        turns = [
            {"role": "user", "content": "old"},
            {"role": "assistant", "content": [{"type": "output_text", "text": "reply"}]},
            {"role": "user", "content": [{"type": "input_text", "text": "a"}, {"type": "input_text", "text": "b"}]},
            {"role": "developer", "content": "hint"},
        ]
        assert said(await way.ask(body(input=turns))) == "A\nB"
        assert said(await way.ask(body(input=turns[:1]))) == "OLD"
        assert said(await way.ask(body(input=[]))) == ""


async def test_a_document_is_completed(near: Way) -> None:
    """From the prompt's document to the streamed insertion."""
    text = 'x\n<document path="a.py" language="python">\ndef add(a, b):\n    <|cursor|>\n</document>'
    assert said(await near.ask(body(text))) == "return a + b"
