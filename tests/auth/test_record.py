"""Rules of lsp_codex/auth/record.py."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from lsp_codex.auth.record import is_foreign, parse, render
from lsp_codex.auth.tokens import ApiKey, Provenance, Tokens
from lsp_codex.errors import StoreError
from lsp_codex.secret import Secret
from tests.harness.accounts import FakeAccount, revealed

RECORDED = json.loads((Path(__file__).parent / "recorded" / "browser-login.json").read_text())["auth_json_after"]


def test_the_real_clients_file_is_read() -> None:
    """Every field that codex-cli 0.169.0 wrote arrives."""
    tokens = parse(RECORDED, "x")
    assert isinstance(tokens, Tokens)
    assert tokens.account_id == "acct-fake-1"
    assert tokens.provenance == Provenance("https://auth.openai.com")
    assert tokens.login_owner_id == "OgvWKXBN6WhQGtjWeO7bk7uwvnQ8C_nVam8IcB1Lqds"
    assert tokens.expires_at == 1795213764.0
    assert tokens.last_refresh == pytest.approx(datetime(2026, 11, 20, 21, 29, 24, 662862, UTC).timestamp())


def test_the_real_clients_file_is_written_back_as_it_was() -> None:
    """Same keys in the same order with the same values; the time keeps its microseconds."""
    tokens = parse(RECORDED, "x")
    assert isinstance(tokens, Tokens)
    again = json.loads(json.dumps(render(tokens, RECORDED), default=Secret.reveal))
    assert again.pop("last_refresh")[:26] == RECORDED["last_refresh"][:26]
    assert json.dumps(again) == json.dumps({key: RECORDED[key] for key in RECORDED if key != "last_refresh"})


def test_a_login_without_optional_fields() -> None:
    """Absent provenance, owner and account stay absent, the account as null; the API key is always written."""
    account = FakeAccount(account_id=None, last_refresh=None)
    assert revealed(account.tokens()) == account.record()
    assert list(revealed(account.tokens())["tokens"]) == ["id_token", "access_token", "refresh_token", "account_id"]


def test_unknown_keys_survive_after_the_known_ones() -> None:
    """What another program keeps in the file stays, at the top and among the tokens (contract 6)."""
    kept = {"zeta": 1, **FakeAccount().record(), "OPENAI_API_KEY": "sk-mine", "agent_identity": {"a": 1}}
    kept["tokens"] = {"extra": True, **kept["tokens"]}
    new = FakeAccount(tag="B", refresh_token="rt-2")
    found = json.loads(json.dumps(render(new.tokens(), kept), default=Secret.reveal))
    assert list(found) == ["auth_mode", "OPENAI_API_KEY", "tokens", "last_refresh", "agent_identity", "zeta"]
    assert list(found["tokens"]) == ["id_token", "access_token", "refresh_token", "account_id", "extra"]
    assert (found["OPENAI_API_KEY"], found["zeta"], found["tokens"]["refresh_token"]) == ("sk-mine", 1, "rt-2")


def test_a_new_login_leaves_nothing_of_the_old_one() -> None:
    """Provenance and owner of the login before do not survive in a login that has none."""
    kept = FakeAccount(issuer="https://old", login_owner_id="old").record()
    found = render(FakeAccount(tag="B").tokens(), kept)
    assert "oauth_provenance" not in found["tokens"]
    assert "login_owner_id" not in found["tokens"]


def test_rendering_reveals_nothing() -> None:
    """The record holds secrets; only who writes it reveals them."""
    account = FakeAccount()
    shown = repr(render(account.tokens(), {}))
    assert not [text for text in account.answer().values() if text in shown]


@pytest.mark.parametrize(
    "record",
    [
        {},
        {"auth_mode": None, "tokens": None},
        FakeAccount().record() | {"auth_mode": "apikey"},
        {"OPENAI_API_KEY": None, "personal_access_token": "at-x"},
        {"OPENAI_API_KEY": "sk-x", "personal_access_token": "at-x"},
    ],
    ids=["empty", "null", "mode wins", "personal token", "personal token beside key"],
)
def test_a_record_without_a_login_of_ours_is_no_error(record: dict[str, Any]) -> None:
    """No login, or one of another kind, reads as none (spec/auth.md 6.1)."""
    assert parse(record, "x") is None


@pytest.mark.parametrize(
    "record",
    [
        {"auth_mode": "apikey", "OPENAI_API_KEY": "sk-x"},
        FakeAccount().record() | {"auth_mode": "apikey", "OPENAI_API_KEY": "sk-x"},
        {key: value for key, value in FakeAccount().record().items() if key != "auth_mode"}
        | {"OPENAI_API_KEY": "sk-x"},
    ],
    ids=["as the CLI writes it", "mode wins", "without a mode a key counts before tokens"],
)
def test_a_record_with_an_api_key(record: dict[str, Any]) -> None:
    """The key alone is the login (spec/auth.md 6.1)."""
    assert parse(record, "x") == ApiKey(Secret("sk-x"))


def test_an_api_key_replaces_a_chatgpt_login_and_the_other_way_round() -> None:
    """What is written is what the CLI writes; nothing of the other login stays, foreign keys do."""
    key = ApiKey(Secret("sk-x"))
    assert render(key, {}) == {"auth_mode": "apikey", "OPENAI_API_KEY": Secret("sk-x")}
    over = render(key, FakeAccount().record() | {"theirs": 1})
    assert over == {"auth_mode": "apikey", "OPENAI_API_KEY": Secret("sk-x"), "theirs": 1}
    back = render(FakeAccount().tokens(), {"auth_mode": "apikey", "OPENAI_API_KEY": "sk-x"})
    assert (back["auth_mode"], back["OPENAI_API_KEY"]) == ("chatgpt", None)


def test_tokens_without_a_mode_are_a_chatgpt_login() -> None:
    """Older files have no mode."""
    record = FakeAccount().record()
    del record["auth_mode"]
    assert parse(record, "x") is not None


def changed(**tokens: Any) -> dict[str, Any]:
    """A record with some of its token fields changed."""
    record = FakeAccount().record()
    return record | {"tokens": record["tokens"] | tokens}


@pytest.mark.parametrize(
    "record",
    [
        FakeAccount().record() | {"auth_mode": "quantum"},
        FakeAccount().record() | {"auth_mode": 3},
        FakeAccount().record() | {"tokens": "x"},
        changed(id_token="not a jwt"),
        changed(id_token=None),
        changed(access_token=3),
        changed(refresh_token=None),
        changed(account_id=3),
        changed(account_id="a\r\nx-evil: 1"),
        changed(access_token="eyJ\n"),
        changed(access_token="é"),
        changed(login_owner_id=[]),
        changed(oauth_provenance={"issuer": "x"}),
        FakeAccount().record() | {"last_refresh": ""},
        FakeAccount().record() | {"last_refresh": 17},
        FakeAccount().record() | {"last_refresh": "yesterday"},
        FakeAccount().record() | {"last_refresh": "2026-11-20T21:29:24"},
    ],
)
def test_a_record_that_the_codex_cli_refuses_is_refused(record: dict[str, Any]) -> None:
    """The error names the file and shows nothing of its content."""
    with pytest.raises(StoreError, match="the file") as caught:
        parse(record, "the file")
    assert FakeAccount().refresh_token not in str(caught.value)
    assert "eyJ" not in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-20T21:29:24Z",
        "2026-11-20T21:29:24.0Z",
        "2026-11-20 21:29:24.000000000Z",
        "2026-11-20T22:29:24+01:00",
        "2026-11-20T19:29:24.000-02:00",
    ],
)
def test_every_form_of_time_is_read(text: str) -> None:
    """Any fraction, any offset, a blank instead of T (spec/auth.md 6.1)."""
    tokens = parse(FakeAccount().record() | {"last_refresh": text}, "x")
    assert isinstance(tokens, Tokens)
    assert tokens.last_refresh == datetime(2026, 11, 20, 21, 29, 24, tzinfo=UTC).timestamp()


@pytest.mark.parametrize("key", ["two words", "sk-é", "x" * 5_000])
def test_a_stored_key_that_fits_no_header_is_refused(key: str) -> None:
    """Whoever wrote it: an HTTP library would quote it in its error; the file is named and the key is not."""
    with pytest.raises(StoreError, match="The API key in /home/x is malformed") as caught:
        parse({"auth_mode": "apikey", "OPENAI_API_KEY": key}, "/home/x")
    assert key not in str(caught.value)


@pytest.mark.parametrize(
    ("record", "foreign"),
    [
        ({"OPENAI_API_KEY": None, "personal_access_token": "at-fake-1"}, True),
        ({"auth_mode": "personalAccessToken", "personal_access_token": "at-fake-1"}, True),
        ({"auth_mode": "agentIdentity", "agent_identity": {"a": 1}}, True),
        ({"auth_mode": "bedrockApiKey"}, True),
        ({"auth_mode": "chatgptAuthTokens"}, True),
        ({"auth_mode": "chatgpt", "personal_access_token": "at-fake-1"}, False),
        ({"auth_mode": "apikey", "OPENAI_API_KEY": None}, False),
        ({"auth_mode": "no such mode"}, False),
        ({"personal_access_token": None}, False),
        ({}, False),
        (FakeAccount().record(), False),
    ],
)
def test_a_login_of_the_clis_own_kinds_is_told_from_ours(record: dict[str, Any], *, foreign: bool) -> None:
    """Signing out here leaves it alone: we never showed it, and it cannot be had again."""
    assert is_foreign(record) is foreign
