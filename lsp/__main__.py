"""``python -m lsp``: the same as ``companion-lsp``."""

from lsp.cli import main

main()
