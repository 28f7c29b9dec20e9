"""The program at the other end as the owner of tokens: how it is asked for new ones (spec/account-api.md 4.4)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from pygls.exceptions import JsonRpcException

from lsp_codex.errors import RefreshFailed
from lsp_codex.server.asked import Gone

if TYPE_CHECKING:
    from lsp_codex.server.protocol import CodexServer

METHOD = "account/chatgptAuthTokens/refresh"


class ClientAsParent:
    """Puts the question of :class:`lsp_codex.auth.external.Parent` to the client."""

    def __init__(self, server: CodexServer) -> None:
        self._protocol = server.protocol

    async def __call__(self, previous_account_id: str | None, /) -> object:
        """The client's answer as it is; given up without a word when the caller is cancelled.

        Raises :class:`RefreshFailed`.
        """
        params = {"reason": "unauthorized", "previousAccountId": previous_account_id}
        asked = self._protocol.send_request(METHOD, params)
        try:
            # Shielded: cancelling what was asked would tell the client so, and the reference does not.
            return await asyncio.shield(asyncio.wrap_future(asked))
        except Gone as error:
            raise RefreshFailed(f"auth refresh request canceled: {error.message}") from None
        except JsonRpcException as error:
            raise RefreshFailed(f"auth refresh request failed: code={error.code}") from None
        finally:
            self._protocol.let_go(asked)
