"""The settings as documentation, and the promise that README, ARCHITECTURE, CHANGELOG and .ci/run tell the truth."""

from __future__ import annotations

import ast
import json
import re
from typing import TYPE_CHECKING

import pytest

from lsp_codex import __version__, cli, config, docs
from lsp_codex.completion.context import PREFIX_BUDGET, SUFFIX_BUDGET
from lsp_codex.doctor import CHECKS
from lsp_codex.server.commands import COMMANDS
from tests.harness import papers, source

if TYPE_CHECKING:
    from pathlib import Path

README = papers.README.read_text("utf-8")
ARCHITECTURE = papers.ARCHITECTURE.read_text("utf-8")
CHANGELOG = (papers.ROOT / "CHANGELOG.md").read_text("utf-8")
CONTRIBUTING = (papers.ROOT / "CONTRIBUTING.md").read_text("utf-8")
# Not what npm brings into editors/vscode/node_modules: those papers are others'.
OURS = [path for path in papers.ROOT.glob("editors/**/*.md") if "node_modules" not in path.parts]
PAPERS = [papers.README, papers.ARCHITECTURE, papers.ROOT / "CHANGELOG.md", papers.ROOT / "CONTRIBUTING.md", *OURS]


def blocks(text: str, language: str) -> list[str]:
    """The fenced blocks of one language."""
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


# --- docs.py -----------------------------------------------------------------------------------------------------


def test_the_markdown_has_one_row_per_setting() -> None:
    """Key, what it takes, default and sentence, between the two marks."""
    begin, head, rule, *rows, end = docs.markdown().split("\n")
    assert (begin, end) == (docs.BEGIN, docs.END)
    assert len({line.count(" | ") for line in (head, *rows)}) == 1
    assert rule == "|---|---|---|---|"
    assert [row.split("`")[1] for row in rows] == [f"codex.{setting.key}" for setting in config.table()]
    for row, setting in zip(rows, config.table(), strict=True):
        assert setting.doc in row
        assert setting.shown in row
        assert setting.env is None or f"`{setting.env}`" in row


def test_the_manifest_part_is_json_that_an_editor_accepts() -> None:
    """Every setting has a schema, a sentence, and a default that the setting itself takes."""
    properties = json.loads(docs.vscode())["configuration"]["properties"]
    assert list(properties) == [f"codex.{setting.key}" for setting in config.table()]
    for setting in config.table():
        given = properties[f"codex.{setting.key}"]
        assert given["markdownDescription"] == setting.doc
        assert "type" in given or "anyOf" in given
        assert config.parse([{setting.key: given["default"]}], {}) == (config.Config(), ())
        assert given["scope"] == ("machine" if setting.group in {"auth", "backend", "network"} else "window")


def test_the_manifest_part_has_every_command() -> None:
    """In the order of the table, the title parted as VS Code's palette puts it together again."""
    commands = json.loads(docs.vscode())["commands"]
    shown = [(each["command"], f"{each['category']}: {each['title']}") for each in commands]
    assert shown == [(each.id, each.title) for each in COMMANDS]


def test_a_manifest_keeps_what_is_its_own() -> None:
    """Commands of the extension itself and its first settings stay, the rest is made anew, once and for all."""
    own = {"command": f"{docs.OWN}menu", "title": "Menu", "category": "Codex"}
    mine = {"title": "This extension", "properties": {"codex.server.path": {"type": "string"}}}
    stale = {
        "name": "x",
        "version": "0.0.0",
        "contributes": {"commands": [own, {"command": "codex.gone", "title": "Gone"}], "configuration": [mine]},
    }
    fresh = docs.manifest(json.dumps(stale))
    made = json.loads(fresh)
    assert made["name"] == "x"
    assert made["version"] == __version__
    assert [each["command"] for each in made["contributes"]["commands"]] == [each.id for each in COMMANDS] + [
        own["command"]
    ]
    assert made["contributes"]["configuration"] == [mine, json.loads(docs.vscode())["configuration"]]
    assert docs.manifest(fresh) == fresh
    assert docs.is_fresh(fresh)
    assert not docs.is_fresh(json.dumps(stale))


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"contributes": {"commands": [], "configuration": []}}'])
def test_only_a_manifest_can_be_made_anew(text: str) -> None:
    """Anything else is refused, not filled."""
    with pytest.raises(ValueError, match="no manifest"):
        docs.manifest(text)
    assert not docs.is_fresh(text)


def test_vscodes_manifest_is_fresh() -> None:
    """The extension offers the settings and commands that there are."""
    assert docs.is_fresh(papers.MANIFEST.read_text("utf-8")), f"stale: `{papers.REFRESH}` writes it anew"


def test_updating_replaces_the_table_and_nothing_else() -> None:
    """What stands before and after the marks stays; a fresh text is not changed."""
    stale = f"# Title\n\n{docs.BEGIN}\n| old |\n{docs.END}\n\nThe end.\n"
    assert not docs.is_fresh(stale)
    fresh = docs.updated(stale)
    assert docs.is_fresh(fresh)
    assert fresh == f"# Title\n\n{docs.markdown()}\n\nThe end.\n"
    assert docs.updated(fresh) == fresh


@pytest.mark.parametrize("text", ["", "# Title", docs.BEGIN, docs.END, f"{docs.END}\n{docs.BEGIN}"])
def test_updating_needs_both_marks(text: str) -> None:
    """Otherwise nobody knows where the table belongs."""
    with pytest.raises(ValueError, match="no settings table"):
        docs.updated(text)


# --- README ------------------------------------------------------------------------------------------------------


def test_the_settings_table_is_fresh() -> None:
    """README shows the settings as they are."""
    assert docs.is_fresh(README), (
        f"README's settings table is stale: `{papers.REFRESH}` writes it anew"
        " (`.venv/bin/python -m lsp_codex config --markdown` prints it)"
    )


def test_the_first_two_blocks_are_one_command_each() -> None:
    """The first shows it at work, the second proves it; a person copies one line and waits."""
    first, second = blocks(README, "sh")[:2]
    assert first.strip().endswith(".venv/bin/lsp-codex try")
    assert second.strip().endswith("pytest")
    for block in (first, second):
        assert block.count("\n") == 1
        assert block.startswith("python3 -m venv .venv && ")


def test_ci_runs_the_second_command() -> None:
    """What CI checks is what README tells people to check with."""
    script = (papers.ROOT / ".ci" / "run").read_text("utf-8")
    assert blocks(README, "sh")[1] in script
    assert "set -euo pipefail" in script
    assert (papers.ROOT / ".ci" / "run").stat().st_mode & 0o111


def test_readme_lists_the_commands() -> None:
    """Each editor command has its row, and no row is of a command that is not there."""
    listed = [each.id for each in COMMANDS if not each.internal]
    assert re.findall(r"^\| `(codex\.\w+)` \| [^|]+ \|$", README, re.MULTILINE) == listed


def test_readme_lists_the_subcommands(capsys: pytest.CaptureFixture[str]) -> None:
    """What README says about the command line is what ``lsp-codex --help`` knows."""
    with pytest.raises(SystemExit):
        cli.main(["--help"])
    known = set(re.findall(r"^    (\w+) ", capsys.readouterr().out, re.MULTILINE))
    assert known == set(re.findall(r"lsp-codex (\w+)", README))


def test_readme_says_how_much_is_sent() -> None:
    """The numbers are the budgets in the code."""
    for budget in (PREFIX_BUDGET, SUFFIX_BUDGET):
        assert f"{budget:,}".replace(",", " ") in README


@pytest.mark.parametrize(
    "sentence",
    [
        "Independent project; not made, endorsed or supported by OpenAI.",
        "it uses the Codex CLI's public OAuth client and an undocumented endpoint.",
        "no public contract covers this use, and it can change or stop at any time.",
        "For your own account, on your own machine.\nNo pooling, resale, account rotation or serving others.",
        "We send `originator: lsp_codex` and our own User-Agent.",
        "We do not imitate another client, nor work around blocks.",
        "Requests count toward your plan's limits.",
        "https://openai.com/policies/sign-in-with-chatgpt-terms",
        "https://help.openai.com/en/articles/20001542",
    ],
)
def test_readme_says_where_we_stand(sentence: str) -> None:
    """The terms, in the wording that the facts support (design/field-notes.md 4.3)."""
    assert sentence in README


@pytest.mark.parametrize("claim", ["officially supported", "permitted by", "tolerated by"])
def test_readme_claims_no_permission(claim: str) -> None:
    """Nobody gave one that could be linked."""
    assert claim not in README.lower()


def troubles() -> list[list[str]]:
    """The rows of “When it does not work”: what is seen, what it means, what to do."""
    section = README.partition("## When it does not work")[2].partition("\n## ")[0]
    return [row.strip("| ").split(" | ") for row in section.splitlines() if row.startswith("| ")][1:]


def test_every_check_of_the_doctor_has_its_symptom() -> None:
    """Whoever has a symptom finds the check, and no check is named that is not there."""
    named = [found[1] for _, _, todo in troubles() if (found := re.search(r"\(check ([^)]+)\)$", todo))]
    assert {name for checks in named for name in re.findall("`([^`]+)`", checks)} == {check.id for check in CHECKS}


def test_the_symptoms_are_in_our_own_words() -> None:
    """What stands between quotation marks is what a person sees."""
    said = "".join(
        part.value
        for module in source.read(papers.ROOT / "lsp_codex")
        for part in ast.walk(module.tree)
        if isinstance(part, ast.Constant) and isinstance(part.value, str)
    )
    quoted = [words for seen, _, _ in troubles() for words in re.findall("“([^”]+)”", seen)]
    assert len(quoted) > 12
    assert [words for words in quoted if words not in said] == []


def test_the_comparison_is_dated_and_every_fact_has_its_source() -> None:
    """A link, or the mark of our own reading; nothing of the others is said without one."""
    section = README.partition("## How it compares")[2].partition("\n## ")[0]
    assert re.match(r"\s+As of 20\d\d-\d\d-\d\d; facts only", section)
    rows = [row.strip("|").split("|") for row in section.splitlines() if row.startswith("| ")][1:]
    assert {len(row) for row in rows} == {6}
    for what, _ours, *others in rows:
        for cell in map(str.strip, others):
            assert not cell or cell == "Zed" or "](https://" in cell or cell.endswith(" \\*"), (what, cell)


# --- CONTRIBUTING ------------------------------------------------------------------------------------------------


def test_contributing_begins_with_the_one_command() -> None:
    """The one that README prints and CI runs."""
    assert blocks(CONTRIBUTING, "sh")[0] == blocks(README, "sh")[1]


def test_contributing_names_files_that_exist() -> None:
    """Paths and modules, in sentences and in commands; a name in capitals or of the example is to be filled in."""
    pieces = re.findall(r"`([^`\n]+)`", CONTRIBUTING) + blocks(CONTRIBUTING, "sh")
    words = {word for piece in pieces for word in piece.split() if re.search(r"[a-z]/|\w\.py$|\.md$", word)}
    named = {word for word in words if not re.search(r"[A-Z]{4,}|purpose|^~", word)}
    folders = ("", "lsp_codex/actions/menu", "lsp_codex/completion/postprocess", "tests/completion/postprocess")
    bases = [papers.ROOT / folder for folder in folders]
    made = {
        ".venv/bin/ruff",
        ".venv/bin/mypy",
        ".venv/bin/pytest",
        ".venv/bin/python",
        ".venv/bin/pip",
        ".venv/bin/uv",
    }
    made |= {".venv/bin/lsp-codex"}
    assert len(named) > 25
    assert [word for word in sorted(named - made) if not any(list(base.glob(word)) for base in bases)] == []
    for module in re.findall(r"python -m (tests[\w.]+)", CONTRIBUTING):
        assert (papers.ROOT / f"{module.replace('.', '/')}.py").exists(), module


@pytest.mark.parametrize(
    ("table", "file"),
    [
        ("ACTIONS", "lsp_codex/actions/menu/__init__.py"),
        ("PIPELINE", "lsp_codex/completion/postprocess/__init__.py"),
        ("_OPENING", "lsp_codex/completion/postprocess/__init__.py"),
        ("EDITORS", "lsp_codex/doctor/editors.py"),
        ("EDITS", "lsp_codex/sandbox/edits.py"),
        ("CASES", "tests/sandbox/test_edits.py"),
        ("EDITS", "tests/server/test_action_forms.py"),
        ("TABLE", "tests/backend/test_error_cases.py"),
    ],
)
def test_contributing_names_tables_that_exist(table: str, file: str) -> None:
    """Where an entry goes."""
    assert f"`{table}`" in CONTRIBUTING
    assert f"`{file}`" in CONTRIBUTING
    assert re.search(rf"^{table}\b.* = ", (papers.ROOT / file).read_text("utf-8"), re.MULTILINE)


# --- ARCHITECTURE, CHANGELOG, all papers ------------------------------------------------------------------------


def test_the_code_map_is_fresh() -> None:
    """Every module has its line, with the sentence it begins with, and no line is of a module that is gone."""
    modules = source.read(papers.ROOT / "lsp_codex")
    _, _, shown = ARCHITECTURE.partition(papers.BEGIN)
    there = set(re.findall(r"^- `.*$", shown, re.MULTILINE))
    wanted = {papers.line(module) for module in modules}
    missing, gone = sorted(wanted - there), sorted(there - wanted)
    told = "\n".join(["", "missing:", *missing, "to remove:", *gone, "", f"`{papers.REFRESH}` does it."])
    assert not missing and not gone, told
    assert papers.with_map(ARCHITECTURE, modules) == ARCHITECTURE, f"the order is another: `{papers.REFRESH}`"


def test_architecture_names_files_that_exist() -> None:
    """A path in a table or a sentence leads somewhere; a placeholder such as <name> is none."""
    named = re.findall(r"`((?:[\w.-]+/)+(?:[\w.-]+\.\w+)?)`", ARCHITECTURE.partition(papers.BEGIN)[0])
    bases = [papers.ROOT, papers.ROOT / "lsp_codex", papers.ROOT / "lsp_codex" / "completion"]
    assert len(named) > 30
    assert [name for name in named if not any((base / name).exists() for base in bases)] == []


def test_the_changelog_begins_with_this_version() -> None:
    """A change carries its line under the version it will be in."""
    first = re.search(r"^## (\S+)", CHANGELOG, re.MULTILINE)
    assert first is not None
    assert first[1] == __version__


@pytest.mark.parametrize("paper", PAPERS, ids=lambda paper: paper.relative_to(papers.ROOT).as_posix())
def test_links_lead_somewhere(paper: Path) -> None:
    """Relative links are to files that exist; others are https."""
    text = paper.read_text("utf-8")
    titles = {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in re.findall(r"(?m)^#+ (.*)", text)}
    for target in re.findall(r"\]\(([^)\s]+)\)|src=\"([^\"]+)\"", text):
        where, _, place = "".join(target).partition("#")
        assert where.startswith("https:") or (paper.parent / where).exists(), target
        assert where or place in titles, target


@pytest.mark.parametrize("paper", PAPERS[:4], ids=lambda paper: paper.name)
def test_one_sentence_per_line(paper: Path) -> None:
    """So that a change shows as what it is; tables and blocks aside."""
    text = re.sub(
        r"^```.*?^```", "", paper.read_text("utf-8").partition(papers.BEGIN)[0], flags=re.MULTILINE | re.DOTALL
    )
    prose = [line for line in text.splitlines() if not line.startswith("|")]
    assert [line for line in prose if re.search(r"[^\d][.!?] +[A-Z]", line)] == []
