"""One question to the backend from the command line, in the name of the login that is stored."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

from lsp_codex.terminal.account import settings_of
from lsp_codex.terminal.waiting import waiting

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from lsp_codex.backend.client import CodexClient
    from lsp_codex.config import Config
    from lsp_codex.server.services import Services
    from lsp_codex.server.world import World

T = TypeVar("T")


def ask(question: Callable[[CodexClient], Awaitable[T]], world: World) -> T:
    """The answer. Raises an ``LspCodexError``, ``SignInRequired`` among them."""

    async def asked(services: Services, _config: Config) -> T:
        async with waiting("Asking the service"):
            return await question(services.client)

    return use(asked, world)


def use(work: Callable[[Services, Config], Awaitable[T]], world: World) -> T:
    """What ``work`` gives, done with everything that a session has; Ctrl-C ends it and closes its connections."""
    return asyncio.run(_use(work, world))


async def _use(work: Callable[[Services, Config], Awaitable[T]], world: World) -> T:
    from lsp_codex.server.services import open_services

    config = settings_of(world.environ, sandbox=world.sandbox)
    async with open_services(config, world, _nobody, _nobody) as services:
        await services.auth.load()
        return await work(services, config)


def _nobody(_news: object) -> None:
    """A question from the command line shows its answer, or its error, and nothing else."""
