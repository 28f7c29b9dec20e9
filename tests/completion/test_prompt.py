"""The prompt, by golden files, and what must not change about it from key to key."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any

import pytest

from lsp_codex.backend.models import BUNDLED, Choice, choose_fast
from lsp_codex.backend.request import Purpose, ResponsesRequest, body
from lsp_codex.backend.window import estimate
from lsp_codex.completion.context import gather
from lsp_codex.completion.prompt import LONGEST_WISHES, build, cache_key, parts
from lsp_codex.completion.surroundings import Diagnosis, Piece, Source, Surroundings
from lsp_codex.text import Snapshot
from tests.completion.golden import HERE
from tests.harness.bodies import faults

if TYPE_CHECKING:
    from pathlib import Path

MODEL = Choice("gpt-test", "low", lite=False)
URI = "file:///home/anna/secret-client/src/app.py"


def _request(
    document: str, uri: str = URI, language: str = "python", surroundings: Surroundings | None = None
) -> ResponsesRequest:
    text = document.replace("┃", "")
    place = gather(Snapshot(uri, language, 1, text), document.index("┃"))
    return build(place, MODEL, surroundings=surroundings or Surroundings())


def _surroundings(row: dict[str, Any]) -> Surroundings:
    pieces = (Piece(**{**each, "source": Source[each["source"]]}) for each in row.get("piece", ()))
    diagnoses = (Diagnosis(**each) for each in row.get("diagnosis", ()))
    return Surroundings(tuple(pieces), tuple(diagnoses), row.get("wishes", ""))


@pytest.mark.parametrize("file", sorted((HERE / "prompt").glob("*.toml")), ids=lambda file: file.stem)
def test_the_prompt_is_as_shown(file: Path) -> None:
    """Every character of the prompt is on purpose: a change of it shows in the golden files."""
    row: dict[str, Any] = tomllib.loads(file.read_text("utf-8"))
    request = _request(row["document"].replace("\\r", "\r"), row["uri"], row["language"], _surroundings(row))
    shown = {"instructions": row["instructions"], "references": row.get("references"), "document": row["message"]}
    assert dict(parts(request)) == {name: text for name, text in shown.items() if text is not None}
    assert {message.role for message in request.input} == {"user"}
    assert not faults(body(request))


def test_typing_changes_nothing_before_the_cursor() -> None:
    """The prompt cache hits as far as the beginning is the same: up to the old cursor."""
    before, after = _request("x = 1\ny = ┃\nz = 3\n"), _request("x = 1\ny = x┃\nz = 3\n")
    assert before.instructions == after.instructions
    assert before.cache_key == after.cache_key
    shared = before.input[0].text.partition("<|cursor|>")[0]
    assert shared.endswith("y = ")
    assert after.input[0].text.startswith(shared)


def test_what_changes_with_every_key_comes_last() -> None:
    """A diagnosis that comes or goes, and the task, leave everything up to the cursor as it is."""
    pieces = (Piece("file:///b.py", "b.py", "python", 1, "def b(): ...", Source.DEFINITION),)
    quiet = _request("x = 1\n┃", surroundings=Surroundings(pieces))
    loud = _request("x = 1\n┃", surroundings=Surroundings(pieces, (Diagnosis(0, "no", error=True),)))
    assert (quiet.instructions, quiet.input[0]) == (loud.instructions, loud.input[0])
    before = quiet.input[1].text.partition("<|cursor|>")[0]
    assert loud.input[1].text.startswith(before)


def test_the_marker_is_not_one_that_comes_along() -> None:
    """References and diagnoses may speak of cursors too."""
    piece = Piece("file:///b.py", "b.py", "python", 1, "<|cursor-4|>", Source.EDITED)
    assert "<|cursor-5|>" in _request("┃", surroundings=Surroundings((piece,))).input[1].text
    diagnosed = Surroundings((), (Diagnosis(0, "odd <|cursor-6|>"),))
    assert "<|cursor-7|>" in _request("┃", surroundings=diagnosed).input[0].text


def test_wishes_are_short() -> None:
    """Nobody sends a book with every key."""
    request = _request("┃", surroundings=Surroundings(instructions="x" * 50_000))
    assert len(request.instructions) < LONGEST_WISHES + 1_500


def test_references_leave_room_for_the_document() -> None:
    """A small window gets few of them or none, and its document."""
    pieces = tuple(
        Piece(f"file:///{n}.py", f"{n}.py", "python", 1, f"def f{n}(): ...\n" * 20, Source.EDITED) for n in range(6)
    )
    lines = "".join(f"line_{number} = {number}\n" for number in range(200))
    place = gather(Snapshot(URI, "python", 1, lines), len(lines))
    for limit in (1_000, 3_000, 8_000):
        request = build(place, Choice("gpt-test", "low", lite=False, window=limit), surroundings=Surroundings(pieces))
        assert "line_199 = 199\n<|cursor|>" in request.input[-1].text
        assert sum(estimate(text) for _, text in parts(request)) <= limit * 0.75
        assert (len(request.input) == 1) == (limit == 1_000)


def test_the_model_choice_is_passed_on() -> None:
    """Model, effort and shape are the choice's."""
    place = gather(Snapshot(URI, "python", 1, ""), 0)
    request = build(place, Choice("gpt-lite", "minimal", lite=True))
    assert (request.model, request.effort, request.lite) == ("gpt-lite", "minimal", True)


def test_no_home_folder_leaves_the_machine() -> None:
    """Neither the message nor the cache key names the user or the folders above the project's last two parts."""
    sent = str(body(_request("x = ┃\n")))
    assert "src/app.py" in sent
    assert "anna" not in sent
    assert "secret-client" not in sent


def test_a_cache_key_is_per_document_and_safe_in_a_header() -> None:
    """One lane for each document, the same in every session."""
    assert cache_key(URI) == cache_key(URI)
    assert cache_key(URI) != cache_key(URI + "x")
    assert cache_key("file:///ü\n").isascii()
    assert len(cache_key(URI)) == 36
    assert cache_key("file:///\udcff") != cache_key("file:///\udcfe")  # names of files that are no UTF-8


@pytest.mark.parametrize(
    ("text", "marker"),
    [
        ("", "<|cursor|>"),
        ("<|cursor|>", "<|cursor-1|>"),
        ("<|cursor|><|cursor-1|>", "<|cursor-2|>"),
        ("<|cursor-7|>", "<|cursor-8|>"),
        ("<|cursor-x|>", "<|cursor|>"),
    ],
)
def test_the_marker_is_one_that_the_document_does_not_contain(text: str, marker: str) -> None:
    """A document about markers gets the number above all it has, and the instructions name it."""
    request = _request(f"{text}\n┃\n{text}")
    assert request.input[0].text.count(marker) == 1
    assert f"the marker {marker} " in request.instructions


@pytest.mark.parametrize("purpose", list(Purpose))
@pytest.mark.parametrize("slug", [*(model.slug for model in BUNDLED), "gpt-unknown"])
def test_every_body_is_one_that_the_backend_takes(slug: str, purpose: Purpose) -> None:
    """For every model, classic and lite, and one that no list knows."""
    place = gather(Snapshot(URI, "python", 1, "x = "), 4)
    request = build(place, choose_fast(BUNDLED, slug), purpose=purpose)
    assert request.purpose is purpose
    assert not faults(body(request))


def test_a_prompt_fits_into_the_window_of_its_model() -> None:
    """A small model gets less of the document, the lines next to the cursor; a large one gets all of it."""
    lines = "".join(f"line_{number} = {number}\n" for number in range(200))
    place = gather(Snapshot(URI, "python", 1, lines + "x = \n" + lines), len(lines) + 4)
    sizes = []
    for window in (None, 272_000, 2_000, 1_000):
        request = build(place, Choice("gpt-test", "low", lite=False, window=window))
        text = request.input[0].text
        assert "line_199 = 199\nx = <|cursor|>\nline_0 = 0\n" in text
        sizes.append(estimate(request.instructions + text))
    assert sizes[0] == sizes[1] > 1_500 >= sizes[2] > 750 >= sizes[3]
