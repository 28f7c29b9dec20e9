"""The filter ``chatter``, by its golden files."""

from __future__ import annotations

import pytest

from lsp_codex.completion.postprocess.chatter import drop_lead
from tests.completion.golden import Golden, check, load


@pytest.mark.parametrize("golden", load("chatter"), ids=lambda golden: golden.name)
def test_drop_lead_as_shown(golden: Golden) -> None:
    """Each golden file of the folder states its own rule."""
    check(golden, drop_lead)
