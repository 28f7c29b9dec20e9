"""How the account API words failures: programs compare the texts, so they are the reference's (spec 3, 4, 6)."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, assert_never

from lsp_codex.auth.browser import NO_CODE, NOT_ENTITLED
from lsp_codex.auth.login import Method
from lsp_codex.errors import SignInFailed, SignInFailure
from lsp_codex.restriction import NO_METHOD, NOBODY

if TYPE_CHECKING:
    from lsp_codex.restriction import Restriction

EXTERNAL_ACTIVE = (
    "External auth is active. Use account/login/start (chatgptAuthTokens) to update it or account/logout to clear it."
)
DEVICE_OFF = "device code login is not enabled for this Codex server. Use the browser login or verify the server URL."
NEEDS_CHATGPT = "chatgpt authentication required to read rate limits"
NEEDS_LOGIN = "codex account authentication required to read rate limits"


def ended(failure: SignInFailed, method: Method, restriction: Restriction) -> str:
    """The ``error`` of ``account/login/completed`` for an attempt that went the way ``method``."""
    if failure.reason is SignInFailure.TIMED_OUT:
        return "Login timed out" if method is Method.BROWSER else "device auth timed out after 15 minutes"
    text = _ended(failure, method, restriction)
    return f"Login server error: {text}" if method is Method.BROWSER else text


def _ended(failure: SignInFailed, method: Method, restriction: Restriction) -> str:
    match failure.reason:
        case SignInFailure.CANCELLED | SignInFailure.REPLACED:
            return "Login was not completed"
        case SignInFailure.TAKEN_OVER:
            return "Login cancelled"
        case SignInFailure.NOT_SAVED:
            return "Sign-in completed but credentials could not be saved locally."
        case SignInFailure.RESTRICTED if restriction.workspaces:
            return f"Login is restricted to workspace id(s) {', '.join(restriction.workspaces)}."
        case SignInFailure.DENIED if method is Method.BROWSER:
            return _denied(failure.detail)
        case SignInFailure.EXCHANGE | SignInFailure.UNREACHABLE:
            return _exchange(failure, method)
        case _:
            return str(failure)


def _denied(detail: str) -> str:
    match detail:
        case _ if detail == NOT_ENTITLED:
            return f"{NOT_ENTITLED}."
        case _ if detail == NO_CODE:
            return "Missing authorization code. Sign-in could not be completed."
        case _:
            return f"Sign-in failed: {detail}"


def _exchange(failure: SignInFailed, method: Method) -> str:
    """Without what the service wrote: only its status."""
    if method is Method.DEVICE_CODE and failure.status:
        return f"device auth failed with status {status(failure.status)}"
    if failure.status:
        return f"Token exchange failed: token endpoint returned status {status(failure.status)}"
    if failure.reason is SignInFailure.EXCHANGE:
        return "Token exchange failed: OAuth token response is invalid"
    return f"Token exchange failed: {failure.detail}"


def status(number: int) -> str:
    """A status as HTTP writes it: ``500 Internal Server Error``."""
    try:
        return f"{number} {HTTPStatus(number).phrase}"
    except ValueError:
        return str(number)


def barred(variant: str, restriction: Restriction) -> str | None:
    """Why a login of this ``variant`` is refused before it begins; ``None`` if it is not. Unreadable settings bar."""
    if restriction.workspaces == NOBODY or restriction.method == NO_METHOD:
        return f"Login is disabled: {restriction.bars_chatgpt()}."
    match variant, restriction.method:
        case "apiKey", "chatgpt":
            return "API key login is disabled. Use ChatGPT login instead."
        case "amazonBedrock" | "amazonBedrockAccessKeys", "chatgpt":
            return "Amazon Bedrock login is disabled. Use ChatGPT login instead."
        case "chatgpt" | "chatgptDeviceCode", "api":
            return "ChatGPT login is disabled. Use API key login instead."
        case "chatgptAuthTokens", "api":
            return "External ChatGPT auth is disabled. Use API key login instead."
        case _:
            return None


def other_workspace(given: str, restriction: Restriction) -> str | None:
    """Why tokens for the workspace ``given`` are refused; ``None`` if they are not."""
    if restriction.workspaces is None or given in restriction.workspaces:
        return None
    allowed = ", ".join(f'"{each}"' for each in restriction.workspaces)
    return f'External auth must use one of workspace(s) [{allowed}], but received "{given}".'


def not_started(failure: SignInFailed) -> tuple[bool, str]:
    """For a login that did not begin: whether the request or the state is at fault, and the text."""
    match failure.reason:
        case SignInFailure.EXTERNAL:
            return True, EXTERNAL_ACTIVE
        case SignInFailure.DEVICE_CODE_OFF:
            return True, DEVICE_OFF
        case SignInFailure.PORT_BUSY:
            return False, f"failed to start login server: {failure.detail}"
        case SignInFailure.NOT_SAVED:
            return False, f"failed to save api key: {failure.detail}"
        case SignInFailure.EXCHANGE | SignInFailure.UNREACHABLE if failure.status:
            what = f"device code request failed with status {status(failure.status)}"
            return False, f"failed to request device code: {what}"
        case SignInFailure.EXCHANGE | SignInFailure.UNREACHABLE:
            return False, f"failed to request device code: {failure.detail}"
        case SignInFailure.RESTRICTED | SignInFailure.BAD_API_KEY:
            return True, failure.for_person()
        case (
            SignInFailure.DENIED
            | SignInFailure.TIMED_OUT
            | SignInFailure.CANCELLED
            | SignInFailure.TAKEN_OVER
            | SignInFailure.REPLACED
            | SignInFailure.WRONG_STATE
            | SignInFailure.NOT_RUNNING
        ):
            return False, str(failure)
        case _:
            assert_never(failure.reason)
