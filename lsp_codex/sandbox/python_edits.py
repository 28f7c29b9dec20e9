"""The sandbox's edits of Python: docstrings, annotations, clearer names and plainer code for simple functions."""

from __future__ import annotations

import re

from lsp_codex.sandbox.vocabulary import HOLDS, VERBS

_HEADER = re.compile(
    r"^(?P<margin>[ \t]*)(?P<word>def|async def|class)[ \t]+(?P<name>\w+)"
    r"(?:\((?P<args>[^()]*(?:\([^()]*\)[^()]*)*)\))?[ \t]*(?:->[ \t]*(?P<returns>[^:\n]+))?:",
    re.MULTILINE,
)
_DOC = re.compile(r'\s*(?:"""|\'\'\')(.*?)(?:"""|\'\'\')', re.DOTALL)


def snake(name: str) -> str:
    """``isEven`` as ``is_even``."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def docstring(region: str) -> str | None:
    """A docstring for the definition that ``region`` is: what it does, its parameters, what it gives."""
    header = _HEADER.search(region)
    if header is None:
        return None
    names = [name for name, _, _ in _parameters(header["args"] or "")]
    there = _DOC.match(region[header.end() :])
    first = there[1].strip().split("\n")[0].strip() if there else ""
    if header["word"] == "class":
        return f'"""{first or _sentence(_words(snake(header["name"])))}"""'
    told = first or summary(snake(header["name"]), names)
    rows = [f":param {name}: the {_words(snake(name))}" for name in names]
    body = region[header.end() :]
    if re.search(r"^\s*(?:return|yield)\s+\S", body, re.MULTILINE) or (header["returns"] or "None").strip() != "None":
        rows.append(":return: the result")
    if not rows:
        return f'"""{told}"""'
    return "\n".join([f'"""{told}', "", *rows, '"""'])


def summary(name: str, parameters: list[str]) -> str:
    """A sentence out of the words of a name."""
    words = name.strip("_").split("_")
    if words[0] in {"is", "has", "can"} and len(words) > 1:
        return f"Return whether {parameters[0] if parameters else 'it'} {words[0]} {' '.join(words[1:])}."
    if words[0] in VERBS:
        return _sentence(" ".join(words))
    of = f" of {_listed(parameters)}" if parameters else ""
    return f"Return the {' '.join(words)}{of}."


def typed(region: str) -> str | None:
    """``region`` with annotations where its header has none."""
    header = _HEADER.search(region)
    if header is None or header["args"] is None or header["word"] == "class":
        return region
    made = []
    for name, annotation, default in _parameters(header["args"], everything=True):
        kind = annotation or ("" if name.lstrip("*") in {"self", "cls", "", "/"} else _kind(name, default))
        part = f"{name}: {kind}" if kind else name
        made.append(f"{part} = {default}" if default and kind else f"{part}={default}" if default else part)
    returns = header["returns"] or _result(snake(header["name"]), region[header.end() :])
    head = f"{header['margin']}{header['word']} {header['name']}({', '.join(made)}) -> {returns.strip()}:"
    return region[: header.start()] + head + region[header.end() :]


def simpler(region: str) -> str:
    """``region`` with what many would write shorter."""
    for pattern, instead in (
        (r"if (?P<c>[^\n:]+):\n\s+return True\n(?:[ \t]*else:\n[ \t]+|[ \t]+)return False", r"return \g<c>"),
        (r"if (?P<c>[^\n:]+):\n\s+return False\n(?:[ \t]*else:\n[ \t]+|[ \t]+)return True", r"return not (\g<c>)"),
        (r"^(?P<m>[ \t]*)(?P<v>\w+) = (?P<e>[^\n]+)\n[ \t]*return (?P=v)$", r"\g<m>return \g<e>"),
        (r"(?<= )(\w+) = \1 ([-+*/]) (?=[^\n]+$)", r"\1 \2= "),
        (r" == True\b", ""),
        (r" == None\b", " is None"),
        (r" != None\b", " is not None"),
        (r"\bif len\((\w+)\) == 0:", r"if not \1:"),
        (r"\bif len\((\w+)\) (?:> 0|!= 0):", r"if \1:"),
        (r"= (?:list\(\))", "= []"),
        (r"= (?:dict\(\))", "= {}"),
        (r"(return [^\n]+)\n([ \t]*)else:\n[ \t]+(return [^\n]+)", r"\1\n\2\3"),
    ):
        region = re.sub(pattern, instead, region, flags=re.MULTILINE)
    return region


def clearer(region: str) -> str:
    """``region`` with words for local names of one letter, each only if the word is free."""
    header = _HEADER.search(region)
    known = (
        {name.lstrip("*") for name, _, _ in _parameters(header["args"] or "", everything=True)} if header else set()
    )
    for name in dict.fromkeys(re.findall(r"(?:^[ \t]*|\bfor )([a-z])\b(?= (?:=|in)\b| = )", region, re.MULTILINE)):
        if name in known:
            continue
        word = _word_for(name, region)
        if not re.search(rf"\b{word}\b", region):
            region = re.sub(rf"(?<![\w.\"'])\b{name}\b(?![\w\"'])", word, region)
    return region


def _word_for(name: str, region: str) -> str:
    if found := re.search(rf"\bfor {name} in (\w+)", region):
        if found[1] in {"range", "enumerate"}:
            return "index"
        return found[1].removesuffix("s") if found[1].endswith("s") and len(found[1]) > 2 else "item"
    value = re.search(rf"^[ \t]*{name} = ([^\n]+)", region, re.MULTILINE)
    text = value[1] if value else ""
    for pattern, word in (
        (r"\blen\(|\bcount", "count"),
        (r"\bopen\(", "file"),
        (r"\bsum\(|^0$", "total"),
        (r"^\w+ \* \w+$", "product"),
        (r"^\w+ \+ \w+$", "total"),
        (r"^\[", "items"),
        (r"^\{", "table"),
        (r"^f?[\"']", "text"),
    ):
        if re.search(pattern, text):
            return word
    return "result" if re.search(rf"return {name}\b", region) else "value"


def _parameters(args: str, *, everything: bool = False) -> list[tuple[str, str, str]]:
    """Name, annotation and default of each; ``self`` and stars only if ``everything`` is wanted."""
    parts = [part.strip() for part in re.split(r",(?![^\[(]*[\])])", args) if part.strip()]
    found = []
    for part in parts:
        head, _, default = part.partition("=")
        name, _, annotation = head.partition(":")
        if everything or (name.strip() not in {"self", "cls", "*", "/"}):
            found.append(
                (name.strip() if everything else name.strip().lstrip("*"), annotation.strip(), default.strip())
            )
    return found


def _kind(name: str, default: str) -> str:
    if name.startswith("*"):
        return "object"
    if default in {"True", "False"}:
        return "bool"
    if default[:1] in {'"', "'"}:
        return "str"
    if re.fullmatch(r"-?\d+", default):
        return "int"
    if re.fullmatch(r"-?\d*\.\d+", default):
        return "float"
    kind = HOLDS.get(name) or ("bool" if name.startswith(("is_", "has_")) else "object")
    return f"{kind} | None" if default == "None" else kind


def _result(name: str, body: str) -> str:
    given = re.findall(r"^[ \t]*return[ \t]+(\S[^\n]*)", body, re.MULTILINE)
    if not given:
        return "object" if re.search(r"\byield\b", body) else "None"
    if name.startswith(("is_", "has_", "can_")) or all(
        re.fullmatch(r"True|False|not .*|.* [=!]= .*", g) for g in given
    ):
        return "bool"
    if all(re.match(r"f?[\"']", g) for g in given):
        return "str"
    if all(re.fullmatch(r"len\(.*\)|-?\d+", g) for g in given):
        return "int"
    if all(re.fullmatch(r"[\w.]+ [-+*/] [\w.]+|sum\(.*\)", g) for g in given):
        return "float"
    return "object"


def _words(name: str) -> str:
    return " ".join(name.strip("_").split("_"))


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}."


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
