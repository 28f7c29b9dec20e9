"""TokenCounter: exact token counts once the vocabulary is there; an estimate before, and for ever if it is not.

Nothing is downloaded: ``tiktoken`` itself would fetch 3.6 MB without a time limit, past our proxy and authorities.
Only a file that lies where it keeps its own, with the right checksum, is read: in a worker thread, on the first need
(150 ms and 55 MB), and given up after ten minutes without use. dependencies.md 6 has the numbers.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import tempfile
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from lsp_codex.backend import window

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from lsp_codex.tasks import Tasks

log = logging.getLogger(__name__)

FOLDERS = ("TIKTOKEN_CACHE_DIR", "DATA_GYM_CACHE_DIR")
KEPT = 600.0
"""Seconds without use after which the vocabulary is given up."""


class Encoder(Protocol):
    """What a vocabulary is loaded into."""

    def encode_ordinary(self, text: str) -> Sequence[int]:
        """The tokens; ``<|endoftext|>`` and its like are text as any other."""
        ...


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """A file that ``tiktoken`` keeps in its folder, its SHA-256, and how to load it from there."""

    file: str
    sha256: str
    load: Callable[[], Encoder]


@dataclass(frozen=True, slots=True)
class Count:
    """A number of tokens; an estimate is rather too high."""

    tokens: int
    exact: bool


def _o200k_base() -> Encoder:
    # Not Encoding, which keeps 25 MB of Python objects beside it.
    from tiktoken._tiktoken import CoreBPE  # type: ignore[import-not-found]  # compiled, without stubs
    from tiktoken_ext.openai_public import o200k_base  # type: ignore[import-untyped]  # has none

    made = o200k_base()
    encoder: Encoder = CoreBPE(made["mergeable_ranks"], made["special_tokens"], made["pat_str"])
    return encoder


# Every model since gpt-4o; of gpt-6 it is a guess, as nothing newer is published.
O200K_BASE = Vocabulary(
    "fb374d419588a4632f3f557e76b4b70aebbca790",
    "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d",
    _o200k_base,
)


class TokenCounter:
    """Counts; loads beside the caller, in ``tasks``."""

    def __init__(self, environ: Mapping[str, str], tasks: Tasks, vocabulary: Vocabulary = O200K_BASE) -> None:
        named = next((environ[name] for name in FOLDERS if environ.get(name)), None)
        # The folder is everybody's on this machine; the checksum makes up for that.
        folder = Path(named) if named else Path(tempfile.gettempdir()) / "data-gym-cache"
        self._path = folder / vocabulary.file
        self._vocabulary = vocabulary
        self._tasks = tasks
        self._encoder: Encoder | None = None
        self._loading: asyncio.Task[None] | None = None
        self._used = 0.0

    def count(self, text: str) -> Count:
        """The tokens of ``text``: at once, and exact from the time on when the vocabulary is loaded."""
        measure = self.measure()
        return Count(measure(text), exact=self.ready)

    @property
    def ready(self) -> bool:
        """Whether counts are exact."""
        return self._encoder is not None

    def measure(self) -> window.Measure:
        """What counts tokens as well as it can be done now; to be used in any thread."""
        self._used = asyncio.get_running_loop().time()
        if self._encoder is None:
            if self._loading is None:
                self._loading = self._tasks.spawn(self._load(), "load the vocabulary")
            return window.estimate
        return partial(_exactly, self._encoder)

    async def _load(self) -> None:
        """Load, and give up what is not used any more; a vocabulary that is not there is not looked for again."""
        clock = asyncio.get_running_loop().time
        self._encoder = await asyncio.to_thread(self._read)
        if self._encoder is None:
            return
        while (rest := self._used + KEPT - clock()) > 0:  # noqa: ASYNC110 — it waits for time to pass
            await asyncio.sleep(rest)
        self._encoder = self._loading = None

    def _read(self) -> Encoder | None:
        try:
            data = self._path.read_bytes()
        except OSError:
            return None
        if hashlib.sha256(data).hexdigest() != self._vocabulary.sha256:
            log.info("%s is not the vocabulary that it should be; tokens are estimated", self._path)
            return None
        try:
            return self._vocabulary.load()
        except (ImportError, OSError, ValueError) as error:
            log.info("no vocabulary, tokens are estimated: %s", error)
            return None


def _exactly(encoder: Encoder, text: str) -> int:
    return len(encoder.encode_ordinary(_without_surrogates(text)))


def _without_surrogates(text: str) -> str:
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
