"""The filter ``blank``, by its golden files."""

from __future__ import annotations

import pytest

from lsp_codex.completion.postprocess.blank import drop_if_blank
from tests.completion.golden import Golden, check, load


@pytest.mark.parametrize("golden", load("blank"), ids=lambda golden: golden.name)
def test_drop_if_blank_as_shown(golden: Golden) -> None:
    """Each golden file of the folder states its own rule."""
    check(golden, drop_if_blank)
