"""FEATURES: every LSP method that we handle ourselves, with its handler and the options that announce it."""

from __future__ import annotations

from lsprotocol import types as lsp

from lsp_codex.server.features import account_api, completion, inline_completion, lifecycle
from lsp_codex.server.handlers import Feature

FEATURES = (
    Feature(lsp.INITIALIZE, lifecycle.initialize),
    Feature(lsp.WORKSPACE_DID_CHANGE_CONFIGURATION, lifecycle.did_change_configuration),
    Feature(lsp.TEXT_DOCUMENT_DID_OPEN, lifecycle.did_open),
    Feature(lsp.TEXT_DOCUMENT_DID_CHANGE, lifecycle.did_change),
    Feature(lsp.TEXT_DOCUMENT_DID_CLOSE, lifecycle.did_close),
    Feature(
        lsp.TEXT_DOCUMENT_INLINE_COMPLETION,
        inline_completion.provide,
        lsp.InlineCompletionOptions(),  # without an options object pygls announces nothing
        otherwise=inline_completion.nothing,  # clients pop up an error at every key
    ),
    Feature(
        lsp.TEXT_DOCUMENT_COMPLETION,
        completion.provide,
        # No trigger characters: some clients open the menus of all servers at each.
        lsp.CompletionOptions(),
        otherwise=completion.nothing,
    ),
    *account_api.METHODS,
)
