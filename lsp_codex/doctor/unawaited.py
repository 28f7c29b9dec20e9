"""Unawaited: an executor for calls that may hang, such as a look-up of names; the end waits for none."""

from __future__ import annotations

import threading
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


class Unawaited(ThreadPoolExecutor):
    """A daemon thread per call; the loop takes only this class as its default, and joins the threads of its own."""

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        future: Future[T] = Future()
        future.set_running_or_notify_cancel()

        def call() -> None:
            try:
                result = fn(*args, **kwargs)
            except BaseException as error:  # noqa: BLE001 — whoever waits gets it, as from every executor
                future.set_exception(error)
            else:
                future.set_result(result)

        threading.Thread(target=call, name="unawaited", daemon=True).start()
        return future
