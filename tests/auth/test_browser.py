"""Rules of lsp_codex/auth/browser.py beside what a whole sign-in shows (test_login.py): address, ports, paste."""

from __future__ import annotations

import asyncio
import socket
from urllib.parse import parse_qsl, urlsplit

import pytest

from lsp_codex.auth import browser
from lsp_codex.auth.login import Method
from lsp_codex.errors import SignInFailed, SignInFailure
from tests.auth.issuer import FakeIssuer
from tests.harness.accounts import FakeAccount
from tests.harness.ports import free_ports

pytestmark = pytest.mark.real_time

ACCOUNT = FakeAccount()


async def begun(*ports: int, workspaces: str | None = None, fake: FakeIssuer | None = None) -> browser.BrowserWay:
    """A way that is open."""
    issuer = (fake or FakeIssuer(ACCOUNT.answer())).issuer()
    return await browser.begin(
        issuer, ports or (0,), 5, now=lambda: 1.0, on_stray=lambda: None, workspaces=workspaces
    )


def asked(way: browser.BrowserWay) -> dict[str, str]:
    """The parameters of the address."""
    return dict(parse_qsl(urlsplit(way.invitation.address).query))


@pytest.mark.parametrize("workspaces", [None, "acct-x,acct-fake-1"])
async def test_the_address_asks_for_the_forced_workspaces(workspaces: str | None) -> None:
    """As the last parameter, joined by commas; without a restriction it is not there (spec/auth.md 1.1)."""
    way = await begun(workspaces=workspaces)
    given = asked(way)
    assert given.get("allowed_workspace_id") == workspaces
    assert workspaces is None or list(given)[-1] == "allowed_workspace_id"
    assert (way.invitation.method, way.invitation.trouble) == (Method.BROWSER, None)
    await way.aclose()


async def test_without_a_port_the_address_still_works_by_pasting() -> None:
    """The redirect names an allowed port, the trouble names the causes, and the pasted code is exchanged with it."""
    ports = free_ports()
    with socket.create_server(("127.0.0.1", ports[0])), socket.create_server(("127.0.0.1", ports[1])):
        fake = FakeIssuer(ACCOUNT.answer())
        way = await begun(*ports, fake=fake)
    trouble = way.invitation.trouble
    assert trouble is not None
    assert trouble.reason is SignInFailure.PORT_BUSY
    given = asked(way)
    assert given["redirect_uri"] == f"http://127.0.0.1:{ports[0]}/auth/callback"
    way.bring(f"code=pasted&state={given['state']}")
    assert (await way.tokens()).access_token.reveal() == ACCOUNT.access_jwt()
    (form,) = fake.bodies()
    assert (form["code"], form["redirect_uri"]) == ("pasted", given["redirect_uri"])
    await way.aclose()


@pytest.mark.parametrize("query", ["", "nonsense", "code=x", "code=x&state=other", "state=&code=x"])
async def test_what_is_pasted_needs_the_right_state(query: str) -> None:
    """Anything else is refused, and the true one is still taken."""
    way = await begun()
    with pytest.raises(SignInFailed) as caught:
        way.bring(query)
    assert caught.value.reason is SignInFailure.WRONG_STATE
    way.bring(f"code=x&state={asked(way)['state']}")
    await way.tokens()
    await way.aclose()


async def test_a_cancelled_beginning_holds_no_port() -> None:
    """Whoever asked has gone while the port was being asked for: nothing listens afterwards."""
    ports = free_ports()
    with socket.create_server(("127.0.0.1", ports[0])):
        beginning = asyncio.create_task(begun(*ports))
        await asyncio.sleep(0.1)
        beginning.cancel()
        await asyncio.gather(beginning, return_exceptions=True)
    for port in ports:
        with socket.create_server(("127.0.0.1", port)):
            pass
