"""Account: everything that is learnt with the login of one account, and forgotten with it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from lsp_codex.backend import models, questions, route, routing, workspace
from lsp_codex.backend.cache import account_name
from lsp_codex.backend.catalogue import Catalogue, Listing
from lsp_codex.backend.holdoff import Holdoff
from lsp_codex.backend.models import choose_fast
from lsp_codex.backend.request import Purpose
from lsp_codex.backend.route import Route, Service
from lsp_codex.backend.workspace import Discovery, Workspace
from lsp_codex.errors import BackendError, CredentialsRejected, LspCodexError, RefreshFailed, Rejection, RoutingFailed

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx2

    from lsp_codex.backend.cache import DiskCache
    from lsp_codex.backend.limits import RateLimits
    from lsp_codex.backend.models import Model
    from lsp_codex.backend.request import ResponsesRequest
    from lsp_codex.backend.routing import Routing
    from lsp_codex.credentials import Credential, CredentialSource
    from lsp_codex.tasks import Tasks


REPLACED = 3_600.0
"""Seconds until a model that could not be had is tried again: plans change, and refusals may be mistakes."""


class Account:
    """Route, models, limits, pauses and replaced models of the account of ``credential``."""

    def __init__(
        self,
        credential: Credential,
        first_route: Route,
        source: CredentialSource,
        auth: httpx2.Auth,
        http: Callable[[], httpx2.AsyncClient],
        tasks: Tasks,
        cache: DiskCache,
        now: Callable[[], float],
        answered: Callable[[], None] = lambda: None,
    ) -> None:
        self.of = identity(credential)
        self.source = source
        self.auth = auth
        self.answered = answered
        self.limits: RateLimits | None = None
        self.holdoff = Holdoff(now)
        self._replaced: dict[str, tuple[str, float]] = {}
        self._routing: tuple[Credential, Routing] | None = None
        self._account_id = credential.account_id
        self._first_route = first_route
        self._http = http
        self._tasks = tasks
        self._now = now
        self._cache = cache
        self._name = account_name(first_route.models, credential.account_id)
        self._discovery = Discovery(self._check_workspace, tasks, now, self._last_workspace)
        self.catalogue = Catalogue(
            self._list,
            tasks,
            now,
            recall=self._recall,
            keep=self._keep,
            quiet=lambda: self.holdoff.reason is not None,
        )

    async def route(self) -> Route:
        """Where requests go; asks for the workspace's wishes the first time. Raises as ``Discovery.workspace``."""
        if self._first_route.accounts is None:
            return self._first_route
        return route.within(self._first_route, await self._discovery.workspace())

    async def routing(self) -> Routing | None:
        """What the service says of the workspace, asked once for each credential; None where there are none.

        Requests that go on without an answer do not ask here. Raises ``RoutingFailed`` and, as a 401 is put to the
        owner of the login, ``RefreshFailed``; the login is not dead because of it.
        """
        if self._first_route.accounts is None:
            return None
        credential = await self.source.credential()
        if self._routing is not None and self._routing[0] == credential:
            return self._routing[1]
        if not self._account_id:
            raise RoutingFailed(routing.NO_ACCOUNT, final=True)
        try:
            from lsp_codex.backend.connection import BearerAuth

            auth = BearerAuth(Lenient(self.source))
            answer = await self.ask(self._first_route.accounts, questions.ASKING, auth)
        except RefreshFailed:
            raise
        except LspCodexError as error:
            raise routing.failed(error) from error
        found = routing.parse(answer.json, self._account_id, self._first_route.accounts)
        self._routing = await self.source.credential(), found
        self._discovery.learn(workspace.parse(answer.json, self._account_id) or workspace.FREE)
        return found

    @property
    def usage_url(self) -> str | None:
        """Where the state of the plan is asked for; None where there is no plan."""
        return self._first_route.usage

    async def ask(self, url: str, seconds: float, auth: httpx2.Auth | None = None) -> questions.Answer:
        """A small question in the name of this account, unless the service has asked for a pause."""
        self.holdoff.check(automatic=False)
        try:
            answer = await questions.ask(self._http(), url, auth or self.auth, seconds, self._now())
        except BackendError as error:
            self.holdoff.note(error)
            raise
        self.answered()
        return answer

    async def substitute(self, request: ResponsesRequest) -> ResponsesRequest | None:
        """``request`` for another model, as its own cannot be had: from the list, asked for anew; None without one.

        For ghost text the fastest that is left, else the default of the list; the effort stays if that model has it.
        """
        gone = {request.model, *self._replacements()}
        listed = await self.catalogue.renewed()
        return _with_model(request, tuple(model for model in listed if model.visible and model.slug not in gone))

    async def known_substitute(self, request: ResponsesRequest) -> ResponsesRequest:
        """``request``, or the same for the model that has already replaced its own."""
        slug, replacements = request.model, self._replacements()
        while slug in replacements:
            slug = replacements.pop(slug)
        if slug == request.model:
            return request
        listed = tuple(model for model in await self.catalogue.models() if model.slug == slug)
        return _with_model(request, listed) or request

    def replace(self, old: str, new: str) -> None:
        """For an hour requests for ``old`` go to ``new``; then the service is asked for ``old`` once more."""
        self._replaced[old] = (new, self._now() + REPLACED)

    def _replacements(self) -> dict[str, str]:
        now = self._now()
        return {old: new for old, (new, until) in self._replaced.items() if 0 < until - now <= REPLACED}

    async def _check_workspace(self) -> Workspace | None:
        answer = await self.ask(self._first_route.accounts or "", questions.LISTING)
        found = workspace.parse(answer.json, self._account_id)
        if found is not None:
            await self._cache.keep(self._name, workspace=workspace.to_json(found))
        return found

    async def _last_workspace(self) -> Workspace | None:
        return workspace.from_json((await self._cache.load(self._name)).get("workspace"))

    async def _list(self) -> Listing:
        answer = await self.ask(self._first_route.models, questions.LISTING)
        chatgpt = self._first_route.service is Service.CHATGPT
        found = models.parse(answer.json) if chatgpt else models.parse_api(answer.json)
        return Listing(found, answer.headers.get("etag"), self._now())

    async def _recall(self) -> Listing | None:
        return Listing.from_json((await self._cache.load(self._name)).get("models"))

    async def _keep(self, listing: Listing) -> None:
        await self._cache.keep(self._name, models=listing.to_json())


class Bound:
    """A source that gives the credential of one account only: what was made for it never goes out for another.

    An API key that was refused is given no more: nobody can renew it.
    """

    def __init__(self, source: CredentialSource, credential: Credential) -> None:
        self._source = source
        self._of = identity(credential)
        self._dead: Credential | None = None

    async def credential(self) -> Credential:
        """The current one. Raises what the source raises, and ``CredentialsRejected`` for another account's."""
        current = self._same(await self._source.credential())
        if current == self._dead:
            raise CredentialsRejected(Rejection.KEY)
        return current

    async def renew(self, rejected: Credential) -> Credential:
        """Another one after a 401; raises as :meth:`credential`."""
        if rejected.is_api_key:
            self._dead = rejected
            return await self.credential()
        return self._same(await self._source.renew(rejected))

    async def reject(self, rejected: Credential) -> None:
        """``rejected`` was refused although it was just renewed."""
        await self._source.reject(rejected)

    def _same(self, credential: Credential) -> Credential:
        if identity(credential) != self._of:
            raise CredentialsRejected(Rejection.ACCOUNT_CHANGED)
        return credential


class Lenient:
    """For questions whose 401 says nothing of the login: it is renewed for them, and not dead if that fails."""

    def __init__(self, source: CredentialSource) -> None:
        self._source = source
        self.credential = source.credential

    async def renew(self, rejected: Credential) -> Credential:
        """A key cannot be renewed, and is asked with once more."""
        return rejected if rejected.is_api_key else await self._source.renew(rejected)

    async def reject(self, _rejected: Credential) -> None:
        """It may be good all the same."""


def identity(credential: Credential) -> tuple[bool, str | None]:
    """What tells one account from another; tokens of one account come and go."""
    return credential.is_api_key, credential.account_id


def _with_model(request: ResponsesRequest, listed: tuple[Model, ...]) -> ResponsesRequest | None:
    if not listed:
        return None
    slug = models.default(listed).slug if request.purpose is Purpose.QUESTION else None
    choice = choose_fast(listed, slug, request.effort)
    return replace(request, model=choice.slug, effort=choice.effort, lite=choice.lite)
