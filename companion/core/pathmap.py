"""Paths of this machine and of another view of it (a container, another machine): one is told from the other.

Paths are absolute texts without ``.`` and ``..``; what no pair covers is the same on both sides.
"""

from collections.abc import Iterable, Sequence

Pairs = tuple[tuple[str, str], ...]


class PathMap:
    """``pairs`` are folders here and there; the innermost that holds a path decides."""

    def __init__(self, pairs: Pairs) -> None:
        self._out = _innermost_first(pairs)
        self._back = _innermost_first((there, here) for here, there in pairs)

    def __bool__(self) -> bool:
        return bool(self._out)

    def there(self, path: str) -> str:
        """What this path of ours is called on the far side."""
        return _moved(path, self._out)

    def here(self, path: str) -> str:
        """What this path of the far side is called here."""
        return _moved(path, self._back)


def is_far(python: Sequence[str], pairs: Pairs) -> bool:
    """Whether this command is no program of this machine, so that nothing may be taken to be the same there."""
    return len(python) > 1 or bool(pairs)


def covers(folder: str, path: str) -> bool:
    """Whether the path is this folder, or in it."""
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def _innermost_first(pairs: Iterable[tuple[str, str]]) -> Pairs:
    return tuple(sorted(pairs, key=lambda pair: len(pair[0]), reverse=True))


def _moved(path: str, pairs: Pairs) -> str:
    for old, new in pairs:
        if covers(old, path):
            return (new.rstrip("/") + "/" + path[len(old) :].lstrip("/")).rstrip("/") or "/"
    return path
