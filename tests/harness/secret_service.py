"""A real Secret Service of the tests' own: gnome-keyring-daemon on a private bus, unlocked, with an empty keyring."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SETUP = Path(__file__).parent.parent / "auth" / "secret_service.sh"

BUS = """<busconfig>
  <type>session</type>
  <listen>unix:dir={folder}</listen>
  <servicedir>{folder}/services</servicedir>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/>
  </policy>
</busconfig>
"""

# The bus starts it with the first message and holds the message back until it is there: nobody has to poll.
START = """#!/bin/sh
echo $$ >"{folder}/pid"
export HOME="{folder}" XDG_DATA_HOME="{folder}/data" XDG_RUNTIME_DIR="{folder}/run"
exec "{daemon}" --unlock --components=secrets --foreground <"{folder}/password" >"{folder}/log" 2>&1
"""


@dataclass(frozen=True, slots=True)
class SecretService:
    """Where it listens: the value of DBUS_SESSION_BUS_ADDRESS."""

    address: str


def find(environ: Mapping[str, str]) -> Path | None:
    """The daemon: where secret_service.sh puts it, else on the PATH; ``None`` also if there is no D-Bus daemon."""
    base = environ.get("XDG_CACHE_HOME") or Path(environ.get("HOME", "~")).expanduser() / ".cache"
    cached = Path(base) / "lsp-codex-secret-service" / "bin" / "gnome-keyring-daemon"
    path = environ.get("PATH")
    found = str(cached) if cached.exists() else shutil.which("gnome-keyring-daemon", path=path)
    return Path(found) if found and shutil.which("dbus-daemon", path=path) else None


@contextmanager
def running(daemon: Path, folder: Path) -> Iterator[SecretService]:
    """Serve until the block ends."""
    for name in ("services", "data", "run"):
        (folder / name).mkdir(mode=0o700)
    (folder / "password").write_text("pw")
    (folder / "bus.conf").write_text(BUS.format(folder=folder))
    start = folder / "start"
    start.write_text(START.format(folder=folder, daemon=daemon))
    start.chmod(0o755)
    service = f"[D-BUS Service]\nName=org.freedesktop.secrets\nExec={start}\n"
    (folder / "services" / "secrets.service").write_text(service)
    command = ["dbus-daemon", f"--config-file={folder / 'bus.conf'}", "--nofork", "--nopidfile", "--print-address=1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as bus:
        assert bus.stdout is not None
        try:
            yield SecretService(bus.stdout.readline().strip())
        finally:
            if (folder / "pid").exists():
                with suppress(ProcessLookupError):
                    os.kill(int((folder / "pid").read_text()), signal.SIGTERM)
            bus.terminate()
