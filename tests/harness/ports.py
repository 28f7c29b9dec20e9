"""Free ports of this machine, so that tests of the sign-in never need 1455."""

from __future__ import annotations

import socket
from contextlib import ExitStack


def free_ports(count: int = 2) -> tuple[int, ...]:
    """Ports that were free a moment ago; all of them are held until the last is found, so they differ."""
    with ExitStack() as stack:
        held = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in held:
            each.bind(("127.0.0.1", 0))
        return tuple(each.getsockname()[1] for each in held)
