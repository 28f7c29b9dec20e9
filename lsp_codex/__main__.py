"""``python -m lsp_codex`` is the command ``lsp-codex``."""

import sys

from lsp_codex.cli import main

if __name__ == "__main__":
    sys.exit(main())
