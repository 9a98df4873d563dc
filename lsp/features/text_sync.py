"""``textDocument/didOpen``, ``didChange``, ``didSave``, ``didClose``."""

from collections.abc import Callable

from lsprotocol import types

from companion.messages import ChangeDocument, CloseDocument, Message, OpenDocument, SaveDocument
from lsp.from_proto import apply_changes, document_bytes
from lsp.projects import Projects
from lsp.protocol import Protocol
from lsp.session import Home, Session


class TextSync:
    """Keeps the session's documents, and tells each document's engine."""

    def __init__(self, session: Session, projects: Projects, touched: Callable[[Home], None]) -> None:
        """``touched`` is called after a document was opened, changed or closed."""
        self._session = session
        self._projects = projects
        self._touched = touched

    def register(self, protocol: Protocol) -> None:
        protocol.on(types.TEXT_DOCUMENT_DID_OPEN, self.did_open)
        protocol.on(types.TEXT_DOCUMENT_DID_CHANGE, self.did_change)
        protocol.on(types.TEXT_DOCUMENT_DID_SAVE, self.did_save)
        protocol.on(types.TEXT_DOCUMENT_DID_CLOSE, self.did_close)

    def did_open(self, params: types.DidOpenTextDocumentParams) -> None:
        item = params.text_document
        self._session.open(item.uri, item.version, item.text)
        home = self._session.home(item.uri)
        if home is not None:
            self._tell(home, OpenDocument(home.path, item.version, document_bytes(item.text)))
            self._touched(home)

    def did_change(self, params: types.DidChangeTextDocumentParams) -> None:
        uri = params.text_document.uri
        document, home = self._session.documents.get(uri), self._session.home(uri)
        if document is None:
            return
        edits = apply_changes(document, params.content_changes, self._session.can.encoding)
        document.version = params.text_document.version
        if home is not None:
            self._tell(home, ChangeDocument(home.path, document.version, edits))
            self._touched(home)

    def did_save(self, params: types.DidSaveTextDocumentParams) -> None:
        home = self._session.home(params.text_document.uri)
        if home is not None:
            self._projects.open(home.root)  # an engine that could not be started before may start now
            self._tell(home, SaveDocument(home.path))

    def did_close(self, params: types.DidCloseTextDocumentParams) -> None:
        home = self._session.home(params.text_document.uri)
        self._session.close(params.text_document.uri)
        if home is not None:
            self._tell(home, CloseDocument(home.path))
            self._touched(home)

    def _tell(self, home: Home, message: Message) -> None:
        bridge = self._projects.at(home.root)
        if bridge is not None:
            bridge.send(message)
