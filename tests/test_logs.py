"""Logs: where they go, what the libraries below us may say, and that secrets are taken out."""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING

import pytest

from lsp_codex import logs

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.shows_secrets("what is to be redacted is logged here")

JWT = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ1c2VyIn0.c2lnbmF0dXJl"


log = logging.getLogger("lsp_codex.example")

SECRETS = [
    (JWT, JWT),
    (f"Authorization: Bearer {JWT}", JWT),
    ("authorization: bearer abcdef0123456789==", "abcdef0123456789"),
    ("key sk-proj-abcdefgh12345678 given", "sk-proj-abcdefgh"),
    ("GET /auth/callback?code=ac_123secret&state=st456 HTTP/1.1", "ac_123secret"),
    ("GET /auth/callback?code=ac_123secret&state=st456 HTTP/1.1", "st456"),
    ("grant_type=refresh_token&refresh_token=rt.1.abc", "rt.1.abc"),
    ("code_verifier=verifier-1234", "verifier-1234"),
    ('{"refresh_token": "rt.1.abc", "a": 1}', "rt.1.abc"),
    ("{'access_token': 'at-opaque'}", "at-opaque"),
    ('{"OPENAI_API_KEY":"key-opaque"}', "key-opaque"),
    ("id_token = opaque-id", "opaque-id"),
]


@pytest.mark.parametrize(("text", "secret"), SECRETS)
@pytest.mark.parametrize("way", ["message", "argument", "mapping", "traceback", "cause"])
def test_a_secret_does_not_reach_the_log(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, text: str, secret: str, way: str
) -> None:
    """Neither in the message, nor through its arguments, nor in a library's exception; in no sink."""
    file = tmp_path / "log"
    logs.start("DEBUG", file)
    match way:
        case "message":
            log.info(text.replace("%", "%%"))
        case "argument":
            log.info("got %s from %s", text, "there")
        case "mapping":
            log.info("got %(what)s", {"what": text})
        case "traceback":
            log.error("failed", exc_info=ValueError(text))
        case _:
            error = ValueError("outer")
            error.__cause__ = LookupError(text)
            log.error("failed", exc_info=error)
    written = capsys.readouterr().err + file.read_text("utf-8")
    assert secret not in written
    assert "…" in written


@pytest.mark.parametrize(
    "text",
    [
        "state machine: code=3",
        "tokens used: 12",
        "completion in 230 ms",
        "code review of sketch.py",
        "the bearer of news",
    ],
)
def test_ordinary_words_are_left_alone(capsys: pytest.CaptureFixture[str], text: str) -> None:
    """A log that hides everything helps nobody."""
    logs.start("INFO")
    log.info("%s", text)
    assert capsys.readouterr().err.endswith(f"INFO    lsp_codex.example: {text}\n")


def test_nothing_is_written_to_stdout(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Stdout is the protocol, at every level and for every library."""
    logs.start("DEBUG", tmp_path / "log")
    for name in ("lsp_codex", "pygls", "httpx2", "other"):
        logging.getLogger(name).critical("words")
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("words") == 4


@pytest.mark.parametrize("level", ["debug", "DEBUG", "info"])
@pytest.mark.parametrize("name", [*logs.HELD_AT_WARNING, "pygls.protocol.json_rpc", "httpx2.client"])
def test_libraries_are_held_at_warning(capsys: pytest.CaptureFixture[str], level: str, name: str) -> None:
    """They log bodies and headers below that, which hold source text and tokens."""
    logs.start(level)
    logging.getLogger(name).info("a body")
    logging.getLogger(name).warning("a warning")
    err = capsys.readouterr().err
    assert "a body" not in err
    assert "a warning" in err


@pytest.mark.parametrize(("level", "seen"), [("debug", 4), ("info", 3), ("warning", 2), ("error", 1)])
def test_the_level_is_ours(capsys: pytest.CaptureFixture[str], level: str, seen: int) -> None:
    """In the words of the command line."""
    logs.start(level)
    for each in (logging.DEBUG, logging.INFO, logging.WARNING, logging.ERROR):
        log.log(each, "words")
    assert capsys.readouterr().err.count("words") == seen


def test_arguments_that_do_not_fit_neither_raise_nor_show(capsys: pytest.CaptureFixture[str]) -> None:
    """A mistake in a log call must not end a request, and logging must not print the arguments as they are."""
    logs.start("INFO")
    log.info("%d tokens", "at-opaque")
    log.info("%(a)s", {"b": "at-opaque"})
    err = capsys.readouterr().err
    assert "at-opaque" not in err
    assert err.count("its arguments do not fit") == 2


def test_the_file_gets_what_stderr_gets(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Its folder is made if need be."""
    file = tmp_path / "deep" / "er" / "log"
    logs.start("INFO", file)
    log.info("größer")
    assert file.read_text("utf-8") == capsys.readouterr().err


def test_a_file_that_cannot_be_opened_is_a_warning(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """The editor's server starts all the same."""
    (tmp_path / "file").write_text("")
    logs.start("INFO", tmp_path / "file" / "log")
    log.info("words")
    err = capsys.readouterr().err
    assert "no log file" in err
    assert "words" in err


def test_starting_again_replaces_what_was_there(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """No line is written twice, and the file of the first start is closed."""
    logs.start("INFO", tmp_path / "one")
    logs.start("INFO", tmp_path / "two")
    log.info("words")
    assert capsys.readouterr().err.count("words") == 1
    assert (tmp_path / "one").read_text() == ""
    assert len(logging.getLogger().handlers) == 2
    assert sys.stderr in [getattr(handler, "stream", None) for handler in logging.getLogger().handlers]
