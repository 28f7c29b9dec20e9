"""Rules of lsp_codex/auth/opener.py: graphical browsers only, and none of our streams for any of them."""

from __future__ import annotations

import asyncio
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from lsp_codex.auth.opener import FAILS_WITHIN, open_address, opener

if TYPE_CHECKING:
    from collections.abc import Mapping

URL = "https://issuer.invalid/authorize?a=b&c='d'"


def which(*there: str) -> object:
    """A system where these programs are installed."""
    return lambda name, path=None: f"/bin/{name}" if name in there else None


@pytest.mark.parametrize(
    ("environ", "platform", "there", "command"),
    [
        ({"DISPLAY": ":0"}, "linux", ("xdg-open",), ("/bin/xdg-open", URL)),
        ({"WAYLAND_DISPLAY": "w"}, "linux", ("xdg-open",), ("/bin/xdg-open", URL)),
        ({}, "linux", ("xdg-open", "w3m", "www-browser"), None),
        ({"DISPLAY": ":0"}, "linux", ("w3m", "firefox"), None),
        ({}, "darwin", (), ("open", URL)),
        ({"SSH_CONNECTION": "x"}, "darwin", (), None),
        ({}, "win32", (), ("rundll32", "url.dll,FileProtocolHandler", URL)),
        ({"SSH_CONNECTION": "x"}, "win32", (), None),
        ({"WSL_DISTRO_NAME": "Debian"}, "linux", ("wslview", "powershell.exe"), ("/bin/wslview", URL)),
        (
            {"WSL_INTEROP": "x"}, "linux", ("powershell.exe",),
            ("/bin/powershell.exe", "-NoProfile", "-NonInteractive", "-Command",
             "Start-Process 'https://issuer.invalid/authorize?a=b&c=''d'''"),
        ),
        ({"WSL_DISTRO_NAME": "x", "DISPLAY": ":0"}, "linux", ("xdg-open",), ("/bin/xdg-open", URL)),
        ({"BROWSER": "firefox", "DISPLAY": ":0"}, "linux", ("xdg-open",), ("firefox", URL)),
        ({"BROWSER": "my 'odd browser' --new %s &"}, "linux", (), ("my", "odd browser", "--new", URL)),
        ({"BROWSER": "w3m:/usr/bin/lynx:chromium"}, "linux", (), ("chromium", URL)),
        ({"BROWSER": "www-browser", "DISPLAY": ":0"}, "linux", ("xdg-open",), None),
        ({"BROWSER": "'", "DISPLAY": ":0"}, "linux", ("xdg-open",), None),
    ],
)  # fmt: skip
def test_what_would_be_started(
    environ: Mapping[str, str], platform: str, there: tuple[str, ...], command: tuple[str, ...] | None
) -> None:
    """The user's own choice first, then what the system has for a screen; a text browser never."""
    assert opener(URL, environ, platform, which(*there)) == command  # type: ignore[arg-type]  # as shutil.which


def program(tmp_path: Path, body: str) -> dict[str, str]:
    """An environment whose browser is this shell script."""
    path = tmp_path / "browser"
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return {"BROWSER": str(path), "PATH": os.environ["PATH"], "OUT": str(tmp_path / "out")}


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="needs /proc to look")
@pytest.mark.real_time
async def test_it_gets_the_address_and_no_stream_of_ours(tmp_path: Path) -> None:
    """Standard input, output and error lead nowhere; it is in a session of its own."""
    script = 'for fd in 0 1 2; do seen="$seen $(readlink /proc/$$/fd/$fd)"; done; echo "$seen $(cat) $1" > "$OUT"'
    environ = program(tmp_path, script)
    assert await open_address(URL, environ, "linux")
    seen = (tmp_path / "out").read_bytes().decode()
    assert seen.split() == [*["/dev/null"] * 3, URL]


@pytest.mark.parametrize("body", ["exit 3", None])
@pytest.mark.real_time
async def test_one_that_fails_is_no_browser(tmp_path: Path, body: str | None) -> None:
    """Then the address is all there is."""
    environ = {"BROWSER": "/nowhere/browser"} if body is None else program(tmp_path, body)
    assert not await open_address(URL, environ, "linux")


@pytest.mark.real_time
async def test_one_that_stays_is_not_waited_for(tmp_path: Path) -> None:
    """A browser lives as long as it likes; who opened it goes on."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    assert await open_address(URL, program(tmp_path, "sleep 3"), "linux")
    assert loop.time() - began < FAILS_WITHIN + 1


async def test_nothing_is_started_where_nothing_is_known() -> None:
    """No screen, no browser."""
    assert not await open_address(URL, {}, "linux")
