"""The table of the menu."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages

from lsp_codex import actions
from lsp_codex.actions import menu, python_code
from lsp_codex.actions.menu import ACTIONS
from lsp_codex.actions.outcome import Nothing
from tests.actions.scripted import place


def test_ids_are_unique() -> None:
    """An id is what a client sends back."""
    assert len({action.id for action in ACTIONS}) == len(ACTIONS)


def test_offering_never_fails() -> None:
    """At any place of a real module, in any language that we know, whole or broken."""
    text = Path(python_code.__file__).read_text("utf-8")
    for language in ("python", "javascript", "markdown", "unheard-of"):
        for offset in range(0, len(text), 211):
            at = place(f"{text[:offset]}┃{text[offset:]}", language)
            for action in ACTIONS:
                assert all(offer.title.startswith("Codex: ") for offer in action.offers(at))


def test_what_is_offered_can_be_begun() -> None:
    """An entry that is shown finds something to work on, or says in a sentence why not."""
    at = place(
        "def f(a):\n    # TODO: sort┃\n    pass\n", instruction="do", new_file="/p/t.py", problem="bad", code="E1"
    )
    for action in ACTIONS:
        for _ in action.offers(at):
            task = action.task(at)
            assert hasattr(task, "target"), (action.id, task)


def test_reasons_stand_behind_our_name() -> None:
    """The user is told "Codex: …", and there not "Codex: codex …"."""
    modules = [import_module(found.name) for found in walk_packages(actions.__path__, f"{actions.__name__}.")]
    reasons = {value.why for module in modules for value in vars(module).values() if isinstance(value, Nothing)}
    assert len(reasons) > 5
    assert not [why for why in reasons if why.startswith("Codex") or not why.endswith(".")]


def test_members_are_imported_through_the_table() -> None:
    """The server imports the table in a thread: who began with a member meanwhile would wait for it, and it for them.

    Python lets one of the two go on with a module that is half made.
    """
    package = Path(actions.__file__).parents[1]
    own = Path(menu.__file__)
    found = [
        f"{path}: {line.strip()}"
        for path in package.rglob("*.py")
        if path != own
        for line in path.read_text("utf-8").splitlines()
        if "actions.menu" in line and "import" in line and not line.strip().endswith("actions.menu import ACTIONS")
    ]
    assert [each for each in found if "import_module" not in each] == []
