"""Privacy: what the setting, the project and the address say together, asked again as time goes by."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from lsp_codex.errors import Unanswered
from lsp_codex.server.privacy import FRESH, SETTING, STALE, Privacy, check, on_disk


def privacy(*folders: Path, documents: tuple[str, ...] = ()) -> Privacy:
    """One for these folders and open documents."""
    return Privacy(lambda: documents, lambda: [folder.as_uri() for folder in folders])


async def test_the_users_patterns_begin_at_the_workspace(tmp_path: Path) -> None:
    """A workspace that lies in a folder called build is not excluded by "build/"; a loose file there is."""
    root = tmp_path / "build" / "project"
    inside, built = (root / "a.py").as_uri(), (root / "build" / "a.py").as_uri()
    mine = privacy(root)
    assert await mine.excluded(inside, ("build/",)) is None
    assert await mine.excluded(built, ("/build/",)) == SETTING
    assert await privacy().excluded(inside, ("build/",)) == SETTING


async def test_a_pattern_takes_back_what_is_on_the_list(tmp_path: Path) -> None:
    """In the workspace and outside. What the user adds to the list lets nothing else out."""
    uri = (tmp_path / ".env.example").as_uri()
    for mine in (privacy(tmp_path), privacy()):
        assert await mine.excluded(uri, ()) == SETTING
        assert await mine.excluded(uri, ("*.secret",)) == SETTING
        assert await mine.excluded(uri, ("!.env.example",)) is None
        assert await mine.excluded(uri, ("!.env.example", ".env*")) == SETTING


async def test_a_link_to_a_key_is_a_key(tmp_path: Path) -> None:
    """Its name says otherwise."""
    (tmp_path / "server.key").write_text("x")
    (tmp_path / "notes.txt").symlink_to(tmp_path / "server.key")
    assert await privacy(tmp_path).excluded((tmp_path / "notes.txt").as_uri(), ()) == SETTING


async def test_a_workspace_within_a_folder_of_the_default_is_no_way_around_it(tmp_path: Path) -> None:
    """Somebody may open ~/.ssh."""
    (tmp_path / ".ssh").mkdir()
    uri = (tmp_path / ".ssh" / "config").as_uri()
    assert await privacy(tmp_path / ".ssh").excluded(uri, ()) == SETTING
    assert await privacy(tmp_path / ".ssh").excluded(uri, ("!.ssh/",)) is None
    assert await privacy(tmp_path / ".ssh").excluded(uri, ("!.ssh/", "config")) == SETTING


async def test_an_odd_line_in_an_ignore_file_holds_up_nothing(tmp_path: Path) -> None:
    """A range that is none is no pattern to git either; the other lines count."""
    (tmp_path / ".gitignore").write_text("[z-a]\n*.log\n")
    assert await privacy(tmp_path).excluded((tmp_path / "a.py").as_uri(), ()) is None
    assert await privacy(tmp_path).excluded((tmp_path / "a.log").as_uri(), ()) == str(tmp_path / ".gitignore")


def test_one_document_without_a_session_is_judged_alike(tmp_path: Path) -> None:
    """By the default, the user's patterns and the ignore files beside it; it is named, and why."""
    (tmp_path / ".gitignore").write_text("*.log\n")
    check((tmp_path / "a.py").as_uri(), ("b.py",))
    for name, why in ((".env", SETTING), ("b.py", SETTING), ("c.log", r"\.gitignore")):
        with pytest.raises(Unanswered, match=rf"{name} is not shown to the model, because of .*{why}"):
            check((tmp_path / name).as_uri(), ("b.py",))


async def test_a_saved_ignore_file_is_in_force_a_moment_later(tmp_path: Path) -> None:
    """The disk is asked again, not at every key."""
    uri = (tmp_path / "a.py").as_uri()
    mine = privacy(tmp_path)
    assert await mine.excluded(uri, ()) is None
    (tmp_path / ".codexignore").write_text("*.py\n")
    assert await mine.excluded(uri, ()) is None
    await asyncio.sleep(FRESH + 0.1)
    assert await mine.excluded(uri, ()) == str(tmp_path / ".codexignore")


async def test_only_what_was_looked_at_may_be_sent(tmp_path: Path) -> None:
    """A document that nobody has looked at stays here."""
    seen, unseen, secret = ((tmp_path / name).as_uri() for name in ("a.py", "b.py", ".env"))
    mine = privacy(tmp_path, documents=(seen, secret))
    assert not mine.may_send(seen)
    await mine.excluded(seen, ())
    await mine.look_around(())
    assert [mine.may_send(uri) for uri in (seen, unseen, secret)] == [True, False, False]
    await mine.excluded(seen, ("*.py",))
    assert not mine.may_send(seen)


async def test_what_cannot_be_looked_at_is_excluded(tmp_path: Path) -> None:
    """A loop of links, a NUL in the name."""
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    for name in ("loop/a.py", "a%00b.py"):
        assert await privacy(tmp_path).excluded(f"{tmp_path.as_uri()}/{name}", ()) is not None


@pytest.mark.parametrize("uri", ["untitled:Untitled-1", "file:///nowhere/at/all.py", "odd", ""])
async def test_what_is_nowhere_on_the_disk_may_be_sent(uri: str) -> None:
    """It was opened by the user, and nothing speaks against it."""
    assert await privacy().excluded(uri, ()) is None


async def test_an_unsaved_document_is_known_by_its_name() -> None:
    """The setting counts for it."""
    assert await privacy().excluded("untitled:prod.env", ()) == SETTING


@pytest.mark.parametrize(
    ("uri", "platform", "path"),
    [
        ("file:///w/a.py", "linux", Path("/w/a.py")),
        ("file:///c%3A/w/a.py", "win32", Path("c:/w/a.py")),
        ("git:/w/a.py?ref", "linux", Path("/w/a.py")),
        ("untitled:a.py", "linux", None),
    ],
)
def test_where_a_document_may_lie(uri: str, platform: str, path: Path | None) -> None:
    """Any absolute path is looked at, whatever the scheme."""
    assert on_disk(uri, platform) == path


async def test_an_answer_of_long_ago_lets_nothing_out(tmp_path: Path) -> None:
    """Looking around asks anew about all that is open."""
    uri = (tmp_path / "a.py").as_uri()
    mine = privacy(tmp_path, documents=(uri,))
    await mine.look_around(())
    assert mine.may_send(uri)
    await asyncio.sleep(STALE + 1)
    assert not mine.may_send(uri)
    await mine.look_around(())
    assert mine.may_send(uri)
