"""The corpus: real code of many languages from pinned packages, fetched once by npm and pip, checked by digest."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

REVISION = "1"
"""Another corpus is another folder."""
LONGEST = 200_000
"""Characters; a longer file is data."""


@dataclass(frozen=True, slots=True)
class Package:
    """One archive of a registry: who fetches it, what it is, the digest of its bytes, and what of it is read."""

    client: str
    name: str
    sha256: str
    languages: Mapping[str, str]
    """Language id to a pattern of paths below the archive's only folder."""


PACKAGES = (
    Package(
        "npm",
        "node-gyp@10.0.1",
        "ac80ea5a1e23e579a2cb2517d540196e07646959ba090267db29545ec091e451",
        {"python": "gyp/pylib/**/*.py"},
    ),
    Package(
        "npm",
        "express@4.18.2",
        "8a4a69997fb326bd5966256709dbce2acff6cd53e048fc017c28b8c85f91c37e",
        {"javascript": "lib/**/*.js"},
    ),
    Package(
        "npm",
        "react-native-reanimated@3.6.1",
        "2a98a1bc014b9bf13c441cec381e25556361dc38bb6bbc182af48819fb7a4608",
        {
            "typescript": "src/**/*.ts",
            "cpp": "Common/cpp/**/*.cpp",
            "java": "android/src/**/*.java",
            "ruby": "scripts/*.rb",
        },
    ),
    Package(
        "npm",
        "bootstrap@5.3.3",
        "38cee936dbd80138de6775683149f22e9226fc2d654392337a921f53000c789e",
        {"scss": "scss/**/*.scss"},
    ),
    Package(
        "npm",
        "tree-sitter@0.20.6",
        "e632c8fa3f554ba10b6008b937b224e0437bf8b5528b6661c11ccaa003c65570",
        {"c": "vendor/tree-sitter/lib/src/*.c"},
    ),
    Package(
        "npm",
        "react-native-screens@3.29.0",
        "653ee843886c228f9760a831392ca982de2c18c7905e671c419017bfce92bcd9",
        {"kotlin": "android/src/**/*.kt", "objective-cpp": "ios/**/*.mm"},
    ),
    Package(
        "npm",
        "bullmq@5.1.0",
        "ad2e9493b614a2e490bfc90b9c7fb2e7e9f00e67832fd36c0bf093f23133f0b0",
        {"lua": "dist/cjs/commands/**/*.lua"},
    ),
    Package(
        "npm",
        "@wordpress/block-library@8.26.0",
        "b7f1e08a157b6b19e25663e1e3e0819bd680dd09bc2c262c06605a5e945d786b",
        {"php": "src/**/*.php"},
    ),
    Package(
        "npm",
        "@vercel/go@3.1.1",
        "1ccf864cdf0301a09956c8a662077ffc208ac99c90f7d36e2638bcaa19cfa84d",
        {"go": "*.go"},
    ),
    Package(
        "npm",
        "@react-native-community/cli-platform-ios@12.3.0",
        "c729406a9ad62013d14f08a2a7b8991e7f9f8ac3210d8b116d55093f93b9fcc6",
        {"ruby": "*.rb"},
    ),
    Package(
        "pip",
        "tiktoken==0.5.2",
        "f54c581f134a8ea96ce2023ab221d4d4d81ab614efa0b2fbce926387deb56c80",
        {"rust": "src/*.rs"},
    ),
    Package(
        "pip",
        "bcrypt==4.1.2",
        "33313a1200a3ae90b75587ceac502b048b840fc69e7f7a0905b5f87fac7a1258",
        {"rust": "src/_bcrypt/src/*.rs"},
    ),
)


@dataclass(frozen=True, slots=True)
class Source:
    """One file; its newlines are ``\\n``."""

    language: str
    path: str
    text: str


class CorpusMissing(Exception):
    """The corpus cannot be had; the message says what failed."""


def folder(environ: Mapping[str, str]) -> Path:
    """Where the archives are kept."""
    base = environ.get("XDG_CACHE_HOME") or Path(environ.get("HOME", "~")).expanduser() / ".cache"
    return Path(base) / "lsp-codex-eval" / REVISION


def fetch(environ: Mapping[str, str]) -> None:
    """Bring what is missing, one call for each registry. Raises :class:`CorpusMissing`."""
    target = folder(environ)
    target.mkdir(parents=True, exist_ok=True)
    for client in ("npm", "pip"):
        missing = [each for each in PACKAGES if each.client == client and not _archive(target, each).exists()]
        if not missing:
            continue
        with tempfile.TemporaryDirectory(dir=target) as fresh:
            got = _download(client, [each.name for each in missing], Path(fresh), environ)
            for package in missing:
                if package.sha256 not in got:
                    raise CorpusMissing(f"{package.name} came with another digest than the one expected")
                shutil.move(got[package.sha256], _archive(target, package))


def read(environ: Mapping[str, str]) -> tuple[Source, ...] | None:
    """Every file of every package, in the order of the table and of paths; None if an archive is missing."""
    target = folder(environ)
    if not all(_archive(target, package).exists() for package in PACKAGES):
        return None
    return tuple(source for package in PACKAGES for source in _unpacked(_archive(target, package), package))


def _archive(target: Path, package: Package) -> Path:
    return target / f"{package.name.replace('/', '-').replace('@', '_').replace('==', '_')}.tgz"


def _download(client: str, names: list[str], into: Path, environ: Mapping[str, str]) -> dict[str, Path]:
    """The archives by digest."""
    command = {
        "npm": ("npm", "pack", "--silent", "--ignore-scripts"),
        # pip reads a source archive's metadata with its build tools; nothing is compiled.
        "pip": (_python(), "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:"),
    }[client]
    try:
        done = subprocess.run(
            (*command, *names), cwd=into, env=environ, capture_output=True, text=True, timeout=240, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise CorpusMissing(f"{client} cannot bring {names}: {error}") from error
    if done.returncode != 0:
        raise CorpusMissing(f"{client} cannot bring {names}: {done.stdout}{done.stderr}")
    found = [*into.glob("*.tgz"), *into.glob("*.tar.gz")]
    return {hashlib.sha256(path.read_bytes()).hexdigest(): path for path in found}


def _python() -> str:
    """An interpreter that has pip; a virtual environment made by uv has none."""
    return shutil.which("python3", path=os.defpath + ":/usr/local/bin") or sys.executable


def _unpacked(archive: Path, package: Package) -> list[Source]:
    found = []
    with tarfile.open(archive) as tar:
        for member in sorted(tar.getmembers(), key=lambda each: each.name):
            below = Path(*Path(member.name).parts[1:])
            language = next((name for name, pattern in package.languages.items() if _matches(below, pattern)), None)
            if language is None or not member.isfile() or member.size > LONGEST:
                continue
            data = tar.extractfile(member)
            assert data is not None
            text = data.read().decode("utf-8", "replace").replace("\r\n", "\n")
            found.append(Source(language, f"{package.name}/{below.as_posix()}", text))
    return found


def _matches(path: Path, pattern: str) -> bool:
    """``**`` in the middle stands for any folders; Path.match knows that from Python 3.13 only."""
    head, several, tail = pattern.partition("**/")
    if not several:
        return path.match(pattern) and len(path.parts) == len(Path(pattern).parts)
    return path.as_posix().startswith(head) and path.match(tail)
