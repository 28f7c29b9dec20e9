"""FEATURES: every LSP method that we handle ourselves, with its handler and the options that announce it."""

from __future__ import annotations

from lsprotocol import types as lsp

from lsp_codex.server.features import lifecycle
from lsp_codex.server.handlers import Feature, Later
from lsp_codex.text import OWN_SCHEME


def _no_ghost_text() -> lsp.InlineCompletionList:
    return lsp.InlineCompletionList(items=[])


def _empty_menu() -> lsp.CompletionList:
    return lsp.CompletionList(is_incomplete=False, items=[])


FEATURES = (
    Feature(lsp.INITIALIZE, lifecycle.initialize),
    Feature(lsp.WORKSPACE_DID_CHANGE_CONFIGURATION, lifecycle.did_change_configuration),
    Feature(lsp.TEXT_DOCUMENT_DID_OPEN, lifecycle.did_open),
    Feature(lsp.TEXT_DOCUMENT_DID_CHANGE, lifecycle.did_change),
    Feature(lsp.TEXT_DOCUMENT_DID_CLOSE, lifecycle.did_close),
    Feature(
        lsp.TEXT_DOCUMENT_INLINE_COMPLETION,
        Later("features.inline_completion", "provide"),
        lsp.InlineCompletionOptions(),  # without an options object pygls announces nothing
        otherwise=_no_ghost_text,  # clients pop up an error at every key
    ),
    Feature(
        lsp.TEXT_DOCUMENT_COMPLETION,
        Later("features.completion", "provide"),
        # No trigger characters: some clients open the menus of all servers at each.
        lsp.CompletionOptions(),
        otherwise=_empty_menu,
    ),
    Feature("account/read", Later("features.account_api", "read")),
    Feature("account/login/start", Later("features.account_api", "login_start")),
    Feature("account/login/cancel", Later("features.account_api", "login_cancel")),
    Feature("account/logout", Later("features.account_api", "logout")),
    Feature("account/rateLimits/read", Later("features.account_api", "rate_limits_read")),
    Feature("model/list", Later("features.account_api", "model_list")),
    Feature(
        lsp.TEXT_DOCUMENT_CODE_ACTION,
        Later("features.code_action", "offer"),
        lsp.CodeActionOptions(
            code_action_kinds=(
                lsp.CodeActionKind.QuickFix,
                lsp.CodeActionKind.RefactorRewrite,
                lsp.CodeActionKind.Refactor,
            ),
            resolve_provider=True,
        ),
        otherwise=list,  # a menu of several servers must not fail for one of them
    ),
    Feature(lsp.CODE_ACTION_RESOLVE, Later("features.code_action", "resolve")),
    Feature(
        lsp.WORKSPACE_TEXT_DOCUMENT_CONTENT,
        Later("features.text_document_content", "provide"),
        lsp.TextDocumentContentOptions(schemes=(OWN_SCHEME,)),
    ),
)
