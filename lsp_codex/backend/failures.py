"""What went wrong, as our errors: one table by code, one by status, one of httpx2's exceptions; none elsewhere.

Sources: spec/backend.md 1.7 and 3.2 (statuses), 2.4 (codes in the stream), 3.4 (429).
"""

from __future__ import annotations

import asyncio
import json
import re
from contextlib import asynccontextmanager
from datetime import UTC
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from lsp_codex import errors
from lsp_codex.backend import limits
from lsp_codex.backend.events import ErrorSeen, Failed, Incomplete

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

LONGEST_DETAIL = 400
LONGEST_NAME = 100
"""Characters of what is one word when the service is well: a code, a plan, a parameter."""

# What the service says of a model that this account, or this version, cannot use (spec/backend.md 1.7).
_NO_SUCH_MODEL = re.compile(
    r"model is not supported when using Codex|requires a newer version of Codex|model `?[^`]*`? does not exist"
)
_PARAMETER = re.compile(
    r"\b[Uu]n(?:supported|known|recognized) (?:parameter|request argument supplied):\s*'?([\w.\[\]-]+)'?"
)

_TRY_AGAIN = re.compile(r"try again in (\d+(?:\.\d+)?)\s*(ms|s)", re.IGNORECASE)


class Said(NamedTuple):
    """What the backend said about a failure; ``retry_after`` in seconds, ``status`` 0 if said in a stream."""

    code: str
    message: str
    status: int = 0
    plan: str | None = None
    resets_at: float | None = None
    retry_after: float | None = None
    param: str | None = None
    window: float | None = None
    limit: str | None = None
    reached: str | None = None
    promotion: str | None = None


def from_event(event: Failed | Incomplete | ErrorSeen) -> errors.BackendError:
    """The error for the event that ended a stream (spec/backend.md 2.4)."""
    if isinstance(event, Incomplete):
        return errors.ResponseFailed("incomplete", _short(event.reason))
    found = _TRY_AGAIN.search(event.message)
    wait = float(found[1]) / (1000 if found[2].lower() == "ms" else 1) if found else None
    plan, resets_at = (event.plan, event.resets_at) if isinstance(event, Failed) else (None, None)
    plan = _short(plan, LONGEST_NAME) if plan else None
    said = Said(
        _short(event.code, LONGEST_NAME), _short(event.message), plan=plan, resets_at=resets_at, retry_after=wait
    )
    return _by_code(said) or errors.ResponseFailed(said.code, _EXPLAINED.get(said.code) or said.message)


def from_answer(status: int, headers: Mapping[str, str], body: bytes, now: float) -> errors.LspCodexError:
    """The error for an answer that is not 200; ``now`` is Unix seconds, for a Retry-After that is a date."""
    if _blocked(status, headers, body):
        error: errors.LspCodexError = errors.Blocked()
    elif status == 401:
        # Only a second 401 gets here: BearerAuth has renewed the credential in between.
        error = errors.CredentialsRejected(errors.Rejection.REFUSED)
    else:
        said = _read(status, headers, body, now)
        error = _by_code(said) or _by_status(said)
    if isinstance(error, errors.BackendError):
        error.request_id = request_id(headers)
    return error


def request_id(headers: Mapping[str, str]) -> str | None:
    """The service's own name for the request, for a report (spec/backend.md 1.6)."""
    found = headers.get("x-request-id") or headers.get("x-oai-request-id") or headers.get("cf-ray") or ""
    return _short(found, LONGEST_NAME) or None


def retry_after(value: str, now: float) -> float | None:
    """Seconds to wait, from the header Retry-After: a number of seconds, or an HTTP date."""
    seconds = limits.number(value)
    if seconds is None:
        from email.utils import parsedate_to_datetime  # 10 ms, for a rare header

        try:
            date = parsedate_to_datetime(value)
        except (ValueError, OverflowError):
            return None
        seconds = (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp() - now
    return max(0.0, seconds)


@asynccontextmanager
async def guarded(seconds: float, who: str = "The Codex backend") -> AsyncIterator[None]:
    """Inside, httpx2's exceptions become ours, and after ``seconds`` without an end there is ``TimedOut``.

    ``who`` is the service that is asked, at the beginning of a sentence.
    """
    import httpx2  # 55 ms

    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError as error:
        raise errors.TimedOut(f"{who} was silent for {seconds:g} seconds") from error
    except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.ProxyError, httpx2.UnsupportedProtocol) as error:
        raise errors.Unreachable(f"{who} cannot be reached: {_why(error)}") from error
    except httpx2.TimeoutException as error:
        raise errors.TimedOut(f"{who} did not take the request in time") from error
    except httpx2.NetworkError as error:
        raise errors.Unreachable(f"The connection to the Codex backend broke: {_why(error)}") from error
    except httpx2.RemoteProtocolError as error:
        raise errors.CutOff from error
    except (httpx2.LocalProtocolError, UnicodeEncodeError):
        # Their text quotes the header that cannot be sent, which may be the token.
        raise errors.Unreadable("The request to the Codex backend cannot be written as HTTP") from None
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        raise errors.Unreadable(f"The Codex backend's answer cannot be read: {_why(error)}") from error


# Codes whose own message says nothing that helps here.
_EXPLAINED = MappingProxyType(
    {"context_length_exceeded": "what was sent is longer than the model can take at once; choose another model"}
)

# Where the service has its own sentence for whose limit it is (spec/backend.md 3.4, header rate-limit-reached-type).
_WORKSPACE_LIMITS = MappingProxyType(
    {
        "workspace_owner_credits_depleted": "Your workspace is out of credits; add some to go on",
        "workspace_member_credits_depleted": "Your workspace is out of credits; ask an owner to add some",
        "workspace_owner_usage_limit_reached": "Your workspace has reached its spend cap; raise it to go on",
        "workspace_member_usage_limit_reached": (
            "You have reached the spend cap that an owner of your workspace has set; ask for a higher one"
        ),
    }
)


def _by_code(said: Said) -> errors.BackendError | None:
    match said.code:
        case "usage_limit_reached":
            why = _WORKSPACE_LIMITS.get(said.reached or "")
            if why is None and said.promotion:
                why = f"Your usage limit is reached. {said.promotion}"
            return errors.UsageLimitReached(said.plan, said.resets_at, minutes=said.window, of=said.limit, why=why)
        case "usage_not_included":
            return errors.PlanRefused(
                "Your ChatGPT plan does not include Codex; see https://chatgpt.com/explore/plus"
            )
        case "insufficient_quota" | "credit_balance_exhausted":
            return errors.PlanRefused("The quota of your account is used up; check its plan and billing")
        case "organization_spend_limit_exceeded" | "project_spend_limit_exceeded":
            return errors.PlanRefused("The spend limit of your organisation or project is reached")
        case "deactivated_workspace":
            return errors.PlanRefused("Your ChatGPT workspace is deactivated; ask its administrator, or sign in anew")
        case "unsupported_country_region_territory":
            return errors.RegionRefused(
                "OpenAI does not offer this in the country or region that your requests come from"
            )
        case "server_is_overloaded":
            return errors.Overloaded("The model is at capacity", said.retry_after, said.status)
        case "rate_limit_exceeded" | "slow_down":
            return errors.Overloaded("The Codex backend asks to slow down", said.retry_after, said.status)
        case _:
            return None


def _by_status(said: Said) -> errors.BackendError:
    if 300 <= said.status < 400:
        # Never followed. Not the service's own: it has no such answers.
        where = "it sends us elsewhere, as a sign-in page of the network does, or a wrong address in the settings"
        return errors.RequestRefused(said.status, where)
    if said.status == 429:
        return errors.Overloaded("The Codex backend asks to slow down", said.retry_after, said.status)
    if said.status >= 500:
        what = f"The Codex backend is in trouble ({said.status}{f': {said.message}' if said.message else ''})"
        return errors.Overloaded(what, said.retry_after, said.status)
    detail, code = said.message or "it gave no reason", said.code or None
    if said.code == "model_not_found" or _NO_SUCH_MODEL.search(said.message):
        return errors.ModelUnavailable(said.status, detail, code)
    named = _PARAMETER.search(said.message)
    if name := named[1] if named else said.param:
        return errors.ParameterRefused(said.status, detail, code, name)
    return errors.RequestRefused(said.status, detail, code)


def _blocked(status: int, headers: Mapping[str, str], body: bytes) -> bool:
    # OpenAI's API answers in JSON: a 403 page in HTML comes from what stands before it (spec/backend.md 3.2).
    html = headers.get("content-type", "").startswith("text/html") or body.lstrip()[:1] == b"<"
    return "cf-mitigated" in headers or (status == 403 and html)


def _read(status: int, headers: Mapping[str, str], body: bytes, now: float) -> Said:
    error, message = _error_object(body)
    wait = retry_after(headers["retry-after"], now) if "retry-after" in headers else None
    plan = _text(error.get("plan_type")) or headers.get("x-codex-plan-type")
    family = _short(headers.get("x-codex-active-limit", limits.MAIN)).replace("_", "-")
    seen = limits.from_headers(headers, family) or limits.from_headers(headers)
    windows = (seen.primary, seen.secondary) if seen else ()
    full = max(
        (window for window in windows if window and window.used_percent >= 100),
        key=lambda window: window.resets_at or 0,
        default=None,
    )
    return Said(
        code=_short(_text(error.get("code")) or _text(error.get("type")), LONGEST_NAME),
        message=message,
        status=status,
        plan=_short(plan, LONGEST_NAME) if plan else None,
        resets_at=_reset(error, now, full),
        retry_after=wait,
        param=_short(_text(error.get("param")), LONGEST_NAME) or None,
        window=limits.number(error.get("limit_window_minutes")) or (full.minutes if full else None),
        limit=_short(seen.name) if seen and seen.name and seen.limit_id != limits.MAIN else None,
        reached=headers.get("x-codex-rate-limit-reached-type"),
        promotion=_short(headers.get("x-codex-promo-message", "")),
    )


def _reset(error: Mapping[str, object], now: float, full: limits.Window | None) -> float | None:
    """When a usage limit ends: as the body says it, in either form, else as the full window in the headers does."""
    at, after = limits.number(error.get("resets_at")), limits.number(error.get("resets_in_seconds"))
    if at is not None or after is not None:
        return at if at is not None else now + (after or 0)
    return full.resets_at if full else None


def _error_object(body: bytes) -> tuple[Mapping[str, object], str]:
    """The ``error`` object and the message, from ``{"detail"}``, ``{"error"}``, a wrapped one, or plain text."""
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        text = body.decode("utf-8", "replace").strip()
        return {}, "" if text.startswith("<") else _short(text)
    if not isinstance(answer, dict):
        return {}, ""
    error = answer.get("error")
    if isinstance(error, str):
        return {}, _short(error)
    table = error if isinstance(error, dict) else answer
    detail = answer.get("detail")
    if isinstance(detail, dict):
        table = detail
    message = _text(table.get("message")) or _text(detail)
    if not message and detail:
        message = json.dumps(detail)
    return table, _short(message)


def _why(error: Exception) -> str:
    return _short(str(error)) or type(error).__name__


def _short(text: str, longest: int = LONGEST_DETAIL) -> str:
    """One line of printable characters, not longer than a person reads in a message."""
    # What is much longer is cut first: an event may have 16 MB, and nothing else runs meanwhile.
    line = " ".join("".join(c if c.isprintable() else " " for c in text[: 8 * longest]).split())
    return line if len(line) <= longest else line[: longest - 1] + "…"


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
