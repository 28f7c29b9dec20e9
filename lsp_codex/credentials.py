"""What a request needs to authenticate, and who can give it: the one place where ``auth`` and ``backend`` meet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from lsp_codex.secret import Secret


@dataclass(frozen=True, slots=True)
class Credential:
    """Everything a request needs, and nothing more: bearer token and, for a ChatGPT plan, the workspace it is for."""

    token: Secret
    account_id: str | None = None
    fedramp: bool = False
    is_api_key: bool = False

    def headers(self) -> dict[str, str]:
        """The credential as request headers; ``chatgpt-account-id`` only if known (spec/backend.md 1.1)."""
        headers = {"authorization": f"Bearer {self.token.reveal()}"}
        if self.account_id:
            headers["chatgpt-account-id"] = self.account_id
        if self.fedramp:
            headers["x-openai-fedramp"] = "true"
        return headers


class CredentialSource(Protocol):
    """Gives the current credential and replaces one that the backend rejected."""

    async def credential(self) -> Credential:
        """The credential to use now; cheap. Raises :class:`~lsp_codex.errors.SignInRequired`."""
        ...

    async def renew(self, rejected: Credential) -> Credential:
        """Another credential after a 401 for ``rejected``. Raises an ``AuthError`` or ``BackendError``."""
        ...

    async def reject(self, rejected: Credential) -> None:
        """The backend refused ``rejected`` although it was just renewed: its login is dead."""
        ...
