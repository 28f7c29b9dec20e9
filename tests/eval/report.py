"""The table in README.md beside this file; ``python -m tests.eval.report`` measures all 500 places and writes it."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tests.eval import corpus, places, splice
from tests.eval.damages import DAMAGES

if TYPE_CHECKING:
    from tests.eval.splice import Score

README = Path(__file__).with_name("README.md")
PLACES = 500
BEGIN, END = "<!-- table: made by .venv/bin/python -m tests.eval.report -->", "<!-- end of table -->"
SHORT = {"javascript": "js", "typescript": "ts", "objective-cpp": "objc++", "python": "py", "kotlin": "kt"}


def table(score: Score) -> str:
    """The shares in percent, a row for each damage and a column for each language."""
    languages = sorted({language for _, language in score.tried})
    head = ["damage", "all", *(SHORT.get(language, language) for language in languages)]
    rows = [
        [name, _shown(score.rate(name)), *(_shown(score.rate(name, each)) for each in languages)] for name in DAMAGES
    ]
    rows.append(["**all**", _shown(score.rate()), *(_shown(score.rate(language=each)) for each in languages)])
    lines = [f"| {' | '.join(row)} |" for row in (head, ["---", *("--:" for _ in head[1:])], *rows)]
    return "\n".join(lines)


def measured(environ: dict[str, str]) -> Score | None:
    """The score of all places; None without the corpus."""
    sources = corpus.read(environ)
    return splice.measure(places.choose(sources, PLACES), DAMAGES) if sources else None


def with_table(text: str, shown: str) -> str:
    """``text`` with ``shown`` between its two marks."""
    before, _, rest = text.partition(BEGIN)
    return f"{before}{BEGIN}\n\n{shown}\n\n{END}{rest.partition(END)[2]}"


def _shown(rate: float | None) -> str:
    # Rounded down: 100 means all of them.
    return "" if rate is None else f"{int(rate * 1_000) / 10:g}"


def main() -> None:
    """Fetch what is missing, measure, print and write."""
    environ = dict(os.environ)
    corpus.fetch(environ)
    score = measured(environ)
    assert score is not None
    shown = table(score)
    README.write_text(with_table(README.read_text("utf-8"), shown), "utf-8")
    sys.stdout.write(f"{shown}\n")


if __name__ == "__main__":
    main()
