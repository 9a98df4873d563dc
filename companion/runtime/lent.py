"""The runner's end of a line to a spare that is a process: the engine's own, lent for as long as the spare is there.

The runner works on copies. So nothing is lost where it ends before it has read `SpareReady`, and a runner that reads
it too late, when the number may be another descriptor's, notices.
"""

import os
import socket
from typing import cast

from companion.errors import BrokenResourceError
from companion.messages import Handle
from companion.runtime.stream import StreamReceiveChannel, StreamSendChannel, open_stream


def lend(line: socket.socket) -> Handle:
    """What `borrow` takes; ``line`` must stay open until the spare has ended."""
    return (line.fileno(), os.fstat(line.fileno()).st_ino)


def borrow(handle: Handle) -> tuple[StreamSendChannel, StreamReceiveChannel]:
    """Both ends of a conversation over this line. Raises BrokenResourceError if it is gone."""
    fileno, inode = cast("tuple[int, int]", handle)
    try:
        copy = os.dup(fileno)
    except OSError as error:
        raise BrokenResourceError("the spare has ended") from error
    if os.fstat(copy).st_ino != inode:
        os.close(copy)
        raise BrokenResourceError("the spare has ended, and its line is another's by now")
    return open_stream(socket.socket(fileno=copy))
