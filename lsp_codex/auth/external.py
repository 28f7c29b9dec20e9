"""Lender: the program whose tokens we use, and the one question that gets new ones (spec/account-api.md 4)."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from lsp_codex.auth.state import Event, External, ExternalGiven
from lsp_codex.auth.tokens import account_named_by, fits_header
from lsp_codex.errors import RefreshFailed
from lsp_codex.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Callable

    from lsp_codex.auth.state import AuthState
    from lsp_codex.restriction import Restriction

LIMIT_SECONDS = 10.0


class Parent(Protocol):
    """Who lends the tokens, as a question."""

    async def __call__(self, previous_account_id: str | None, /) -> object:
        """Its answer to "these are refused, give me others", as JSON; cancelled when nobody waits any more.

        Raises :class:`RefreshFailed` if it refuses or cannot be asked.
        """
        ...


async def nobody(_previous_account_id: str | None) -> object:
    """Where there is no program around us."""
    raise RefreshFailed("auth refresh request canceled: there is nobody to ask")


def lent(token: Secret, account_id: str, plan: str | None) -> External:
    """The login that ``token`` is; the workspace is ``account_id`` whatever the claims say (spec/account-api.md 4.1).

    Raises ``ValueError`` if the token is no JWT, or if one of the two cannot stand in a request header.
    """
    if not fits_header(token, account_id):
        raise ValueError("does not fit a header")
    account = account_named_by(token, account_id)
    return External(token, account if plan is None else replace(account, plan=plan))


class Lender:
    """Asks ``parent`` one question at a time; reads ``state()``, and changes it by ``step`` only."""

    def __init__(
        self,
        parent: Parent,
        state: Callable[[], AuthState],
        step: Callable[[Event], None],
        restriction: Restriction,
    ) -> None:
        self._parent = parent
        self._state = state
        self._step = step
        self._restriction = restriction
        self._asking: asyncio.Task[RefreshFailed | None] | None = None

    async def renew(self, refused: External) -> None:
        """Return when the parent has answered for ``refused``, or it is no longer what is held.

        Whoever comes while a question is open waits for the same answer; a caller that goes away ends nothing.
        Raises :class:`RefreshFailed`; ``refused`` then stays, and the next call asks again.
        """
        if self._state() != refused:
            return
        if self._asking is None or self._asking.cancelling():
            self._asking = asyncio.create_task(self._ask(refused), name="ask for new tokens")
            self._asking.add_done_callback(self._asked)
        asking = self._asking
        await asyncio.wait({asking})
        failure = None if asking.cancelled() else asking.result()
        if failure is not None and self._state() == refused:
            raise failure.with_traceback(None)

    def superseded(self) -> None:
        """What is held changes by other ways: the open question is let go, and a late answer counts for nothing."""
        if self._asking is not None:
            self._asking.cancel()

    async def aclose(self) -> None:
        """Let the open question go, and wait until that is done."""
        if self._asking is not None:
            asking = self._asking
            asking.cancel()
            await asyncio.wait({asking})

    async def _ask(self, refused: External) -> RefreshFailed | None:
        try:
            async with asyncio.timeout(LIMIT_SECONDS):
                answer = await self._parent(refused.account.account_id)
            given = self._taken(answer)
        except TimeoutError:
            return RefreshFailed(f"auth refresh request timed out after {LIMIT_SECONDS:.0f}s")
        except RefreshFailed as failure:
            return failure
        self._step(ExternalGiven(given, of=refused))
        return None

    def _taken(self, answer: object) -> External:
        """The login in the parent's answer. Raises :class:`RefreshFailed`; its texts: spec/account-api.md 4.4."""
        match answer:
            case {"accessToken": str(token), "chatgptAccountId": str(account_id), **rest}:
                plan = rest.get("chatgptPlanType")
            case _:
                raise RefreshFailed("invalid auth refresh response")
        if not isinstance(plan, str | None):
            raise RefreshFailed("invalid auth refresh response")
        try:
            given = lent(Secret(token), account_id, plan)
        except ValueError:
            raise RefreshFailed("auth refresh returned invalid credentials") from None
        if self._restriction.bars_workspaces([account_id]) is not None:
            allowed = ", ".join(self._restriction.workspaces or ())
            raise RefreshFailed(
                f"Login is restricted to workspace(s) {allowed}, but current credentials belong to {account_id}"
            )
        return given

    def _asked(self, task: asyncio.Task[RefreshFailed | None]) -> None:
        if self._asking is task:
            self._asking = None
