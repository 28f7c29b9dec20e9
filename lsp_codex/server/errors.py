"""Our errors on their way out: which JSON-RPC code and text a client gets; a traceback goes to the log only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcException

if TYPE_CHECKING:
    from lsp_codex.errors import LspCodexError


def to_json_rpc(error: LspCodexError) -> JsonRpcException:
    """The answer for a command or request that failed on purpose: ``RequestFailed`` and a sentence to act on."""
    return JsonRpcException(message=error.for_person(), code=lsp.LSPErrorCodes.RequestFailed)


def invalid_request(message: str, data: object = None) -> JsonRpcException:
    """The account API's answer for a request that is wrong, or for which the state is (spec/account-api.md 1)."""
    return JsonRpcException(message=message, code=lsp.ErrorCodes.InvalidRequest, data=data)


def failed(message: str) -> JsonRpcException:
    """The account API's answer when something has failed inside or behind."""
    return JsonRpcException(message=message, code=lsp.ErrorCodes.InternalError)


def invalid_params(message: str) -> JsonRpcException:
    """The answer for an argument that makes no sense."""
    return JsonRpcException(message=message, code=lsp.ErrorCodes.InvalidParams)
