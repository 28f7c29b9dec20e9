"""Route: who answers for a credential, where, and what is sent there: addresses, headers and body rules; pure.

| credential | service | responses | models | body |
|---|---|---|---|---|
| ChatGPT login | the ChatGPT backend | ``{chatgpt}/codex/responses`` | ``{chatgpt}/codex/models`` | all of it |
| API key | the OpenAI API | ``{openai}/responses`` | ``{openai}/models`` | all of it |
| API key | a compatible server | ``{openai}/responses`` | ``{openai}/models`` | without what only OpenAI knows |

A credential goes to the address of its own row and to no other.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from lsp_codex.backend import request as form

if TYPE_CHECKING:
    from lsp_codex.backend.request import ResponsesRequest
    from lsp_codex.backend.workspace import Workspace
    from lsp_codex.credentials import Credential

OPENAI = "https://api.openai.com/v1"
OPENAI_HOST = "api.openai.com"

CATALOGUE_VERSION = "0.169.0"
"""The version of the reference client whose protocol we speak: the service lists the models that one can use."""

OVERRIDE_HEADER = "x-openai-account-routing-override"

ONLY_OPENAI = frozenset(
    {"include", "parallel_tool_calls", "prompt_cache_key", "service_tier", "store", "text", "tool_choice"}
)
"""Keys that a compatible server need not know; all are defaults, or hints that lose nothing when left out."""


class Service(Enum):
    """Who answers."""

    CHATGPT = "the ChatGPT backend"
    OPENAI = "the OpenAI API"
    COMPATIBLE = "a server that is compatible with the OpenAI API"


@dataclass(frozen=True, slots=True)
class Route:
    """One row of the table above for one account; ``None`` where the service has no such endpoint."""

    service: Service
    responses: str
    models: str
    usage: str | None = None
    accounts: str | None = None
    override: str | None = None
    omitted: frozenset[str] = frozenset()

    def headers(self, request: ResponsesRequest) -> dict[str, str]:
        """The headers of ``request``; who we are and the credential are added when it is sent."""
        made = form.headers(request)
        if self.override is not None:
            made[OVERRIDE_HEADER] = self.override
        return made

    def body(self, request: ResponsesRequest) -> dict[str, Any]:
        """The body of ``request``, without the keys that this service may refuse."""
        return {name: value for name, value in form.body(request).items() if name not in self.omitted}


def choose(credential: Credential, chatgpt: str, openai: str) -> Route:
    """The route of ``credential``; ``chatgpt`` and ``openai`` are the two base addresses of the settings."""
    if credential.is_api_key:
        base = openai.rstrip("/")
        official = urlsplit(base).hostname == OPENAI_HOST
        return Route(
            Service.OPENAI if official else Service.COMPATIBLE,
            responses=f"{base}/responses",
            models=f"{base}/models",
            omitted=frozenset() if official else ONLY_OPENAI,
        )
    base = chatgpt.rstrip("/")
    # Without /backend-api in the base the usage stands elsewhere (spec/backend.md 5.1).
    usage = "wham/usage" if base.endswith("/backend-api") else "api/codex/usage"
    return Route(
        Service.CHATGPT,
        responses=f"{base}/codex/responses",
        models=f"{base}/codex/models?client_version={CATALOGUE_VERSION}",
        usage=f"{base}/{usage}",
        accounts=f"{base}/wham/accounts/check",
    )


def within(route: Route, workspace: Workspace) -> Route:
    """``route`` as ``workspace`` wants it: only the responses move (spec/backend.md 3.1)."""
    responses = route.responses
    if workspace.origin is not None:
        responses = workspace.origin + urlsplit(responses).path
    return replace(route, responses=responses, override=workspace.override)
