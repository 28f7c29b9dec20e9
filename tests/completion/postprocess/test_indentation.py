"""The filter ``indentation``, by its golden files."""

from __future__ import annotations

import pytest

from lsp_codex.completion.postprocess.indentation import fit
from tests.completion.golden import Golden, check, load


@pytest.mark.parametrize("golden", load("indentation"), ids=lambda golden: golden.name)
def test_fit_as_shown(golden: Golden) -> None:
    """Each golden file of the folder states its own rule."""
    check(golden, fit)
