"""Login: one running browser sign-in, from the listening port to saved tokens, with exactly one end."""

from __future__ import annotations

import asyncio
import time
import uuid
from typing import TYPE_CHECKING, assert_never

from lsp_codex.auth import pages
from lsp_codex.auth.callback import CallbackListener, Code, Refused
from lsp_codex.auth.pkce import authorize_url, new_nonce, new_pkce, redirect_uri
from lsp_codex.auth.tokens import new_login
from lsp_codex.errors import BackendError, RequestRefused, SignInFailed, SignInFailure, StoreError, Unreadable
from lsp_codex.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from lsp_codex.auth.oauth import Issuer
    from lsp_codex.auth.tokens import Account, Tokens

DETAIL_LENGTH = 300
NOT_ENTITLED = (
    "Codex is not enabled for your workspace. Contact your workspace administrator to request access to Codex"
)


async def begin(
    issuer: Issuer,
    keep: Callable[[Tokens], Awaitable[Account]],
    ports: Sequence[int],
    timeout: float,
    *,
    now: Callable[[], float] = time.time,
) -> Login:
    """Listen first, then make the address; ``timeout`` is in seconds. Raises ``SignInFailed`` (``PORT_BUSY``)."""
    state = new_nonce()
    listener = CallbackListener(Secret(state))
    await listener.open(ports)
    return Login(issuer, listener, state, keep, timeout, now=now)


class Login:
    """A running attempt. ``auth_url`` is for a browser on this machine, ``login_id`` for whoever cancels it later."""

    def __init__(
        self,
        issuer: Issuer,
        listener: CallbackListener,
        state: str,
        keep: Callable[[Tokens], Awaitable[Account]],
        timeout: float,
        *,
        now: Callable[[], float],
    ) -> None:
        self._issuer = issuer
        self._listener = listener
        self._keep = keep
        self._timeout = timeout
        self._now = now
        self._pkce = new_pkce()
        self._redirect = redirect_uri(listener.port)
        self._keeping = False
        self._outcome: asyncio.Future[Account] = asyncio.get_running_loop().create_future()
        self.login_id = str(uuid.uuid4())
        self.auth_url = authorize_url(issuer.base_url, self._redirect, self._pkce.challenge, state)
        self._task = asyncio.create_task(self._run(), name="sign-in")
        self._task.add_done_callback(self._finished)

    @property
    def ended(self) -> bool:
        """Whether :meth:`wait` answers at once."""
        return self._outcome.done()

    async def wait(self) -> Account:
        """The account, once its tokens are saved. Raises :class:`SignInFailed`; may be called by several."""
        return await asyncio.shield(self._outcome)

    def cancel(self) -> None:
        """End the attempt; too late, and without effect, once its tokens are being saved."""
        if not self._keeping and not self.ended:
            self._fail(SignInFailed(SignInFailure.CANCELLED))
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
            self._listener.show(pages.success(account))
            self._outcome.set_result(account)
        finally:
            await self._listener.aclose()

    async def _attempt(self) -> Account:
        try:
            async with asyncio.timeout(self._timeout):
                arrival = await self._listener.arrival()
        except TimeoutError:
            raise SignInFailed(SignInFailure.TIMED_OUT) from None
        match arrival:
            case Refused():
                raise _denied(arrival)
            case Code(code):
                tokens = await self._exchange(code)
            case _:
                assert_never(arrival)
        self._keeping = True
        try:
            return await self._keep(tokens)
        except StoreError as error:
            raise SignInFailed(SignInFailure.NOT_SAVED, str(error)) from error

    async def _exchange(self, code: Secret) -> Tokens:
        try:
            answer = await self._issuer.exchange(code, self._pkce.verifier, self._redirect)
            return new_login(answer, self._issuer.provenance, new_nonce(), self._now())
        except (RequestRefused, Unreadable) as error:
            raise SignInFailed(SignInFailure.EXCHANGE, _refusal(error)) from error
        except BackendError as error:
            raise SignInFailed(SignInFailure.UNREACHABLE, str(error)) from error
        except ValueError as error:
            raise SignInFailed(SignInFailure.EXCHANGE, f"its answer is not complete ({error})") from None

    def _fail(self, failure: SignInFailed) -> None:
        if not self._outcome.done():
            self._listener.show(pages.failure(failure))
            self._outcome.set_exception(failure)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._listener.close()  # a task that is cancelled before its first step runs no finally
        # Whoever waits must hear of an end that nobody foresaw, too.
        if task.cancelled():
            self._fail(SignInFailed(SignInFailure.CANCELLED))
        elif (error := task.exception()) is not None and not self._outcome.done():
            self._outcome.set_exception(error)
        if not self._outcome.cancelled():
            self._outcome.exception()  # somebody may wait for it later, or nobody


def _refusal(error: RequestRefused | Unreadable) -> str:
    match error:
        case RequestRefused(status=status, code=code):
            return f"status {status}" + (f", {code}" if code else "")
        case Unreadable():
            return str(error)
        case _:
            assert_never(error)


def _denied(arrival: Refused) -> SignInFailed:
    """The issuer's error in words, as the Codex CLI chooses them (spec/auth.md 1.2)."""
    said = " ".join((arrival.description or arrival.error).split())
    detail = "".join(character for character in said if character.isprintable())[:DETAIL_LENGTH]
    if arrival.error == "access_denied" and "missing_codex_entitlement" in arrival.description.lower():
        detail = NOT_ENTITLED
    elif arrival.error == "missing_authorization_code":
        detail = "the browser brought no authorization code"
    return SignInFailed(SignInFailure.DENIED, detail)
