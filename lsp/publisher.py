"""One list of diagnostics per URI, whatever it is made of; only differences go out."""

from collections.abc import Callable, Sequence

from lsprotocol import types

type Publish = Callable[[types.PublishDiagnosticsParams], None]
type Version = Callable[[str], int | None]
"""The version of an open document, for an editor that takes one."""


class Publisher:
    """Each owner has its own diagnostics of a URI; the editor gets their union, in the order the owners came."""

    def __init__(self, publish: Publish, version: Version) -> None:
        self._publish = publish
        self._version = version
        self._parts: dict[str, dict[object, list[types.Diagnostic]]] = {}
        self._shown: dict[str, list[types.Diagnostic]] = {}

    def put(self, owner: object, uri: str, diagnostics: Sequence[types.Diagnostic]) -> None:
        """What this owner says of this URI from now on; nothing is sent if the union stays equal."""
        parts = self._parts.setdefault(uri, {})
        parts[owner] = list(diagnostics)
        if not diagnostics:
            del parts[owner]
        union = [diagnostic for part in parts.values() for diagnostic in part]
        if union != self._shown.get(uri, []):
            self._publish(types.PublishDiagnosticsParams(uri, union, self._version(uri)))
        self._remember(uri, union)

    def _remember(self, uri: str, union: list[types.Diagnostic]) -> None:
        if union:
            self._shown[uri] = union
        else:
            self._shown.pop(uri, None)
            self._parts.pop(uri, None)
