"""Chats: asks the model a question in a thread, streams the answer, remembers the turn; owns the threads."""

from __future__ import annotations

import asyncio
import logging
import uuid
from typing import TYPE_CHECKING, Protocol

from lsp_codex.advice import Advice
from lsp_codex.backend import window
from lsp_codex.backend.models import choose, choose_tier
from lsp_codex.backend.tokens import O200K_BASE, TokenCounter, Vocabulary
from lsp_codex.chat import prompt
from lsp_codex.chat.events import Answer, Begun, Text
from lsp_codex.chat.thread import Thread, Turn
from lsp_codex.chat.threads import Threads
from lsp_codex.errors import BackendError, RequestRefused, Unanswered
from lsp_codex.tasks import Tasks

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping
    from contextlib import AbstractAsyncContextManager

    from lsp_codex.backend.asking import Part, Whole
    from lsp_codex.backend.models import Model
    from lsp_codex.backend.request import ResponsesRequest
    from lsp_codex.chat.question import Question
    from lsp_codex.chat.threads import Draft
    from lsp_codex.config import Config

log = logging.getLogger(__name__)

LARGE = 500_000
"""Characters of documents from which a request is built in a thread; always when counting is exact: 0.2 ms a KB."""
LONGEST = 2_000_000
"""Characters of an answer: far beyond any window, so that an answer without an end has one."""


class Client(Protocol):
    """What questions need of ``backend.client.CodexClient``."""

    @property
    def account(self) -> object:
        """Who is signed in, as a value to compare, from the first request on."""
        ...

    def converse(self, request: ResponsesRequest) -> AbstractAsyncContextManager[AsyncIterator[Part]]:
        """The pieces of the answer, then the whole; leaving the block closes the connection."""
        ...

    async def models(self) -> tuple[Model, ...]:
        """The models of the account. Raises an ``LspCodexError``."""
        ...


class Chats:
    """The conversations of one session with one client; ``environ`` says where a vocabulary for counting may lie."""

    def __init__(self, client: Client, environ: Mapping[str, str], vocabulary: Vocabulary = O200K_BASE) -> None:
        self._client = client
        self._threads = Threads()
        self._tasks = Tasks()
        self._closed = False
        self._counter = TokenCounter(environ, self._tasks, vocabulary)

    async def ask(
        self,
        question: Question,
        settings: Config,
        tell: Callable[[Begun | Text], None],
        thread_id: str | None = None,
    ) -> Answer:
        """The answer to ``question``, in a new thread unless ``thread_id`` names one; ``tell`` hears what happens.

        Cancelling closes the connection. A question that fails or is cancelled leaves its thread as it was. Raises
        ``Unanswered``, an ``AuthError`` or a ``BackendError``.
        """
        self._counter.measure()  # a vocabulary that is there loads while the models are asked for
        models = await self._client.models()
        account = self._client.account
        begun = Thread(str(uuid.uuid4()), account)
        thread = begun if thread_id is None else self._threads.find(thread_id, account)
        with self._threads.answering(thread, question.prompt) as arriving:
            self._threads.remember(
                thread
            )  # its id is told now, so it can be asked in whatever comes of this question
            tell(Begun(thread.thread_id))
            try:
                return await self._turn(thread, question, settings, models, arriving, tell)
            except BackendError as error:
                self._check(thread)
                if not (isinstance(error, RequestRefused) and thread.reasons and _about_reasoning(error)):
                    raise
                log.info("the reasoning of earlier turns is not accepted, asked again without: %s", error)
            return await self._turn(thread.without_reasoning(), question, settings, models, arriving, tell)

    def markdown(self, thread_id: str) -> str | None:
        """The conversation as a person reads it; None if it is unknown."""
        return self._threads.markdown(thread_id)

    async def aclose(self) -> None:
        """End what runs in the background; what still arrives ends with its connection."""
        self._closed = True
        await self._tasks.aclose()

    def _check(self, thread: Thread) -> None:
        """Nothing is told of an answer that came in a name, or over a connection, that is not ours any more."""
        if self._closed:
            raise Unanswered("A connection setting was changed while the answer came", Advice.NEW_CONVERSATION)
        if self._client.account != thread.account:
            raise Unanswered("You were signed out while the answer came", Advice.SIGN_IN)

    async def _turn(
        self,
        thread: Thread,
        question: Question,
        settings: Config,
        models: tuple[Model, ...],
        arriving: Draft,
        tell: Callable[[Begun | Text], None],
    ) -> Answer:
        model = choose(models, settings.model, settings.reasoning_effort)
        tier = choose_tier(models, model.slug, settings.service_tier)
        measure = self._counter.measure()
        texts = (question.about, *question.others)
        if self._counter.ready or sum(len(each.text) for each in texts if each) > LARGE:
            draft = await asyncio.to_thread(prompt.build, thread, question, model, tier, measure)
        else:
            draft = prompt.build(thread, question, model, tier, measure)
        whole: Whole | None = None
        async with self._client.converse(draft.request) as parts:
            async for part in parts:
                self._check(thread)
                if isinstance(part, str):
                    arriving.text += part
                    tell(Text(thread.thread_id, part))
                    if len(arriving.text) > LONGEST:
                        raise Unanswered("The answer did not come to an end", Advice.OTHER_WORDS)
                else:
                    whole = part
        text = arriving.text
        if whole is None or not text.strip():
            raise Unanswered("The model gave no answer", Advice.OTHER_WORDS)
        spent = whole.tokens
        size = draft.tokens + (spent.output if spent else window.estimate(text))
        turn = Turn(question.prompt, draft.asked, whole.messages, text, size, draft.shown)
        self._threads.remember(thread.after(turn))
        return Answer(thread.thread_id, text, model.slug, (spent.input, spent.output) if spent else None)


def _about_reasoning(error: RequestRefused) -> bool:
    # The public API has a code for it, invalid_encrypted_content; of this backend no answer is known.
    return "encrypted" in f"{error.code} {error.detail}".lower()
