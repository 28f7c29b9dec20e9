"""FEATURES: every LSP method that we handle ourselves, with its handler and the options that announce it."""

from __future__ import annotations

from lsprotocol import types as lsp

from lsp_codex.chat.question import OWN_SCHEME
from lsp_codex.server.features import (
    account_api,
    code_action,
    completion,
    inline_completion,
    lifecycle,
    text_document_content,
)
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
    Feature(
        lsp.TEXT_DOCUMENT_CODE_ACTION,
        code_action.offer,
        lsp.CodeActionOptions(code_action_kinds=code_action.KINDS, resolve_provider=True),
        otherwise=list,  # a menu of several servers must not fail for one of them
    ),
    Feature(lsp.CODE_ACTION_RESOLVE, code_action.resolve),
    Feature(
        lsp.WORKSPACE_TEXT_DOCUMENT_CONTENT,
        text_document_content.provide,
        lsp.TextDocumentContentOptions(schemes=(OWN_SCHEME,)),
    ),
)
