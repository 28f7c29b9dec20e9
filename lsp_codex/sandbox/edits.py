"""What the sandbox's model answers to a task of editing: simple but real edits, the same each time.

The document stands in the user's text as for a completion, with ``<|target|>`` and ``<|/target|>``, or the same words
with a number, around what is to be edited; then ``<task action="simplify">``, what is wanted, ``</task>``.
"""

from __future__ import annotations

import difflib
import html
import re
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from lsp_codex.sandbox import python_edits
from lsp_codex.sandbox.vocabulary import EXAMPLES, MODULES, WORDS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Complete = Callable[[str], str]

UNABLE = "I am the sandbox on this machine, not a model: I know a few edits of simple code, and this is none of them."

_ASKED = re.compile(
    r'<document path="(?P<path>[^"\n]*)" language="(?P<language>[^"\n]*)">\n'
    r"(?P<before>.*)<\|target(?P<number>-\d+)?\|>(?P<region>.*)<\|/target(?(number)(?P=number))\|>(?P<after>.*)\n"
    r'</document>\n<task action="(?P<action>\w+)">\n(?P<task>.*)</task>\s*\Z',
    re.DOTALL,
)
_PROBLEM = re.compile(r'<problem line="\d+" code="([^"]*)" at="([^"]*)">(.*?)</problem>', re.DOTALL)
_INSTRUCTION = re.compile(r"<instruction>(.*)</instruction>", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Job:
    """One task, and what completes code at a cursor."""

    path: str
    language: str
    before: str
    region: str
    after: str
    task: str
    complete: Complete

    @property
    def is_python(self) -> bool:
        """Whether it is about Python."""
        return self.language == "python"

    @property
    def instruction(self) -> str:
        """What the user says."""
        found = _INSTRUCTION.search(self.task)
        return found[1].strip() if found else ""


def answer(user_text: str, complete: Complete) -> str | None:
    """The answer to a task; None if there is none in the text. ``complete`` answers for a cursor."""
    asked = _ASKED.search(user_text)
    if asked is None:
        return None
    path, language, before, region, after, task = asked.group("path", "language", "before", "region", "after", "task")
    job = Job(path, language, before, region, after, task, complete)
    edit = EDITS.get(asked["action"])
    return (edit(job) if edit else None) or UNABLE


def document(job: Job) -> str | None:
    """A docstring out of the header's words; a JSDoc comment for braces."""
    if job.is_python:
        return python_edits.docstring(job.region)
    found = re.search(r"(?P<name>\w+)\s*(?:<[^<>]*>)?\((?P<args>[^()]*)\)[^(){};]*\{", job.region)
    if found is None:
        return None
    names = [word[0] for part in found["args"].split(",") if (word := re.findall(r"[A-Za-z_]\w*", part))]
    summary = python_edits.summary(python_edits.snake(found["name"]), names)
    if job.language == "go":
        return f"// {found['name']}: {summary[:1].lower()}{summary[1:]}"
    if job.language == "rust":
        return f"/// {summary}"
    rows = [summary, *(f"@param {name} the {name}" for name in names)]
    return "\n".join(["/**", *(f" * {row}" for row in rows), " */"])


def simplify(job: Job) -> str | None:
    """What many would write shorter."""
    return python_edits.simpler(job.region) if job.is_python else job.region.replace(" == true", "")


def types(job: Job) -> str | None:
    """Annotations, guessed from names and defaults."""
    if job.is_python:
        return python_edits.typed(job.region)
    return re.sub(r"(?<=[(,])\s*(\w+)\s*(?=[,)])", lambda found: f" {found[1]}: number", job.region).replace(
        "( ", "("
    )


def rename(job: Job) -> str | None:
    """Names of one letter, by what is assigned to them."""
    return python_edits.clearer(job.region) if job.is_python else job.region


def implement(job: Job) -> str | None:
    """The body that ghost text would give, in place of the stub."""
    if not job.is_python:
        start = job.region.find("{") + 1
        said = job.complete(_with_cursor(job, job.before + job.region[:start], ""))
        return f"{job.region[:start].rstrip()}{said}" if start and said else job.region
    stub = re.search(r"\n?[ \t]*(?:pass|\.\.\.|raise NotImplementedError\b[^\n]*|#[^\n]*)\s*\Z", job.region)
    head = job.region[: stub.start()] if stub else job.region.rstrip()
    note = re.search(r"#\s*(?:TODO:?)?\s*(.*)", stub[0]) if stub else None
    told = f'{head}\n    """{note[1]}"""' if note else head
    said = job.complete(_with_cursor(job, job.before + told, ""))
    return f"{head.rstrip()}{said if said.startswith(chr(10)) else chr(10) + said}" if said.strip() else job.region


def tests(job: Job) -> str | None:
    """Tests of what the sandbox knows examples of; of anything else, that it can be called."""
    found = re.search(r"\b(?:def|class|function|func|fn)\s+(\w+)", job.region)
    if found is None:
        return None
    name, module = found[1], re.search(r"imported as ([\w.]+)\.", job.task)
    stem = job.path.rpartition("/")[2].partition(".")[0]
    rows = EXAMPLES.get(python_edits.snake(name), ())
    if not job.is_python:
        checks = [f"  expect({name}({arguments})).toBe({_script(value)});" for arguments, value in rows]
        checks = checks or [f'  expect(typeof {name}).toBe("function");']
        return "\n".join([f'import {{ {name} }} from "./{stem}";', "", f'test("{name}", () => {{', *checks, "});"])
    checks = [f"    assert {name}({arguments}) == {value}" for arguments, value in rows] or [
        f"    assert callable({name})"
    ]
    start = f"from {module[1] if module else stem} import {name}"
    return "\n".join([start, "", "", f"def test_{python_edits.snake(name)}():", *checks])


def fix(job: Job) -> str | None:
    """What the problem asks for, where its words are known."""
    region = job.region
    for code, at, message in _PROBLEM.findall(job.task):
        region = _mended(job, region, html.unescape(code), html.unescape(at), html.unescape(message))
    return region


def translate(job: Job) -> str:
    """Word by word, out of German, French and Spanish."""

    def word(found: re.Match[str]) -> str:
        english = WORDS.get(found[0].lower())
        if english is None:
            return found[0]
        return (
            english.capitalize()
            if found[0][:1].isupper() and not job.region[: found.start()].strip(" #/*")
            else english
        )

    return re.sub(r"[^\W\d_]+", word, job.region)


def rewrite(job: Job) -> str | None:
    """The edit that the instruction names; a renaming in its own words."""
    wish = job.instruction.lower()
    renamed = re.search(r"rename\s+(\w+)\s+(?:to|as|into)\s+(\w+)", job.instruction)
    if renamed:
        return re.sub(rf"\b{renamed[1]}\b", renamed[2], job.region)
    if "simpl" in wish or "short" in wish:
        return simplify(job)
    if "type" in wish or "annotat" in wish:
        return types(job)
    if "name" in wish:
        return rename(job)
    if "async" in wish:
        return re.sub(r"^([ \t]*)def\b", r"\1async def", job.region, count=1, flags=re.MULTILINE)
    return None


def proceed(job: Job) -> str | None:
    """What ghost text would say; the least that a block needs otherwise."""
    said = job.complete(_with_cursor(job, job.before, job.after))
    if said.strip():
        return said
    line = job.before.rpartition("\n")[2]
    if job.is_python and line.rstrip().endswith(":"):
        return f"\n{line[: len(line) - len(line.lstrip())]}    pass"
    return "pass" if job.is_python and line and not line.strip() else None


def _with_cursor(job: Job, before: str, after: str) -> str:
    return f'<document path="{job.path}" language="{job.language}">\n{before}<|cursor|>{after}\n</document>'


def _mended(job: Job, region: str, code: str, at: str, message: str) -> str:
    every = "and every other" in job.task
    if name := re.search(r"[\"'`](\w+)[\"'`] is not defined|undefined name [\"'`](\w+)", message):
        return _with_name(job, region, name[1] or name[2])
    if name := re.search(r"[\"'`]([\w.]+)[\"'`] (?:imported but unused|is not accessed)", message):
        return re.sub(
            rf"^[ \t]*(?:import {name[1]}|from \S+ import {name[1]})[ \t]*(?:\n|\Z)", "", region, flags=re.MULTILINE
        )
    if name := re.search(r"variable [\"'`](\w+)[\"'`] is assigned to but never used", message):
        return re.sub(rf"^[ \t]*{name[1]} = [^\n]*\n?", "", region, flags=re.MULTILINE)
    for words, pattern, instead in (
        (
            r"expected [\"'`]?:|invalid syntax",
            r"^([ \t]*(?:def|class|if|elif|else|for|while|try|with)\b[^\n:]*)$",
            r"\1:",
        ),
        (r"comparison to [\"'`]?None", r"== None\b", "is None"),
        (r"comparison to [\"'`]?None|not in|is not", r"!= None\b", "is not None"),
        (r"comparison to True", r" == True\b", ""),
        (r"never reassigned", r"\blet\b", "const"),
        (r"Expected '==='", r"(?<![=!])==(?!=)", "==="),
        (r"without any placeholders|missing placeholders", r"\bf(?=[\"'])", ""),
    ):
        if re.search(words, message, re.IGNORECASE):
            region = re.sub(
                pattern, instead, region, count=0 if every or instead == "is not None" else 1, flags=re.MULTILINE
            )
    return region


def _with_name(job: Job, region: str, name: str) -> str:
    """``region`` with an import of the module ``name``, else with the name that was meant."""
    if name in MODULES:
        return f"import {name}\n\n{region}"
    known = sorted(set(re.findall(r"[A-Za-z_]\w{2,}", job.before + region + job.after)) - {name})
    meant = difflib.get_close_matches(name, known, 1, 0.7)
    return re.sub(rf"\b{name}\b", meant[0], region) if meant else region


def _script(value: str) -> str:
    return {"True": "true", "False": "false"}.get(value, value)


EDITS: Mapping[str, Callable[[Job], str | None]] = MappingProxyType(
    {
        "document": document,
        "simplify": simplify,
        "types": types,
        "rename": rename,
        "implement": implement,
        "tests": tests,
        "fix": fix,
        "fixAll": fix,
        "translate": translate,
        "rewrite": rewrite,
        "continue": proceed,
    }
)
