"""What the refactorer's tests share: its rules, a sample of real code, and a way to see what a text does."""

import copy
import inspect
import itertools
import sysconfig
from collections.abc import Callable, Generator, Iterator, Sequence
from pathlib import Path
from typing import Any

from companion.core.text import UndecodableError, decode_source
from companion.refactor.finding import Candidate
from companion.refactor.registry import load_rules
from companion.refactor.rule import Rule, look, unindented

RULES = load_rules()


def pairs(rule: Rule) -> Iterator[tuple[str, str]]:
    """The rule's texts that it has a proposal for, and what the proposal makes of them."""
    return ((unindented(before), unindented(after)) for before, after in rule.INVALID)


def candidates(text: str, rules: Sequence[Rule] = RULES) -> list[Candidate]:
    """What the rules propose for a whole text."""
    return [finding for finding in look(rules, text, None) if isinstance(finding, Candidate)]


def sources(every: int) -> Iterator[tuple[str, str]]:
    """Name and text of every so-many-th module of the standard library."""
    folder = Path(sysconfig.get_path("stdlib"))
    paths = sorted(path for path in folder.rglob("*.py") if "site-packages" not in path.parts)
    for path in paths[::every]:
        try:
            yield path.name, decode_source(path.read_bytes())[0]
        except UndecodableError:
            pass  # some of them are there to be undecodable


class Ready:
    """Something to await."""

    def __init__(self, value: object) -> None:
        self.value = value

    def __await__(self) -> Generator[None, None, object]:
        yield
        return self.value

    def __repr__(self) -> str:
        return f"Ready({self.value})"


VALUES: tuple[object, ...] = (
    None, 0, 1, 2.5, float("nan"), "", "ab", [], [1, 2, 3], [0, "", None], [[1, 2], [3, 4]], (1, 2), Ready(1),
    Ready(0),
)  # fmt: skip
"""What functions are called with: each parameter with each of these."""


def behaviour(text: str) -> list[object]:
    """Everything that can be seen of a text: what it prints, and how every call of every function ends.

    Functions and methods at its top level are called with all combinations of `VALUES`.
    """
    seen: list[object] = []

    def show(*values: object) -> None:
        seen.append(("print", repr(values)))

    namespace: dict[str, Any] = {"print": show}
    exec(compile(text, "<text>", "exec"), namespace)  # noqa: S102 - the rules' own cases
    return [*seen, *(_outcome(call, seen) for call in list(_calls(namespace)))]


def _calls(namespace: dict[str, Any]) -> Iterator[Callable[[], object]]:
    for value in list(namespace.values()):
        if inspect.isfunction(value) and value.__name__ != "<lambda>":
            yield from (_call(value, arguments) for arguments in _combinations(value, 0))
        elif inspect.isclass(value):
            for method in vars(value).values():
                if inspect.isfunction(method):
                    yield from (_call_method(value, method, arguments) for arguments in _combinations(method, 1))


def _combinations(function: Callable[..., object], given: int) -> Iterator[tuple[object, ...]]:
    return itertools.product(VALUES, repeat=len(inspect.signature(function).parameters) - given)


def _call(function: Callable[..., object], arguments: tuple[object, ...]) -> Callable[[], object]:
    own = copy.deepcopy(arguments)
    return lambda: (repr(_finished(function(*own))), repr(own))


def _call_method(
    owner: type[object], method: Callable[..., object], arguments: tuple[object, ...]
) -> Callable[[], object]:
    own = copy.deepcopy(arguments)
    instance = object.__new__(owner)
    attributes = vars(instance)
    attributes["leaves"] = [1, "", 3]
    return lambda: (repr(_finished(method(instance, *own))), repr(attributes))


def _outcome(call: Callable[[], object], printed: list[object]) -> tuple[str, object, str]:
    printed.clear()
    try:
        return ("result", call(), repr(printed))
    except Exception as error:  # noqa: BLE001 - that the same is raised is what is looked at
        return ("raised", type(error).__name__, repr(printed))


def _finished(result: Any) -> object:
    """What a call gives in the end: a generator's values, a coroutine's result."""
    if inspect.isgenerator(result):
        return list(result)
    if inspect.isasyncgen(result):
        return list(_remaining(result))
    return _run(result) if inspect.iscoroutine(result) else result


def _remaining(result: Any) -> Iterator[object]:
    while True:
        try:
            yield _run(result.asend(None))
        except StopAsyncIteration:
            return


def _run(awaitable: Any) -> object:
    steps = awaitable.__await__()
    try:
        while True:
            next(steps)
    except StopIteration as end:
        return end.value
