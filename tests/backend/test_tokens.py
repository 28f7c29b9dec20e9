"""Exact counts when the vocabulary is there, an estimate otherwise; with an encoding of a few tokens."""

from __future__ import annotations

import asyncio
import hashlib
import subprocess
import sys
from typing import TYPE_CHECKING

from tiktoken._tiktoken import CoreBPE  # type: ignore[import-not-found]  # compiled, without stubs

from lsp_codex.backend import tokens, window
from lsp_codex.backend.tokens import Count, Encoder, TokenCounter, Vocabulary
from lsp_codex.tasks import Tasks

if TYPE_CHECKING:
    from pathlib import Path

DATA = b"the vocabulary"
SHA256 = hashlib.sha256(DATA).hexdigest()


def tiny() -> Encoder:
    """Every byte, and ``ab``."""
    ranks = {bytes([number]): number for number in range(256)} | {b"ab": 256}
    encoder: Encoder = CoreBPE(ranks, {"<|endoftext|>": 257}, r"\w+|\W+")
    return encoder


async def counted(folder: Path, text: str, vocabulary: Vocabulary) -> tuple[Count, Count]:
    """The first count, and one after there was time to load."""
    async with Tasks() as tasks:
        counter = TokenCounter({"TIKTOKEN_CACHE_DIR": str(folder)}, tasks, vocabulary)
        first = counter.count(text)
        await asyncio.sleep(1)
        return first, counter.count(text)


async def test_an_estimate_comes_at_once_and_exact_counts_later(tmp_path: Path) -> None:
    """Nobody waits for the vocabulary; special tokens are text, a lone surrogate does no harm."""
    (tmp_path / "tiny").write_bytes(DATA)
    vocabulary = Vocabulary("tiny", SHA256, tiny)
    assert await counted(tmp_path, "abab", vocabulary) == (Count(2, exact=False), Count(2, exact=True))
    _, special = await counted(tmp_path, "<|endoftext|>", vocabulary)
    assert special == Count(13, exact=True)
    _, lone = await counted(tmp_path, "\ud800", vocabulary)
    assert lone == Count(3, exact=True)


async def test_without_the_right_file_the_estimate_stays(tmp_path: Path) -> None:
    """Missing, or with another checksum: it is never loaded, and so nothing is ever fetched."""
    loaded: list[str] = []

    def load() -> Encoder:
        loaded.append("x")
        return tiny()

    estimated = Count(window.estimate("abab"), exact=False)
    assert await counted(tmp_path, "abab", Vocabulary("tiny", SHA256, load)) == (estimated, estimated)
    (tmp_path / "tiny").write_bytes(b"something else")
    assert await counted(tmp_path, "abab", Vocabulary("tiny", SHA256, load)) == (estimated, estimated)
    assert loaded == []


async def test_a_vocabulary_that_cannot_be_loaded_is_no_crash(tmp_path: Path) -> None:
    """The estimate stays."""

    def load() -> Encoder:
        raise ImportError("no tiktoken")

    (tmp_path / "tiny").write_bytes(DATA)
    _, later = await counted(tmp_path, "abab", Vocabulary("tiny", SHA256, load))
    assert later.exact is False


async def test_a_vocabulary_without_use_is_given_up_and_loaded_again(tmp_path: Path) -> None:
    """After ten minutes; it takes 55 MB."""
    (tmp_path / "tiny").write_bytes(DATA)
    async with Tasks() as tasks:
        counter = TokenCounter({"TIKTOKEN_CACHE_DIR": str(tmp_path)}, tasks, Vocabulary("tiny", SHA256, tiny))
        counter.count("a")
        for _ in range(4):
            await asyncio.sleep(tokens.KEPT - 10)
            assert counter.count("a").exact
        await asyncio.sleep(tokens.KEPT + 10)
        assert not counter.count("a").exact
        await asyncio.sleep(1)
        assert counter.count("a").exact


def test_counting_imports_nothing_heavy() -> None:
    """The vocabulary's library comes with the vocabulary."""
    program = "import sys, lsp_codex.backend.tokens; print('tiktoken' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
