"""How a root's engine is really joined."""

from pathlib import Path

from companion.front.port import Engine


def join(root: Path) -> Engine:
    """The client for a project root; nothing is started yet.

    Imported on the first call only: the editor's ``initialize`` does not wait for it.
    """
    from companion.front.client import Client  # noqa: PLC0415

    return Client(root, front="lsp")
