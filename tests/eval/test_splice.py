"""Accepting what is offered restores the file: undamaged always, damaged nearly always."""

from __future__ import annotations

import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.conftest import ENVIRON
from tests.eval import corpus, places, report, splice
from tests.eval.corpus import Source
from tests.eval.damages import DAMAGES
from tests.eval.places import Cut

if TYPE_CHECKING:
    from tests.eval.splice import Score

AT_LEAST = 0.97
AT_LEAST_ANYWHERE = 0.95  # 42 places that differ from one Python to the next: 96.9 % in 3.11.2
QUICK = 42


def told(score: Score) -> str:
    """Some of what was not restored."""
    failures = [f"{name} at {cut.name}:\n  {answer!r}" for name, cut, answer, _ in score.failures[:10]]
    return f"{report.table(score)}\n" + "\n".join(failures)


def standard_library() -> tuple[Source, ...]:
    """Python files that are always there."""
    folder = Path(sysconfig.get_path("stdlib"))
    names = ("argparse.py", "ast.py", "configparser.py", "dataclasses.py", "shutil.py", "tarfile.py", "textwrap.py")
    return tuple(Source("python", name, (folder / name).read_text("utf-8")) for name in names)


@pytest.fixture(scope="session")
def sources() -> tuple[Source, ...]:
    """The corpus. With CI=true it is fetched if need be, and a failure to do so fails the tests."""
    environ = dict(ENVIRON)
    if environ.get("CI", "").lower() == "true":
        try:
            corpus.fetch(environ)
        except corpus.CorpusMissing as error:
            pytest.fail(str(error))
    found = corpus.read(environ)
    if found is None:
        pytest.skip("no corpus; .venv/bin/python -m tests.eval.report brings it")
    return found


@pytest.mark.timeout(120)
def test_the_standard_library_is_restored() -> None:
    """Whatever is installed: some places in files that every Python has, in the words of its own version."""
    score = splice.measure(places.choose(standard_library(), QUICK, "quick"), DAMAGES)
    assert score.rate("none") == 1.0, told(score)
    assert (score.rate() or 0.0) >= AT_LEAST_ANYWHERE, told(score)


@pytest.mark.timeout(120)
def test_some_places_of_every_language_are_restored(sources: tuple[Source, ...]) -> None:
    """A few seconds' worth; all of them are under the marker ``eval``."""
    score = splice.measure(places.choose(sources, QUICK, "quick"), DAMAGES)
    assert score.rate("none") == 1.0, told(score)
    assert (score.rate() or 0.0) >= AT_LEAST, told(score)


@pytest.mark.eval
@pytest.mark.timeout(600)
def test_all_places_are_restored(sources: tuple[Source, ...]) -> None:
    """97 % over all damages, 100 % of the undamaged, and README.md shows what was measured."""
    score = splice.measure(places.choose(sources, report.PLACES), DAMAGES)
    shown = report.table(score)
    print(f"\n{shown}")  # noqa: T201 — a measurement's way to tell
    assert score.rate("none") == 1.0, told(score)
    assert (score.rate() or 0.0) >= AT_LEAST, told(score)
    assert report.with_table(report.README.read_text("utf-8"), shown) == report.README.read_text("utf-8")


def test_the_places_are_the_same_everywhere() -> None:
    """They depend on paths, line numbers and the seed, and on nothing that a Python version could change."""
    text = "".join(f"value_{number} = call(argument_{number}, {number})\n" for number in range(20))
    source = Source("python", "a.py", text)
    chosen = places.choose((source,), 4)
    assert [(cut.kind, cut.before.count("\n")) for cut in chosen] == [
        (cut.kind, cut.before.count("\n")) for cut in places.choose((source,), 4)
    ]
    assert all(cut.before + cut.middle + cut.after == text for cut in chosen)
    assert chosen != places.choose((source,), 4, "other")


@pytest.mark.parametrize("name", DAMAGES)
def test_every_damage_occurs(name: str) -> None:
    """Somewhere in the standard library each of them changes the answer; else it would measure nothing."""
    cuts = [*places.choose(standard_library(), 80, "damages"), TABBED]
    answers = [(cut, DAMAGES[name](cut)) for cut in cuts]
    assert any(answer is not None and (name == "none" or answer != cut.middle) for cut, answer in answers)


def test_the_measure_can_fail() -> None:
    """An answer that says something else restores nothing."""
    score = splice.measure([TABBED], {"other": lambda _: "\n\tsomething.else();"})
    assert score.rate() == 0.0
    assert score.failures


TABBED = Cut("go", "a.go", "body", "func f() {", "\n\tif a {\n\t\tb()\n\t}", "\n}\n")
