"""Where the workspace wants its requests: read strictly, asked once, and no reason to stop if nobody answers."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from lsp_codex.backend.questions import LISTING
from lsp_codex.backend.workspace import FREE, PAUSE, Discovery, Workspace, from_json, parse, to_json
from lsp_codex.errors import (
    Blocked,
    LspCodexError,
    Overloaded,
    RequestRefused,
    SignInRequired,
    TimedOut,
    WorkspaceUnusable,
)
from lsp_codex.tasks import Tasks
from tests.backend.helpers import ASK, BASE, COMPLETED, Source, client_of, delta, stream_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

GOV = Workspace("https://gov.chatgpt.com", "us_cr")


def answer(origin: object = "NO_CONSTRAINT", override: object = "NO_CONSTRAINT", *, account: str = "acct-1") -> Any:
    """``wham/accounts/check`` for one account."""
    row = {"id": account, "workspace_backend_origin": origin, "account_routing_override": override}
    return {"accounts": [row], "account_ordering": [account], "default_account_id": account}


@pytest.mark.parametrize(
    ("given", "found"),
    [
        (answer(), FREE),
        (answer("https://gov.chatgpt.com", "us_cr"), GOV),
        (answer("https://gov.chatgpt.com/", "us"), Workspace("https://gov.chatgpt.com", "us")),
        (answer("https://Gov.ChatGPT.com:8443"), Workspace("https://gov.chatgpt.com:8443")),
        (answer(None, None), FREE),
        ({"accounts": [{"id": "acct-1"}]}, FREE),
        (answer(account="acct-2"), None),
        ({"accounts": [*answer()["accounts"], *answer()["accounts"]]}, FREE),
        ({"accounts": None}, None),
        ({"accounts": ["acct-1", 3]}, None),
        ({}, None),
    ],
)
def test_the_entry_of_the_account_decides(given: Any, found: Workspace | None) -> None:
    """What says nothing of it is no wish of it."""
    assert parse(given, "acct-1") == found


@pytest.mark.parametrize(
    "wish",
    [
        answer("http://gov.chatgpt.com"),
        answer("https://user:secret@gov.chatgpt.com"),
        answer("https://gov.chatgpt.com/path"),
        answer("https://gov.chatgpt.com?x=1"),
        answer("https://"),
        answer("https://gov.chatgpt.com:port"),
        answer("gov.chatgpt.com"),
        answer(""),
        answer(7),
        answer("https://gov.chatgpt.com\\@evil.test"),
        answer("NO_CONSTRAINT", "eu"),
        answer("NO_CONSTRAINT", "us\r\nx-evil: 1"),
        answer("NO_CONSTRAINT", 7),
        {"accounts": [*answer()["accounts"], *answer("https://gov.chatgpt.com")["accounts"]]},
    ],
)
def test_a_wish_that_cannot_be_followed_stops_us(wish: Any) -> None:
    """To go somewhere else than the workspace demands would be worse than not to go; no secret is repeated."""
    with pytest.raises(WorkspaceUnusable) as caught:
        parse(wish, "acct-1")
    assert "secret" not in caught.value.for_person()


def test_what_is_kept_on_disk_is_checked_again() -> None:
    """The file may have been written by anybody."""
    assert from_json(to_json(GOV)) == GOV
    assert from_json({"origin": "http://evil.test", "override": None}) is None
    assert from_json(None) is None


class Service:
    """Gives one answer after another, each after a second; repeats the last one."""

    def __init__(self, *answers: Workspace | LspCodexError | None) -> None:
        self.answers = answers
        self.asked = 0

    async def fetch(self) -> Workspace | None:
        """The next answer."""
        found = self.answers[min(self.asked, len(self.answers) - 1)]
        self.asked += 1
        await asyncio.sleep(1)
        if isinstance(found, LspCodexError):
            raise found
        return found


@asynccontextmanager
async def discovering(service: Service, last: Workspace | None = None) -> AsyncIterator[Discovery]:
    """A discovery on the virtual clock."""

    async def recall() -> Workspace | None:
        return last

    async with Tasks() as tasks:
        yield Discovery(service.fetch, tasks, asyncio.get_running_loop().time, recall)


async def test_it_is_asked_once() -> None:
    """However many wait, and however long the session is."""
    service = Service(GOV)
    async with discovering(service) as discovery:
        assert await asyncio.gather(*(discovery.workspace() for _ in range(20))) == [GOV] * 20
        await asyncio.sleep(100_000)
        assert await discovery.workspace() == GOV
    assert service.asked == 1


@pytest.mark.parametrize(
    "trouble", [TimedOut("x"), Overloaded("x"), RequestRefused(404, "x"), RequestRefused(403, "x")]
)
@pytest.mark.parametrize("last", [None, GOV])
async def test_nobody_answering_stops_nobody(trouble: LspCodexError, last: Workspace | None) -> None:
    """Requests go where they went last time, at first to the base address; later nobody waits for the question."""
    service, loop = Service(trouble, trouble, Workspace(override="us")), asyncio.get_running_loop()
    async with discovering(service, last) as discovery:
        assert await discovery.workspace() == (last or FREE)
        waited = loop.time()
        for _ in range(3):
            assert await discovery.workspace() == (last or FREE)
        assert service.asked == 1
        assert loop.time() == waited
        for _ in range(2):
            await asyncio.sleep(PAUSE + 1)
            waited = loop.time()
            assert await discovery.workspace() == (last or FREE)
            assert loop.time() == waited
        await asyncio.sleep(2)
        assert await discovery.workspace() == Workspace(override="us")


@pytest.mark.parametrize("trouble", [SignInRequired(), Blocked()])
async def test_what_meets_the_next_request_too_is_said(trouble: LspCodexError) -> None:
    """The next caller asks anew: these have owners of their own, who say when."""
    service = Service(trouble, GOV)
    async with discovering(service) as discovery:
        with pytest.raises(type(trouble)):
            await discovery.workspace()
        assert await discovery.workspace() == GOV


async def test_a_wish_that_cannot_be_followed_is_not_asked_for_with_every_key() -> None:
    """It is said each time, and read again after a while."""
    service = Service(WorkspaceUnusable("x"), GOV)
    async with discovering(service) as discovery:
        for _ in range(3):
            with pytest.raises(WorkspaceUnusable):
                await discovery.workspace()
        assert service.asked == 1
        await asyncio.sleep(PAUSE + 1)
        assert await discovery.workspace() == GOV


async def test_a_cancelled_caller_does_not_end_the_question() -> None:
    """The next keystroke waits for the same answer."""
    service = Service(GOV)
    async with discovering(service) as discovery:
        first = asyncio.create_task(discovery.workspace())
        await asyncio.sleep(0.5)
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
        assert await discovery.workspace() == GOV
    assert service.asked == 1


async def test_the_request_goes_where_the_workspace_wants_it() -> None:
    """Host and header as recorded; the question itself and the models stay on the base address."""
    seen: list[tuple[str, str, str | None]] = []

    def note(request: httpx2.Request) -> None:
        override = request.headers.get("x-openai-account-routing-override")
        seen.append((request.url.host, request.url.path, override))

    def accounts(request: httpx2.Request) -> httpx2.Response:
        note(request)
        return httpx2.Response(200, json=answer("https://gov.chatgpt.com", "us_cr"))

    def others(request: httpx2.Request) -> httpx2.Response:
        note(request)
        if request.url.path.endswith("models"):
            return httpx2.Response(200, json={"models": [{"slug": "one"}]})
        return stream_of(delta("a"), COMPLETED)

    async with client_of(others, accounts=accounts, now=asyncio.get_running_loop().time) as client:
        await client.models()
        for _ in range(2):
            assert await client.text(ASK) == "a"
    host = httpx2.URL(BASE).host
    assert seen == [
        (host, "/backend-api/codex/models", None),
        (host, "/backend-api/wham/accounts/check", None),
        ("gov.chatgpt.com", "/backend-api/codex/responses", "us_cr"),
        ("gov.chatgpt.com", "/backend-api/codex/responses", "us_cr"),
    ]


async def test_what_was_seen_counts_in_the_next_session(tmp_path: Path) -> None:
    """A constraint is not forgotten because the question fails one morning."""
    hosts: list[str] = []

    def responses(request: httpx2.Request) -> httpx2.Response:
        hosts.append(request.url.host)
        return stream_of(delta("a"), COMPLETED)

    checks = iter((httpx2.Response(200, json=answer("https://gov.chatgpt.com")), httpx2.Response(500)))
    for _ in range(2):
        async with client_of(responses, accounts=lambda _: next(checks), cache=tmp_path) as client:
            await client.text(ASK)
    async with client_of(
        responses, Source("acct-2"), accounts=lambda _: httpx2.Response(500), cache=tmp_path
    ) as client:
        await client.text(ASK)
    assert hosts == ["gov.chatgpt.com", "gov.chatgpt.com", httpx2.URL(BASE).host]


async def test_a_question_that_hangs_costs_five_seconds_once() -> None:
    """Then requests go to the base address."""
    loop = asyncio.get_running_loop()

    async def never(_request: httpx2.Request) -> httpx2.Response:
        await asyncio.Event().wait()
        raise AssertionError

    async with client_of(lambda _: stream_of(delta("a"), COMPLETED), accounts=never, now=loop.time) as client:
        started = loop.time()
        assert [await client.text(ASK), await client.text(ASK)] == ["a", "a"]
        assert loop.time() - started == LISTING


async def test_a_clock_that_is_set_back_does_not_put_the_question_off() -> None:
    """After a failure it is put again within a minute, whatever the clock says."""
    now, asked = [1e9], 0

    async def fetch() -> Workspace | None:
        nonlocal asked
        asked += 1
        raise TimedOut("silent")

    tasks = Tasks()
    discovery = Discovery(fetch, tasks, lambda: now[0])
    await discovery.workspace()
    now[0] -= 365 * 86_400.0
    await discovery.workspace()
    await asyncio.sleep(0)
    assert asked == 2
    await tasks.aclose()
