"""Leaks: what left the program while a test ran is looked through for credentials; one that shows fails the test.

Heard are: every log record at DEBUG before anything is redacted, ours and of the libraries below us; what was printed
and captured; what processes wrote, and what they logged before redaction (``child/sitecustomize.py``); the messages
that went to an editor; every exception that a test expected, with its causes; and what is sent over the network by
this process or comes to its sandbox from another, where no text of an excluded document may be. Only other people's
code is patched for it. Imported by ``conftest.py``, whose fixtures and hook these are.
"""

from __future__ import annotations

import asyncio
import asyncio.subprocess
import os
import random
import subprocess
import traceback
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
import websockets.protocol

from tests.harness import sentinels
from tests.harness.tapping import tap

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

CHILD = Path(__file__).parent / "child"
REPORTS = "LSP_CODEX_TESTS_LEAKS"  # the folder in which a process of ours reports what it logged


class Leaks:
    """What showed during one test; each finding says where."""

    def __init__(self) -> None:
        self.found: list[str] = []

    def said(self, where: str, text: str | bytes) -> None:
        """Look through ``text``, which left the program ``where``."""
        shown = text.decode("latin-1") if isinstance(text, bytes) else text
        self.found += [f"{where}: {each}" for each in sentinels.found(shown, where)]

    def sent(self, where: str, data: object) -> None:
        """Look through what goes over the network: a credential may, a document that is to stay here may not."""
        text = data.decode("latin-1") if isinstance(data, bytes) else data
        if isinstance(text, str) and sentinels.PLANTED in text:
            self.found.append(f"{where}: an excluded document")

    def raised(self, error: BaseException) -> None:
        """Look through what would be seen of ``error`` and its causes if it crashed the program."""
        lines = traceback.format_exception(error)
        # Without the source lines: a test may well name the credential in the line that raised.
        kept = [line.partition("\n")[0] if line.startswith("  File") else line for line in lines]
        self.said("an exception", "\n".join(kept) + repr(error))


class Listening:
    """While it is entered, everything goes to ``leaks``."""

    def __init__(self, leaks: Leaks, reports: Path) -> None:
        self._leaks = leaks
        self._reports = reports
        self._undo = pytest.MonkeyPatch()

    def __enter__(self) -> None:
        self._untap = tap(self._leaks.said)
        self._listen_to_processes()
        self._listen_to_expected_exceptions()
        self._listen_to_the_network()

    def __exit__(self, *_: object) -> None:
        self._undo.undo()
        self._untap()
        for report in self._reports.glob("*"):
            self._leaks.found.append(f"log of a process: {report.read_text('utf-8')}")

    def _listen_to_processes(self) -> None:
        leaks = self._leaks
        protocol: Any = asyncio.subprocess.SubprocessStreamProtocol
        received, communicate = protocol.pipe_data_received, subprocess.Popen.communicate

        def pipe_data_received(self: Any, fd: int, data: bytes) -> None:
            leaks.said("output of a process", data)
            received(self, fd, data)

        def communicated(self: Any, *arguments: Any, **options: Any) -> tuple[Any, Any]:
            streams = communicate(self, *arguments, **options)
            for stream in streams:
                leaks.said("output of a process", stream or "")
            return streams

        self._undo.setattr(protocol, "pipe_data_received", pipe_data_received)
        self._undo.setattr(subprocess.Popen, "communicate", communicated)

    def _listen_to_expected_exceptions(self) -> None:
        leaks, context = self._leaks, type(pytest.raises(Exception))
        leave = context.__exit__

        def left(self: Any, kind: Any, error: BaseException | None, trace: Any) -> bool:
            if error is not None:
                leaks.raised(error)
            return bool(leave(self, kind, error, trace))

        self._undo.setattr(context, "__exit__", left)

    def _listen_to_the_network(self) -> None:
        leaks, made = self._leaks, httpx2.Request.__init__
        framed, arrived = websockets.protocol.Protocol.send_text, asyncio.StreamReader.feed_data

        def make(self: Any, *arguments: Any, **options: Any) -> None:
            leaks.sent("the body of a request", options.get("content"))
            made(self, *arguments, **options)

        def frame(self: Any, data: Any, fin: bool = True) -> None:
            leaks.sent("a frame of a WebSocket", bytes(data))
            framed(self, data, fin)

        def arrive(self: asyncio.StreamReader, data: Any) -> None:
            leaks.sent("what came over a connection", bytes(data))
            arrived(self, data)

        self._undo.setattr(httpx2.Request, "__init__", make)
        self._undo.setattr(websockets.protocol.Protocol, "send_text", frame)
        self._undo.setattr(asyncio.StreamReader, "feed_data", arrive)


_LEAKS = pytest.StashKey[Leaks]()


@pytest.fixture(scope="session", autouse=True)
def recognisable_verifiers() -> Iterator[None]:
    """What PKCE verifiers are made of is the standard library's; here they can be told from other random text."""
    with pytest.MonkeyPatch.context() as library:
        before = random.SystemRandom.randbytes
        library.setattr(random.SystemRandom, "randbytes", lambda self, n: sentinels.marked(partial(before, self))(n))
        yield


@pytest.fixture(autouse=True)
def leaks(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Leaks]:
    """Everything that leaves the program during a test is listened to; ``shows_secrets`` says why one may show.

    Not while something is measured: listening to every record of the libraries doubles the time of a request.
    """
    heard = Leaks()
    if any(request.node.get_closest_marker(name) is not None for name in ("shows_secrets", "bench")):
        yield heard
        return
    reports = tmp_path_factory.mktemp("leaks")
    request.node.stash[_LEAKS] = heard
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv(REPORTS, str(reports))
        environment.setenv("PYTHONPATH", str(CHILD), prepend=os.pathsep)
        with Listening(heard, reports):
            yield heard


@pytest.fixture
def capsys(capsys: pytest.CaptureFixture[str], leaks: Leaks) -> pytest.CaptureFixture[str]:
    """As pytest's, and listened to."""
    read = capsys.readouterr

    def readouterr() -> Any:
        streams = read()
        leaks.said("standard output", streams.out)
        leaks.said("standard error", streams.err)
        return streams

    capsys.readouterr = readouterr  # type: ignore[method-assign]
    return capsys


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A test that has passed fails with its last phase if a credential showed."""
    report = yield
    heard = item.stash.get(_LEAKS, None)
    if heard is not None and report.when == "teardown" and report.passed:
        for where, text in report.sections:
            heard.said(where, text)
        if heard.found:
            report.outcome = "failed"
            report.longrepr = "a credential shows in " + "\n".join(dict.fromkeys(heard.found))
    return report
