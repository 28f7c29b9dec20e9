"""DAMAGES: what models do to a right answer; each row makes the answer of one cut, or says that it cannot occur."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.eval.places import Cut

    Damage = Callable[[Cut], str | None]

_CLOSES = MappingProxyType({"(": ")", "[": "]", "{": "}"})


def _none(cut: Cut) -> str:
    return cut.middle


def _fence(cut: Cut) -> str:
    return f"```{cut.language}\n{cut.middle}\n```"


def _stripped_fence(cut: Cut) -> str:
    return "```\n" + cut.middle.strip("\n") + "\n```\n"


def _prose_before(cut: Cut) -> str:
    return f"Here is the code that belongs at the cursor:\n\n{_fence(cut)}"


def _bare_prose_before(cut: Cut) -> str:
    return f"Sure! Here is the completion:\n{cut.middle}"


def _prose_after(cut: Cut) -> str:
    return f"{_fence(cut)}\n\nThis keeps the style of the surrounding code and handles the remaining case."


def _bare_prose_after(cut: Cut) -> str:
    return f"{cut.middle}\n\nThis completes the code as the surrounding lines suggest.\n"


def _line_repeated(cut: Cut) -> str | None:
    line = cut.before.rpartition("\n")[2]
    return line + cut.middle if line.strip() and len(line.strip()) > 2 else None


def _lines_repeated(cut: Cut) -> str | None:
    lines = cut.before.split("\n")
    above = [line for line in lines[-4:-1] if line.strip()]
    return "\n".join([*lines[-4:-1], lines[-1]]) + cut.middle if len(above) == 3 else None


def _rest_repeated(cut: Cut) -> str | None:
    rest = cut.after.partition("\n")[0]
    return cut.middle + rest if rest.strip() else None


def _suffix_repeated(cut: Cut) -> str | None:
    return cut.middle + "\n".join(cut.after.split("\n")[:4])


def _indentation_lost(cut: Cut) -> str | None:
    """Everything moved left until the outermost line stands at the margin."""
    first, mark, rest = cut.middle.partition("\n")
    lines = rest.split("\n")
    widths = [len(line) - len(line.lstrip()) for line in lines if line.strip()]
    column = cut.before.rpartition("\n")[2]
    least = min([*widths, len(column) if not column.strip() else 10_000], default=0)
    if not mark or not least:
        return None
    return first + mark + "\n".join(line[least:] if line.strip() else line for line in lines)


def _indented_more(cut: Cut) -> str | None:
    """All lines but the first one level deeper."""
    unit = "\t" if "\n\t" in cut.middle else " " * _unit(cut)
    return re.sub(r"\n(?=[^\n])", "\n" + unit, cut.middle) if "\n" in cut.middle else None


def _tabs(cut: Cut) -> str | None:
    changed = re.sub(
        r"(?<=\n)[ ]+",
        lambda found: "\t" * (len(found[0]) // _unit(cut)) + " " * (len(found[0]) % _unit(cut)),
        cut.middle,
    )
    return changed if changed != cut.middle and "\n\t" not in cut.middle else None


def _spaces(cut: Cut) -> str | None:
    changed = re.sub(r"(?<=\n)\t+", lambda found: "    " * len(found[0]), cut.middle)
    return changed if changed != cut.middle else None


def _bracket_more(cut: Cut) -> str | None:
    """Another of the innermost bracket that is closed at the end."""
    if not re.search(r"[)\]}]\W*\Z", cut.middle):
        line = cut.before.rpartition("\n")[2] + cut.middle
        opened = [mark for mark in line if mark in "([{"]
        return cut.middle + _CLOSES[opened[-1]] if opened else None
    at = max(cut.middle.rfind(mark) for mark in ")]}")
    return cut.middle[: at + 1] + cut.middle[at:]


def _bracket_less(cut: Cut) -> str | None:
    """Without the last bracket, where nothing but punctuation follows it."""
    found = re.search(r"[)\]}](?=[;,:{ \t]*\Z)", cut.middle)
    return cut.middle[: found.start()] + cut.middle[found.end() :] if found else None


def _runs_on_below(cut: Cut) -> str:
    """Into what stands below, for a while."""
    return cut.middle + cut.after[:700]


def _runs_on_elsewhere(cut: Cut) -> str | None:
    """Into another function, which the document does not have there."""
    rest = "\n".join(cut.after.split("\n")[1:])
    found = re.search(r"\n\n((?:\w|@).*\n(?:.+\n){2,12})", rest[300:])
    return f"{cut.middle}\n\n{found[1]}" if found and cut.kind in {"body", "line end"} else None


def _repetition(cut: Cut) -> str | None:
    """The last line, or the whole, over and over."""
    if cut.kind == "in a bracket":
        return None
    line = (cut.before.rpartition("\n")[2] + cut.middle).split("\n")[-1]
    return cut.middle + ("\n" + line) * 8 if len(line.strip()) > 8 else None


def _block_repetition(cut: Cut) -> str | None:
    lines = cut.middle.strip("\n").split("\n")
    if len(lines) < 2:
        return None
    indent = cut.before.rpartition("\n")[2]
    block = "\n".join([indent + lines[0] if not cut.middle.startswith("\n") else lines[0], *lines[1:]])
    return cut.middle + f"\n{block}" * 3


def _crlf(cut: Cut) -> str | None:
    return cut.middle.replace("\n", "\r\n") + "\r\n" if "\n" in cut.middle else cut.middle + "\r\n"


def _marker(cut: Cut) -> str:
    return f"<|cursor|>{cut.middle}"


def _marker_behind(cut: Cut) -> str:
    return f"{cut.middle}<|cursor|>"


def _tags(cut: Cut) -> str:
    return f"<insert>{cut.middle}</insert>"


def _around(cut: Cut) -> str:
    """With the lines above and below, in a fence."""
    above, below = cut.before.split("\n")[-6:], cut.after.split("\n")[:4]
    return "```\n" + "\n".join(above) + cut.middle + "\n".join(below) + "\n```"


def _backticks(cut: Cut) -> str | None:
    """As one writes code in a sentence; in a language where that means nothing."""
    plain = cut.language in {"c", "cpp", "java", "lua", "objective-cpp", "python", "rust", "scss"}
    comment = re.search(r"//|#|--|/\*|\"[^\"]*\Z|'[^']*\Z", cut.before.rpartition("\n")[2])
    return f"`{cut.middle}`" if plain and not comment and not re.search("[\n`]", cut.middle) else None


def _blanks(cut: Cut) -> str | None:
    """At the end of every line."""
    at_end = not cut.after.partition("\n")[0].strip()
    return "".join(f"{line}  \n" for line in cut.middle.split("\n")) if at_end else None


def _unit(cut: Cut) -> int:
    """The step of the file's indentation."""
    widths = [len(found[1]) for found in re.finditer(r"\n( *)\S", cut.before + cut.after)]
    steps = Counter(after - before for before, after in itertools.pairwise(widths) if after > before)
    return next((step for step, _ in steps.most_common() if step in {2, 4, 8}), 4)


DAMAGES: Mapping[str, Damage] = MappingProxyType(
    {
        "none": _none,
        "fence": _fence,
        "fence, stripped": _stripped_fence,
        "prose and fence": _prose_before,
        "prose before": _bare_prose_before,
        "fence and prose": _prose_after,
        "prose after": _bare_prose_after,
        "line repeated": _line_repeated,
        "lines above repeated": _lines_repeated,
        "rest of line repeated": _rest_repeated,
        "suffix repeated": _suffix_repeated,
        "indentation lost": _indentation_lost,
        "indented more": _indented_more,
        "tabs for spaces": _tabs,
        "spaces for tabs": _spaces,
        "a bracket too many": _bracket_more,
        "a bracket too few": _bracket_less,
        "runs on below": _runs_on_below,
        "runs on elsewhere": _runs_on_elsewhere,
        "last line over and over": _repetition,
        "block over and over": _block_repetition,
        "CRLF": _crlf,
        "marker before": _marker,
        "marker behind": _marker_behind,
        "in tags": _tags,
        "lines around, in a fence": _around,
        "in backticks": _backticks,
        "blanks at line ends": _blanks,
    }
)
