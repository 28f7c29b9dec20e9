"""Failures in the words of the account API: every reason has a text (those of the reference: tests/conformance)."""

from __future__ import annotations

import pytest

from lsp_codex.auth.login import Method
from lsp_codex.errors import SignInFailed, SignInFailure
from lsp_codex.restriction import NO_METHOD, NOBODY, Restriction
from lsp_codex.server import api_texts


@pytest.mark.parametrize("reason", SignInFailure)
@pytest.mark.parametrize("method", Method)
def test_every_end_has_a_text(reason: SignInFailure, method: Method) -> None:
    """In the browser with the prefix, but for the time limit."""
    text = api_texts.ended(SignInFailed(reason, "because"), method, Restriction())
    assert text
    prefixed = method is Method.BROWSER and reason is not SignInFailure.TIMED_OUT
    assert text.startswith("Login server error: ") is prefixed


@pytest.mark.parametrize("reason", SignInFailure)
def test_every_refusal_has_a_text(reason: SignInFailure) -> None:
    """And says whose fault it is."""
    ours, text = api_texts.not_started(SignInFailed(reason, "because"))
    assert isinstance(ours, bool)
    assert text


@pytest.mark.parametrize("variant", ["apiKey", "chatgpt", "chatgptDeviceCode", "chatgptAuthTokens", "amazonBedrock"])
@pytest.mark.parametrize("restriction", [Restriction(NOBODY), Restriction(method=NO_METHOD)])
def test_a_setting_that_cannot_be_read_bars_everything(variant: str, restriction: Restriction) -> None:
    """It fails closed, and names the setting."""
    assert "the setting codex.auth.forced" in (api_texts.barred(variant, restriction) or "")
    assert api_texts.barred(variant, Restriction()) is None


def test_an_odd_status() -> None:
    """The number alone."""
    assert (api_texts.status(500), api_texts.status(599)) == ("500 Internal Server Error", "599")


def test_the_quoting_of_workspaces() -> None:
    """As a list; an allowed one is not refused."""
    limits = Restriction(("A", "B"))
    assert api_texts.other_workspace("A", limits) is None
    assert '["A", "B"], but received "C".' in (api_texts.other_workspace("C", limits) or "")
