"""The parent program of editors/README.md, exactly as it stands there, against the server and the sandbox."""

from __future__ import annotations

import asyncio
import json
import os
import re
import sys
from pathlib import Path

import pytest

from lsp_codex.sandbox import loopback
from lsp_codex.sandbox.codex import SandboxCodex
from tests.conformance.program import ACCOUNT, token

README = Path(__file__).parents[2] / "editors" / "README.md"
GIVES = """
import json, pathlib, sys
left = pathlib.Path(sys.argv[1])
tokens = json.loads(left.read_text())
left.write_text(json.dumps(tokens[1:]))
print(json.dumps({"accessToken": tokens[0], "chatgptAccountId": sys.argv[2]}))
"""


def snippet() -> str:
    """The program in the README."""
    found: list[str] = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    return found[0]


def test_it_has_thirty_lines() -> None:
    """Not counting the empty ones."""
    assert sum(bool(line.strip()) for line in snippet().splitlines()) <= 30


@pytest.mark.real_time
@pytest.mark.timeout(60)
async def test_the_program_of_the_readme_lends_and_renews(tmp_path: Path) -> None:
    """Its first token is refused, it is asked for another one, and is signed in with that; then it signs out."""
    codex = SandboxCodex()
    stale, good = token("stale"), token("good", email="parent@example.com", plan="team")
    codex.lend(good)
    program, giver, left = (tmp_path / name for name in ("parent.py", "giver.py", "left.json"))
    program.write_text(snippet())
    giver.write_text(GIVES)
    left.write_text(json.dumps([stale, good]))
    async with loopback.serve(codex) as address:
        environ = {
            **os.environ,
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "LSP_CODEX_ISSUER": address,
            "LSP_CODEX_CHATGPT_BASE_URL": f"{address}/backend-api",
        }
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, str(program), sys.executable, str(giver), str(left), ACCOUNT),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=environ,
        )
        try:
            out, error = await process.communicate()
        finally:
            if process.returncode is None:
                process.kill()
    assert process.returncode == 0, error.decode()
    started, read, ended = out.decode().splitlines()
    assert started == "{'type': 'chatgptAuthTokens'}"
    assert "'email': 'parent@example.com', 'planType': 'team'" in read
    assert address in read, "the routing of a loopback backend"
    assert ended == "{}"
    assert json.loads(left.read_text()) == []
    assert not (tmp_path / "home" / "codex" / "auth.json").exists()
    assert good not in error.decode()
