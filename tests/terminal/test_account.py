"""``lsp-codex logout`` and ``status`` without a process: what they print, and their exit codes."""

from __future__ import annotations

import json
import os
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TypeAlias

import pytest

from lsp_codex.advice import Advice
from lsp_codex.auth.state import AuthState, Failed, SignedIn, SignedOut
from lsp_codex.auth.tokens import ApiKey, account_of
from lsp_codex.errors import CredentialsRejected, Rejection, SignInFailed, SignInFailure, SignInRequired
from lsp_codex.sandbox import loopback
from lsp_codex.sandbox.codex import SandboxCodex
from lsp_codex.sandbox.replies import Plain
from lsp_codex.secret import Secret
from lsp_codex.terminal.account import WrongPlace, in_terminal, logout, sentence, status
from tests.harness.accounts import FakeAccount

Command: TypeAlias = Callable[[Mapping[str, str]], Awaitable[int]]

ACCOUNT = FakeAccount()
TOKENS = ACCOUNT.tokens()
NOW = 1_795_000_000.0


@pytest.mark.parametrize(
    ("state", "says"),
    [
        (SignedIn(TOKENS, account_of(TOKENS)), "Signed in as user@example.invalid (plus), workspace …fake-1."),
        (
            SignedIn(ACCOUNT.but(expires_at=NOW - 1, account_id=None).tokens(),
                     account_of(ACCOUNT.but(account_id=None).tokens())),
            "Signed in as user@example.invalid (plus), to be renewed with the next request.",
        ),
        (ApiKey(Secret("sk-1")), "Signed in with an API key; each request is billed to it, not to a plan."),
        (SignedOut(), "Not signed in. Sign in with lsp-codex login."),
        (SignedOut("the file is broken"), "Not signed in: the file is broken. Sign in with lsp-codex login."),
        (
            Failed(account_of(TOKENS), CredentialsRejected(Rejection.REVOKED), TOKENS),
            "Your Codex sign-in was revoked. Sign in with lsp-codex login.",
        ),
    ],
)  # fmt: skip
def test_one_line_of_truth(state: AuthState, says: str) -> None:
    """Who, which plan, which workspace, and nothing secret."""
    assert sentence(state, NOW) == says


@pytest.mark.parametrize("reason", SignInFailure)
def test_no_editor_command_is_named_in_a_terminal(reason: SignInFailure) -> None:
    """What to do is said in calls that can be made there."""
    assert "codex." not in in_terminal(SignInFailed(reason).for_person())
    assert "codex." not in in_terminal(SignInRequired().for_person())
    assert Advice.SIGN_IN.value.startswith("Sign in with the command")


async def test_status_is_3_when_nobody_is_signed_in(capsys: pytest.CaptureFixture[str]) -> None:
    """One line on standard output, and one JSON document if asked for."""
    assert await status(os.environ, as_json=False) == 3
    assert capsys.readouterr().out == "Not signed in. Sign in with lsp-codex login.\n"
    assert await status(os.environ, as_json=True) == 3
    assert json.loads(capsys.readouterr().out)["state"] == "signedOut"


async def test_status_of_a_stored_login(capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 0; the JSON is the object of codex.status; nobody is asked over the network."""
    ACCOUNT.write(Path(os.environ["LSP_CODEX_HOME"]))
    assert await status(os.environ, as_json=False) == 0
    assert "user@example.invalid (plus)" in capsys.readouterr().out
    assert await status(os.environ, as_json=True) == 0
    shown = json.loads(capsys.readouterr().out)
    assert (shown["state"], shown["account"]["accountId"]) == ("signedIn", "acct-fake-1")
    assert TOKENS.access_token.reveal() not in str(shown)


async def test_status_of_a_broken_store_says_what_is_broken(capsys: pytest.CaptureFixture[str]) -> None:
    """Not signed in, and why; the file stays."""
    home = Path(os.environ["LSP_CODEX_HOME"])
    home.mkdir(parents=True)  # noqa: ASYNC240 — one folder
    (home / "auth.json").write_text("{ broken")
    assert await status(os.environ, as_json=False) == 3
    assert "auth.json are not valid JSON" in capsys.readouterr().out
    assert (home / "auth.json").read_text() == "{ broken"


@pytest.mark.parametrize("command", [logout, partial(status, as_json=False)], ids=["logout", "status"])
async def test_a_variable_that_names_no_place_stops_everything(command: Command) -> None:
    """The usual home and service were not meant: what is there is not shown, and not touched."""
    path = ACCOUNT.write(Path(os.environ["LSP_CODEX_HOME"]))
    with pytest.raises(WrongPlace, match="LSP_CODEX_ISSUER"):
        await command({**os.environ, "LSP_CODEX_ISSUER": "ftp://x"})
    assert path.exists()


NOT_OURS: dict[str, tuple[dict[str, object], str]] = {
    "token": ({"OPENAI_API_KEY": None, "personal_access_token": "at-fake-1"}, "a kind that only the Codex CLI uses"),
    "issuer": (ACCOUNT.but(issuer="https://other.invalid").record(), "another sign-in service"),
}


@pytest.mark.parametrize("case", NOT_OURS)
async def test_logout_leaves_what_it_does_not_show(case: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Nobody was signed in as far as anybody was told; what is there cannot be had again, and stays; that is said."""
    record, what = NOT_OURS[case]
    home = Path(os.environ["LSP_CODEX_HOME"])
    home.mkdir(parents=True)  # noqa: ASYNC240 — one folder
    (home / "auth.json").write_text(json.dumps(record))
    before = (home / "auth.json").read_bytes()
    assert await status(os.environ, as_json=False) == 3
    capsys.readouterr()
    assert await logout(os.environ) == 0
    said = capsys.readouterr().out
    assert said.startswith("Nobody was signed in. The store holds a login of ")
    assert what in said
    assert said.count("\n") == 1
    assert (home / "auth.json").read_bytes() == before


async def test_logout_removes_what_nobody_can_read(capsys: pytest.CaptureFixture[str]) -> None:
    """It may hold a token; whoever signs out wants none left."""
    home = Path(os.environ["LSP_CODEX_HOME"])
    home.mkdir(parents=True)  # noqa: ASYNC240 — one folder
    (home / "auth.json").write_text("{ broken")
    assert await logout(os.environ) == 0
    assert capsys.readouterr().out == "Signed out.\n"
    assert not (home / "auth.json").exists()


@pytest.mark.parametrize("fails", [False, True])
@pytest.mark.real_time
async def test_logout_here_and_there(fails: bool, capsys: pytest.CaptureFixture[str]) -> None:
    """The file is gone and the service was told; that it could not be told is said, and is no failure."""
    codex = SandboxCodex()
    codex.script(*([Plain(500, {}, b"", "oauth/revoke")] if fails else []))
    path = ACCOUNT.write(Path(os.environ["LSP_CODEX_HOME"]))
    async with loopback.serve(codex) as address:
        assert await logout({**os.environ, "LSP_CODEX_ISSUER": address}) == 0
        assert not path.exists()
        shown = capsys.readouterr()
        assert shown.out == "Signed out.\n"
        assert ("could not be told" in shown.err) is fails
        assert await logout({**os.environ, "LSP_CODEX_ISSUER": address}) == 0
        assert capsys.readouterr().out == "Nobody was signed in.\n"
    assert [request.path for request in codex.requests] == ["/oauth/revoke"]


@pytest.mark.real_time
async def test_the_terminal_takes_the_same_way_out_as_the_server(capsys: pytest.CaptureFixture[str]) -> None:
    """Certificates and proxies of the environment count for login and logout too: a wrong path is named."""
    ACCOUNT.write(Path(os.environ["LSP_CODEX_HOME"]))
    async with loopback.serve(SandboxCodex()) as address:
        wrong = {"LSP_CODEX_ISSUER": address, "CODEX_CA_CERTIFICATE": "/nowhere/ca.pem"}
        assert await logout({**os.environ, **wrong}) == 0
    said = capsys.readouterr().err
    assert "CODEX_CA_CERTIFICATE" in said
    assert "/nowhere/ca.pem" in said
