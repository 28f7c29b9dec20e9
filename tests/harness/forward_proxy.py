"""A real proxy (proxy.py) in a process of its own that wants user and password; every name leads to this machine."""

from __future__ import annotations

import asyncio
import os
import sys
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

ROOT = Path(__file__).parent.parent.parent


@dataclass(frozen=True, slots=True)
class Proxy:
    """Where it listens, and the file in which it notes each connection."""

    port: int
    log: Path

    def carried(self, what: str) -> int:
        """How many lines of the log speak of ``what``."""
        return self.log.read_text(encoding="utf-8").count(what)


@asynccontextmanager
async def forward_proxy(folder: Path, user: str, password: str) -> AsyncIterator[Proxy]:
    """The proxy listens on loopback until the block ends."""
    port_file, log = folder / "port", folder / "proxy.log"
    arguments = ["--hostname", "127.0.0.1", "--port", "0", "--port-file", str(port_file), "--log-file", str(log)]
    arguments += ["--num-workers", "1", "--num-acceptors", "1", "--basic-auth", f"{user}:{password}"]
    arguments += ["--plugins", "tests.harness.forward_proxy_plugin.ToThisMachine", "--data-dir", str(folder)]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "proxy", *arguments, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}
    )
    try:
        async with asyncio.timeout(15):
            while not (port_file.exists() and port_file.read_text().strip()):  # noqa: ASYNC110  (another process writes it)
                await asyncio.sleep(0.02)
        yield Proxy(int(port_file.read_text()), log)
    finally:
        process.terminate()
        await process.wait()
