"""What belongs to one account and goes with it: credentials, pauses, models that are replaced."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from lsp_codex import errors
from lsp_codex.backend.account import Bound, identity
from lsp_codex.backend.cache import FILE_NAME
from lsp_codex.backend.request import Purpose
from lsp_codex.credentials import Credential
from lsp_codex.secret import Secret
from tests.backend.helpers import ASK, COMPLETED, Key, Source, client_of, delta, stream_of

if TYPE_CHECKING:
    from pathlib import Path

AUTOMATIC, INVOKED = replace(ASK, purpose=Purpose.AUTOMATIC), replace(ASK, purpose=Purpose.INVOKED)
EFFORTS = [{"effort": "low"}, {"effort": "high"}]


def entry(slug: str, priority: int = 1, **more: Any) -> dict[str, Any]:
    """An entry of the catalogue."""
    return {"slug": slug, "priority": priority, "supported_reasoning_levels": EFFORTS, **more}


def _text(path: Path) -> str:
    return path.read_text()


class Backend:
    """Lists ``slugs`` and answers those in ``usable``; counts and remembers what it was asked."""

    def __init__(self, *entries: dict[str, Any], usable: tuple[str, ...]) -> None:
        self.entries = entries
        self.usable = usable
        self.asked: list[dict[str, Any]] = []
        self.listed = 0

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        if request.method == "GET":
            self.listed += 1
            return httpx2.Response(200, json={"models": self.entries})
        body = json.loads(request.content)
        self.asked.append(body)
        if body["model"] in self.usable:
            return stream_of(delta("a"), COMPLETED)
        said = f"The '{body['model']}' model is not supported when using Codex with a ChatGPT account."
        return httpx2.Response(400, json={"detail": said})

    @property
    def models(self) -> list[str]:
        """Which models were asked."""
        return [body["model"] for body in self.asked]


def test_an_account_is_its_kind_and_its_id() -> None:
    """Tokens come and go."""
    one, other = Credential(Secret("a"), "acct-1"), Credential(Secret("b"), "acct-1")
    assert identity(one) == identity(other) != identity(Credential(Secret("a"), "acct-2"))
    assert identity(Credential(Secret("a"))) != identity(Credential(Secret("a"), is_api_key=True))


async def test_what_was_made_for_one_account_is_not_sent_for_another() -> None:
    """Its address may be the other's no business, and the other's token its."""
    source = Source("acct-1")
    bound = Bound(source, await source.credential())
    first = await bound.credential()
    assert (await bound.renew(first)).token.reveal() == "tok-2"
    source.account = "acct-2"
    for ask in (bound.credential(), bound.renew(await source.credential())):
        with pytest.raises(errors.CredentialsRejected):
            await ask


async def test_a_key_that_is_refused_is_not_sent_again() -> None:
    """Nothing renews it; until there is another one nothing leaves the machine (pain 8)."""
    sent = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        sent.append(request)
        return httpx2.Response(401, json={"error": {"code": "invalid_api_key"}})

    async with client_of(answer, Key(), now=asyncio.get_running_loop().time) as client:
        for _ in range(5):
            with pytest.raises(errors.CredentialsRejected, match="API key"):
                await client.text(AUTOMATIC)
        assert len(sent) == 1
        client.forget()
        with pytest.raises(errors.CredentialsRejected):
            await client.text(AUTOMATIC)
        assert len(sent) == 2


async def test_a_usage_limit_ends_every_automatic_request_until_the_reset() -> None:
    """One request found out; then none goes out, of whatever kind, and one by hand does (pain 9)."""
    loop, sent = asyncio.get_running_loop(), []
    resets_at = loop.time() + 5_400

    def answer(request: httpx2.Request) -> httpx2.Response:
        sent.append(request.url.path)
        if loop.time() >= resets_at:
            return stream_of(delta("a"), COMPLETED)
        error = {"type": "usage_limit_reached", "plan_type": "plus", "resets_at": resets_at}
        return httpx2.Response(429, json={"error": error})

    async with client_of(answer, now=loop.time) as client:
        said = set()
        for _ in range(30):
            with pytest.raises(errors.UsageLimitReached) as caught:
                await client.text(AUTOMATIC)
            said.add(caught.value.for_person())
            assert client.held is caught.value
        assert len(sent) == len(said) == 1
        with pytest.raises(errors.UsageLimitReached):
            await client.text(INVOKED)
        assert len(sent) == 2
        await asyncio.sleep(resets_at - loop.time())
        assert client.held is None
        assert await client.text(AUTOMATIC) == "a"


async def test_a_good_answer_by_hand_ends_the_pause() -> None:
    """Somebody bought credits."""
    loop, limited = asyncio.get_running_loop(), [True]

    def answer(_request: httpx2.Request) -> httpx2.Response:
        if limited[0]:
            error = {"type": "usage_limit_reached", "resets_at": loop.time() + 5_400}
            return httpx2.Response(429, json={"error": error})
        return stream_of(delta("a"), COMPLETED)

    async with client_of(answer, now=loop.time) as client:
        with pytest.raises(errors.UsageLimitReached):
            await client.text(AUTOMATIC)
        limited[0] = False
        assert await client.text(INVOKED) == "a"
        assert await client.text(AUTOMATIC) == "a"


@pytest.mark.parametrize("how", ["forget", "another account", "signed out"])
async def test_another_login_has_no_pause(how: str) -> None:
    """The limit was that of the account before, or is what the user has just mended."""
    loop, source, limited = asyncio.get_running_loop(), Source("acct-1"), [True]

    class Leaving(Source):
        async def credential(self) -> Credential:
            raise errors.SignInRequired

    def answer(_request: httpx2.Request) -> httpx2.Response:
        if limited.pop():
            return httpx2.Response(429, json={"error": {"type": "usage_limit_reached", "resets_at": 1e10}})
        return stream_of(delta("a"), COMPLETED)

    async with client_of(answer, source, now=loop.time) as client:
        with pytest.raises(errors.UsageLimitReached):
            await client.text(AUTOMATIC)
        limited.append(False)
        match how:
            case "forget":
                client.forget()
            case "another account":
                source.account = "acct-2"
            case _:
                client._source = Leaving()
                with pytest.raises(errors.SignInRequired):
                    await client.models()
                client._source = source
        assert await client.text(AUTOMATIC) == "a"


async def test_cloudflare_is_left_alone_for_thirty_seconds() -> None:
    """Nothing goes out, not even by hand or for the models, and then as honestly as before (pain 15)."""
    loop, agents = asyncio.get_running_loop(), []

    def page(request: httpx2.Request) -> httpx2.Response:
        agents.append((request.headers["user-agent"], request.headers["originator"]))
        return httpx2.Response(403, headers={"content-type": "text/html"}, content=b"<html>Just a moment...</html>")

    source = Source()
    async with client_of(page, source, now=loop.time) as client:
        for _ in range(20):
            for question in (client.text(AUTOMATIC), client.text(INVOKED), client.models(), client.usage()):
                with pytest.raises(errors.Blocked):
                    await question
            await asyncio.sleep(1)
        assert len(agents) == 1
        await asyncio.sleep(11)
        with pytest.raises(errors.Blocked):
            await client.text(INVOKED)
    assert len(agents) == 2
    assert len(set(agents)) == 1
    assert agents[0][1] == "lsp_codex"
    assert source.renewals == 0


async def test_retry_after_is_honoured_by_whoever_comes_next() -> None:
    """A 429 that is no usage limit holds everybody for as long as it says."""
    loop, sent = asyncio.get_running_loop(), []

    def answer(_request: httpx2.Request) -> httpx2.Response:
        sent.append(loop.time())
        if len(sent) == 1:
            return httpx2.Response(429, headers={"retry-after": "7"}, json={"error": {"type": "rate_limit_exceeded"}})
        return stream_of(delta("a"), COMPLETED)

    async with client_of(answer, now=loop.time) as client:
        for request in (AUTOMATIC, INVOKED, AUTOMATIC):
            with pytest.raises(errors.Overloaded):
                await client.text(request)
        await asyncio.sleep(7)
        assert await client.text(AUTOMATIC) == "a"
        assert [at - sent[0] for at in sent] == [0, 7]
        sent.clear()
        with pytest.raises(errors.Overloaded):
            await client.text(AUTOMATIC)
        assert await client.text(ASK) == "a", "a question waits for it"
    assert [at - sent[0] for at in sent] == [0, pytest.approx(7, abs=1.5)]


@pytest.mark.parametrize(
    ("request_", "new"),
    [
        (replace(AUTOMATIC, model="old", effort="high"), ("small-mini", "high")),
        (replace(ASK, model="old", effort="max"), ("big", "low")),
    ],
    ids=["ghost text: the fastest", "a question: the default"],
)
async def test_a_model_that_is_gone_is_replaced_and_the_user_told_once(request_: Any, new: tuple[str, str]) -> None:
    """The list is asked for anew, one more request goes out; later ones go to the new model at once (pain 10)."""
    backend, told = (
        Backend(entry("old", 0), entry("big", 1), entry("small-mini", 2), usable=("big", "small-mini")),
        [],
    )
    async with client_of(backend, now=asyncio.get_running_loop().time) as client:
        client.on_replaced = lambda *names: told.append(names)
        await client.models()
        assert [await client.text(request_) for _ in range(3)] == ["a"] * 3
    slug, effort = new
    assert backend.models == ["old", slug, slug, slug]
    assert backend.listed == 2
    assert told == [("old", slug)]
    assert backend.asked[1]["reasoning"]["effort"] == effort
    assert backend.asked[1]["input"] == backend.asked[0]["input"]


async def test_a_model_whose_replacement_goes_too_is_replaced_again() -> None:
    """Along the chain, without a circle."""
    backend = Backend(entry("old"), entry("one-mini"), entry("two", 5), usable=("one-mini",))
    request = replace(AUTOMATIC, model="old")
    async with client_of(backend, now=asyncio.get_running_loop().time) as client:
        await client.text(request)
        backend.usable = ("two",)
        await client.text(request)
        await client.text(request)
        assert backend.models == ["old", "one-mini", "one-mini", "two", "two"]
        backend.usable = ()
        with pytest.raises(errors.ModelUnavailable):
            await client.text(request)
    assert len(backend.models) <= 7


async def test_without_another_model_the_refusal_stays() -> None:
    """One list, one request: nothing is tried in a circle."""
    backend = Backend(entry("old"), usable=())
    async with client_of(backend, now=asyncio.get_running_loop().time) as client:
        with pytest.raises(errors.ModelUnavailable, match="'old' model"):
            await client.text(replace(ASK, model="old"))
    assert backend.models == ["old"]


async def test_a_new_edition_of_the_list_is_noticed(tmp_path: Path) -> None:
    """By the header of an answer; and what is listed outlives the session, of each account for itself."""
    loop, etags = asyncio.get_running_loop(), iter(("e1", "e2", "e3"))

    def answer(request: httpx2.Request) -> httpx2.Response:
        account = request.headers["chatgpt-account-id"]
        if request.method == "GET":
            etag = next(etags)
            return httpx2.Response(200, json={"models": [entry(f"{account}-{etag}")]}, headers={"etag": etag})
        return stream_of(delta("a"), COMPLETED, **{"x-models-etag": "e2"})

    async with client_of(answer, now=loop.time, cache=tmp_path) as client:
        assert [model.slug for model in await client.models()] == ["acct-1-e1"]
        await asyncio.sleep(60)
        await client.text(ASK)
        await asyncio.sleep(1)
        assert [model.slug for model in await client.models()] == ["acct-1-e2"]
    async with client_of(lambda _: pytest.fail("asked"), now=loop.time, cache=tmp_path) as client:
        assert [model.slug for model in await client.models()] == ["acct-1-e2"]
    async with client_of(answer, Source("acct-2"), now=loop.time, cache=tmp_path) as client:
        assert [model.slug for model in await client.models()] == ["acct-2-e3"]
    assert "tok-" not in _text(tmp_path / FILE_NAME)


async def test_an_api_key_goes_to_its_own_service_only() -> None:
    """Models, request and the question for usage, which nobody answers there."""
    seen: list[httpx2.Request] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        seen.append(request)
        if request.method == "GET":
            return httpx2.Response(200, json={"data": [{"id": "qwen"}, {"id": "llama"}]})
        return stream_of(delta("a"), COMPLETED)

    base = "http://127.0.0.1:11434/v1"
    async with client_of(answer, Key(), openai=base, now=asyncio.get_running_loop().time) as client:
        await client.prepare()
        assert [model.slug for model in await client.models()] == ["qwen", "llama"]
        assert await client.text(replace(ASK, model="qwen", effort=None, lite=False)) == "a"
        with pytest.raises(errors.PlanRefused, match=r"platform\.openai\.com/usage"):
            await client.usage()
    assert [str(request.url) for request in seen] == [f"{base}/models", f"{base}/responses"]
    assert {request.headers["authorization"] for request in seen} == {"Bearer sk-test"}
    assert not any("chatgpt-account-id" in request.headers for request in seen)
    assert json.loads(seen[1].content).keys() == {"model", "stream", "instructions", "input"}
