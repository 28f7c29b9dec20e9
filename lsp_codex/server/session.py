"""Session: all state between ``initialize`` and ``exit``, and the one place where its parts meet."""

from __future__ import annotations

import asyncio
import importlib
import logging
from contextlib import AsyncExitStack
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from lsp_codex import config as settings
from lsp_codex.errors import LspCodexError, SignInFailed, SignInFailure
from lsp_codex.server.documents import open_documents
from lsp_codex.server.editor import Editor
from lsp_codex.server.notices import Notices
from lsp_codex.tasks import Tasks

if TYPE_CHECKING:
    from lsp_codex.auth.state import AuthState, External
    from lsp_codex.backend.limits import RateLimits
    from lsp_codex.completion.context import CompletionContext
    from lsp_codex.errors import StoreError
    from lsp_codex.restriction import Restriction
    from lsp_codex.server.ends import Ends
    from lsp_codex.server.ghost_text import GhostText
    from lsp_codex.server.pages import Pages
    from lsp_codex.server.privacy import Privacy
    from lsp_codex.server.protocol import CodexServer
    from lsp_codex.server.services import Services
    from lsp_codex.server.world import World

log = logging.getLogger(__name__)


class Session:
    """One conversation with one client; closed when the process ends, however it ends."""

    def __init__(self, server: CodexServer, world: World) -> None:
        # State
        self.config = settings.Config()
        self._initial: object = None
        self._pushed: object = None
        self._set_trigger = self.config.completion.trigger
        self._toggled: str | None = None  # the trigger that the user has switched to by hand
        self._last_status: dict[str, Any] | None = None
        self.greeted = True  # whether the client knows who was signed in from the start
        self.trouble: str | None = None  # why the last ghost text failed, until one comes again
        # Running
        self.tasks = Tasks()
        self._services: Services | None = None
        self._loaded: asyncio.Task[None] | None = None
        self._document_opened = asyncio.Event()
        self._warming: asyncio.Task[None] | None = None
        self._closing = AsyncExitStack()
        # For the whole session
        self.server = server
        self.world = world
        self.editor = Editor(server)
        self.notices = Notices(self.editor.warn)
        self.account_turn = asyncio.Lock()  # requests of the account API are handled one after another

    # What the answer to ``initialize`` does not need is imported after it.
    @cached_property
    def privacy(self) -> Privacy:
        """What of the user's files may leave this machine."""
        from lsp_codex.server.privacy import Privacy

        return Privacy(
            lambda: [document.uri for document in open_documents(self.server)], lambda: self.server.workspace.folders
        )

    @cached_property
    def pages(self) -> Pages:
        """What is shown once, in documents of its own."""
        from lsp_codex.server.pages import Pages

        return Pages()

    @cached_property
    def ghost_text(self) -> GhostText:
        """Ghost text as editors get it."""
        from lsp_codex.server.ghost_text import GhostText

        return GhostText(self)

    @cached_property
    def ends(self) -> Ends:
        """Who tells the client how each sign-in ended."""
        from lsp_codex.server.ends import Ends

        return Ends(self)

    async def open(self, initialization_options: object) -> None:
        """Read the first settings; when ``initialize`` is answered, open the services and load the stored login."""
        self._initial = initialization_options
        self._take_settings()
        if self._loaded is None:
            self._loaded = self.tasks.spawn(self._begin(), "open the services")

    async def configure(self, section: object) -> None:
        """Take new settings from the client; they win over ``initializationOptions`` and need no restart."""
        self._pushed = section
        from lsp_codex.server.services import Services

        before = self.config
        self._take_settings()
        if not Services.same(before, self.config):
            # From here on, before anything else can run, whoever asks for the services waits for the new ones.
            self._loaded = self.tasks.spawn(self._reopen(self._loaded), "open the services anew")
            await asyncio.shield(self._loaded)
        self.changed()

    def toggle_completion(self, *, enabled: bool | None = None) -> bool:
        """Switch ghost text on or off for this session, or over; whether it is on then."""
        on = self.config.completion.trigger == "off" if enabled is None else enabled
        if on != (self.config.completion.trigger != "off"):
            # Off in the settings, on by hand: as if nothing were set.
            switched_on = "automatic" if self._set_trigger == "off" else self._set_trigger
            self._toggled = switched_on if on else "off"
            self._take_settings()
        self.changed()
        return on

    def document_opened(self) -> None:
        """The editor shows a document: from now on ghost text may be wanted at any moment."""
        self._document_opened.set()

    async def aclose(self) -> None:
        """End everything: tasks, a running sign-in, connections; a renewal that was sent reaches the store."""
        await self.tasks.aclose()
        await self._closing.aclose()

    async def services(self) -> Services:
        """The open services, once the stored login is loaded (milliseconds after ``initialize``)."""
        while self._loaded is not None and not self._loaded.done():
            await asyncio.shield(self._loaded)
        return self._open

    @property
    def state(self) -> AuthState:
        """Who is signed in."""
        return self._open.auth.state

    @property
    def signing_in(self) -> bool:
        """Whether a sign-in is running."""
        return self._open.auth.login is not None

    @property
    def restriction(self) -> Restriction:
        """Which logins are allowed."""
        return self._open.auth.restriction

    def status(self) -> dict[str, Any]:
        """The object of ``codex.status``."""
        from lsp_codex.server.status import status

        services = self._open
        return status(
            services.auth.state,
            self.config,
            store=services.store.kind,
            signing_in=services.auth.login is not None,
            limits=services.client.limits,
            held=services.client.held,
            statistics=services.completions.statistics(),
            trouble=self.trouble,
            guard=self.ghost_text.paused(services),
            tally=self.ghost_text.offers.tally,
        )

    def changed(self) -> None:
        """Something that the status shows may have changed: tell the client if it did."""
        if self._services is None:
            return
        now = self.status()
        if now != self._last_status:
            self._last_status = now
            self.editor.notify("codex/didChangeStatus", now)

    @property
    def _open(self) -> Services:
        if self._services is None:
            raise RuntimeError("no handler runs before initialize")
        return self._services

    def _take_settings(self) -> None:
        forced = {"sandbox": True} if self.world.sandbox else None
        layers = (self._initial, self._pushed, forced)
        before = replace(self.config, completion=replace(self.config.completion, trigger=self._set_trigger))
        previous = before if self._loaded is not None else None
        parsed, problems = settings.parse(layers, self.world.environ, previous)
        if parsed.completion.trigger != self._set_trigger:
            # Whoever changes the setting means it.
            self._set_trigger, self._toggled = parsed.completion.trigger, None
        trigger = self._toggled or self._set_trigger
        old, self.config = self.config, replace(parsed, completion=replace(parsed.completion, trigger=trigger))
        if (old.completion, old.context) != (self.config.completion, self.config.context):
            self.supersede()
        for problem in problems:
            self.notices.once(f"setting {problem.key} {problem.value!r}", problem.for_person())

    async def _begin(self) -> None:
        # Importing what the services are made of takes a tenth of the time to the answer.
        await self.server.protocol.answered.wait()
        await self._open_services()
        await self._load()

    async def _open_services(self) -> None:
        from lsp_codex.server.parent import ClientAsParent
        from lsp_codex.server.services import open_services

        parent = ClientAsParent(self.server)
        note = self.ghost_text.note
        opened = open_services(
            self.config, self.world, self._auth_changed, self._not_saved, self._stray, parent, note, self._services
        )
        self._services = await self._closing.enter_async_context(opened)
        self._services.client.on_replaced = self._model_replaced
        self._services.client.on_limits = self._limits_seen

    async def _reopen(self, before: asyncio.Task[None] | None) -> None:
        from lsp_codex.auth.state import External

        if before is not None:
            await asyncio.wait({before})
        # Closing ends what runs on the old account or address: none of it may answer for the new one.
        held = None if self._services is None else (self._services.auth.state, self._services.sandbox)
        await self._closing.aclose()
        self.trouble = None
        await self._open_services()
        if held is not None and held[1] == self._open.sandbox and isinstance(held[0], External):
            await self._take_over(held[0])
        await self._load(None if held is None else held[0])

    async def _take_over(self, lent: External) -> None:
        """What a program has lent is nowhere else: it stays when settings change, if they allow it."""
        try:
            await self._open.auth.use_external(lent.token, lent.account.account_id or "", lent.account.plan)
        except (SignInFailed, ValueError) as error:
            self.editor.warn(f"Codex: the login that another program lent here is no longer used: {error}.")

    async def _load(self, before: AuthState | None = None) -> None:
        from lsp_codex.auth.state import SignedIn
        from lsp_codex.server import api_answers

        services = self._open
        await services.auth.load()
        self.changed()
        if before is None:
            self.ends.known = api_answers.mode(services.auth.state)
            self.greeted = not isinstance(services.auth.state, SignedIn)
            self.greet()
        elif api_answers.mode(before) != api_answers.mode(services.auth.state):
            self.ends.updated()
        self._warming = self.tasks.spawn(self._warm(services), "warm up")

    async def _warm(self, services: Services) -> None:
        """Build the HTTP client in a thread, fetch the model list, open a connection: no keystroke waits for them.

        Before a document is open there is no keystroke to wait, and an idle server needs no HTTP client: 15 MB.
        """
        await self._document_opened.wait()
        if services is not self._services:  # opened anew meanwhile
            return
        try:
            await services.pool.prewarm()
            await asyncio.to_thread(importlib.import_module, "lsp_codex.actions.menu")  # the first menu asks for it
            automatic = self.config.completion.trigger == "automatic"  # else nothing goes out that nobody asked for
            if automatic and self.status()["state"] in {"signedIn", "external"}:
                await services.client.prepare()
                self.expect_request(services)
        except LspCodexError as error:
            log.info("not warmed up: %s", error)

    def greet(self) -> None:
        """Tell a client that asks for it, once, who is signed in with ChatGPT from the start (spec 5, C33)."""
        from lsp_codex.auth.state import SignedIn

        if not self.greeted and self.editor.wants_notifications and isinstance(self.state, SignedIn):
            self.ends.updated()

    def supersede(self, place: CompletionContext | None = None) -> None:
        """End what is asked for other places of a document, or all: nobody wants it any more, or not in this way."""
        if self._services is not None:
            self._services.completions.supersede(place)

    def expect_request(self, services: Services) -> None:
        """Open a connection ahead of a request; not if the user asks by hand only: nothing goes out before."""
        if self.config.completion.trigger == "automatic":
            services.client.make_ready()

    def _auth_changed(self, state: AuthState) -> None:
        from lsp_codex.auth.state import Failed, SignedOut

        if self._services is not None and isinstance(state, SignedOut | Failed):
            self._services.client.forget()
            self._services.completions.forget()
            if self._warming is not None:
                self._warming.cancel()  # what it asks for it would ask in the name of who has left
        self.changed()
        match state:
            case Failed(error=error):
                self.editor.warn(f"Codex: {error.for_person()}")
            case SignedOut(why) if why and why != settings.wrong_place(self.config):  # that is told as a setting
                self.editor.warn(f"Codex: you are not signed in: {why}.")
            case _:
                pass

    def _not_saved(self, error: StoreError) -> None:
        if self._open.auth.login is None:  # else it is the end of that sign-in, which says so itself
            self.notices.once(
                "credentials not saved", f"Codex: your sign-in holds for this session only. {error.for_person()}"
            )

    def _stray(self) -> None:
        self.notices.once("stray", f"Codex: {SignInFailed(SignInFailure.WRONG_STATE).for_person()}")

    def _limits_seen(self, limits: RateLimits) -> None:
        from lsp_codex.server import api_answers

        self.ends.limits(api_answers.bucket(limits))

    def _model_replaced(self, old: str, new: str) -> None:
        self.notices.once(
            f"model {old}", f"Codex: the model {old} is not available to your account; {new} answers instead."
        )
