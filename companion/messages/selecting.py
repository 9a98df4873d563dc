"""Which items changes affect, and what each stands on: asked of the runner, who runs nothing for it."""

from companion.messages.base import Message, message
from companion.messages.events import SelectedItem


@message
class RequestAffected(Message):
    """A front asks what would run now; answered by `AffectedItems`.

    ``since``: a commit of git's; empty: what has changed since each item ran last. ``explain``: and what the others
    stand on.
    """

    request: int
    since: str = ""
    explain: bool = False


@message
class Unaffected(Message):
    """So many items of a test file stay as they are, for none of all that they stand on has changed."""

    path: str
    items: int
    dependencies: int


@message
class AffectedItems(Message):
    """The answer; a file stands for items that nobody knows yet. ``problem``: why it cannot be told, or empty."""

    request: int
    items: tuple[SelectedItem, ...]
    skipped: int
    unaffected: tuple[Unaffected, ...] = ()
    problem: str = ""


@message
class RequestExplanation(Message):
    """A front asks what this item stands on; answered by `Explanation`."""

    request: int
    item: str


@message
class Ground(Message):
    """What an item does (``calls``, ``fixtures``, ``imports``, ``reads``, ``lists``, ``looks for``, ``variables``),
    and with what."""

    kind: str
    names: tuple[str, ...]


@message
class Explanation(Message):
    """What an item's last run stands on; ``problem``: why that cannot be told, or empty.

    ``why`` it has yet to run, empty if it has not. ``dependencies`` counts all that may change. ``external``: it
    reaches outside of its process; ``opaque``: it starts programs, or nobody could see what it does.
    """

    request: int
    item: str
    why: str = ""
    dependencies: int = 0
    grounds: tuple[Ground, ...] = ()
    external: bool = False
    opaque: bool = False
    problem: str = ""
