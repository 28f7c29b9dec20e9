"""Where the login is kept: each planted fault found, with its next step."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from lsp_codex.auth.lock import locked
from lsp_codex.doctor.report import Verdict
from tests.auth.backends import BlockingKeyring
from tests.doctor.patients import findings, healthy, look
from tests.harness.accounts import FakeAccount

if TYPE_CHECKING:
    from collections.abc import Callable

    from lsp_codex.doctor.patient import Patient

pytestmark = pytest.mark.real_time


async def test_a_home_that_cannot_be_written(tmp_path: Path) -> None:
    """Fault 3: the place that does not allow it is named."""
    (tmp_path / "file").write_text("", encoding="utf-8")
    async with healthy(tmp_path, {"LSP_CODEX_HOME": str(tmp_path / "file" / "home")}) as patient:
        found = (await findings(patient))["home"]
    assert found.verdict is Verdict.FAILED
    assert str(tmp_path / "file") in found.evidence
    assert "LSP_CODEX_HOME" in found.next_step


async def test_a_home_whose_name_is_too_long(tmp_path: Path) -> None:
    """The system refuses to look; every check is told, and this one says what to do."""
    async with healthy(tmp_path, {"LSP_CODEX_HOME": str(tmp_path / ("x" * 300))}) as patient:
        found = await findings(patient)
    assert found["home"].verdict is Verdict.FAILED
    assert "too long" in found["home"].evidence
    assert "LSP_CODEX_HOME" in found["home"].next_step
    assert "home" in found["lock"].next_step
    assert found["login"].verdict is Verdict.FAILED
    assert "too long" in found["login"].evidence


@pytest.mark.parametrize(("name", "value"), [("HOME", "relative"), ("ISSUER", "http://me:hunter2@evil.example")])
async def test_a_place_that_is_named_wrong(name: str, value: str, tmp_path: Path) -> None:
    """The setting is the one thing to mend: signing in again, or looking at the network, would not help."""
    async with healthy(tmp_path, {f"LSP_CODEX_{name}": value}) as patient:
        found = await findings(patient)
    assert f"LSP_CODEX_{name}" in found["settings"].evidence
    assert {each for each, one in found.items() if one.verdict is Verdict.FAILED} <= {"settings", "home"}
    assert "settings" in found["login"].next_step
    assert "hunter2" not in repr(found)


async def test_a_dead_keyring(tmp_path: Path) -> None:
    """Fault 4: it does not answer; nothing hangs, and the file is offered."""
    keyring = BlockingKeyring()
    async with healthy(tmp_path, open_keyring=lambda: keyring) as patient:
        found = (await findings(patient))["keyring"]
        keyring.unlock()
    assert found.verdict is Verdict.WARNING
    assert "BlockingKeyring" in found.evidence
    assert '"file"' in found.next_step


def rewrite(patient: Patient, change: Callable[[dict[str, str], FakeAccount], dict[str, str]]) -> None:
    """Change the tokens of the stored login."""
    path = Path(patient.world.environ["LSP_CODEX_HOME"]) / "auth.json"
    record = json.loads(path.read_bytes())
    record["tokens"] |= change(record["tokens"], FakeAccount())
    path.write_text(json.dumps(record), encoding="utf-8")


async def test_an_expired_token(tmp_path: Path) -> None:
    """Fault 6: it is said, the account check renews it, and then all is well."""
    async with healthy(tmp_path) as patient:
        rewrite(patient, lambda _, fake: {"access_token": fake.but(expires_at=1_000.0).access_jwt()})
        found = await findings(patient)
        again = await findings(patient)
    assert found["login"].verdict is Verdict.WARNING
    assert "expired" in found["login"].evidence
    assert "renews" in found["login"].next_step
    assert found["account"].verdict is Verdict.GOOD
    assert again["login"].verdict is Verdict.GOOD


async def test_a_revoked_token(tmp_path: Path) -> None:
    """Fault 7: only the service knows; signing in is the one way on."""
    async with healthy(tmp_path) as patient:
        rewrite(patient, lambda _, fake: {"access_token": fake.access_jwt(), "refresh_token": "rt-unknown"})
        found = await findings(patient)
    assert found["account"].verdict is Verdict.FAILED
    assert "lsp-codex login" in found["account"].next_step


async def test_a_corrupt_login(tmp_path: Path) -> None:
    """Fault 10: the file is named, and it is not lost by signing in."""
    async with healthy(tmp_path) as patient:
        path = Path(patient.world.environ["LSP_CODEX_HOME"]) / "auth.json"
        path.write_text('{"tokens": {"access', encoding="utf-8")
        found = (await findings(patient))["login"]
        kept = path.read_text(encoding="utf-8")
    assert found.verdict is Verdict.FAILED
    assert "auth.json" in found.evidence
    assert "lsp-codex login" in found.next_step
    assert kept == '{"tokens": {"access'


async def test_a_home_that_others_may_read(tmp_path: Path) -> None:
    """The command that closes it is given."""
    async with healthy(tmp_path) as patient:
        home = Path(patient.world.environ["LSP_CODEX_HOME"])
        home.chmod(0o755)  # noqa: ASYNC240 — nobody waits meanwhile
        found = await look("home", patient)
    assert found.verdict is Verdict.WARNING
    assert found.next_step == f"chmod 700 {home}"


async def test_a_lock_that_somebody_holds(tmp_path: Path) -> None:
    """Its path is named; the check does not wait for it."""
    async with healthy(tmp_path) as patient:
        path = Path(patient.world.environ["LSP_CODEX_HOME"]) / "auth.lock"
        async with locked(path):
            found = await look("lock", patient)
        free = await look("lock", patient)
    assert found.verdict is Verdict.WARNING
    assert str(path) in found.evidence
    assert free.verdict is Verdict.GOOD


async def test_nobody_signed_in(tmp_path: Path) -> None:
    """Said, with the call; the backend is not asked for an account that is not there."""
    async with healthy(tmp_path, {"LSP_CODEX_HOME": str(tmp_path / "new")}) as patient:
        found = await findings(patient)
    assert found["login"].verdict is Verdict.WARNING
    assert "lsp-codex login" in found["login"].next_step
    assert found["account"].verdict is Verdict.UNKNOWN
    assert found["home"].verdict is Verdict.GOOD
    assert not (tmp_path / "new").exists()
