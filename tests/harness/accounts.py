"""Builders: an account, its JWTs, its tokens and its stored form, with the fields of the Codex CLI's own fixture."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from lsp_codex.auth.record import parse, render
from lsp_codex.auth.tokens import Tokens
from lsp_codex.secret import Secret

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class FakeAccount:
    """A login to be made up; times are Unix seconds, ``None`` leaves the field out."""

    email: str | None = "user@example.invalid"
    plan_type: str | None = "plus"
    chatgpt_user_id: str | None = "user-fake-1"
    chatgpt_account_id: str | None = "acct-fake-1"
    account_id: str | None = "acct-fake-1"
    tag: str = "A"
    access_token: str | None = None
    refresh_token: str = "rt-fake-1"
    expires_at: float | None = 4_000_000_000.0
    last_refresh: float | None = 1_700_000_000.0
    issuer: str | None = None
    client_id: str = "app_EMoamEEZ73f0CkXaXp7hrann"
    login_owner_id: str | None = None

    def but(self, **changes: Any) -> FakeAccount:
        """The same account with some fields changed."""
        return replace(self, **changes)

    def auth_claim(self) -> dict[str, Any]:
        """The claim object ``https://api.openai.com/auth``."""
        claim = {
            "chatgpt_plan_type": self.plan_type,
            "chatgpt_user_id": self.chatgpt_user_id,
            "chatgpt_account_id": self.chatgpt_account_id,
        }
        return {key: value for key, value in claim.items() if value is not None}

    def id_jwt(self) -> str:
        """The id token."""
        found: dict[str, Any] = {"https://api.openai.com/auth": self.auth_claim()}
        if self.email is not None:
            found["email"] = self.email
        return jwt(found)

    def access_jwt(self) -> str:
        """The access token: ``access_token`` if given (an opaque one), else a JWT that ``tag`` makes distinct."""
        if self.access_token is not None:
            return self.access_token
        found: dict[str, Any] = {"tag": self.tag, "https://api.openai.com/auth": self.auth_claim()}
        if self.expires_at is not None:
            found["exp"] = int(self.expires_at)
        return jwt(found)

    def answer(self) -> dict[str, str]:
        """What the token endpoint answers for this account."""
        return {
            "id_token": self.id_jwt(),
            "access_token": self.access_jwt(),
            "refresh_token": self.refresh_token,
        }

    def record(self) -> dict[str, Any]:
        """The stored form, as the Codex CLI writes it to ``auth.json``."""
        tokens: dict[str, Any] = dict(self.answer())
        if self.issuer is not None:
            tokens["oauth_provenance"] = {"issuer": self.issuer, "client_id": self.client_id}
        if self.login_owner_id is not None:
            tokens["login_owner_id"] = self.login_owner_id
        tokens["account_id"] = self.account_id
        record: dict[str, Any] = {"auth_mode": "chatgpt", "OPENAI_API_KEY": None, "tokens": tokens}
        if self.last_refresh is not None:
            moment = datetime.fromtimestamp(self.last_refresh, UTC)
            record["last_refresh"] = f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond * 1000:09d}Z"
        return record

    def tokens(self) -> Tokens:
        """The same as our value."""
        found = parse(self.record(), "the builder")
        assert isinstance(found, Tokens)
        return found

    def write(self, home: Path) -> Path:
        """Store it as ``auth.json`` in ``home`` (0600 in 0700), as the Codex CLI would; the path of the file."""
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = home / "auth.json"
        path.write_text(json.dumps(self.record(), indent=2, ensure_ascii=False), encoding="utf-8")
        path.chmod(0o600)
        return path


def jwt(found: dict[str, Any]) -> str:
    """An unsigned JWT with these claims."""
    parts = (json.dumps({"alg": "none", "typ": "JWT"}), json.dumps(found), "sig")
    return ".".join(base64.urlsafe_b64encode(part.encode()).rstrip(b"=").decode() for part in parts)


def revealed(tokens: Tokens) -> dict[str, Any]:
    """Our tokens as plain JSON, for comparison with a stored record."""
    shown: dict[str, Any] = json.loads(json.dumps(render(tokens, {}), default=Secret.reveal))
    return shown
