"""The check that no credential shows can fail: each way out of the program, with a leak in it, fails its test."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from lsp_codex.auth.pkce import new_nonce, new_pkce
from lsp_codex.sandbox.api import API_KEY
from lsp_codex.sandbox.codex import SandboxCodex
from tests.harness import sentinels
from tests.harness.accounts import FakeAccount

ROOT = Path(__file__).parent.parent.parent

CONFTEST = "from tests.harness.leaks import capsys, leaks, pytest_runtest_makereport, recognisable_verifiers"
LEAKING = '''
import asyncio, logging, subprocess, sys
import pytest
from tests.harness import wire

TOKEN = "rt-" + "fake-1"
CHILD = [sys.executable, "-c", "import sys; exec(sys.argv[1])"]

def test_debug_record():
    logging.getLogger("lsp_codex.auth.manager").debug("got %s", TOKEN)

def test_record_of_a_library():
    logging.getLogger("httpcore2.http11").debug("authorization: Bearer %s", TOKEN)

def test_record_that_the_formatter_would_redact():
    logging.getLogger("lsp_codex").warning("refresh_token=%s", TOKEN)

def test_record_with_a_traceback():
    logging.getLogger("asyncio").error("never retrieved", exc_info=ValueError(TOKEN))

def test_printed():
    print(TOKEN)

def test_printed_and_read(capsys):
    print(TOKEN, file=sys.stderr)
    assert capsys.readouterr().out == ""

def test_expected_exception():
    with pytest.raises(ValueError):
        raise ValueError(TOKEN)

def test_cause_of_an_expected_exception():
    with pytest.raises(ValueError):
        try:
            raise KeyError(TOKEN)
        except KeyError as error:
            raise ValueError("no") from error

def test_message_to_the_editor():
    async def send():
        ours, theirs = wire.pair()
        client = wire.Client(theirs)
        ours.write(wire.framing.encode(b'{"jsonrpc": "2.0", "method": "m", "params": "%b"}' % TOKEN.encode()))
        await asyncio.sleep(0)
        assert client.notifications == [("m", TOKEN)]
    asyncio.run(send())

def test_output_of_a_process():
    assert subprocess.run([*CHILD, f"print('rt' + '-fake')"], capture_output=True).returncode == 0

def test_output_that_a_process_shares_with_us():
    assert subprocess.run([*CHILD, f"print('rt' + '-fake', flush=True)"]).returncode == 0

def test_output_of_an_asynchronous_process():
    async def run():
        child = await asyncio.create_subprocess_exec(*CHILD, "print('rt' + '-fake')", stdout=subprocess.PIPE)
        await child.communicate()
    asyncio.run(run())

def test_record_of_a_process_before_redaction():
    leak = "from lsp_codex import logs; logs.start(); logs.log.debug('%s', 'rt' + '-fake')"
    done = subprocess.run([*CHILD, leak], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("", "")

def test_verifier():
    from lsp_codex.auth.pkce import new_pkce
    logging.getLogger("lsp_codex").debug("%s", new_pkce().verifier.reveal())

def test_verifier_of_a_process():
    leak = "from lsp_codex.auth.pkce import new_pkce; print(new_pkce().verifier.reveal())"
    assert subprocess.run([*CHILD, leak], capture_output=True).returncode == 0

def test_document_in_a_request():
    import httpx2
    from tests.harness.sentinels import PLANTED
    httpx2.Request("POST", "https://a/b", content=PLANTED.encode())

def test_document_in_a_frame():
    from tests.harness.sentinels import PLANTED
    from websockets.client import ClientProtocol
    from websockets.uri import parse_uri
    protocol = ClientProtocol(parse_uri("ws://a"))
    from websockets.protocol import State
    protocol.state = State.OPEN
    protocol.send_text(PLANTED.encode())

def test_document_from_a_process():
    async def arrive():
        from tests.harness.sentinels import PLANTED
        asyncio.StreamReader().feed_data(PLANTED.encode())
    asyncio.run(arrive())

def test_clean():
    """Nothing shows: a Secret, an address, a word that looks a little like it."""
    from lsp_codex.secret import Secret
    logging.getLogger("lsp_codex").debug("%r at-random start-up ask-me https://a/b?state=x", Secret(TOKEN))

@pytest.mark.shows_secrets("is to show one")
def test_on_purpose():
    print(TOKEN)
'''


@pytest.mark.real_time
@pytest.mark.timeout(60)
@pytest.mark.shows_secrets("its own tests leak")
def test_every_way_out_is_listened_to(tmp_path: Path) -> None:
    """Each of the leaking tests fails for its leak alone; what shows nothing, or does so on purpose, passes."""
    file = tmp_path / "test_leaking.py"
    file.write_text(LEAKING)
    (tmp_path / "conftest.py").write_text(CONFTEST)
    options = ["-c", os.devnull, "-q", "-p", "no:cacheprovider", "--import-mode=importlib", f"--rootdir={tmp_path}"]
    command = [
        sys.executable,
        "-m",
        "pytest",
        *options,
        "-W",
        "ignore",
        "-o",
        "markers=shows_secrets: why",
        str(file),
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    passed = {"test_clean", "test_on_purpose"}
    wanted = {line[4:].partition("(")[0] for line in LEAKING.splitlines() if line.startswith("def test_")} - passed
    failed = {line.rpartition("::")[2].partition(" ")[0] for line in done.stdout.splitlines() if "::" in line}
    assert failed == wanted, done.stdout
    assert done.stdout.splitlines()[-1].startswith(f"{len(wanted | passed)} passed, {len(wanted)} errors")


def test_what_the_sandbox_hands_out_can_be_recognised() -> None:
    """Every kind of credential, also the beginning of a token that was cut off."""
    codex = SandboxCodex()
    given = codex.sign_in_demo()
    tokens = [given[name] for name in ("id_token", "access_token", "refresh_token")]
    for credential in (*tokens, given["access_token"][:20], API_KEY):
        assert sentinels.found(f"got {credential!r}."), credential


def test_what_the_tests_hand_out_can_be_recognised() -> None:
    """The builder's tokens, and the verifiers that our own code makes; a state is no secret and looks otherwise."""
    for credential in (*FakeAccount().answer().values(), new_pkce().verifier.reveal()):
        assert sentinels.found(credential), credential
    assert not sentinels.found(new_nonce())


def test_a_handshake_that_looks_like_a_token_is_none() -> None:
    """A WebSocket's key is random base64: one in 262,144 begins as a JWT does, and a suite makes thousands."""
    accept = "[(b'Sec-WebSocket-Accept', b'eyJB8aPCVj79b3sFGpACjI4/bKo=')]"
    assert not sentinels.found(accept, "log of httpcore2.http11")
    token = FakeAccount().access_jwt()
    for length in (11, 15, 30, len(token)):
        assert sentinels.found(token[:length], "log of httpcore2.http11")
