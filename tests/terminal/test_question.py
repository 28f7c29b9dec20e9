"""One question from the command line: the stored login, the settings of the environment, everything closed again."""

from __future__ import annotations

import pytest

from lsp_codex.errors import SignInRequired
from lsp_codex.terminal.question import ask
from tests.terminal.test_usage import world


@pytest.mark.real_time
def test_it_is_asked_in_the_name_of_the_stored_login() -> None:
    """As ``initialize`` would."""
    found = ask(lambda client: client.models(), world())
    assert found[0].slug.startswith("gpt-")


@pytest.mark.real_time
def test_without_a_login_it_says_so() -> None:
    """Before anything is sent."""
    with pytest.raises(SignInRequired):
        ask(lambda client: client.models(), world(signed_in=False))
