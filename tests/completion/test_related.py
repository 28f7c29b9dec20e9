"""What of the open documents is worth sending, and in which order."""

from __future__ import annotations

from dataclasses import replace

from lsp_codex.completion.related import candidates, index, names_near
from lsp_codex.completion.surroundings import Piece, Source
from lsp_codex.completion.visits import Visit
from tests.completion.desk import Opened

SHOP = Opened("file:///p/shop.py", "class Cart:\n    def add(self): ...\n\n\ndef unused(): ...\n")
A = "file:///p/a.py"


def found(own: Opened, *others: Opened, visits: tuple[Visit, ...] = (), window: range | None = None) -> list[Piece]:
    """The candidates at the cursor of ``own``."""
    indexed = [index(each) for each in (*others, own)]
    return list(candidates(own.place, own, indexed, visits, window or range(own.line_count)))


def test_the_nearer_a_name_the_better_its_definition() -> None:
    """What the line of the cursor names comes first."""
    other = Opened("file:///p/b.py", "def far(): ...\n\ndef near(): ...\n")
    pieces = found(Opened(A, "far()\n\n\n\nnear(┃)\n"), other)
    assert [(piece.text, piece.source) for piece in pieces] == [
        ("def near(): ...", Source.DEFINITION),
        ("def far(): ...", Source.DEFINITION),
    ]


def test_what_is_imported_comes_before_what_only_has_the_name() -> None:
    """And is offered, later, though nothing near the cursor names it."""
    namesake = Opened("file:///p/other.py", "class Cart: ...\n")
    pieces = found(Opened(A, "from shop import Cart\n\n\nx: Cart = ┃\n"), namesake, SHOP)
    assert [piece.path for piece in pieces] == ["p/shop.py", "p/other.py"]
    far = found(Opened(A, "from shop import Cart\n" + "\n" * 1_600 + "y = ┃\n"), SHOP)
    assert [(piece.text.partition("\n")[0], piece.source) for piece in far] == [("class Cart:", Source.IMPORTED)]


def test_a_name_that_many_define_says_nothing() -> None:
    """Unless one of them is imported."""
    others = [Opened(f"file:///p/mod{n}.py", "def run(): ...\n") for n in range(6)]
    assert found(Opened(A, "run(┃)\n"), *others) == []
    pieces = found(Opened(A, "import mod3\n\nrun(┃)\n"), *others)
    assert [piece.path for piece in pieces] == ["p/mod3.py"]


def test_another_language_defines_nothing_here() -> None:
    """TypeScript and JavaScript are one, as are C and C++."""
    own = Opened(A, "Cart(┃)\n")
    assert found(own, Opened("file:///p/b.rs", "struct Cart {}\n", "rust")) == []
    script = Opened("file:///p/a.js", "Cart(┃)\n", "javascript")
    assert len(found(script, Opened("file:///p/b.ts", "class Cart {}\n", "typescript"))) == 1


def test_what_the_window_shows_is_not_sent_again() -> None:
    """Of the document itself only what lies outside."""
    own = Opened(A, "def near(): ...\n" + "\n" * 30 + "near(┃)\n")
    assert found(own) == []
    (piece,) = found(own, window=range(20, 40))
    assert (piece.line, piece.text) == (1, "def near(): ...")


def test_an_outline_of_a_while_ago_leads_nowhere_else() -> None:
    """Where the header no longer stands nothing is taken."""
    before, after = Opened("file:///p/b.py", "def near(): ...\n"), Opened("file:///p/b.py", "\ndef near(): ...\n")
    own = Opened(A, "near(┃)\n")
    old = index(before)
    moved = replace(old, document=after)
    assert list(candidates(own.place, own, [moved], (), range(2))) == []


def test_places_of_a_moment_ago_with_the_lines_around_them() -> None:
    """Edited before viewed; blank lines at the ends are left out; nothing of the window."""
    lines = [f"line_{n}" for n in range(60)]
    other = Opened("file:///p/b.py", "\n".join(["", *lines[1:]]))
    own = Opened(A, "\n".join(lines) + "\n┃")
    visits = (Visit(other.uri, 40, edited=False), Visit(other.uri, 0, edited=True), Visit(A, 30, edited=True))
    pieces = found(own, other, visits=visits, window=range(35, 62))
    assert [(piece.uri, piece.line, piece.source) for piece in pieces] == [
        (other.uri, 2, Source.EDITED),
        (A, 24, Source.EDITED),
        (other.uri, 34, Source.VIEWED),
    ]
    assert pieces[1].text.split("\n") == lines[23:35]
    assert found(own, other, visits=(Visit("file:///gone.py", 3, edited=True), Visit(A, 50, edited=True))) == []


def test_names_have_weights_by_their_distance() -> None:
    """The line of the cursor counts whole; short words and numbers are no names."""
    weights = names_near(Opened(A, "first\nthird(ab, 123)\n  cursor_here┃ after\nbelow\n").place)
    assert weights == {"cursor_here": 1.0, "third": 0.5, "first": 1 / 3, "after": 0.5, "below": 1 / 3}
