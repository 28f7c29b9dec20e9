"""What is released: wheel and sdist, built, installed into clean environments and run there."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from lsp_codex import __version__
from tests.conftest import ENVIRON

ROOT = Path(__file__).parent.parent.parent
OLDEST = (3, 11)
VERSION = "import sys; print(*sys.version_info[:2])"

pytestmark = [pytest.mark.real_time, pytest.mark.timeout(300)]


def run(*command: str | Path, environ: dict[str, str] | None = None, folder: Path = ROOT) -> str:
    """Standard output of a command that must succeed; what it said on failure is the message."""
    env = ENVIRON if environ is None else environ
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, timeout=280, check=False)
    assert done.returncode == 0, f"{command}: {done.stdout[-3_000:]}{done.stderr[-3_000:]}"
    return done.stdout


@pytest.fixture(scope="session")
def built(uv: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with both, made from what is committed or changed here, without what lies about."""
    folder = tmp_path_factory.mktemp("dist")
    run(uv, "build", "--quiet", "--out-dir", folder)
    return folder


@pytest.fixture(scope="session")
def pythons(uv: str) -> tuple[str, ...]:
    """The oldest that we support and the newest, of the Pythons that run here; one if they are the same."""
    listed = json.loads(run(uv, "python", "list", "--only-installed", "--output-format", "json"))
    paths = [sys.executable, *(row["path"] for row in listed)]
    # uv sees those of pyenv only while their shims are switched on.
    pyenv = Path(ENVIRON.get("PYENV_ROOT") or Path(ENVIRON["HOME"]) / ".pyenv")
    paths += [str(path) for path in sorted(pyenv.glob("versions/*/bin/python3"))]
    usable: dict[tuple[int, int], str] = {}
    for path in paths:
        done = subprocess.run([path, "-c", VERSION], capture_output=True, text=True, timeout=20, check=False)
        if done.returncode == 0 and (version := tuple(map(int, done.stdout.split()))) >= OLDEST:
            usable.setdefault((version[0], version[1]), path)
    assert usable, "no Python of 3.11 or newer, but this test runs in one"
    return tuple(usable[version] for version in sorted({min(usable), max(usable)}))


def tracked(*folders: str) -> set[str]:
    """The files in these folders that git does not ignore; where git cannot say, those that are there."""
    if not (ROOT / ".git").exists() or shutil.which("git", path=ENVIRON.get("PATH")) is None:
        return {
            str(path.relative_to(ROOT))
            for folder in folders
            for path in (ROOT / folder).rglob("*")
            if path.is_file() and "__pycache__" not in path.parts
        }
    listed = run("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *folders).split("\0")
    return {name for name in listed if name and (ROOT / name).exists()}


def test_the_wheel_holds_the_package_and_every_data_file(built: Path) -> None:
    """Pages, pictures, example code: what the program reads beside its code is there, and no test is."""
    (wheel,) = built.glob("*.whl")
    with zipfile.ZipFile(wheel) as file:
        names = {name for name in file.namelist() if ".dist-info/" not in name}
        (info,) = (name for name in file.namelist() if name.endswith(".dist-info/METADATA"))
        metadata = file.read(info).decode()
    assert names == tracked("lsp_codex")
    assert f"Version: {__version__}" in metadata
    assert wheel.name == f"lsp_codex-{__version__}-py3-none-any.whl"


def test_the_sdist_holds_what_a_packager_needs(built: Path) -> None:
    """Code, editors, tests and papers, and nothing that git does not know."""
    (sdist,) = built.glob("*.tar.gz")
    with tarfile.open(sdist) as file:
        names = {name.partition("/")[2] for name in file.getnames()}
    papers = {"README.md", "ARCHITECTURE.md", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE"}
    papers |= {"pyproject.toml", "uv.lock"}
    assert papers <= names
    wanted = tracked("lsp_codex", "editors", "tests")
    assert wanted <= names
    assert names - wanted - papers <= {"PKG-INFO", ".gitignore"}


@pytest.mark.parametrize("kind", ["*.whl", "*.tar.gz"])
def test_installed_into_clean_environments_it_works(
    kind: str, uv: str, built: Path, pythons: tuple[str, ...], tmp_path: Path
) -> None:
    """``lsp-codex try`` from there: the sandbox signs in, suggests and signs out; the version is the package's."""
    (package,) = built.glob(kind)
    for number, python in enumerate(pythons):
        environment = tmp_path / f"env{number}"
        run(uv, "venv", "--quiet", "--python", python, environment)
        run(uv, "pip", "install", "--quiet", "--python", environment, package)
        command = environment / ("Scripts" if os.name == "nt" else "bin") / "lsp-codex"
        clean = {"PATH": os.defpath, "HOME": str(tmp_path / "home"), "LANG": "C.UTF-8"}
        assert run(command, "--version", environ=clean, folder=tmp_path) == f"lsp-codex {__version__}\n"
        shown = json.loads(run(command, "try", "--json", environ=clean, folder=tmp_path))
        assert "fibonacci" in shown["suggestion"]


def test_the_version_stands_in_one_place() -> None:
    """The package says it; the project file asks the package, and CHANGELOG begins with it."""
    assert 'dynamic = ["version"]' in (ROOT / "pyproject.toml").read_text("utf-8")
    newest = next(line for line in (ROOT / "CHANGELOG.md").read_text("utf-8").splitlines() if line.startswith("## "))
    assert newest.split()[1] == __version__
