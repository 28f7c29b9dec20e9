"""Every recorded session of the reference program against our server: the same, deviating on purpose, or not ours."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.conformance import deviations, table, transcripts
from tests.conformance.replay import Replay
from tests.conformance.rows import UNEXPLAINED, rows
from tests.conformance.schemas import Schemas
from tests.conformance.stage import stage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conformance.transcripts import Transcript

GOLDEN = Path(__file__).parent / "table.txt"
ARCHITECTURE = Path(__file__).parents[2] / "ARCHITECTURE.md"


def played(transcript: Transcript) -> bool:
    """Whether the transcript concerns us."""
    return not transcript.name.startswith(tuple(name for name, _ in deviations.NOT_OURS))


def invalid(replay: Replay, schemas: Schemas) -> Iterator[str]:
    """What the schemas have against our messages."""
    asked: dict[str, str] = {}
    for window in replay.windows:
        if "method" in window.sent:
            asked[f"r-{window.sent.get('id')}"] = window.sent["method"]
        yield from schemas.all_faults(window.ours, asked)


@pytest.fixture(scope="module")
def schemas() -> Schemas:
    """The recorded schemas."""
    return Schemas()


@pytest.mark.parametrize("transcript", transcripts.every(), ids=lambda transcript: transcript.name)
async def test_a_recorded_session(transcript: Transcript, tmp_path: Path, schemas: Schemas) -> None:
    """Messages, order, codes and texts are the recorded ones, or deviate for a reason; all fit the schemas.

    The rows are those of the golden table: ``python -m tests.conformance.make`` writes it anew.
    """
    replay = None
    if played(transcript):
        cast, cues = stage(transcript, tmp_path)
        replay = Replay(transcript, cast, cues)
        await replay.play()
        assert list(invalid(replay, schemas)) == []
    found = rows(transcript, replay)
    unexplained = [f"#{row.index} {row.what}: {row.shown}" for row in found if row.kind == UNEXPLAINED]
    assert unexplained == []
    assert table.section(found) in GOLDEN.read_text(encoding="utf-8"), table.section(found)


def test_nothing_is_left_over() -> None:
    """All 61 transcripts stand in the table, each once, and every reason is argued in ARCHITECTURE.md."""
    names = [line.split()[0] for line in GOLDEN.read_text().splitlines() if line[:2].isdigit()]
    assert names == [transcript.name for transcript in transcripts.every()]
    assert len(names) == 61
    text = ARCHITECTURE.read_text(encoding="utf-8")
    assert [each.reason for each in deviations.DEVIATIONS if f"**{each.reason}.**" not in text] == []


def test_each_deviation_is_one_that_happens() -> None:
    """A reason that no row needs any more is removed."""
    golden = GOLDEN.read_text(encoding="utf-8")
    assert [each.reason for each in deviations.DEVIATIONS if f": {each.reason}" not in golden] == []
