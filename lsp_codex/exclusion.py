"""Exclusion: which documents never leave this machine: patterns in gitignore syntax, where they hold, what they say.

Pure; the one place that knows gitignore syntax, and the only one that imports ``pathspec``, all of it by one name, so
that Python makes a second thread wait: of two threads that import different parts at once, one may get half.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, assert_never
from urllib.parse import unquote

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

DEFAULT = (
    ".env*", "*.env", ".dev.vars", ".vault-token",
    "*.pem", "*.key", "*.p12", "*.pfx", "*.p8", "*.jks", "*.keystore", "*.kdbx", "*.ppk",
    "*.crt", "*.cer", "*.der", "*.gpg", "*.pgp", "*.ovpn",
    "id_rsa*", "id_dsa*", "id_ecdsa*", "id_ed25519*", ".ssh/", ".gnupg/",
    ".netrc", "_netrc", ".pgpass", ".my.cnf", ".npmrc", ".pypirc", ".git-credentials", ".htpasswd",
    "credentials", "credentials.json", "credentials.toml", "auth.json",
    "credentials.y*ml",
    "secrets.json", "secrets.y*ml", "secrets.toml", "client_secret*.json", "service-account*.json",
    ".aws/", ".azure/", ".kube/", "**/.docker/config.json", "*.tfvars", "*.tfstate",
)  # fmt: skip
"""Keys, certificates, environments and credential files; what the user names comes after them."""


_ATOM = r"(?:\\.|\[\^?\]?(?:\\.|[^\]\\])*\](?!\*)|[^/\\()\[\]|^$*+?])"
_STARS = re.compile(r"(?:\[\^/\]\*){2,}")
_STAR = re.compile(rf"\[\^/\]\*({_ATOM}+)(?=\[\^/\]\*)")
_FOLDERS = re.compile(r"(\^\(\?:\.\+/\)\?|\(\?:/\.\+\)\?/)((?:(?!\(\?:).)+)(?=\(\?:/\.\+\)\?/)")


class Reach(Enum):
    """What of a path a pattern speaks about."""

    ANY = "every file and folder"
    FOLDER = "every folder"
    WITHIN = "what lies in the folder that it names, and not the folder"
    WITHIN_FOLDER = "the folders that lie in the one it names"
    EXACT = "what it names"


@dataclass(frozen=True, slots=True)
class Pattern:
    """One line: ``exclude`` is False for one that takes back, ``regex`` is pathspec's for what it names."""

    exclude: bool
    reach: Reach
    regex: re.Pattern[str]

    def names(self, path: str, *, folder: bool) -> bool:
        """Whether it is about this file or folder itself, and not only about a folder that it lies in."""
        match self.reach:
            case Reach.ANY:
                return True
            case Reach.FOLDER:
                return folder
            case Reach.WITHIN | Reach.WITHIN_FOLDER:
                found = self.regex.match(path)
                within = found is not None and found.end() < len(path)
                return within and (folder or self.reach is Reach.WITHIN)
            case Reach.EXACT:
                whole = self.regex.fullmatch
                return bool(whole(path) or (folder and whole(path + "/")))
            case other:
                assert_never(other)


@dataclass(frozen=True, slots=True)
class Rules:
    """Patterns that hold below the folder ``base``, its parts from the root; ``origin`` is their name for people.

    Of rules with the same ``kind``, those further down have the last word, as with git. ``folded`` patterns do not
    tell upper from lower case.
    """

    kind: str
    origin: str
    base: tuple[str, ...]
    patterns: tuple[Pattern, ...]
    folded: bool = False

    def say(self, parts: Sequence[str], *, folder: bool) -> bool | None:
        """Whether the path is excluded or taken back by these patterns alone; None if they say nothing about it."""
        if tuple(parts[: len(self.base)]) != self.base or len(parts) <= len(self.base):
            return None
        path = "/".join(parts[len(self.base) :])
        path = folded(path) if self.folded else path
        last = (each.exclude for each in reversed(self.patterns) if each.names(path, folder=folder))
        return next(last, None)


def check(lines: Iterable[str]) -> None:
    """Raises ``ValueError`` if one of ``lines`` is no pattern."""
    for line in lines:
        _read(line)


def rules(
    lines: Iterable[str], kind: str, origin: str, base: tuple[str, ...] = (), *, fold: bool = False
) -> Rules | None:
    """The rules of ``lines``; a line that is no pattern is passed over, as git does. None if nothing is left."""
    made = tuple(each for line in lines if (each := _pattern(folded(line) if fold else line)))
    return Rules(kind, origin, base, made, fold) if made else None


def _pattern(line: str) -> Pattern | None:
    try:
        return _read(line)
    except ValueError:
        return None


def _read(line: str) -> Pattern | None:
    """The pattern of a line; None for a comment or a blank one. Raises ``ValueError`` if it is no pattern."""
    # pathspec translates the globs. How a folder takes along what is in it, and what takes it back, is ours: its
    # own regular expressions match what lies below, so that "!a*" would take "a/b" back from "b".
    import pathspec  # 36 ms, not on the way to ``initialize``

    try:
        made = pathspec.patterns.gitignore.basic.GitIgnoreBasicPattern(line)
    except re.error as error:
        raise ValueError(str(error)) from None
    if made.include is None or made.regex is None:
        return None
    text = line.rstrip()
    if made.regex.pattern == "/" and text.endswith("/**/") and "*" in text.split("/"):
        # To pathspec that is every folder; to git it is not the outermost ones.
        return Pattern(made.include, Reach.WITHIN_FOLDER, re.compile("[^/]+"))
    if made.regex.pattern in {".", "/"}:
        reach = Reach.ANY if made.regex.pattern == "." else Reach.FOLDER
    elif text.endswith("/**"):
        reach = Reach.WITHIN
    else:
        reach = Reach.WITHIN_FOLDER if text.endswith("/**/") else Reach.EXACT
    return Pattern(made.include, reach, linear(made.regex))


def linear(regex: re.Pattern[str]) -> re.Pattern[str]:
    """``regex``, which pathspec has made, such that it takes no more than the square of a path's length to say no.

    A project's ignore file is a stranger's: ``*a*a*a*a*a*a*a*ab`` would take half a minute for a name of 60 letters,
    and all of Python waits for it. What stands between two stars may be taken where it comes first, once and for all:
    whatever fits later fits behind that too. The same holds for what stands between two ``**``.
    """
    text = _STAR.sub(r"(?>[^/]*?\1)", _STARS.sub("[^/]*", regex.pattern))
    text = _FOLDERS.sub(_first, text)
    return regex if text == regex.pattern else re.compile(text, regex.flags)


def _first(found: re.Match[str]) -> str:
    return f"^(?>(?:.+?/)??{found[2]}(?=/))" if found[1][0] == "^" else f"(?>(?:/.+?)??/{found[2]}(?=/))"


def excluded_by(parts: Sequence[str], every: Sequence[Rules]) -> str | None:
    """The origin of the rules that exclude the path with these parts, or None; a folder takes all in it along."""
    kinds: dict[str, list[Rules]] = {}
    for each in sorted(every, key=lambda each: -len(each.base)):
        kinds.setdefault(each.kind, []).append(each)
    for depth in range(1, len(parts) + 1):
        for group in kinds.values():
            said = ((each, each.say(parts[:depth], folder=depth < len(parts))) for each in group)
            last_word = next(((each, word) for each, word in said if word is not None), None)
            if last_word and last_word[1]:
                return last_word[0].origin
    return None


def path_parts(uri: str) -> tuple[str, ...]:
    """The parts of the path in ``uri``, or of a path, in NFC; ``.`` and ``..`` are resolved, a drive is the first."""
    import unicodedata  # 1 MB, not for ``initialize``

    return tuple(unicodedata.normalize("NFC", part) for part in path_of(uri)[1])


def path_of(uri: str) -> tuple[bool, tuple[str, ...]]:
    """Whether the path in ``uri`` is absolute, and its parts as they are; whatever the scheme."""
    scheme, colon, rest = uri.partition(":")
    if colon and scheme.isascii() and scheme.replace("-", "").replace("+", "").replace(".", "").isalnum():
        rest = unquote(rest.partition("?")[0].partition("#")[0], errors="surrogateescape")
    else:
        rest = uri
    if rest.startswith("//"):
        rest = "/" + rest[2:].partition("/")[2]
    parts: list[str] = []
    for part in rest.replace("\\", "/").split("/"):
        if part == "..":
            del parts[-1:]
        elif part not in {"", "."}:
            parts.append(part)
    return rest.startswith("/"), tuple(parts)


def folded(text: str) -> str:
    """``text`` without the difference between upper and lower case."""
    return text.lower()
