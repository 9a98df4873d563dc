"""The conversation's life cycle: what may be said before ``initialize``, and after ``shutdown``."""

from typing import Literal

from lsprotocol import types
from pygls.exceptions import JsonRpcInvalidRequest, JsonRpcServerNotInitialized

type State = Literal["new", "running", "shut down"]


class Gate:
    """Opens when ``initialize`` was answered, closes for good with ``shutdown``, or when the editor is gone."""

    def __init__(self) -> None:
        self.state: State = "new"

    @property
    def is_open(self) -> bool:
        """We may tell the editor things, and it may tell us."""
        return self.state == "running"

    def check(self, method: str) -> None:
        """Let a request pass. Raises JsonRpcServerNotInitialized (-32002) or JsonRpcInvalidRequest (-32600)."""
        if self.state == "shut down":
            raise JsonRpcInvalidRequest("the server was shut down")
        if self.state == "new" and method != types.INITIALIZE:
            raise JsonRpcServerNotInitialized("the server waits for initialize")
        if self.state == "running" and method == types.INITIALIZE:
            raise JsonRpcInvalidRequest("the server is initialized already")

    def answered(self, method: str) -> None:
        """A request of this method succeeded."""
        if method == types.INITIALIZE:
            self.state = "running"
        elif method == types.SHUTDOWN:
            self.close()

    def close(self) -> None:
        self.state = "shut down"
