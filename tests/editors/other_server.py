"""Another language server, as small as can be: offers the word ``offered_by_another``, to stand beside Codex."""

from lsprotocol import types as lsp
from pygls.lsp.server import LanguageServer

server = LanguageServer("other", "1")


@server.feature(lsp.TEXT_DOCUMENT_COMPLETION, lsp.CompletionOptions(trigger_characters=["."]))
def complete(_params: lsp.CompletionParams) -> list[lsp.CompletionItem]:
    """The same word everywhere."""
    return [lsp.CompletionItem(label="offered_by_another")]


if __name__ == "__main__":
    server.start_io()
