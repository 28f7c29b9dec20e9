"""Ends: the end of each sign-in, told exactly once and in the order that the account API promises."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lsprotocol import types as lsp

from lsp_codex.auth.state import SignedIn
from lsp_codex.errors import LspCodexError, RoutingFailed, SignInFailed, SignInFailure
from lsp_codex.server import api_answers, api_texts

if TYPE_CHECKING:
    import asyncio

    from lsp_codex.auth.login import Login
    from lsp_codex.server.session import Session

COMPLETED = "account/login/completed"
UPDATED = "account/updated"
LIMITS_UPDATED = "account/rateLimits/updated"
CHANGED = "account changed during workspace routing discovery"


class Ends:
    """Tells the person by messages and programs by notifications; whoever ends an attempt may say when."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._watched: dict[str, Login] = {}
        self._held: set[str] = set()
        self._asking: dict[asyncio.Task[None], Login | None] = {}
        """Logins in force whose end waits for the routing of their workspace."""
        self.known: dict[str, Any] | None = None
        """Who is signed in as far as a program can know: from the start, or as it was told last."""

    def watch(self, login: Login) -> None:
        """Tell the end of ``login`` when it comes, but not before the answer to the request that began it."""
        self._watched[login.login_id] = login
        self._session.server.protocol.afterwards(lambda: self._session.tasks.start(self._wait(login), "sign-in"))

    def hold(self, login: Login | None) -> None:
        """Do not tell the end of ``login`` by yourself: whoever is about to end it says when."""
        if login is not None:
            self._held.add(login.login_id)

    def tell(self, login: Login | None) -> None:
        """Tell the end of ``login`` now, if it has ended without tokens and was not told; it is held no longer."""
        if login is None:
            return
        self._held.discard(login.login_id)
        if (failure := login.failure) is not None and self._watched.pop(login.login_id, None) is not None:
            self._failed(login, failure)

    def tell_afterwards(self, login: Login | None) -> None:
        """As :meth:`tell`, when the request that is being handled has been answered."""
        self._session.server.protocol.afterwards(lambda: self.tell(login))

    def announce(self, login: Login | None) -> None:
        """Tell a login that is in force, when its workspace's routing is known; ``None``: one without an attempt."""
        asking = self._session.tasks.spawn(self._announce(login), "the workspace of a sign-in")
        self._asking[asking] = login
        asking.add_done_callback(lambda task: self._asking.pop(task, None))

    def superseded(self) -> None:
        """Another login, or none, is in force now: those whose workspace is still being asked for have ended."""
        while self._asking:
            asking, login = self._asking.popitem()
            asking.cancel()
            self._completed(None if login is None else login.login_id, CHANGED)

    async def _wait(self, login: Login) -> None:
        try:
            await login.wait()
        except SignInFailed:
            if login.login_id not in self._held:
                self.tell(login)
            return
        self._watched.pop(login.login_id, None)
        if not self._holds(login):
            self._completed(login.login_id, CHANGED)
            return
        self.superseded()
        services = await self._session.services()
        services.client.forget()
        self.announce(login)

    async def _announce(self, login: Login | None) -> None:
        services = await self._session.services()
        try:
            # Beside its answer: that the workspace can be used at all (spec/account-api.md 5).
            await services.client.routing()
        except LspCodexError as error:
            if login is None:  # what is lent stays in force in every case
                self.refused(str(error))
                return
            if isinstance(error, RoutingFailed) and error.final:
                await self._undo(login, error)
                return
            # Another failure may pass; whoever asks for the account hears of it.
        if login is None:
            self.signed_in()
        else:
            self._succeeded(login)

    def _holds(self, login: Login) -> bool:
        """Whether ``login`` is the one in force."""
        state = self._session.state
        return isinstance(state, SignedIn) and login.account is not None and state.account == login.account

    async def _undo(self, login: Login, unusable: RoutingFailed) -> None:
        """What is reported as failed is not kept."""
        services = await self._session.services()
        await services.auth.sign_out()
        self._session.editor.tell(f"Codex: this login cannot be used: {unusable}.", lsp.MessageType.Error)
        self._session.changed()
        self._completed(login.login_id, str(unusable))
        if self.known != api_answers.mode(self._session.state):  # the login before is gone, too
            self.updated()

    def _succeeded(self, login: Login) -> None:
        session = self._session
        session.notices.settled()
        account = login.account
        if account is not None:
            session.editor.tell(f"Codex: signed in as {account.in_words()}.")
        session.changed()
        self._completed(login.login_id, None)
        self.updated()

    def _failed(self, login: Login, failure: SignInFailed) -> None:
        session = self._session
        ours = failure.reason is SignInFailure.TAKEN_OVER and session.signing_in
        if not ours and failure.reason is not SignInFailure.REPLACED:  # else the user looks at the other way already
            session.editor.answer(f"Codex: {failure.for_person()}", lsp.MessageType.Error)
        session.changed()
        self._completed(login.login_id, api_texts.ended(failure, login.method, session.restriction))
        if failure.reason is SignInFailure.NOT_SAVED:  # it holds for this session all the same
            self.updated()

    def signed_in(self) -> None:
        """A login without an attempt has begun: an API key, or tokens of the program around us."""
        self._session.changed()
        self._completed(None, None)
        self.updated()

    def refused(self, text: str) -> None:
        """A login without an attempt has failed."""
        self._session.changed()
        self._completed(None, text)

    def updated(self) -> None:
        """Who is signed in now."""
        self._session.greeted = True
        self._session.trouble = None  # it was about the login of before
        self.known = api_answers.mode(self._session.state)
        self._notify(UPDATED, self.known)

    def limits(self, bucket: dict[str, Any]) -> None:
        """What the answer to a request said about the plan."""
        self._notify(LIMITS_UPDATED, {"rateLimits": bucket})

    def _completed(self, login_id: str | None, error: str | None) -> None:
        told = {"loginId": login_id, "success": error is None, "error": error, "onboardingEntrypoint": None}
        self._notify(COMPLETED, told)

    def _notify(self, method: str, params: dict[str, Any]) -> None:
        at = int(self._session.world.now() * 1000)
        self._session.editor.notify(method, params, emittedAtMs=at)
