"""The sandbox's ChatGPT backend: accounts/check, models, usage and responses (spec/backend.md 1 to 5)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from lsp_codex.sandbox import replies, stream, websocket
from lsp_codex.sandbox.exchange import Answer, Body, json_answer
from lsp_codex.sandbox.models import ETAG, version
from lsp_codex.sandbox.refusals import THOUGHT, refusal
from lsp_codex.sandbox.tokens import Standing, Workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from lsp_codex.sandbox.exchange import Seen
    from lsp_codex.sandbox.limits import Limits
    from lsp_codex.sandbox.models import Entry
    from lsp_codex.sandbox.tokens import Person, TokenDesk

CODE = ("<document", "<selection")
CURSOR = "<|cursor"
"""What stands in a document that is to be completed; everything else is thought about first."""


class Backend:
    """Answers for one person; every request must carry an access token that the desk gave."""

    def __init__(
        self,
        person: Person,
        desk: TokenDesk,
        models: Sequence[Entry],
        limits: Limits,
        suggest: Callable[[str], str],
        *,
        now: Callable[[], float],
        pace: float,
    ) -> None:
        self.limits = limits
        self.models = tuple(models)
        self.pace = pace
        self.upgrades = 101
        """The status of a WebSocket upgrade; any other refuses it, 426 as the live service would (2.6)."""
        self.answer_pace: float | None = None
        """The delay in seconds between two deltas of an answer in words; None: that of everything."""
        self.socket_life = 3_600.0
        """Seconds after which a WebSocket takes no further request."""
        self.person = person
        self.workspaces: tuple[Workspace, ...] | None = None
        """Which workspaces there are; None: the one of the person, with no wish of its own."""
        self._desk = desk
        self._suggest = suggest
        self._now = now
        self._answers = 0

    def unauthorised(self, request: Seen) -> Answer | None:
        """401 in the live shape unless the bearer token is good; 403 for a workspace that is not the token's.

        That the account id may be missing follows one report, that a wrong one is refused is our guess.
        """
        standing = self._desk.access_standing(request.bearer)
        if standing is not Standing.GOOD:
            code = "token_expired" if standing is Standing.EXPIRED else "token_invalidated"
            return plain(replies.unauthorised(code))
        if request.headers.get("chatgpt-account-id", self.person.account_id) not in self._known_ids():
            return json_answer(403, {"detail": "Forbidden"})
        return None

    def refused(self, request: Seen) -> Answer | None:
        """What the live service refuses of a body for ``codex/responses`` (spec/backend.md 1.7)."""
        return refusal(request, self.models)

    def _known_ids(self) -> frozenset[str]:
        return frozenset((self.person.account_id, *(each.account_id for each in self.workspaces or ())))

    def accounts_check(self, _request: Seen) -> Answer:
        """``GET wham/accounts/check``: the workspaces, usually one without a wish of its own (3.1)."""
        rows = self.workspaces if self.workspaces is not None else (Workspace(self.person.account_id),)
        accounts = [self._account(each) for each in rows]
        order = [each.account_id for each in rows]
        ids = {"account_ordering": order, "default_account_id": self.person.account_id}
        return json_answer(200, {"accounts": accounts, **ids})

    def _account(self, workspace: Workspace) -> dict[str, Any]:
        return {
            "id": workspace.account_id,
            "account_user_id": f"{self.person.user_id}__{workspace.account_id}",
            "structure": "personal",
            "plan_type": self.person.plan,
            "name": workspace.name,
            "profile_picture_url": None,
            "is_deactivated": False,
            "is_fedramp_compliant_workspace": False,
            "can_access_with_session": True,
            "sso_connection_name": None,
            "workspace_backend_origin": workspace.origin,
            "account_routing_override": workspace.override,
        }

    def catalogue(self, request: Seen) -> Answer:
        """``GET codex/models``: what the client's version may see; the service filters, not the client (4)."""
        known = version(request.query.get("client_version"))
        entries = [entry.payload() for entry in self.models if known is None or entry.minimum <= known]
        return json_answer(200, {"models": entries}, etag=ETAG)

    def usage(self, _request: Seen) -> Answer:
        """``GET wham/usage`` (5.1)."""
        return json_answer(200, self.limits.usage(self._now(), self.person.plan))

    def reset_credits(self, _request: Seen) -> Answer:
        """``GET wham/rate-limit-reset-credits``: there are none (5.1)."""
        return json_answer(200, {"available_count": 0, "credits": []})

    def upgrade(self, request: Seen, respond: websocket.Respond) -> Answer:
        """``GET codex/responses``: the upgrade to a WebSocket whose frames ``respond`` answers (2.6)."""
        if self.upgrades != 101:
            return json_answer(self.upgrades, {"detail": "Upgrade Required"})
        if (refused := websocket.refusal(request)) is not None:
            return refused
        self._answers += 1
        headers = websocket.agreed(request) | self.limits.headers(self._now(), self.person.plan)
        headers |= {"x-codex-turn-state": f"turn-{self._answers}", "x-request-id": f"req_sandbox_{self._answers}"}
        return Answer(101, headers, websocket.Conversation(request, respond, self.socket_life))

    def no_chat(self, _request: Seen) -> Answer:
        """``POST codex/chat/completions`` is closed (1.7)."""
        return json_answer(403, {"detail": "Forbidden"})

    def responses(self, request: Seen) -> Answer:
        """``POST codex/responses``: what the sandbox's model says, or 429 when the limits are reached."""
        if (request.json() or {}).get("generate") is False:
            return self.streamed(request, replies.Stream(()))
        if (window := self.limits.reached) is not None:
            resets_at = self._now() + window.resets_in
            return plain(replies.usage_limit(resets_at, resets_in=window.resets_in, plan=self.person.plan))
        said = user_text(request)
        reply = replies.text(self._suggest(said))
        if CURSOR not in said:
            thought = (f"{THOUGHT}{self._answers + 1}",)
            reply = replace(reply, reasoning=thought, per_delta=self.answer_pace)
        return self.streamed(request, reply)

    def streamed(self, request: Seen, reply: replies.Stream) -> Answer:
        """Status 200, the limits in the headers, and the events of ``reply``."""
        self._answers += 1
        headers = {
            "content-type": "text/event-stream; charset=utf-8",
            "cache-control": "no-cache",
            **self.limits.headers(self._now(), self.person.plan),
            "x-models-etag": ETAG,
            "x-request-id": f"req_sandbox_{self._answers}",
            **reply.headers,
        }
        if request.framed:
            limits = self.limits.event(self._now(), self.person.plan)
            body = stream.frames(reply, request, self._answers, self.pace, self._now(), limits)
        else:
            body = stream.chunks(reply, request, self._answers, self.pace, self._now())
        return Answer(200, headers, Body(body, request))


def plain(reply: replies.Plain) -> Answer:
    """A reply with a known body as an answer."""
    return Answer(reply.status, dict(reply.headers), reply.body)


def user_text(request: Seen) -> str:
    """The text of the last user message; of all of them, if only the earlier ones show code to speak of."""
    body: dict[str, Any] = request.json()
    messages = [_text(item) for item in body["input"] if item.get("role") == "user"]
    last = messages[-1] if messages else ""
    follows_up = not any(tag in last for tag in CODE) and any(tag in text for tag in CODE for text in messages)
    return "\n\n".join(messages) if follows_up else last


def _text(item: dict[str, Any]) -> str:
    content = item.get("content", "")
    if isinstance(content, str):
        return content
    return "\n".join(part.get("text", "") for part in content)
