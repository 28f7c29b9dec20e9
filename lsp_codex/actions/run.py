"""One run of an action: what it works on, the question to the model, the answer as it comes, the outcome."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from lsp_codex.actions import prompt
from lsp_codex.actions.action import Task
from lsp_codex.actions.outcome import Nothing
from lsp_codex.advice import Advice
from lsp_codex.backend.models import choose, choose_tier
from lsp_codex.errors import Unanswered

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from contextlib import AbstractAsyncContextManager

    from lsp_codex.actions.action import Action, Question
    from lsp_codex.actions.outcome import Outcome
    from lsp_codex.actions.place import Place
    from lsp_codex.backend.models import Model
    from lsp_codex.backend.request import ResponsesRequest

LONGEST = 40_000
"""Characters that an answer may have beyond four times its target: a model that does not stop is stopped."""

LARGE = 20_000
"""Characters of a document, or an answer, that is worked on in a thread: the loop has other things to do."""

CHARACTERS_PER_TOKEN = 4

ENDLESS = Nothing("The model did not come to an end. Try again, or select less.")


class Client(Protocol):
    """What an action needs of ``backend.client.CodexClient``."""

    @property
    def account(self) -> object:
        """Who is signed in, as a value to compare, from the first request on."""
        ...

    def stream(self, request: ResponsesRequest) -> AbstractAsyncContextManager[AsyncIterator[str]]:
        """The pieces of the answer; leaving the block closes the connection. Raises an ``LspCodexError``."""
        ...

    async def models(self) -> tuple[Model, ...]:
        """The models of the account. Raises an ``LspCodexError``."""
        ...


@dataclass(frozen=True, slots=True)
class Wish:
    """Which model the user wants to be asked, and how; None where the catalogue decides."""

    model: str | None = None
    effort: str | None = None
    service_tier: str | None = None


class Listener(Protocol):
    """Who hears what is happening."""

    def tell(self, message: str) -> None:
        """Something else begins."""
        ...

    def count(self, message: str) -> None:
        """The same goes on; not every such message must be shown."""
        ...


async def run(action: Action, place: Place, client: Client, wish: Wish, listener: Listener) -> Outcome | Question:
    """What comes of ``action`` at ``place``; ``listener`` hears what is happening.

    Cancelling closes the stream. Raises an ``LspCodexError`` if the model cannot be asked or its answer broke off.
    """
    # Of a long document finding a place and checking an answer take tenths of a second.
    long = len(place.text) > LARGE
    task = await asyncio.to_thread(action.task, place) if long else action.task(place)
    if not isinstance(task, Task):
        return task
    listener.tell("Choosing a model")
    models = await client.models()
    account = client.account
    choice = choose(models, wish.model, wish.effort)
    request = prompt.build(action.id, task, choice, choose_tier(models, choice.slug, wish.service_tier))
    if isinstance(request, Nothing):
        return request
    listener.tell(f"Waiting for {choice.slug}")
    said, most = "", 4 * len(task.region) + LONGEST
    async with client.stream(replace(request, account=account)) as pieces:
        async for piece in pieces:
            if client.account != account:
                raise Unanswered("You were signed out while the answer came", Advice.SIGN_IN)
            said += piece
            listener.count(f"{choice.slug}: about {-(-len(said) // CHARACTERS_PER_TOKEN)} tokens")
            if len(said) > most:
                return ENDLESS
    listener.tell("Checking the answer")
    if long or len(said) > LARGE:
        return await asyncio.to_thread(action.outcome, task, said)
    return action.outcome(task, said)
