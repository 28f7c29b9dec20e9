"""Checks of the installation: which Python, which ``lsp-codex``, which settings come from the environment."""

from __future__ import annotations

import asyncio
import os
import platform
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from lsp_codex import __version__
from lsp_codex.doctor.patient import first_line
from lsp_codex.doctor.report import failed, good, warning

if TYPE_CHECKING:
    from lsp_codex.doctor.patient import Patient
    from lsp_codex.doctor.report import Finding

NEEDED = (3, 11)
_VERSION = re.compile(r"Python (\d+)\.(\d+)")


async def python(patient: Patient) -> Finding:
    """The Python that runs this is new enough, or it would not run; the one in PATH is what people install with."""
    ours = f"{platform.python_implementation()} {platform.python_version()} at {sys.executable}"
    found = patient.which("python3") or patient.which("python")
    said = None if found is None else await first_line(found, "--version")
    version = _VERSION.match(said or "")
    if found and version and (int(version[1]), int(version[2])) < NEEDED:
        return warning(
            f"{ours}; but {found} is {version[0]}, and lsp-codex needs 3.11 or newer",
            "Install with a newer Python, for example in your clone: uv tool install --python 3.12 .",
        )
    return good(ours)


async def install(patient: Patient) -> Finding:
    """Editors start what PATH gives them."""
    here = Path(sys.prefix) / ("Scripts" if os.name == "nt" else "bin")
    found = patient.which("lsp-codex")
    if found is None:
        return failed(
            f"lsp-codex {__version__} runs, but PATH has no lsp-codex: an editor will not find it",
            f"Put {here} in the PATH that your editor sees, or give the editor the full path {here / 'lsp-codex'}",
        )
    if await asyncio.to_thread(_lies_in, Path(found), here):
        return good(f"lsp-codex {__version__} at {found}")
    said = await first_line(found, "--version")
    if said == f"lsp-codex {__version__}":
        return good(f"{said} at {found}")
    return warning(
        f"an editor starts {found} ({said or 'it says no version'}), this is {__version__} of {here}",
        "Remove the one you do not want, or give your editor the full path of the other",
    )


async def settings(patient: Patient) -> Finding:
    """What the environment sets is taken, or named."""
    if patient.problems:
        return failed(
            " ".join(problem.for_person() for problem in patient.problems),
            "Correct the variable in your shell's start-up file, or remove it",
        )
    names = sorted(name for name in patient.world.environ if name.startswith("LSP_CODEX_"))
    return good(f"the environment sets {', '.join(names)}" if names else "the environment sets nothing of ours")


def _lies_in(path: Path, folder: Path) -> bool:
    return path.resolve().parent == folder.resolve()
