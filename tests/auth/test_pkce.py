"""Rules of lsp_codex/auth/pkce.py."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from lsp_codex.auth.pkce import authorize_url, new_nonce, new_pkce, redirect_uri

RECORDED = json.loads((Path(__file__).parent / "recorded" / "browser-login.json").read_text())

# Every difference from the recorded client, and why.
DIFFERENT = {
    "code_challenge": "made anew for each attempt",
    "state": "made anew for each attempt",
    "originator": "we say who we are (field-notes 4.2)",
}


def ours() -> str:
    """Our address for port 1455."""
    return authorize_url("https://auth.openai.com", redirect_uri(1455), new_pkce().challenge, new_nonce())


def test_the_authorize_parameters_are_those_of_the_real_client() -> None:
    """Same parameters, same order, same values, but for the listed differences."""
    recorded = [tuple(pair) for pair in RECORDED["authorize_query_in_order"]]
    mine = parse_qsl(urlsplit(ours()).query)
    assert [name for name, _ in mine] == [name for name, _ in recorded]
    assert {name for (name, one), (_, other) in zip(mine, recorded, strict=True) if one != other} == set(DIFFERENT)
    assert dict(mine)["originator"] == "lsp_codex"


def test_the_authorize_address_is_encoded_as_the_real_client_does() -> None:
    """Byte for byte the recorded address, once the different values are the recorded ones."""
    recorded = dict(RECORDED["authorize_query_in_order"])
    made = authorize_url("https://auth.openai.com", redirect_uri(1455), recorded["code_challenge"], recorded["state"])
    assert made.replace("originator=lsp_codex", "originator=codex_cli_rs") == RECORDED["authorize_url"]


def test_the_challenge_is_the_hash_of_the_verifier() -> None:
    """S256: base64url without padding of SHA-256 of the verifier's text; the verifier is 64 random bytes."""
    pair = new_pkce(lambda count: bytes(range(count)))
    verifier = pair.verifier.reveal()
    assert base64.urlsafe_b64decode(verifier + "==") == bytes(range(64))
    digest = hashlib.sha256(verifier.encode()).digest()
    assert base64.urlsafe_b64decode(pair.challenge + "=") == digest


def test_the_lengths_are_those_of_the_real_client() -> None:
    """86 characters of verifier, 43 of challenge and state, none of them special in an address."""
    pair, nonce = new_pkce(), new_nonce()
    texts = (pair.verifier.reveal(), pair.challenge, nonce)
    assert [len(text) for text in texts] == [86, 43, 43]
    assert len(dict(RECORDED["token_request"]["form"])["code_verifier"]) == 86
    assert all(re.fullmatch(r"[A-Za-z0-9_-]+", text) for text in texts)


def test_no_two_attempts_share_a_secret() -> None:
    """Verifier and state are fresh each time."""
    assert len({new_nonce() for _ in range(50)} | {new_pkce().verifier.reveal() for _ in range(50)}) == 100


def test_the_verifier_does_not_print_itself() -> None:
    """The pair shows its challenge at most."""
    pair = new_pkce()
    assert pair.verifier.reveal() not in repr(pair)
