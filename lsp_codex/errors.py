"""The one exception tree; every error says to a person what happened and what to do, and holds no secret.

LspCodexError
├── Unanswered                  a question could not be put, or got no answer
├── AuthError
│   ├── SignInRequired          nothing to authenticate with
│   ├── SignInFailed            one attempt ended: denied, timed out, cancelled, port busy, …
│   ├── CredentialsRejected     the issuer refused for good: expired, reused, revoked, other account
│   ├── NotRevoked              signed out here, but the sign-in service was not told
│   ├── RefreshFailed           the program that lends its tokens gave no new ones
│   └── StoreError              the credential store or its lock
│       ├── Garbled             what the store holds is not what it should be
│       └── KeyringFailed       no keyring, or one that does not answer, refuses or forgets
├── CompletionPaused            our own guard: so much of the plan, or of the hour, is used
└── BackendError
    ├── Unreachable             DNS, connect, TLS, proxy
    ├── Blocked                 something before the service refused, e.g. a Cloudflare challenge
    ├── TimedOut                no answer in time
    ├── Overloaded              429 without a limit, 5xx
    ├── UsageLimitReached       the plan's window is used up
    ├── PlanRefused             the plan or its budget does not cover the request
    ├── RegionRefused           the service is not offered where the request comes from
    ├── WorkspaceUnusable       the workspace says where its requests go, and it cannot be followed
    ├── RoutingFailed           what the workspace says of that is not known, or is no sense
    ├── RequestRefused          4xx: status and what the backend said
    │   ├── ModelUnavailable    the model is retired, not in the plan, or asks for a newer client
    │   └── ParameterRefused    a field of the request that the service does not take, by name
    ├── ResponseFailed          the stream said so
    └── Unreadable              not SSE, not JSON
        └── CutOff              the answer broke off
"""

from __future__ import annotations

from enum import Enum
from typing import ClassVar

from lsp_codex.advice import Advice
from lsp_codex.times import local_time, window


class LspCodexError(Exception):
    """Base of every error that we raise on purpose."""

    advice: ClassVar[Advice] = Advice.NOTHING
    retryable: ClassVar[bool] = False
    http_status: int | None = None  # of the answer that says so

    def for_person(self) -> str:
        """One or two sentences: what happened, what to do."""
        what = str(self) or (type(self).__doc__ or "").partition("\n")[0]
        return f"{what.rstrip('.')}. {self._advise().value}".strip()

    def _advise(self) -> Advice:
        return self.advice


class Unanswered(LspCodexError):
    """A question could not be put, or got no answer; ``why`` is the sentence for a person."""

    def __init__(self, why: str, advice: Advice) -> None:
        super().__init__(why)
        self._advice = advice

    def _advise(self) -> Advice:
        return self._advice


class AuthError(LspCodexError):
    """Anything about who the user is."""


class SignInRequired(AuthError):
    """There is nothing to authenticate with."""

    advice = Advice.SIGN_IN

    def __init__(self, why: str = "") -> None:
        super().__init__(f"You are not signed in to Codex: {why}" if why else "You are not signed in to Codex")


class SignInFailure(Enum):
    """Why one sign-in attempt ended without tokens; the value is the sentence for a person."""

    DENIED = "The sign-in was declined"
    TIMED_OUT = "Nobody finished the sign-in in the browser in time"
    CANCELLED = "The sign-in was cancelled"
    TAKEN_OVER = "Another Codex program took over the sign-in"
    REPLACED = "The sign-in was started anew in another way"
    PORT_BUSY = "The sign-in needs port 1455 or 1457 of this machine, and neither can be used"
    DEVICE_CODE_OFF = "Signing in with a device code is switched off for your account"
    WRONG_STATE = "The address belongs to another sign-in"
    NOT_RUNNING = "No sign-in is running that waits for an address"
    RESTRICTED = "This sign-in is not allowed here"
    BAD_API_KEY = "The API key cannot be used"
    EXCHANGE = "The sign-in service did not accept the authorization code"
    UNREACHABLE = "The sign-in service could not be reached"
    EXTERNAL = "Another program has signed you in here and keeps the login"
    NOT_SAVED = "You are signed in for this session, but the credentials could not be saved"


class SignInFailed(AuthError):
    """One attempt, or one step of it, ended without a login; ``status`` is that of the service's answer, or 0."""

    advice = Advice.SIGN_IN

    def __init__(self, reason: SignInFailure, detail: str = "", *, status: int = 0) -> None:
        super().__init__(f"{reason.value}: {detail}" if detail else reason.value)
        self.reason = reason
        self.detail = detail
        self.status = status

    def _advise(self) -> Advice:
        match self.reason:
            case SignInFailure.UNREACHABLE:
                return Advice.CHECK_NETWORK
            case SignInFailure.NOT_SAVED:
                return Advice.CHANGE_SETTING
            case SignInFailure.PORT_BUSY:
                return Advice.OTHER_WAYS
            case SignInFailure.DEVICE_CODE_OFF:
                return Advice.NO_DEVICE_CODE
            case SignInFailure.WRONG_STATE:
                return Advice.PASTE_AGAIN
            case SignInFailure.RESTRICTED:
                return Advice.AS_ALLOWED
            case SignInFailure.EXTERNAL:
                return Advice.SIGN_OUT_FIRST
            case SignInFailure.BAD_API_KEY:
                return Advice.COPY_KEY
            case _:
                return self.advice


class Rejection(Enum):
    """Why the issuer will never renew this login again; the value is the sentence for a person."""

    EXPIRED = "Your Codex sign-in has expired"
    REUSED = "Your Codex sign-in was already renewed by another program"
    REVOKED = "Your Codex sign-in was revoked"
    ACCOUNT_CHANGED = "Another account was signed in meanwhile"
    REFUSED = "Your Codex sign-in is no longer accepted"
    KEY = "Your API key is not accepted"


class CredentialsRejected(AuthError):
    """The login is dead for good; nothing is asked of the network until the user signs in again."""

    advice = Advice.SIGN_IN

    def __init__(self, reason: Rejection) -> None:
        super().__init__(reason.value)
        self.reason = reason


class RefreshFailed(AuthError):
    """The program that lends its tokens gave no usable new ones; those it lent before stay."""

    advice = Advice.ASK_PARENT


class NotRevoked(AuthError):
    """Signed out on this machine, but the sign-in service was not told."""

    advice = Advice.SIGN_OUT_THERE

    def __init__(self, why: str) -> None:
        super().__init__(f"Signed out here; the sign-in service could not be told ({why.rstrip('.')})")


class StoreError(AuthError):
    """The credential store could not be read, written or locked."""

    advice = Advice.CHANGE_SETTING

    def __init__(self, what: str) -> None:
        super().__init__(f"{what} (settings codex.auth.home and codex.auth.store)")


class Garbled(StoreError):
    """The store can be read, but what it holds is no login in the Codex CLI's form."""


class KeyringTrouble(Enum):
    """Why the keyring is of no use; the value is the sentence for a person."""

    ABSENT = "This machine offers no keyring"
    SILENT = "The keyring does not answer; perhaps it waits for you to unlock it"
    LOCKED = "The keyring is locked"
    REFUSED = "The keyring refused"
    FORGETFUL = "The keyring does not keep what it is given"


class KeyringFailed(StoreError):
    """The system's keyring could not be used; the message names the setting for a file instead."""

    def __init__(self, reason: KeyringTrouble, detail: str = "") -> None:
        said = f"{reason.value} ({detail})" if detail else reason.value
        AuthError.__init__(self, f'{said}; with the setting codex.auth.store = "file" no keyring is needed')
        self.reason = reason


class CompletionPaused(LspCodexError):
    """Automatic ghost text pauses, so that it does not eat up the plan; ``until`` is Unix seconds."""

    advice = Advice.CHANGE_SETTING

    def __init__(self, why: str, until: float | None = None) -> None:
        when = f" until {local:%d %B, %H:%M}" if until and (local := local_time(until)) else ""
        super().__init__(f"Ghost text while typing pauses{when}, by hand it still works: {why}")
        self.until = until


class BackendError(LspCodexError):
    """Anything between us and the service; ``request_id`` is the service's own, for a report."""

    request_id: str | None = None


class Unreachable(BackendError):
    """No connection: name resolution, connect, TLS or proxy."""

    advice = Advice.CHECK_NETWORK
    retryable = True


class Blocked(BackendError):
    """Something between us and the service refused, e.g. a Cloudflare challenge; the login is not at fault."""

    advice = Advice.CHECK_NETWORK

    def __init__(self) -> None:
        super().__init__("The request was blocked before reaching OpenAI's API")


class TimedOut(BackendError):
    """The service did not answer in time."""

    advice = Advice.WAIT
    retryable = True


class Overloaded(BackendError):
    """The service asks for patience: 429 without a usage limit, or 5xx; ``retry_after`` is in seconds.

    ``status`` is 0 if a stream said so.
    """

    advice = Advice.WAIT
    retryable = True

    def __init__(self, what: str, retry_after: float | None = None, status: int = 0) -> None:
        super().__init__(what)
        self.retry_after = retry_after
        self.status = status


class UsageLimitReached(BackendError):
    """The plan's usage limit is reached; ``resets_at`` is Unix seconds, ``minutes`` the length of the window.

    ``of`` names a limit of its own, e.g. of one model; ``why`` replaces the sentence where the service has said more.
    """

    def __init__(
        self,
        plan: str | None = None,
        resets_at: float | None = None,
        *,
        minutes: float | None = None,
        of: str | None = None,
        why: str | None = None,
    ) -> None:
        local = None if resets_at is None else local_time(resets_at)
        until = f"; it resets on {local:%d %B at %H:%M}" if local else ""
        whose = f"for {of}" if of else f"of your ChatGPT plan{f' ({plan})' if plan else ''}"
        what = why or f"The {window(minutes)}usage limit {whose} is reached"
        super().__init__(f"{what.rstrip('.')}{until}")
        self.plan = plan
        self.resets_at = resets_at
        self.minutes = minutes
        self.of = of

    def _advise(self) -> Advice:
        if self.of:
            return Advice.OTHER_MODEL
        return Advice.ASK_ADMIN if (self.plan or "").startswith(MANAGED_PLANS) else Advice.SEE_USAGE


class PlanRefused(BackendError):
    """The plan, or its budget, does not cover the request; the text says which."""


class RegionRefused(BackendError):
    """OpenAI does not offer Codex in the country or region that the request comes from."""

    advice = Advice.CHECK_NETWORK


class WorkspaceUnusable(BackendError):
    """The workspace demands that its requests take a certain way, and that way cannot be taken."""

    advice = Advice.REPORT

    def __init__(self, why: str) -> None:
        super().__init__(
            f"Your ChatGPT workspace says where its requests must go, and that cannot be followed: {why}"
        )


class RoutingFailed(BackendError):
    """What the workspace says of the way of its requests is not known; ``final``: asking again does not help."""

    advice = Advice.WAIT

    def __init__(self, what: str, *, final: bool = False) -> None:
        super().__init__(what)
        self.final = final


class RequestRefused(BackendError):
    """The service refused the request itself; ``code`` is the service's own word for it."""

    advice = Advice.REPORT

    def __init__(self, status: int, detail: str, code: str | None = None, *, what: str | None = None) -> None:
        super().__init__(what or f"The Codex backend refused the request ({status}): {detail}")
        self.status = status
        self.code = code
        self.detail = detail


class ModelUnavailable(RequestRefused):
    """The model is retired, not in the plan, or asks for a newer client; the detail says which."""

    advice = Advice.OTHER_MODEL


class ParameterRefused(RequestRefused):
    """A field of the request, or its value, is one that the service does not take; ``parameter`` names it."""

    def __init__(self, status: int, detail: str, code: str | None, parameter: str) -> None:
        what = f"The Codex backend does not take the parameter {parameter} as this version sends it: {detail}"
        super().__init__(status, detail, code, what=what)
        self.parameter = parameter


class ResponseFailed(BackendError):
    """The answer began and then said that it failed or is incomplete."""

    advice = Advice.REPORT

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(
            f"The Codex backend could not finish its answer ({code})" + (f": {detail}" if detail else "")
        )
        self.code = code


class Unreadable(BackendError):
    """The answer is not what the protocol says."""

    advice = Advice.REPORT


class CutOff(Unreadable):
    """The answer broke off before its end."""

    retryable = True

    def __init__(self) -> None:
        super().__init__("The Codex backend's answer was cut off")


MANAGED_PLANS = ("team", "business", "self_serve_business", "enterprise", "ent", "edu")
"""How the names of plans begin whose limits somebody else sets (spec/account-api.md 2)."""
