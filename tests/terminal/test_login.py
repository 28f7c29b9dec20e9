"""``lsp-codex login`` without a process: every way in, with what a person sees and pastes."""

from __future__ import annotations

import asyncio
import json
import os
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from lsp_codex.auth.login import Invitation, Method
from lsp_codex.auth.state import SignedIn
from lsp_codex.errors import SignInFailed, SignInFailure
from lsp_codex.sandbox import loopback
from lsp_codex.sandbox.codex import SandboxCodex
from lsp_codex.secret import Secret
from lsp_codex.terminal import consent
from lsp_codex.terminal.account import opened
from lsp_codex.terminal.login import NotSignedIn, invitation, lines, login, with_api_key
from tests.harness.person import decides, enters
from tests.harness.ports import free_ports

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from lsp_codex.auth.manager import AuthManager

pytestmark = pytest.mark.real_time


@asynccontextmanager
async def at_sandbox() -> AsyncIterator[AuthManager]:
    """The account of this home, with a sandbox as the service."""
    ports = free_ports()
    codex = SandboxCodex(redirect_ports=ports, device_interval=1)
    async with loopback.serve(codex) as address:
        environ = {**os.environ, "LSP_CODEX_ISSUER": address}
        async with opened(environ, ports) as place:
            yield place.manager


async def nothing() -> AsyncIterator[str]:
    """A terminal at which nobody types."""
    await asyncio.Event().wait()
    yield ""


async def address_of(manager: AuthManager) -> str:
    """Where the running attempt sends the browser, once there is one."""
    async with asyncio.timeout(10):
        while manager.login is None:  # noqa: ASYNC110 — it has no event, and needs none
            await asyncio.sleep(0.01)
    return manager.login.address


async def test_through_the_browser(capsys: pytest.CaptureFixture[str]) -> None:
    """The address is printed; when the person has agreed, the login is in the file."""
    async with at_sandbox() as manager:
        running = asyncio.create_task(login(manager, Method.BROWSER, nothing(), None))
        address = await address_of(manager)
        await consent.agree(address)
        account = await running
        assert account.email == "demo@sandbox.invalid"
        assert isinstance(manager.state, SignedIn)
    shown = capsys.readouterr().out
    assert address in shown
    assert "paste the address" in shown
    stored = json.loads((Path(os.environ["LSP_CODEX_HOME"]) / "auth.json").read_text())
    assert stored["auth_mode"] == "chatgpt"


async def test_by_a_pasted_address(capsys: pytest.CaptureFixture[str]) -> None:
    """A wrong one is refused with a line on standard error, empty lines are nothing, the true one finishes it."""
    async with at_sandbox() as manager:
        pasted: asyncio.Queue[str] = asyncio.Queue()

        async def typed() -> AsyncIterator[str]:
            while True:
                yield await pasted.get()

        running = asyncio.create_task(login(manager, Method.BROWSER, typed(), None))
        true = await decides(await address_of(manager), "continue")
        for line in ("", "http://127.0.0.1:1455/auth/callback?code=x&state=old", f"  {true}  "):
            pasted.put_nowait(line)
        assert (await running).email == "demo@sandbox.invalid"
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert error.startswith(f"lsp-codex: {SignInFailure.WRONG_STATE.value}")


async def test_by_device_code(capsys: pytest.CaptureFixture[str]) -> None:
    """Page, code and the warning are printed; nothing is read from the terminal."""
    async with at_sandbox() as manager:
        running = asyncio.create_task(login(manager, Method.DEVICE_CODE, nothing(), None))
        address = await address_of(manager)
        assert manager.login is not None
        code = manager.login.invitation.user_code
        await enters(address, code)
        assert (await running).email == "demo@sandbox.invalid"
    shown = capsys.readouterr().out
    for words in (address, code, "15 minutes", "give it to nobody"):
        assert words in shown


async def test_a_refusal_is_one_error() -> None:
    """With what to do in a terminal."""
    async with at_sandbox() as manager:
        running = asyncio.create_task(login(manager, Method.BROWSER, nothing(), None))
        with pytest.raises(SignInFailed):
            address = await address_of(manager)
            assert manager.login is not None
            waiting = manager.login
            await consent_refused(address)
            await waiting.wait()
        with pytest.raises(NotSignedIn, match=r"declined.*lsp-codex login"):
            await running


async def consent_refused(address: str) -> None:
    """Press the other button, and follow the way back."""
    import httpx2

    async with httpx2.AsyncClient(trust_env=False) as browser:
        await browser.get(await decides(address, "cancel"))


async def test_a_login_that_cannot_be_saved_is_no_login(tmp_path: Path) -> None:
    """There is no session for which it would hold."""
    (tmp_path / "file").touch()
    with pytest.raises(NotSignedIn, match="could not be saved"):
        await with_api_key(Secret("sk-1"), {**os.environ, "LSP_CODEX_HOME": str(tmp_path / "file" / "home")})


async def test_by_api_key(capsys: pytest.CaptureFixture[str]) -> None:
    """In the CLI's form, with a line that promises nothing; a bad one is refused without being repeated."""
    await with_api_key(Secret("sk-1"), os.environ)
    stored = json.loads((Path(os.environ["LSP_CODEX_HOME"]) / "auth.json").read_text())
    assert stored == {"auth_mode": "apikey", "OPENAI_API_KEY": "sk-1"}
    assert "it was not tried" in capsys.readouterr().out
    with pytest.raises(NotSignedIn) as caught:
        await with_api_key(Secret("two words"), os.environ)
    assert "two words" not in str(caught.value)


def test_no_port_is_said_before_the_address() -> None:
    """The cause, the other ways, then the address to open and what to paste."""
    trouble = SignInFailed(SignInFailure.PORT_BUSY, "port 1455 is in use, port 1457 is reserved by the system")
    said = invitation(Invitation(Method.BROWSER, "https://issuer.invalid/a", trouble=trouble))
    for words in ("port 1455 is in use", "lsp-codex login --device-code", "paste", "https://issuer.invalid/a"):
        assert words in said


async def test_lines_come_as_they_are_typed() -> None:
    """Until the end of the input, the last one also without a line end."""
    reading, writing = os.pipe()
    found = lines(reading)
    os.write(writing, b"first\nsec")
    assert await anext(found) == "first"
    os.write(writing, b"ond\nlast \xff")
    assert await anext(found) == "second"
    os.close(writing)
    assert await anext(found) == "last �"
    with pytest.raises(StopAsyncIteration):
        await anext(found)
    os.close(reading)
