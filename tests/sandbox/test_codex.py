"""The contract of the sandbox, the same over the transport and over loopback: what the real client sends is taken."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from lsp_codex.sandbox import replies
from lsp_codex.sandbox.codex import SandboxCodex
from lsp_codex.sandbox.issuer import challenge_of
from tests.sandbox.ways import body, events, query_of, recorded, said, until

if TYPE_CHECKING:
    from tests.sandbox.ways import Way

REQUESTS = recorded("requests")["requests"]
ANSWERS = recorded("requests")["answers"]
LITE = recorded("responses-lite")


async def consent(way: Way, address: str, decision: str = "continue") -> str:
    """Play the browser: open the consent page, press a button, and give the address it is sent to."""
    shown = await way.http.get(address)
    assert shown.status_code == 200, shown.text
    action = re.search(r'action="([^"]+)"', shown.text)
    hidden = re.search(r'name="request" value="([^"]+)"', shown.text)
    assert action is not None
    assert hidden is not None
    form = {"request": hidden[1], "decision": decision}
    sent = await way.http.post(way.issuer + action[1], data=form, follow_redirects=False)
    assert sent.status_code == 302
    return sent.headers["location"]


def authorize_address(way: Way, **changes: str) -> str:
    """The recorded authorize address of the real client, at this sandbox."""
    query = query_of(REQUESTS["authorize"]["url"]) | changes
    return str(httpx2.URL(f"{way.issuer}/oauth/authorize", params=query))


def shape(value: Any) -> Any:
    """The keys of an answer and the kinds of its values, lists by their first item."""
    if isinstance(value, dict):
        return {key: shape(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    return type(value).__name__


class TestSignIn:
    """The issuer, as the recorded client uses it."""

    async def test_a_browser_sign_in_gives_tokens(self, way: Way) -> None:
        """Authorize, consent, the form of the code exchange and that of the API key are the recorded ones."""
        verifier = "v" * 86
        address = authorize_address(way, code_challenge=challenge_of(verifier))
        back = await consent(way, address)
        assert back.startswith("http://127.0.0.1:1455/auth/callback?")
        assert query_of(back)["state"] == query_of(REQUESTS["authorize"]["url"])["state"]
        form = dict(REQUESTS["token"]["form"]) | {"code": query_of(back)["code"], "code_verifier": verifier}
        answer = await way.http.post(f"{way.issuer}/oauth/token", data=form, headers=REQUESTS["token"]["headers"])
        assert answer.status_code == 200, answer.text
        assert {"id_token", "access_token", "refresh_token"} <= answer.json().keys()
        key = dict(REQUESTS["api_key"]["form"]) | {"subject_token": answer.json()["id_token"]}
        answer = await way.http.post(f"{way.issuer}/oauth/token", data=key, headers=REQUESTS["api_key"]["headers"])
        assert answer.json()["access_token"].startswith("sk-")

    async def test_cancelling_sends_the_client_back_with_an_error(self, way: Way) -> None:
        """Cancel is access_denied with the client's state."""
        back = query_of(await consent(way, authorize_address(way), "cancel"))
        assert back["error"] == "access_denied"
        assert back["state"] == query_of(REQUESTS["authorize"]["url"])["state"]
        assert "code" not in back

    async def test_the_recorded_refresh_is_taken_once(self, way: Way) -> None:
        """A refresh rotates the token; the old one is refused with the body that the client knows."""
        first = way.codex.sign_in_demo()
        sent = REQUESTS["refresh"]["body"].replace("rt-fake-1", first["refresh_token"])
        headers = REQUESTS["refresh"]["headers"]
        answer = await way.http.post(f"{way.issuer}/oauth/token", content=sent, headers=headers)
        assert answer.status_code == 200
        assert answer.json()["refresh_token"] != first["refresh_token"]
        again = await way.http.post(f"{way.issuer}/oauth/token", content=sent, headers=headers)
        assert (again.status_code, again.json()) == (401, ANSWERS["refresh_reused"])

    @pytest.mark.parametrize(("name", "kind"), [("revoke", "refresh_token"), ("revoke_access", "access_token")])
    async def test_the_recorded_revoke_ends_the_sign_in(self, way: Way, name: str, kind: str) -> None:
        """After it, the backend refuses the access token as invalidated."""
        tokens = way.codex.sign_in_demo()
        sent = re.sub("rt-fake-1|opaque-access", tokens[kind], REQUESTS[name]["body"])
        headers = REQUESTS[name]["headers"]
        answer = await way.http.post(f"{way.issuer}/oauth/revoke", content=sent, headers=headers)
        assert (answer.status_code, answer.json()) == (200, {})
        bearer = {"authorization": f"Bearer {tokens['access_token']}"}
        refused = await way.http.get(f"{way.base}/wham/usage", headers=bearer)
        assert (refused.status_code, refused.json()["error"]["code"]) == (401, "token_invalidated")

    async def test_a_device_sign_in_gives_tokens(self, way: Way) -> None:
        """Start, poll while pending, approve on the page, poll, exchange: the recorded requests in their order."""
        at = f"{way.issuer}/api/accounts/deviceauth"
        sent = REQUESTS["device_start"]
        started = (await way.http.post(f"{at}/usercode", content=sent["body"], headers=sent["headers"])).json()
        assert isinstance(started["interval"], str)
        sent = REQUESTS["device_poll"]
        poll = (
            sent["body"].replace("dev-fake-1", started["device_auth_id"]).replace("ABCD-EFGH", started["user_code"])
        )
        pending = await way.http.post(f"{at}/token", content=poll, headers=sent["headers"])
        assert pending.status_code == 403
        form = {"user_code": started["user_code"].lower(), "decision": "continue"}
        assert (await way.http.post(f"{way.issuer}/codex/device", data=form)).status_code == 200
        granted = (await way.http.post(f"{at}/token", content=poll, headers=sent["headers"])).json()
        sent = REQUESTS["device_token"]
        fields = {"code": granted["authorization_code"], "code_verifier": granted["code_verifier"]}
        answer = await way.http.post(
            f"{way.issuer}/oauth/token", data=dict(sent["form"]) | fields, headers=sent["headers"]
        )
        assert answer.status_code == 200, answer.text
        assert granted["code_challenge"] == challenge_of(granted["code_verifier"])


class TestBackend:
    """The backend, as the recorded client uses it."""

    @pytest.mark.parametrize("name", ["accounts_check", "usage"])
    async def test_the_small_answers_have_the_recorded_shape(self, way: Way, name: str) -> None:
        """Keys and kinds agree with what the real client understood; lists that are empty or null say less."""
        sent = REQUESTS[name]
        address = way.base + sent["path"].removeprefix("/backend-api")
        answer = await way.http.get(address, headers=sent["headers"] | way.bearer())
        assert answer.status_code == 200
        expected = shape(ANSWERS[name])
        if name == "usage":
            expected["additional_rate_limits"] = "NoneType"
        assert shape(answer.json()) == expected

    async def test_the_catalogue_is_the_recorded_one(self, way: Way) -> None:
        """Every listed model of the bundle is there, with its efforts and its call shape."""
        sent = REQUESTS["models"]
        address = way.base + sent["path"].removeprefix("/backend-api")
        answer = await way.http.get(address, headers=sent["headers"] | way.bearer())
        assert answer.headers["etag"]
        served = {entry["slug"]: entry for entry in answer.json()["models"]}
        for model in recorded("models")["models"]:
            if model["visibility"] == "list":
                entry = served[model["slug"]]
                assert [level["effort"] for level in entry["supported_reasoning_levels"]] == model.pop("efforts")
                assert {key: entry[key] for key in model} == model

    @pytest.mark.parametrize("kind", ["classic", "lite"])
    async def test_the_recorded_response_request_is_accepted(self, way: Way, kind: str) -> None:
        """Both shapes of body, with the headers of the real client."""
        sent = recorded(f"responses-{kind}")
        answer = await way.ask(sent["body"], **sent["headers"])
        assert answer.status_code == 200, answer.text
        assert said(answer)

    async def test_the_answer_has_the_recorded_events(self, way: Way) -> None:
        """Types, order, keys and kinds are those of the recording; only ids and texts are ours."""
        expected = LITE["events"]
        way.codex.script(replies.text("Hello from the fake backend."))
        answer = await way.ask(LITE["body"], **LITE["headers"])
        assert [event["type"] for event in events(answer)] == [event["type"] for event in expected]
        assert [shape(event) for event in events(answer)] == [shape(event) for event in expected]
        assert [event["sequence_number"] for event in events(answer)] == list(range(len(expected)))
        assert said(answer) == "Hello from the fake backend."
        assert set(LITE["answer_header_names"]) - {"content-type"} <= set(answer.headers)
        assert answer.headers["content-type"].startswith("text/event-stream")

    @pytest.mark.parametrize("case", ["schema", "luna"])
    async def test_recorded_options_are_accepted(self, way: Way, case: str) -> None:
        """A service tier, an output schema, another model."""
        sent = recorded("responses-options")["cases"][case]
        answer = await way.ask(LITE["body"] | sent["fields"], **LITE["headers"] | sent["headers"])
        assert answer.status_code == 200, answer.text

    @pytest.mark.parametrize(
        ("case", "found"), [("fast", "unsupported_value"), ("ultrafast", "unsupported_value"), ("spark", "model")]
    )
    async def test_recorded_options_that_no_service_takes_are_refused(self, way: Way, case: str, found: str) -> None:
        """The client forwards any effort and any model; the catalogue decides (spec/backend.md 1.7)."""
        sent = recorded("responses-options")["cases"][case]
        answer = await way.ask(LITE["body"] | sent["fields"], **LITE["headers"] | sent["headers"])
        assert answer.status_code == 400
        assert found in answer.text

    async def test_an_expired_token_is_refused_with_the_live_body(self, way: Way) -> None:
        """401 in the recorded shape, for every endpoint of the backend."""
        bearer = way.bearer()
        way.codex.expire_access_tokens()
        answer = await way.http.get(f"{way.base}/codex/models", headers=bearer)
        expected = ANSWERS["401"]
        expected["error"]["type"] = "invalid_request_error"
        assert (answer.status_code, answer.json()) == (401, expected)

    async def test_the_usage_limit_has_the_recorded_body(self, way: Way) -> None:
        """429 with the keys and kinds of the recording."""
        way.codex.script(replies.usage_limit(1_795_214_155, resets_in=5400))
        answer = await way.ask(body())
        assert (answer.status_code, answer.json()) == (429, ANSWERS["429"])


class TestBothWays:
    """What does not depend on the protocol."""

    async def test_requests_are_remembered(self, way: Way) -> None:
        """Method, path, query, headers in lower case, and the body."""
        await way.ask(body("remember me"), **{"X-Own": "1"})
        seen = way.codex.requests[-1]
        assert (seen.method, seen.path) == ("POST", "/backend-api/codex/responses")
        assert seen.headers["x-own"] == "1"
        assert seen.json() == body("remember me")
        assert seen.answered
        assert not seen.client_left

    async def test_replies_are_used_in_order_and_by_their_endpoint(self, way: Way) -> None:
        """A reply for another endpoint waits for it; afterwards the normal behaviour is back."""
        models = replies.raw(200, {}, {"models": []}, endpoint="codex/models")
        way.codex.script(models, replies.text("one"), replies.text("two"))
        assert [said(await way.ask(body())) for _ in range(2)] == ["one", "two"]
        for expected in (0, 10):
            answer = await way.http.get(f"{way.base}/codex/models", headers=way.bearer())
            assert len(answer.json()["models"]) == expected
        assert "sandbox" in said(await way.ask(body()))

    async def test_a_bad_request_does_not_use_up_a_reply(self, way: Way) -> None:
        """Token and body are checked first, so that a retry finds the reply that was meant for it."""
        way.codex.script(replies.text("kept"))
        assert (await way.ask(body(store=True))).status_code == 400
        assert (await way.http.post(f"{way.base}/codex/responses", json=body())).status_code == 401
        assert said(await way.ask(body())) == "kept"

    async def test_leaving_a_stream_is_seen_at_once(self, way: Way) -> None:
        """A client that stops reading is gone: noted, and nothing more is made."""
        way.codex.script(replies.slow("one two three", 0.0, 3600.0))
        async with way.streaming(body()) as answer:
            async for line in answer.aiter_lines():
                if "delta" in line:
                    break
        await until(lambda: way.codex.requests[-1].client_left)

    async def test_a_stream_read_to_its_last_event_is_not_left(self, way: Way) -> None:
        """Clients close after response.completed without waiting for the end of the body."""
        async with way.streaming(body()) as answer:
            async for line in answer.aiter_lines():
                if '"response.completed"' in line:
                    break
        await asyncio.sleep(0.01)
        assert not way.codex.requests[-1].client_left

    async def test_a_lost_connection_looks_like_one(self, way: Way) -> None:
        """The client's HTTP library reports it as on a real network; a clean early end does not raise."""
        way.codex.script(replies.cut_off("one two three", 2), replies.cut_off("one two three", 2, clean=True))
        with pytest.raises(httpx2.RemoteProtocolError):
            await way.ask(body())
        answer = await way.ask(body())
        assert said(answer) == "one two "
        assert events(answer)[-1]["type"] == "response.output_text.delta"

    async def test_a_silent_service_meets_the_clients_time_limit(self, way: Way) -> None:
        """Nothing is answered; the client's read limit ends it, and the sandbox notes that it left."""
        way.codex.script(replies.silent())
        address, headers = f"{way.base}/codex/responses", way.bearer()
        with pytest.raises(httpx2.ReadTimeout):
            await way.http.post(address, json=body(), headers=headers, timeout=0.05)
        await until(lambda: way.codex.requests[-1].client_left)

    @pytest.mark.parametrize(
        ("method", "path", "status"),
        [
            ("GET", "/nothing", 404),
            ("DELETE", "/wham/usage", 405),
            ("GET", "/codex/responses", 426),
            ("POST", "/codex/chat/completions", 403),
        ],
    )
    async def test_other_calls_have_their_own_status(self, way: Way, method: str, path: str, status: int) -> None:
        """426 sends a client from WebSocket to SSE at once (spec/backend.md 2.6); chat is closed (1.7)."""
        answer = await way.http.request(method, way.base + path, headers=way.bearer())
        assert answer.status_code == status


def test_the_memory_of_requests_is_bounded() -> None:
    """People leave a sandbox running for days."""
    codex = SandboxCodex()

    async def ask_often() -> None:
        for _ in range(1_010):
            await codex.handle("GET", "/nothing", {}, b"")

    asyncio.run(ask_often())
    assert len(codex.requests) == 1_000
