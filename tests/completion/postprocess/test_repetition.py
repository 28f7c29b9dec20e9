"""The filter ``repetition``, by its golden files."""

from __future__ import annotations

import pytest

from lsp_codex.completion.postprocess.repetition import cut
from tests.completion.golden import Golden, check, load


@pytest.mark.parametrize("golden", load("repetition"), ids=lambda golden: golden.name)
def test_cut_as_shown(golden: Golden) -> None:
    """Each golden file of the folder states its own rule."""
    check(golden, cut)
