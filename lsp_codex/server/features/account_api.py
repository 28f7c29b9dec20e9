"""The account API of ``codex app-server`` over this connection, a handler for each method."""

from __future__ import annotations

import logging
from functools import wraps
from typing import TYPE_CHECKING, Any, assert_never

from lsp_codex.auth.login import Method
from lsp_codex.auth.state import External, Failed, SignedIn, SignedOut
from lsp_codex.auth.tokens import ApiKey
from lsp_codex.backend import models as catalogue
from lsp_codex.backend import routing
from lsp_codex.errors import LspCodexError, RefreshFailed, RoutingFailed, SignInFailed, StoreError, Unreadable
from lsp_codex.server import account, api_answers, api_params, api_texts
from lsp_codex.server.errors import failed, invalid_request

if TYPE_CHECKING:
    from lsp_codex.server.handlers import Handler
    from lsp_codex.server.session import Session

log = logging.getLogger(__name__)

PROVIDER = "openai"


def in_turn(handler: Handler) -> Handler:
    """``handler``, called when those before it are answered; from then on the client gets the API's notifications."""

    @wraps(handler)
    async def call(session: Session, params: Any) -> object:
        if session.server.protocol.msg_id is None:
            return None  # a notification: nobody would hear what came of it, and the reference ignores them
        session.editor.speaks_account_api()
        await session.services()
        await session.account_turn.acquire()
        try:
            return await handler(session, params)
        except LspCodexError as error:  # whatever a handler has no text of the reference for
            raise failed(str(error)) from None
        finally:
            session.server.protocol.afterwards(session.account_turn.release)

    return call


@in_turn
async def read(session: Session, params: Any) -> object:
    """``account/read``: who is signed in; ``refreshToken`` renews a login that we hold, and changes no answer."""
    refresh = api_params.flag(api_params.fields(params), "refreshToken")
    services = await session.services()
    session.server.protocol.afterwards(session.greet)
    if isinstance(services.auth.state, SignedOut):
        await services.auth.load()  # somebody may have signed in elsewhere
    if refresh:
        try:
            await services.auth.refresh()
        except LspCodexError as error:
            log.info("not renewed: %s", error)
    found = None
    if isinstance(services.auth.state, SignedIn | External):
        try:
            found = await services.client.routing()
        except (RoutingFailed, RefreshFailed) as error:
            if isinstance(services.auth.state, SignedIn | External):
                raise failed(str(error)) from None
        except LspCodexError as error:
            if isinstance(services.auth.state, SignedIn | External):
                raise failed(str(routing.failed(error))) from None
    return api_answers.account(services.auth.state, found)


@in_turn
async def login_start(session: Session, params: Any) -> object:
    """``account/login/start``: what its ``type`` says, unless it is not permitted here."""
    asked = api_params.login(api_params.fields(params))
    if asked.type in api_params.EXPERIMENTAL and not session.editor.experimental:
        raise invalid_request(f"account/login/start.{asked.type} requires experimentalApi capability")
    if isinstance(session.state, External) and not isinstance(asked, api_params.Tokens):
        raise invalid_request(api_texts.EXTERNAL_ACTIVE)
    if (why := api_texts.barred(asked.type, session.restriction)) is not None:
        raise invalid_request(why)
    try:
        return {"type": asked.type, **await _started(session, asked)}
    except SignInFailed as failure:
        ours, text = api_texts.not_started(failure)
        raise (invalid_request(text) if ours else failed(text)) from None


async def _started(session: Session, asked: api_params.LoginParams) -> dict[str, object]:
    """Begin it; the rest of the answer. Raises ``SignInFailed``."""
    match asked:
        case api_params.Key(key=key):
            await account.sign_in_with_api_key(session, key, as_given=True)
            return {}
        case api_params.Browser():
            login = await account.begin(session, Method.BROWSER)
            return {"loginId": login.login_id, "authUrl": login.address}
        case api_params.DeviceCode():
            login = await account.begin(session, Method.DEVICE_CODE)
            shown = {"verificationUrl": login.address, "userCode": login.invitation.user_code}
            return {"loginId": login.login_id, **shown}
        case api_params.Tokens():
            await _lent(session, asked)
            return {}
        case api_params.Elsewhere():
            raise invalid_request("Amazon Bedrock login is not offered by this server.")
        case _:
            assert_never(asked)


async def _lent(session: Session, asked: api_params.Tokens) -> None:
    try:
        await account.use_external(session, asked.access_token, asked.account_id, asked.plan)
    except ValueError:
        raise failed("failed to set external auth: invalid ID token format") from None
    except SignInFailed:
        if (why := api_texts.other_workspace(asked.account_id, session.restriction)) is not None:
            raise invalid_request(why) from None
        raise


@in_turn
async def login_cancel(session: Session, params: Any) -> object:
    """``account/login/cancel``: end the attempt with this id, if it runs."""
    login_id = api_params.login_id(api_params.fields(params))
    cancelled = await account.cancel_sign_in(session, login_id)
    return {"status": "canceled" if cancelled else "notFound"}


@in_turn
async def logout(session: Session, params: Any) -> object:
    """``account/logout``: forget whatever login there is."""
    api_params.optional_fields(params)
    try:
        await account.sign_out(session)
    except StoreError as error:
        raise failed(f"logout failed: {error}") from None
    return {}


@in_turn
async def rate_limits_read(session: Session, params: Any) -> object:
    """``account/rateLimits/read``: how much of the plan is used, asked now; a 401 here renews nothing."""
    given = api_params.optional_fields(params)
    brief = api_params.flag(given, "excludeResetCreditDetails")
    api_params.flag(given, "supportsLunaReserve")
    services = await session.services()
    match services.auth.state:
        case SignedOut() | Failed():
            raise invalid_request(api_texts.NEEDS_LOGIN)
        case ApiKey():
            raise invalid_request(api_texts.NEEDS_CHATGPT)
        case _:
            pass
    try:
        usage = await services.client.usage(renewing=False)
        resets = None if brief else await services.client.reset_credits()
    except LspCodexError as error:
        raise failed(f"failed to fetch codex rate limits: {_why(error, services.client.usage_address)}") from None
    session.changed()
    return api_answers.limits(usage, resets, services.auth.state)


def _why(error: LspCodexError, url: str | None) -> str:
    """What failed, without what the service wrote."""
    if error.http_status == 200 or (isinstance(error, Unreadable) and error.http_status is None):
        return f"Decode error for {url}"
    if error.http_status is not None:
        return f"GET {url} failed: {api_texts.status(error.http_status)}"
    return str(error)


async def model_list(session: Session, params: Any) -> object:
    """``model/list``: the models of the account, page by page; those that we know of where nobody is signed in."""
    given = api_params.fields(params)
    cursor = api_params.optional_text(given, "cursor")
    limit = api_params.optional_number(given, "limit")
    hidden = api_params.flag(given, "includeHidden", nullable=True)
    provider = api_params.optional_text(given, "modelProvider")
    if provider not in (None, PROVIDER):
        said = {"type": "modelProviderNotConfigured", "modelProvider": provider}
        raise invalid_request(
            f"This chat uses model provider “{provider}”, which is no longer configured. Restore this provider’s "
            "configuration to continue.",
            said,
        )
    services = await session.services()
    try:
        found = await services.client.models()
    except LspCodexError as error:
        log.info("the list that we know instead of the account's: %s", error)
        found = catalogue.BUNDLED
    listed = sorted((each for each in found if hidden or each.visible), key=lambda each: each.priority)
    begin = _begin(cursor, len(listed))
    end = len(listed) if limit is None else begin + max(limit, 1)
    first = catalogue.default(found).slug
    return {
        "data": [api_answers.model(each, is_default=each.slug == first) for each in listed[begin:end]],
        "nextCursor": str(end) if end < len(listed) else None,
    }


def _begin(cursor: str | None, total: int) -> int:
    if cursor is None:
        return 0
    if not (cursor.isascii() and cursor.isdigit() and len(cursor) < 10):
        raise invalid_request(f"invalid cursor: {cursor[:80]}")
    if int(cursor) > total:
        raise invalid_request(f"cursor {cursor} exceeds total models {total}")
    return int(cursor)
