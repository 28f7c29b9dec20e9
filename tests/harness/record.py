"""Writes fixtures that nobody should type: what an editor says first, and the prompts of the code actions.

``python -m tests.harness.record prompts`` writes what each golden file of an action asks the model, beside it.
``python -m tests.harness.record initialize FILE`` is a server for an editor to start: ours, whose first request is
kept in FILE.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import tomllib
from pathlib import Path
from typing import IO, Any

from tests.actions.test_golden import GOLDEN, place_of, shown

USAGE = "usage: python -m tests.harness.record prompts | python -m tests.harness.record initialize FILE\n"
# Names of people and folders; what an editor can do does not depend on them.
PRIVATE = ("processId", "rootPath", "rootUri", "workspaceFolders", "initializationOptions")


def prompts() -> list[Path]:
    """Write the prompt beside every golden file; those that are new or were another text before."""
    written = []
    for path in GOLDEN:
        golden = tomllib.loads(path.read_text("utf-8"))
        prompt, beside = shown(golden["action"], place_of(golden)), path.with_suffix(".prompt.txt")
        if not beside.exists() or beside.read_text("utf-8") != prompt:
            beside.write_text(prompt, encoding="utf-8")
            written.append(beside)
    return written


def first_params(stream: IO[bytes]) -> tuple[bytes, dict[str, Any]]:
    """The first message as it came, and its params. Raises ``ValueError`` for what is no message."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        if not (line := stream.readline()):
            raise ValueError("the editor said nothing")
        head += line
    length = next(int(row.partition(b":")[2]) for row in head.lower().split(b"\r\n") if row.startswith(b"content-le"))
    body = stream.read(length)
    params: dict[str, Any] = json.loads(body)["params"]
    return head + body, params


def initialize(file: Path, stream: IO[bytes]) -> int:
    """Be the server, and keep the params of the first request in ``file``, without what is somebody's own."""
    first, params = first_params(stream)
    kept = {name: value for name, value in params.items() if name not in PRIVATE}
    file.write_text(json.dumps(kept, indent=2, sort_keys=True, ensure_ascii=False) + "\n", encoding="utf-8")
    with subprocess.Popen([sys.executable, "-m", "lsp_codex", "serve", "--sandbox"], stdin=subprocess.PIPE) as server:
        assert server.stdin is not None
        server.stdin.write(first)
        server.stdin.flush()
        threading.Thread(target=_pass_on, args=(stream, server.stdin), daemon=True).start()
        return server.wait()


def _pass_on(source: IO[bytes], target: IO[bytes]) -> None:
    try:
        while chunk := source.read1(65_536):  # type: ignore[attr-defined]  # of a buffered reader
            target.write(chunk)
            target.flush()
    except OSError:  # the server has ended
        return
    target.close()


def main(arguments: list[str]) -> int:
    """0 done, 2 wrong usage."""
    match arguments:
        case ["prompts"]:
            for path in prompts():
                sys.stdout.write(f"{path}\n")
            return 0
        case ["initialize", file]:
            return initialize(Path(file), sys.stdin.buffer)
        case _:
            sys.stderr.write(USAGE)
            return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
