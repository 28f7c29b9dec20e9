"""``python -m tests.conformance.make``: play every transcript, print the table and write it to ``table.txt``."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from tests.conformance import table, transcripts
from tests.conformance.replay import Replay
from tests.conformance.rows import rows
from tests.conformance.stage import stage
from tests.conformance.test_transcripts import GOLDEN, played
from tests.harness.clock import VirtualLoop

if TYPE_CHECKING:
    from tests.conformance.rows import Row
    from tests.conformance.transcripts import Transcript


async def play(transcript: Transcript, folder: Path) -> list[Row]:
    """The rows of one transcript."""
    if not played(transcript):
        return rows(transcript, None)
    cast, cues = stage(transcript, folder)
    replay = Replay(transcript, cast, cues)
    await replay.play()
    return rows(transcript, replay)


def main() -> None:
    """All of them."""
    found: list[Row] = []
    for transcript in transcripts.every():
        with tempfile.TemporaryDirectory() as folder, asyncio.Runner(loop_factory=VirtualLoop) as runner:
            found += runner.run(play(transcript, Path(folder)))
    made = table.rendered(found)
    GOLDEN.write_text(made, encoding="utf-8")
    sys.stdout.write(made)


if __name__ == "__main__":
    main()
