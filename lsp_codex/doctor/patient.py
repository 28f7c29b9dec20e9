"""Patient: what the checks look at, read once; and how they run other programs."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sys
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lsp_codex import config as settings

if TYPE_CHECKING:
    from lsp_codex.config import Config, Problem
    from lsp_codex.server.world import World

ANSWER_SECONDS = 3.0
LONGEST_LINE = 100


@dataclass(frozen=True, slots=True)
class Patient:
    """This machine as the server would see it, without what an editor sets."""

    world: World
    config: Config
    problems: tuple[Problem, ...]

    @classmethod
    def of(cls, world: World) -> Patient:
        """With the settings of the environment."""
        config, problems = settings.parse((), world.environ)
        return cls(world, config, problems)

    def which(self, command: str) -> str | None:
        """Where ``command`` is found in PATH."""
        return shutil.which(command, path=self.world.environ.get("PATH"))


async def first_line(*command: str) -> str | None:
    """What ``command`` prints first, on either stream; ``None`` if it does not run or takes three seconds."""
    try:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
        )
    except OSError:
        return None
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            output, _ = await process.communicate()
    except TimeoutError:
        return None
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                _end(process)
            await process.wait()
    lines = output.decode("utf-8", "replace").split("\n")
    return next((line.strip()[:LONGEST_LINE] for line in lines if line.strip()), "")


def _end(process: asyncio.subprocess.Process) -> None:
    """With whatever it has started: a script's child would keep the pipe open, and so us."""
    if sys.platform == "win32":
        process.kill()
    else:
        os.killpg(process.pid, signal.SIGKILL)
