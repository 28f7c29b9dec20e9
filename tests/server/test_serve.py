"""One session from its first byte to its end, in memory and in a process of its own."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from lsp_codex.server.serve import run_tcp
from lsp_codex.server.tcp import ExposedAddress
from tests.harness import edge_server as edge
from tests.harness import raw_client as raw
from tests.harness.raw_client import RawClient
from tests.harness.wire import connected

if TYPE_CHECKING:
    from collections.abc import Iterator

SCRIPT = Path(edge.__file__)
ROOT = SCRIPT.parent.parent.parent
ENDS_WITHIN = 2.0


@pytest.fixture
def server() -> Iterator[RawClient]:
    """The edge's server in a process."""
    with start() as client:
        yield client


def start(*arguments: str) -> RawClient:
    """Start the edge's server with arguments."""
    return RawClient.python(SCRIPT, *arguments, env={**os.environ, "PYTHONPATH": str(ROOT)})


async def test_exit_after_shutdown_ends_with_0() -> None:
    """``shutdown`` and ``exit`` are the proper end."""
    async with connected(edge.edge_server()) as client:
        await client.initialize()
        assert await client.leave() == 0


async def test_exit_without_shutdown_ends_with_1() -> None:
    """``exit`` alone is an improper end (LSP 3.18, "Exit Notification")."""
    async with connected(edge.edge_server()) as client:
        await client.initialize()
        client.notify("exit")
        assert await client.wait_closed() == 1


async def test_the_end_of_input_ends_the_session_and_what_runs() -> None:
    """When the editor closes the connection, running handlers are cancelled."""
    events: list[str] = []
    async with connected(edge.edge_server(events)) as client:
        await client.initialize()
        client.start("workspace/executeCommand", {"command": "edge.wait"})
        await client.request("workspace/executeCommand", {"command": "edge.echo"})
        await client.transport.aclose()
        assert await client.wait_closed() == 1
    assert events == ["wait began", "wait cancelled"]


@pytest.mark.real_time
@pytest.mark.parametrize(("proper", "code"), [(True, 0), (False, 1)])
def test_the_exit_code_of_the_process(server: RawClient, *, proper: bool, code: int) -> None:
    """The process ends within 2 s of ``exit`` with 0 or 1, and closes its resources."""
    server.initialize()
    if proper:
        assert server.ask("bye", "shutdown")["result"] is None
    server.send(raw.EXIT)
    assert server.wait(ENDS_WITHIN)[0] == code
    assert "closed" in server.errors()


@pytest.mark.real_time
def test_everything_before_the_end_of_input_is_handled(server: RawClient) -> None:
    """A whole session through a pipe that is closed at once is answered and ends with 0."""
    server.send(raw.INITIALIZE + raw.INITIALIZED + raw.SHUTDOWN + raw.EXIT)
    server.close_input()
    assert "result" in server.answer("shutdown")
    assert server.wait(ENDS_WITHIN)[0] == 0


@pytest.mark.real_time
@pytest.mark.parametrize("how", ["end of input", "closed output", "SIGINT", "SIGTERM"])
def test_every_other_end_closes_the_resources_within_2_seconds(server: RawClient, how: str) -> None:
    """End of input, a closed stdout (even if nothing is written), SIGINT and SIGTERM end a busy process."""
    server.initialize()
    server.send(raw.request(1, "workspace/executeCommand", {"command": "edge.wait"}))
    server.ask(2, "workspace/executeCommand", {"command": "edge.echo"})
    match how:
        case "end of input":
            server.close_input()
        case "closed output":
            server.close_output()
        case _:
            server.process.send_signal(signal.Signals[how])
    assert server.wait(ENDS_WITHIN)[0] == 1
    assert "closed" in server.errors()


@pytest.mark.real_time
def test_a_reader_that_never_reads_does_not_hold_the_loop_nor_the_end(server: RawClient) -> None:
    """With the pipe to the editor full the server still takes messages, and ends in time."""
    server.initialize()
    server.send(raw.request(1, "workspace/executeCommand", {"command": "edge.flood", "arguments": [5_000_000]}))
    server.send(raw.request(2, "shutdown") + raw.EXIT)
    assert server.wait(ENDS_WITHIN)[0] == 0


@pytest.mark.real_time
def test_an_editor_that_only_writes_does_not_fill_the_memory(server: RawClient) -> None:
    """When 64 MB of answers wait unread the process ends, and the log says why."""
    server.initialize()
    flood = {"command": "edge.flood", "arguments": [8_000_000]}
    server.send(b"".join(raw.request(number, "workspace/executeCommand", flood) for number in range(12)))
    assert server.wait()[0] == 1
    assert "does not read" in server.errors()


@pytest.mark.real_time
def test_closing_that_hangs_is_cut_off() -> None:
    """The process ends within its grace even if a resource does not close."""
    with start("--hang") as server:
        server.initialize()
        server.send(raw.SHUTDOWN + raw.EXIT)
        code, seconds = server.wait(ENDS_WITHIN + 0.5)
        assert code == 0
        assert seconds > 1


@pytest.mark.real_time
def test_the_process_ends_with_its_parent_although_the_pipe_stays_open() -> None:
    """``processId`` is watched: another process that holds the pipe does not keep the server alive."""
    parent = subprocess.Popen(["sleep", "60"])
    try:
        with start() as server:
            params: dict[str, Any] = {"processId": parent.pid, "rootUri": None, "capabilities": {}}
            server.ask(1, "initialize", params)
            parent.kill()  # and nobody has waited for it yet: it is a zombie
            assert server.wait(ENDS_WITHIN)[0] == 1
            assert "closed" in server.errors()
    finally:
        parent.kill()
        parent.wait()


@pytest.mark.real_time
def test_a_parent_that_is_not_of_this_machine_is_not_watched(server: RawClient) -> None:
    """In a container the editor's process number says nothing: the server stays."""
    gone = subprocess.Popen(["true"])
    gone.wait()
    server.ask(1, "initialize", {"processId": gone.pid, "rootUri": None, "capabilities": {}})
    assert "not watched" in server.error_line(str(gone.pid))
    assert server.ask(2, "workspace/executeCommand", {"command": "edge.echo", "arguments": [5]})["result"] == 5


@pytest.mark.real_time
def test_tcp_speaks_the_same_protocol() -> None:
    """One editor is served over a loopback socket, a second one refused, and the exit code is the session's."""
    with start("--tcp") as server:
        host, port = server.error_line("127.0.0.1").split()[-2:]
        with socket.create_connection((host.split(":")[-1], int(port)), 5) as editor:
            editor.sendall(raw.INITIALIZE + raw.SHUTDOWN)
            assert [message["id"] for message in read_messages(editor, 2)] == [0, "shutdown"]
            editor.sendall(raw.EXIT)
            assert server.wait(ENDS_WITHIN)[0] == 0


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1"])  # noqa: S104 — what is refused
def test_tcp_refuses_addresses_of_other_machines(host: str) -> None:
    """Nobody but this machine may connect, unless it was forced."""
    with pytest.raises(ExposedAddress, match="reached from other machines"):
        run_tcp(edge.build, host, 0)


def read_messages(editor: socket.socket, count: int) -> list[Any]:
    """The next messages of a server of ours."""
    found: list[Any] = []
    data = b""
    while len(found) < count:
        data += editor.recv(65536)
        while b"\r\n\r\n" in data:
            head, _, rest = data.partition(b"\r\n\r\n")
            length = int(head.split(b":")[1])
            if len(rest) < length:
                break
            found.append(json.loads(rest[:length]))
            data = rest[length:]
    return found


def test_importing_serve_imports_no_transport() -> None:
    """What a session does not need is not imported at its start."""
    names = "'lsp_codex.server.tcp', 'lsp_codex.server.stdio', 'lsp_codex.server.watch'"
    code = f"import sys, lsp_codex.server.serve; print({{{names}}} & {{*sys.modules}})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "set()"
