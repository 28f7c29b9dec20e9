"""``codex.signIn``: its argument and its answer (how it goes on is tests/server/test_account.py)."""

from __future__ import annotations

import pytest

from lsp_codex.auth.store import MemoryStore
from lsp_codex.auth.tokens import ApiKey
from lsp_codex.secret import Secret
from tests.harness.site import editing_at_site
from tests.harness.wire import RefusedError


@pytest.mark.real_time
async def test_the_answer_comes_at_once_with_the_address() -> None:
    """A login id to cancel by, the method, and an authorize address with PKCE."""
    async with editing_at_site() as editor:
        answer = await editor.run("codex.signIn", {"method": "browser"})
        assert set(answer) == {"loginId", "method", "authUrl"}
        assert "code_challenge_method=S256" in answer["authUrl"]


@pytest.mark.parametrize("method", ["smoke", 7, None, ["browser"]])
@pytest.mark.real_time
async def test_an_unknown_method_is_invalid_params(method: object) -> None:
    """Nothing is started; the error names the method that there is."""
    async with editing_at_site() as editor:
        with pytest.raises(RefusedError, match="browser") as caught:
            await editor.run("codex.signIn", {"method": method})
        assert caught.value.code == -32602
        assert (await editor.run("codex.status"))["state"] == "signedOut"


@pytest.mark.real_time
async def test_a_device_code_comes_with_its_page() -> None:
    """What the person enters, and where."""
    async with editing_at_site() as editor:
        answer = await editor.run("codex.signIn", {"method": "deviceCode"})
        assert set(answer) == {"loginId", "method", "verificationUrl", "userCode"}
        assert answer["verificationUrl"].endswith("/codex/device")
        assert "-" in answer["userCode"]


@pytest.mark.real_time
async def test_an_api_key_is_the_login_at_once() -> None:
    """No attempt, no id; it is kept in the CLI's form, and shown as what it is."""
    store = MemoryStore()
    async with editing_at_site(store=store) as editor:
        answer = await editor.run("codex.signIn", {"method": "apiKey", "apiKey": " sk-1\n"})
        assert answer == {"loginId": None, "method": "apiKey"}
        status = await editor.run("codex.status")
        assert (status["state"], status["account"]["type"]) == ("signedIn", "apiKey")
        assert await store.load() == ApiKey(Secret("sk-1"))
        assert "sk-1" not in str(editor.client.notifications)
        ends = [params for method, params in editor.client.notifications if method == "account/login/completed"]
        assert ends == [{"loginId": None, "success": True, "error": None, "onboardingEntrypoint": None}]


@pytest.mark.parametrize("key", [None, 7, ["sk-1"]])
@pytest.mark.real_time
async def test_an_api_key_is_a_string(key: object) -> None:
    """Without one the error says where it goes, and does not repeat what came."""
    async with editing_at_site() as editor:
        with pytest.raises(RefusedError, match="apiKey") as caught:
            await editor.run("codex.signIn", {"method": "apiKey", "apiKey": key})
        assert caught.value.code == -32602
