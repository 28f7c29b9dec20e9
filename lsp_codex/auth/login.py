"""Login: one running sign-in, whichever way it goes, from its invitation to saved tokens, with exactly one end."""

from __future__ import annotations

import asyncio
import uuid
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Protocol, assert_never

from lsp_codex.auth import pages
from lsp_codex.errors import (
    BackendError,
    Overloaded,
    RequestRefused,
    SignInFailed,
    SignInFailure,
    StoreError,
    Unreadable,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from lsp_codex.auth.pages import Page
    from lsp_codex.auth.tokens import Account, Tokens


class Method(Enum):
    """The ways that take a while; the value is the word for it on the wire."""

    BROWSER = "browser"
    DEVICE_CODE = "deviceCode"


@dataclass(frozen=True, slots=True)
class Invitation:
    """What a person needs to go on: an address and, with a device code, the code to enter there.

    ``trouble`` says why only a pasted address can finish it.
    """

    method: Method
    address: str
    user_code: str = ""
    trouble: SignInFailed | None = None


class Way(Protocol):
    """One way to tokens; made ready, used once, closed."""

    @property
    def invitation(self) -> Invitation:
        """What the person is told."""
        ...

    async def tokens(self) -> Tokens:
        """The tokens of who signed in. Raises :class:`SignInFailed`."""
        ...

    def bring(self, query: str) -> None:
        """Take what a browser brought elsewhere. Raises :class:`SignInFailed` (``WRONG_STATE``, ``NOT_RUNNING``)."""
        ...

    def show(self, page: Page) -> None:
        """The end, for a browser that waits for it."""
        ...

    def close(self) -> None:
        """Give back at once what the way holds."""
        ...

    async def aclose(self) -> None:
        """As :meth:`close`, once a browser that is being answered has its page."""
        ...


class Login:
    """A running attempt; ``login_id`` is for whoever cancels it later."""

    def __init__(self, way: Way, keep: Callable[[Tokens], Awaitable[Account]]) -> None:
        self._way = way
        self._keep = keep
        self._keeping = False
        self._outcome: asyncio.Future[Account] = asyncio.get_running_loop().create_future()
        self.login_id = str(uuid.uuid4())
        self.invitation = way.invitation
        self._task = asyncio.create_task(self._run(), name="sign-in")
        self._task.add_done_callback(self._finished)

    @property
    def method(self) -> Method:
        """How the person signs in."""
        return self.invitation.method

    @property
    def address(self) -> str:
        """What the person opens in a browser."""
        return self.invitation.address

    @property
    def ended(self) -> bool:
        """Whether :meth:`wait` answers at once."""
        return self._outcome.done()

    @property
    def failure(self) -> SignInFailed | None:
        """Why it has ended without a login; ``None`` while it runs, and after a good end."""
        error = self._outcome.exception() if self.ended and not self._outcome.cancelled() else None
        return error if isinstance(error, SignInFailed) else None

    @property
    def account(self) -> Account | None:
        """Who has signed in; ``None`` while it runs, and after an end without a login."""
        if not self.ended or self._outcome.cancelled() or self._outcome.exception() is not None:
            return None
        return self._outcome.result()

    async def wait(self) -> Account:
        """The account, once its tokens are saved. Raises :class:`SignInFailed`; may be called by several."""
        return await asyncio.shield(self._outcome)

    def complete(self, pasted: str) -> None:
        """Take the address, or its query, on which a browser elsewhere ended.

        Raises :class:`SignInFailed` if it is not that of this attempt, which then waits on.
        """
        self._way.bring(query_of(pasted))

    def cancel(self, why: SignInFailure = SignInFailure.CANCELLED) -> None:
        """End the attempt; too late, and without effect, once its tokens are being saved."""
        if not self._keeping and not self.ended:
            self._fail(SignInFailed(why))
            self._task.cancel()

    async def closed(self) -> None:
        """Wait until the port is free again."""
        await asyncio.wait({self._task})

    async def _run(self) -> None:
        try:
            account = await self._attempt()
        except SignInFailed as failure:
            self._fail(failure)
        else:
            self._way.show(pages.success(account))
            self._outcome.set_result(account)
        finally:
            await self._way.aclose()

    async def _attempt(self) -> Account:
        tokens = await self._way.tokens()
        self._keeping = True
        try:
            return await self._keep(tokens)
        except StoreError as error:
            raise SignInFailed(SignInFailure.NOT_SAVED, str(error)) from error

    def _fail(self, failure: SignInFailed) -> None:
        if not self._outcome.done():
            self._way.show(pages.failure(failure))
            self._outcome.set_exception(failure)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._way.close()  # a task that is cancelled before its first step runs no finally
        # Whoever waits must hear of an end that nobody foresaw, too.
        if task.cancelled():
            self._fail(SignInFailed(SignInFailure.CANCELLED))
        elif (error := task.exception()) is not None and not self._outcome.done():
            self._outcome.set_exception(error)
        if not self._outcome.cancelled():
            self._outcome.exception()  # somebody may wait for it later, or nobody


def query_of(pasted: str) -> str:
    """The query of an address as people paste it: with quotes around it, or only from the question mark on."""
    text = pasted.strip().strip("<>'\"")
    return (text.partition("?")[2] if "?" in text else text).partition("#")[0]


def exchange_failed(error: BackendError | ValueError) -> SignInFailed:
    """What it means for the sign-in that the code was not exchanged for tokens."""
    match error:
        case RequestRefused(status=status, code=code):
            detail = f"status {status}" + (f", {code}" if code else "")
            return SignInFailed(SignInFailure.EXCHANGE, detail, status=status)
        case Unreadable():
            return SignInFailed(SignInFailure.EXCHANGE, str(error))
        case Overloaded(status=status):
            return SignInFailed(SignInFailure.UNREACHABLE, str(error), status=status)
        case BackendError():
            return SignInFailed(SignInFailure.UNREACHABLE, str(error))
        case ValueError():
            return SignInFailed(SignInFailure.EXCHANGE, f"its answer is not complete ({error})")
        case _:
            assert_never(error)
