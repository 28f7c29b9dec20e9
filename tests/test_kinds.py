"""The kinds of values: what each refuses says what it allows; ``test_config.py`` has the table of values."""

from __future__ import annotations

import pytest

from lsp_codex import config


@pytest.mark.parametrize("row", list(config.table()), ids=lambda row: row.key)
def test_every_kind_says_what_it_allows_and_refuses_the_rest(row: config.Setting) -> None:
    """A sentence for people, a schema for editors, and a ValueError for what is neither."""
    assert row.kind.allowed
    assert row.kind.schema()
    with pytest.raises(ValueError):
        row.kind.parse(object())
