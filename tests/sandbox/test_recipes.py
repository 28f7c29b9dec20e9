"""What the sandbox's model knows: the bodies compute what their names say, in a form that each language has."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from lsp_codex.sandbox import recipes, suggest
from lsp_codex.sandbox.recipes import DIALECTS, METHODS, PHRASES, PYTHON, RECIPES, Recipe
from lsp_codex.sandbox.suggest import answer
from tests.sandbox.test_suggest import prompt


@pytest.mark.parametrize(
    ("name", "given", "expected"),
    [
        ("fibonacci", (10,), 55),
        ("factorial", (5,), 120),
        ("gcd", (12, 18), 6),
        ("is_prime", (97,), True),
        ("is_prime", (91,), False),
        ("is_even", (3,), False),
        ("add", (1, 2), 3),
        ("subtract", (5, 2), 3),
        ("multiply", (2, 3), 6),
        ("divide", (6, 3), 2),
        ("square", (3,), 9),
        ("absolute_value", (-3,), 3),
        ("larger", (1, 2), 2),
        ("smaller", (1, 2), 1),
        ("total", ([1, 2, 3],), 6),
        ("average", ([1, 2, 3],), 2),
        ("reverse_string", ("abc",), "cba"),
        ("greet", ("you",), "Hello, you!"),
    ],
)
def test_python_bodies_compute_what_their_names_say(name: str, given: tuple[Any, ...], expected: Any) -> None:
    """The completed function is run."""
    header = f"def {name}({', '.join('abc'[: len(given)])}):\n    "
    scope: dict[str, Any] = {}
    exec(header + answer(prompt("python", header)), scope)  # noqa: S102  (to run it is the test)
    assert scope[name](*given) == expected


def test_every_recipe_has_a_text_and_its_parameters() -> None:
    """Names do not hide behind one another with the same number of parameters."""
    for recipe in (*RECIPES, *METHODS):
        assert recipe.any or recipe.python
        for text in (recipe.any, recipe.python, recipe.script):
            assert all(f"${index}" in text for index in range(recipe.arity) if text)
    names = [(name, recipe.arity) for recipe in RECIPES for name in recipe.names.split("|")]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("language", sorted(DIALECTS))
@pytest.mark.parametrize("recipe", [recipe for recipe in RECIPES if recipe.any], ids=lambda recipe: recipe.names)
def test_every_language_has_a_form_for_every_body(language: str, recipe: Recipe) -> None:
    """Blocks are opened and closed alike; nothing of the notation is left."""
    dialect = DIALECTS[language]
    text = "\n".join(dialect.render(recipe.any.replace("$", "p"), "  "))
    assert text.count("{") == text.count("}")
    assert text.count("(") == text.count(")")
    if dialect is not PYTHON:
        assert "each " not in text
        assert not any(line.endswith(":") for line in text.split("\n"))
        assert "True" not in text
    if dialect.stop:
        assert all(line.endswith((";", "{", "}")) for line in text.split("\n"))


def test_blocks_are_closed_where_they_end() -> None:
    """Two levels at once, each at its own indentation."""
    lines = DIALECTS["typescript"].render("while x:\n    if y != z:\n        return True\nreturn False", "  ")
    assert lines == [
        "while (x) {",
        "  if (y !== z) {",
        "    return true;",
        "  }",
        "}",
        "return false;",
    ]


def test_phrases_belong_to_languages_that_exist() -> None:
    """A phrase for nobody is never said."""
    assert {id(dialect) for dialect, _ in PHRASES} <= {id(dialect) for dialect in DIALECTS.values()}


def test_it_stays_small() -> None:
    """It lets people try an editor and a sign-in and does not compete with a model: under 300 lines together."""
    files = (recipes.__file__, suggest.__file__)
    assert sum(len(Path(file).read_text(encoding="utf-8").splitlines()) for file in files) < 300
