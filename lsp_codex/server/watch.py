"""The end of another process: the editor's, whose language server must not outlive it."""

from __future__ import annotations

import asyncio
import os
import sys

_EVERY = 1.0  # seconds between two looks, where the system cannot tell by itself


async def process_ended(pid: int) -> None:
    """Return when the process has ended. Raises ``ProcessLookupError`` if there is none of that number here.

    That happens when the editor runs outside of our container: its number says nothing then.
    """
    if pid <= 0:
        raise ProcessLookupError
    try:
        descriptor = os.pidfd_open(pid)
    except (AttributeError, PermissionError):  # not Linux, or forbidden by a sandbox
        await _look_again_and_again(pid)
        return
    except ProcessLookupError:
        raise
    except (OSError, OverflowError):
        raise ProcessLookupError from None
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    loop.add_reader(descriptor, ended.set)
    try:
        await ended.wait()
    finally:
        loop.remove_reader(descriptor)
        os.close(descriptor)


async def _look_again_and_again(pid: int) -> None:
    parent = os.getppid()
    if not _alive(pid):
        raise ProcessLookupError
    while _alive(pid):
        await asyncio.sleep(_EVERY)
        if parent == pid != os.getppid():
            return


if sys.platform == "win32":

    def _alive(pid: int) -> bool:
        # os.kill would end the process there, whatever the signal.
        import ctypes

        synchronise, still_running = 0x00100000, 0x102
        kernel = ctypes.windll.kernel32
        handle = kernel.OpenProcess(synchronise, False, pid)
        if not handle:
            return False
        try:
            return bool(kernel.WaitForSingleObject(handle, 0) == still_running)
        finally:
            kernel.CloseHandle(handle)

else:

    def _alive(pid: int) -> bool:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            return True
        return True
