"""The few words that fields are made of."""

from typing import Literal, Union

Blob = Union[bytes, memoryview]  # noqa: UP007 - evaluated at run time on Python 3.10
"""A text's bytes. Above 64 KiB the reader gets a view of the sender's memory and must release it."""

Outcome = Literal["passed", "failed", "error", "skipped", "xfailed", "xpassed"]
Health = Literal["ok", "warning", "error"]
Lane = Literal["interpreter", "process"]
Trigger = Literal["save", "edit", "disk", "start", "request"]
Scope = Literal["changed", "all", "failed", "paths", "name", "items", "since"]
AgentName = Literal["watcher", "runner", "refactorer"]
EVERYTHING = "*"
"""In the place of paths: all tests."""
UNSEEN = "?"
"""In the place of a path: what has changed since it ran last while nobody looked; all tests if none is known."""
Handle = tuple[object, ...]
"""What opens one end of a channel in another interpreter; means nothing in another process."""
