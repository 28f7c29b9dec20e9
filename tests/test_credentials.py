"""Credential: what it puts on a request, and what it does not show."""

from __future__ import annotations

import pytest

from lsp_codex.credentials import Credential
from lsp_codex.secret import Secret

TOKEN = Secret("at-1")


@pytest.mark.parametrize(
    ("credential", "headers"),
    [
        (Credential(TOKEN), {"authorization": "Bearer at-1"}),
        (Credential(TOKEN, "acc"), {"authorization": "Bearer at-1", "chatgpt-account-id": "acc"}),
        (Credential(TOKEN, ""), {"authorization": "Bearer at-1"}),
        (
            Credential(TOKEN, "acc", fedramp=True),
            {"authorization": "Bearer at-1", "chatgpt-account-id": "acc", "x-openai-fedramp": "true"},
        ),
    ],
)
def test_headers_hold_what_is_known_and_nothing_else(credential: Credential, headers: dict[str, str]) -> None:
    """The account and the FedRAMP mark are absent, not empty, when they do not apply (spec/backend.md 1.1)."""
    assert credential.headers() == headers


def test_a_credential_does_not_print_its_token() -> None:
    """Its repr may stand in a log."""
    assert "at-1" not in repr(Credential(TOKEN, "acc"))
