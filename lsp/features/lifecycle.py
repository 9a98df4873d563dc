"""``initialize``, ``initialized``, ``shutdown``, ``exit``, ``workspace/didChangeWorkspaceFolders``."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from lsprotocol import types

from lsp.capabilities import client_can, server_capabilities
from lsp.projects import Projects
from lsp.protocol import Protocol
from lsp.session import Session
from lsp.uris import uri_of


@dataclass(frozen=True, slots=True)
class Ends:
    """What the life cycle sets off in the process around it."""

    watch: Callable[[int], None]
    """Takes the editor's process id."""
    farewell: Callable[[], None]
    """The editor asked us to shut down; nothing can be told to it any more afterwards."""
    finish: Callable[[], None]
    """The editor wants us gone."""


class Lifecycle:
    """From the first message to the last. No engine is joined, and nothing heavy imported, before ``initialized``."""

    def __init__(self, session: Session, projects: Projects, commands: Sequence[str], ends: Ends) -> None:
        self._session = session
        self._projects = projects
        self._commands = commands
        self._ends = ends

    def register(self, protocol: Protocol) -> None:
        protocol.on(types.INITIALIZE, self.initialize)
        protocol.on(types.INITIALIZED, self.initialized)
        protocol.on(types.SHUTDOWN, self.shutdown)
        protocol.on(types.EXIT, self.exit)
        protocol.on(types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS, self.folders_changed)

    def initialize(self, params: types.InitializeParams) -> types.InitializeResult:
        """Say what we can do for this editor."""
        can = self._session.can = client_can(params.capabilities)
        for uri in folders(params):
            self._session.add_root(uri)
        if params.process_id is not None:
            self._ends.watch(params.process_id)
        capabilities = server_capabilities(can, self._commands)
        return types.InitializeResult(capabilities, types.ServerInfo("companion"))

    def initialized(self, _: types.InitializedParams) -> None:
        """Join the engines."""
        for root in self._session.roots.values():
            self._projects.open(root)

    def shutdown(self, _: None) -> None:
        self._ends.farewell()

    def exit(self, _: None) -> None:
        self._ends.finish()

    def folders_changed(self, params: types.DidChangeWorkspaceFoldersParams) -> None:
        """Folders are left first: one that is in both lists is joined again."""
        for folder in params.event.removed:
            if root := self._session.remove_root(folder.uri):
                self._projects.close(root)
        added = [root for folder in params.event.added if (root := self._session.add_root(folder.uri))]
        self._session.settle()
        for root in added:
            self._projects.open(root)


def folders(params: types.InitializeParams) -> list[str]:
    """URIs of the workspace's folders; of its root, from editors that know only one."""
    if params.workspace_folders:
        return [folder.uri for folder in params.workspace_folders]
    if params.root_uri:
        return [params.root_uri]
    path = Path(params.root_path) if params.root_path else None
    return [uri_of(path)] if path is not None and path.is_absolute() else []
