"""What users are told to do."""

from __future__ import annotations

import re

import pytest

from lsp_codex.advice import Advice
from lsp_codex.server.commands import COMMANDS


@pytest.mark.parametrize("advice", Advice)
def test_advice_is_whole_sentences_and_names_commands_that_exist(advice: Advice) -> None:
    """A sentence ends with its full stop; a command in it can be called."""
    assert advice.value == "" or advice.value.endswith(".")
    assert set(re.findall(r"codex\.[a-z]+[A-Z]?\w*", advice.value)) <= {command.id for command in COMMANDS}
