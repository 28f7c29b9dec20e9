"""``workspace/textDocumentContent``: announced, and answered for every address."""

from __future__ import annotations

from lsp_codex.server.app import build
from lsp_codex.server.features.text_document_content import GONE
from lsp_codex.server.world import World
from tests.harness.editor import editing
from tests.harness.wire import connected


async def test_the_scheme_is_announced() -> None:
    """Statically, as LSP 3.18 has it in ``workspace``."""
    async with build(World()) as server, connected(server) as client:
        answer = await client.initialize()
        assert answer["capabilities"]["workspace"]["textDocumentContent"] == {"schemes": ["codex"]}


async def test_what_is_not_known_says_so() -> None:
    """A document that an editor restored from its last session, and an address that is none of ours."""
    async with editing() as editor:
        for uri in ("codex:/answers/nobody.md", "codex:/x", "file:///etc/passwd", ""):
            assert await editor.client.request("workspace/textDocumentContent", {"uri": uri}) == {"text": GONE}
