"""SandboxCodex: the fake Codex in memory. Routes what comes in, plays scripted replies, remembers what it got."""

from __future__ import annotations

import asyncio
import time
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeAlias, assert_never

from lsp_codex.sandbox import api, suggest
from lsp_codex.sandbox.api import Api
from lsp_codex.sandbox.backend import Backend, plain
from lsp_codex.sandbox.device import DeviceLogin
from lsp_codex.sandbox.exchange import Answer, Body, json_answer, seen
from lsp_codex.sandbox.issuer import Issuer
from lsp_codex.sandbox.limits import Limits
from lsp_codex.sandbox.models import CATALOGUE
from lsp_codex.sandbox.replies import RESPONSES, Plain, Silent, Stream
from lsp_codex.sandbox.tokens import SCOPE, Person, Standing, TokenDesk

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from lsp_codex.sandbox.exchange import Seen
    from lsp_codex.sandbox.models import Entry
    from lsp_codex.sandbox.replies import Reply

    Handler: TypeAlias = Callable[[Seen], Answer]

BASE = "/backend-api/"
CLIENT_ID = "app_EMoamEEZ73f0CkXaXp7hrann"
REMEMBERED = 1_000
TEN_DAYS, ONE_HOUR = 864_000.0, 3_600.0


class SandboxCodex:
    """Issuer and backend of one demo account, as strict as the live service is reported to be.

    ``now`` gives Unix seconds, ``pace`` is the delay in seconds between two deltas of an answer. Reached over
    :class:`~lsp_codex.sandbox.transport.SandboxTransport` or :func:`~lsp_codex.sandbox.loopback.serve`.
    """

    def __init__(
        self,
        *,
        person: Person | None = None,
        models: Sequence[Entry] = CATALOGUE,
        limits: Limits | None = None,
        suggest: Callable[[str], str] = suggest.answer,
        now: Callable[[], float] = time.time,
        pace: float = 0.0,
        redirect_ports: Sequence[int] = (1455, 1457),
        access_token_life: float = TEN_DAYS,
        id_token_life: float = ONE_HOUR,
        device_interval: int = 5,
    ) -> None:
        self.person = person or Person()
        self.requests: list[Seen] = []
        """What was asked, over HTTP or in a frame of a WebSocket."""
        self.upgrades: list[Seen] = []
        """The handshakes of WebSockets, refused ones too."""
        self._script: list[Reply] = []
        self._desk = TokenDesk(now, access_token_life, id_token_life)
        self.issuer = Issuer(self.person, self._desk, redirect_ports, now=now)
        self.device = DeviceLogin(self.issuer, now=now, interval=device_interval)
        self.backend = Backend(self.person, self._desk, models, limits or Limits(), suggest, now=now, pace=pace)
        self.api = Api(self.backend)
        self._routes = MappingProxyType(dict(self._table()))

    def script(self, *replies: Reply) -> None:
        """Use ``replies``, in order, for the next acceptable requests to the endpoints they name."""
        self._script.extend(replies)

    def sign_in_demo(self) -> dict[str, Any]:
        """A token answer for the demo account, as the token endpoint gives it after a sign-in."""
        return self._desk.new_grant(self.person, CLIENT_ID, SCOPE)

    def lend(self, access_token: str) -> None:
        """Take ``access_token``, made elsewhere, as good: that of a program that owns its tokens."""
        self._desk.lend(access_token)

    def become(self, person: Person) -> None:
        """From now on it is ``person`` who signs in."""
        self.person = self.issuer.person = self.backend.person = person

    def expire_access_tokens(self) -> None:
        """The backend says ``token_expired`` to every access token given so far."""
        self._desk.end_access(Standing.EXPIRED)

    def invalidate_access_tokens(self) -> None:
        """The backend says ``token_invalidated`` to every access token given so far."""
        self._desk.end_access(Standing.INVALIDATED)

    def end_refresh_tokens(self, standing: Standing) -> None:
        """The issuer refuses every refresh token given so far as EXPIRED, USED or INVALIDATED."""
        self._desk.end_refresh(standing)

    async def handle(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Answer one request; ``target`` is a path with its query, or a whole address whose host does not matter."""
        request = seen(method, target, headers, body)
        if request.method == "GET" and request.path in {BASE + RESPONSES, api.BASE + "responses"}:
            self.upgrades.append(request)
            del self.upgrades[:-REMEMBERED]
            return self._early(request) or self._routes[request.method, request.path](request)
        return await self._answer(request)

    async def _answer(self, request: Seen) -> Answer:
        """``request`` is remembered, refused, answered as scripted or as usual; also for a frame of a WebSocket."""
        self.requests.append(request)
        del self.requests[:-REMEMBERED]
        answer = self._early(request)
        if answer is None:
            reply = self._scripted(request)
            handler = self._routes[request.method, request.path]
            answer = handler(request) if reply is None else await self._play(reply, request)
        request.answered = not isinstance(answer.body, Body)
        return answer

    def _early(self, request: Seen) -> Answer | None:
        """What is refused before anything else: no such endpoint, no good token, no acceptable body."""
        if (request.method, request.path) not in self._routes:
            known = any(path == request.path for _, path in self._routes)
            return json_answer(
                *((405, {"detail": "Method Not Allowed"}) if known else (404, {"detail": "Not Found"}))
            )
        if request.path.startswith(api.BASE):
            return self.api.refused(request)
        if not request.path.startswith(BASE):
            return None
        refused = self.backend.unauthorised(request)
        if refused is None and (request.method, request.path) == ("POST", BASE + RESPONSES):
            refused = self.backend.refused(request)
        return refused

    def _scripted(self, request: Seen) -> Reply | None:
        """The next reply for this endpoint, taken from the script."""
        endpoint = request.path.removeprefix(BASE).removeprefix("/")
        reply = next((reply for reply in self._script if reply.endpoint == endpoint), None)
        if reply is not None:
            self._script.remove(reply)
        return reply

    async def _play(self, reply: Reply, request: Seen) -> Answer:
        match reply:
            case Stream():
                return self.backend.streamed(request, reply)
            case Plain():
                return plain(reply)
            case Silent():
                try:
                    await asyncio.Event().wait()
                finally:
                    request.client_left = True
                raise AssertionError
            case _:
                assert_never(reply)

    def _table(self) -> tuple[tuple[tuple[str, str], Handler], ...]:
        """Every endpoint there is."""
        issuer, device, backend = self.issuer, self.device, self.backend
        return (
            (("GET", "/oauth/authorize"), issuer.authorize),
            (("POST", "/oauth/authorize/consent"), issuer.consent),
            (("POST", "/oauth/token"), issuer.token),
            (("POST", "/oauth/revoke"), issuer.revoke),
            (("POST", "/api/accounts/deviceauth/usercode"), device.start),
            (("POST", "/api/accounts/deviceauth/token"), device.poll),
            (("GET", "/codex/device"), device.form),
            (("POST", "/codex/device"), device.entered),
            (("GET", BASE + "wham/accounts/check"), backend.accounts_check),
            (("GET", BASE + "wham/usage"), backend.usage),
            (("GET", BASE + "wham/rate-limit-reset-credits"), backend.reset_credits),
            (("GET", BASE + "codex/models"), backend.catalogue),
            (("GET", BASE + "codex/responses"), partial(backend.upgrade, respond=self._answer)),
            (("POST", BASE + "codex/responses"), backend.responses),
            (("POST", BASE + "codex/chat/completions"), backend.no_chat),
            (("GET", api.BASE + "models"), self.api.models),
            (("GET", api.BASE + "responses"), partial(backend.upgrade, respond=self._answer)),
            (("POST", api.BASE + "responses"), backend.responses),
        )
