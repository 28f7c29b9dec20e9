"""The filter ``invisible``, by its golden files."""

from __future__ import annotations

import pytest

from lsp_codex.completion.postprocess.invisible import drop_if_invisible
from tests.completion.golden import Golden, check, load


@pytest.mark.parametrize("golden", load("invisible"), ids=lambda golden: golden.name)
def test_drop_if_invisible_as_shown(golden: Golden) -> None:
    """Each golden file of the folder states its own rule."""
    check(golden, drop_if_invisible)
