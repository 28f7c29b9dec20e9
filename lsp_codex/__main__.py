"""``python -m lsp_codex`` is the command ``lsp-codex``."""

import sys

# Python looks for modules in the working folder first when it is called so, which in an editor is the project's:
# its own numbers.py would be run instead of Python's. The installed command never looks there.
if not sys.flags.safe_path:
    del sys.path[0]

from lsp_codex.cli import main

if __name__ == "__main__":
    sys.exit(main())
