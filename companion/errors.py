"""Errors of companion's own making; each says which situation the caller is in.

The channel errors partition what can go wrong with a conversation, in trio's vocabulary.
This module also runs in the project's own Python (3.10 or later).
"""


class CompanionError(Exception):
    """Anything companion raises on purpose; its text is one sentence that says what to do."""


class UsageError(CompanionError):
    """The command line, the configuration or the project folder cannot be used as given."""


class EngineUnavailableError(CompanionError):
    """No engine answers for this project root and none could be started."""


class CodecError(CompanionError):
    """Bytes or values that are not a message of this version."""


class WouldBlock(CompanionError):  # noqa: N818 - the name that trio and anyio users know
    """The channel is full (sending) or empty (receiving) right now."""


class ClosedResourceError(CompanionError):
    """This side closed the channel earlier and uses it again."""


class BrokenResourceError(CompanionError):
    """The receiving side is gone: what is sent can no longer arrive."""


class EndOfChannel(CompanionError):  # noqa: N818 - the name that trio and anyio users know
    """The sending side closed, and everything it sent has been received."""
