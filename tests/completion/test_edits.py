"""What holds for every suggestion, whatever the document, the place and the answer."""

from __future__ import annotations

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from lsp_codex.completion.engine import CompletionEngine, Suggestion, Trigger
from lsp_codex.config import Completion
from lsp_codex.text import Edit, Snapshot
from tests.completion.fakes import FakeClient, Reply
from tests.harness.clock import VirtualLoop

TEXT = st.text(alphabet=st.sampled_from("ab_ (){}[]\"'`:;,.#=\t\r\n😀"), max_size=60)


@given(document=TEXT, answer=TEXT, data=st.data())
def test_an_edit_stays_at_its_place(document: str, answer: str, data: st.DataObject) -> None:
    """All outside of the span is kept, the span stays on the cursor's line, and something changes."""
    offset = data.draw(st.integers(0, len(document)))

    async def complete() -> tuple[Suggestion, ...]:
        engine = CompletionEngine(FakeClient(Reply((answer,))))
        return await engine.complete(
            Snapshot("file:///a.py", "python", 1, document), offset, Trigger.INVOKED, Completion()
        )

    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        suggestions = runner.run(complete())
    for suggestion in suggestions:
        span = suggestion.replace
        assert span.start == offset
        assert not {"\r", "\n"} & set(document[span.start : span.end])
        after = Edit(span, suggestion.text).apply(document)
        assert after.startswith(document[:offset])
        assert after.endswith(document[span.end :])
        assert after != document
