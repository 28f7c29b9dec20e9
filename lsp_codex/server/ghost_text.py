"""GhostText owns what a session knows for its completions, and answers both kinds of request for them."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from functools import cached_property, partial
from typing import TYPE_CHECKING

from lsp_codex.completion.context import gather
from lsp_codex.completion.guard import HOUR, Used, pause, switched_off
from lsp_codex.completion.journal import Entry, Journal, Sent, Unasked
from lsp_codex.completion.offers import Offers
from lsp_codex.completion.wishes import Wishes
from lsp_codex.errors import CompletionPaused, CredentialsRejected, LspCodexError, Rejection, SignInRequired
from lsp_codex.server.documents import find_document, open_documents
from lsp_codex.server.privacy import FRESH, on_disk

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from lsprotocol import types as lsp

    from lsp_codex.completion.engine import Suggestion
    from lsp_codex.completion.nearby import Nearby
    from lsp_codex.completion.surroundings import Surroundings
    from lsp_codex.server.place import Place
    from lsp_codex.server.services import Services
    from lsp_codex.server.session import Session
    from lsp_codex.text import Edit, Snapshot

log = logging.getLogger(__name__)

PAUSED = "ghost text pauses"
FIRST_USE = "Codex: ghost text counts toward your ChatGPT plan; see codex.usage."
"""Short, since an editor with one line for messages stops typing for a longer one."""
TOLD = "ghost-text-told"


class GhostText:
    """One for a session."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.journal = Journal()
        self.offers = Offers()
        self.privacy = session.privacy
        self._wishes = Wishes()
        self._one_at_a_time = asyncio.Lock()
        self._wished: tuple[str, float, str] = ("", float("-inf"), "")
        self._sent: deque[float] = deque()
        self._resuming = False
        self._told = False

    @cached_property
    def nearby(self) -> Nearby:
        """What is known around the places where the user works."""
        from lsp_codex.completion.nearby import Nearby  # its patterns take 20 ms to compile, none at the start

        return Nearby()

    async def suggestions(
        self, place: Place, *, invoked: bool, selected: Edit | None = None
    ) -> tuple[Suggestion, ...]:
        """What could stand at ``place``, or nothing; whatever goes wrong is told once, and is no error.

        ``selected`` is what the client's own menu would insert. Call it before the first await of a handler:
        superseded requests must be answered in order.
        """
        session, uri = self._session, place.snapshot.uri
        self.nearby.visits.viewed(uri, place.row)
        if (why := await self._unwanted(place, invoked=invoked)) is not None:
            here = gather(place.snapshot, place.offset, session.config.completion.max_lines)
            self.journal.note(Unasked(here, why))
            session.supersede(here)
            # What was asked before answers first: a client may show whichever answer comes last.
            await asyncio.sleep(0)
            return ()
        wishes = await self._wishes_at(uri)
        services = await session.services()
        # While the typing pauses a handshake runs, if one is needed; the same after a request that was given up.
        session.expect_request(services)
        from lsp_codex.completion.engine import Trigger  # the services have imported it, after the start

        try:
            found = await services.completions.complete(
                place.snapshot,
                place.offset,
                Trigger.INVOKED if invoked else Trigger.AUTOMATIC,
                session.config.completion,
                client_wait=session.editor.completion_wait,
                linger=session.editor.completion_linger,
                selected=selected,
                surroundings=partial(self._surroundings, services, place, wishes, invoked=invoked),
            )
        except LspCodexError as error:
            self._tell(place, error)
            return ()
        else:
            # From the cache there are suggestions during a pause too; what began it was told and is not told again.
            if found and services.client.held is None:
                session.trouble = None
                session.notices.settled()
            return found
        finally:
            session.expect_request(services)
            session.changed()

    def offered(self, place: Place, suggestions: Sequence[Suggestion]) -> str | None:
        """The client is given these; the name of the offer, for ``codex.accepted``."""
        if not suggestions:
            return None
        start = place.range_of(suggestions[0].replace).start
        # A line or a word of the first is an item too, and no suggestion of its own.
        texts = [each.text for each in suggestions if not is_part(each, suggestions)]
        return self.offers.shown(place.snapshot.uri, (start.line, start.character), texts, place.units)

    async def why_not(self, place: Place) -> str | None:
        """Why nothing would be asked at ``place`` while typing, as a sentence, or None."""
        why = await self._unwanted(place, invoked=False)
        if why is not None:
            return f"Nothing is asked: {why}."
        paused = self.paused(await self._session.services())
        return paused.for_person() if paused else None

    def may_offer(self, snapshot: Snapshot) -> bool:
        """Whether another key in this document may bring something: it is neither switched off nor excluded."""
        off = switched_off(self._session.config.completion, snapshot.language, invoked=False)
        return off is None and self.privacy.may_send(snapshot.uri)

    def paused(self, services: Services) -> CompletionPaused | None:
        """Why automatic requests wait at the moment, if they do."""
        now = self._session.world.now()
        while self._sent and self._sent[0] <= now - HOUR:
            self._sent.popleft()
        limits = services.client.limits
        windows = (limits.primary, limits.secondary) if limits else ()
        used = [Used(each.used_percent, each.minutes, each.resets_at) for each in windows if each]
        found = pause(self._session.config.completion, used, tuple(self._sent), now)
        if found is None:
            self._session.notices.forget(PAUSED)
        return found

    def note(self, entry: Entry) -> None:
        """Keep ``entry`` for who asks; a request counts toward the limit of the hour."""
        self.journal.note(entry)
        if isinstance(entry, Sent):
            self._sent.append(self._session.world.now())
            self._session.tasks.start(self._first_use(), "first use")

    async def opened(self, uri: str) -> None:
        """A document was opened: look at the disk and at the document before anybody waits for that."""
        excluded = await self.privacy.excluded(uri, self._session.config.context.exclude)
        document = find_document(self._session.server, uri)
        if excluded is None and document is not None:
            self.nearby.prepare(document)

    def changed(self, params: lsp.DidChangeTextDocumentParams) -> None:
        """A document was edited; called when that is done, so with ranges of before."""
        uri = params.text_document.uri
        for change in params.content_changes:
            # A change of the whole text, as some clients send, says nothing about the place.
            where = getattr(change, "range", None)
            if where is not None:
                first, last = sorted((where.start.line, where.end.line))
                self.nearby.edited(uri, first, last, change.text.count("\n") + 1)
                self.offers.changed(uri, (where.start.line, where.start.character), change.text)

    def diagnosed(self, uri: str, where: lsp.Range, diagnostics: Sequence[lsp.Diagnostic]) -> None:
        """What other servers say about the lines ``where``; hints are no help to a model."""
        from lsp_codex.completion.surroundings import Diagnosis

        # A client that gives no severity shows an error (LSP 3.18, ``Diagnostic.severity``).
        rows = [(each.range.start.line + 1, each.message, each.severity or 1) for each in diagnostics]
        found = [Diagnosis(line, message, error=severity == 1) for line, message, severity in rows if severity <= 2]
        self.nearby.diagnoses.heard(uri, where.start.line + 1, where.end.line + 1, found)

    def closed(self, uri: str) -> None:
        """A document was closed: nothing of its text stays."""
        self.journal.forget(uri)
        self.nearby.closed(uri)
        self.offers.closed(uri)

    async def _unwanted(self, place: Place, *, invoked: bool) -> str | None:
        """Why nothing is to be asked here, as the end of a sentence; None if it may be."""
        settings = self._session.config
        snapshot = place.snapshot
        off = switched_off(settings.completion, snapshot.language, invoked=invoked)
        if off is not None:
            return off
        excluded = await self.privacy.excluded(snapshot.uri, settings.context.exclude)
        if excluded is not None:
            return f"the document never leaves the machine, because of {excluded}"
        self._session.tasks.start(self.privacy.look_around(settings.context.exclude), "look around")
        if not settings.completion.in_comments and _in_comment(place):
            return "the cursor is in a comment or a string (codex.completion.inComments)"
        return None

    async def _wishes_at(self, uri: str) -> str:
        """The user's own, from the setting or the file."""
        if (set_ := self._session.config.completion.instructions) is not None:
            return set_
        async with self._one_at_a_time:  # who came first asks the model first
            known, looked, text = self._wished
            now = asyncio.get_running_loop().time()
            if known != uri or now - looked > FRESH:
                folders = tuple(path for each in self._session.server.workspace.folders if (path := on_disk(each)))
                text = await asyncio.to_thread(self._wishes.of, on_disk(uri), folders)
                self._wished = (uri, now, text)
            return text

    def _surroundings(self, services: Services, place: Place, wishes: str, *, invoked: bool) -> Surroundings:
        """What goes along with a request that goes out now. Raises ``CompletionPaused`` if none may."""
        if not invoked and (stop := self.paused(services)) is not None:
            raise stop
        from lsp_codex.completion.surroundings import Surroundings

        session, snapshot = self._session, place.snapshot
        settings = session.config
        own = find_document(session.server, snapshot.uri)
        if own is None:
            return Surroundings(instructions=wishes)
        others = [
            document
            for document in open_documents(session.server)
            if settings.context.open_documents and document is not own and self.privacy.may_send(document.uri)
        ]
        return self.nearby.gather(gather(snapshot, place.offset), own, place.row, others, wishes)

    def _tell(self, place: Place, error: LspCodexError) -> None:
        session = self._session
        log.info("no ghost text: %s", error)
        match error:
            case CompletionPaused(until=until):
                self.journal.note(Unasked(gather(place.snapshot, place.offset), str(error)))
                session.notices.lasting(PAUSED, f"Codex: {error.for_person()}")
                if until is not None and not self._resuming:
                    session.tasks.start(self._resume(until), "end of a pause")
            case CredentialsRejected(reason=reason) if reason is not Rejection.KEY:
                pass  # the end of a login was told when it ended; a key has none
            case SignInRequired():
                pass  # whoever never signed in is not told at every key
            case _:
                session.trouble = error.for_person()
                session.notices.once(type(error).__name__, f"Codex: {error.for_person()}")

    async def _resume(self, until: float) -> None:
        """Show the end of a pause when it comes, though nobody types."""
        self._resuming = True
        try:
            await asyncio.sleep(max(0.0, until - self._session.world.now()))
        finally:
            self._resuming = False
        self._session.changed()

    async def _first_use(self) -> None:
        """Say once, and not in every session, that ghost text is not for free."""
        services = await self._session.services()
        if services.sandbox or self._told:
            return
        self._told = True
        if services.folder is None or await asyncio.to_thread(_first, services.folder / TOLD):
            self._session.editor.tell(FIRST_USE)


def is_part(suggestion: Suggestion, every: Sequence[Suggestion]) -> bool:
    """Whether it is only the beginning of the first of them."""
    first = every[0].text
    return len(suggestion.text) < len(first) and first.startswith(suggestion.text)


def _in_comment(place: Place) -> bool:
    return gather(place.snapshot, place.offset).layout.inside_text


def _first(mark: Path) -> bool:
    """Whether the file was not there; then it is."""
    try:
        if mark.exists():
            return False
        mark.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        mark.touch()
    except OSError:
        log.info("the notice of first use cannot be remembered")
    return True
