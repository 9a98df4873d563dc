"""Budgets and limits of the front."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Options:
    """Everything resolved; seconds, bytes and counts."""

    publish_interval: float = 0.05
    """Least time between two rounds of diagnostics; the first of a burst goes out at once."""
    most_published: int = 25
    """Files whose diagnostics go out in one round; the others follow in the next, so that requests get their turn."""
    progress_delay: float = 0.5
    """A run shorter than this shows no progress."""
    progress_interval: float = 0.2
    """Least time between two reports of progress."""
    client_timeout: float = 10.0
    """How long the editor may take to answer a request of ours."""
    engine_timeout: float = 10.0
    """How long the engine may take to accept what a command asks for."""
    debug_timeout: float = 60.0
    """How long it may take until a debugger can be attached: a process may have to get warm for that."""
    close_timeout: float = 0.5
    """How long leaving the engines may take at the end."""
    flush_timeout: float = 0.3
    """How long the last messages may take to be written at the end."""
    parent_interval: float = 1.0
    """How often the editor's process is looked at where its end cannot be waited for."""
    most_related: int = 30
    """Places that one diagnostic refers to; the innermost frames, or the first items, are kept."""
    largest_closed_file: int = 2_000_000
    """Bytes above which a file that is not open is not read to find a line's width."""
    most_unsent: int = 64 * 1024 * 1024
    """Bytes that may wait for an editor that does not read; more, and it counts as gone."""
    most_unhandled: int = 1_000
    """Messages of the editor that may wait for the loop; the reader pauses above it."""
