"""What the account API says of a workspace (its use: tests/conformance, C30)."""

from __future__ import annotations

import pytest

from lsp_codex.backend.routing import FAILED, TIMED_OUT, UNAUTHORIZED, failed, parse
from lsp_codex.errors import CredentialsRejected, LspCodexError, Rejection, RoutingFailed, TimedOut, Unreachable

ROW = {"id": "a", "name": "W", "workspace_backend_origin": "NO_CONSTRAINT", "account_routing_override": "us"}


@pytest.mark.parametrize(
    ("base", "origin"),
    [
        ("https://chatgpt.com/backend-api", "https://chatgpt.com"),
        ("https://chatgpt.com:8443/backend-api", "https://chatgpt.com:8443"),
        ("http://127.0.0.1:1234/backend-api", "http://127.0.0.1:1234"),
        ("http://[::1]:1234/x", "http://[::1]:1234"),
    ],
)
def test_without_a_wish_it_is_our_own_address(base: str, origin: str) -> None:
    """Its origin; http only on this machine, where the sandbox is."""
    assert parse({"accounts": [ROW]}, "a", base).origin == origin


def test_http_elsewhere_is_refused() -> None:
    """Also if it is our own address."""
    with pytest.raises(RoutingFailed, match="HTTPS"):
        parse({"accounts": [ROW]}, "a", "http://example.com/backend-api")


@pytest.mark.parametrize("answer", [{}, {"accounts": None}, {"accounts": {}}])
def test_what_is_no_list(answer: dict[str, object]) -> None:
    """It may pass."""
    with pytest.raises(RoutingFailed, match=FAILED) as refused:
        parse(answer, "a", "https://chatgpt.com")
    assert refused.value.final is False


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (TimedOut("x"), TIMED_OUT),
        (Unreachable("x"), FAILED),
        (CredentialsRejected(Rejection.REFUSED), UNAUTHORIZED),
        (RoutingFailed("as it is"), "as it is"),
    ],
)
def test_a_question_without_an_answer(error: LspCodexError, text: str) -> None:
    """Each failure has its text."""
    assert str(failed(error)) == text
