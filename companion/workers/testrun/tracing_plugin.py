"""Where one owner ends and another begins, as pytest tells it.

This module also runs in the project's own Python (3.10 or later) with pytest 7 or later.
"""

import contextlib
import sys
from collections.abc import Callable, Generator, Iterator
from typing import Any, Union

import pytest

from companion.workers.testrun.tracing import Tracing


class Following:
    """A plugin of a session that is traced; `begin` and `end` are called around each item."""

    def __init__(self, tracing: Tracing, locate: "Callable[[str], str]") -> None:
        self._tracing, self._locate = tracing, locate
        self._item: Any = None
        self._requested: dict[str, Any] = {}
        self._classes: dict[Any, frozenset[Union[int, None]]] = {}

    def meet(self, item: Any) -> None:
        """This one is next."""
        self._item, self._requested = item, {}

    def begin(self, node_id: str) -> None:
        """It begins."""
        self._tracing.begin_item(node_id)

    def end(self) -> None:
        """It is over: before that is told, what it executed is."""
        fixtures = list(_fixtures(self._item))
        owners = (self._tracing.owners.of_fixture(each) for each in (*fixtures, *self._requested.values()))
        self._tracing.end_item(self._own(fixtures), [owner for owner in owners if owner is not None])
        self._item, self._requested = None, {}

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_make_collect_report(self, collector: Any) -> "Generator[None]":
        """What a test file executes to say what tests it holds; its folders are the session's."""
        if isinstance(collector, pytest.Package) or not isinstance(collector, (pytest.File, pytest.Class)):
            yield
            return
        path = self._locate(str(collector.path))
        with self._tracing.within("collect", path) if path else contextlib.nullcontext():
            yield

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_fixture_setup(self, fixturedef: Any, request: Any) -> "Generator[None]":
        """What several items share is set up, and torn down, for itself."""
        if fixturedef.scope == "function":
            yield
            return
        owners = self._tracing.owners
        owner = owners.set_up(fixturedef, f"{fixturedef.baseid or '.'}::{fixturedef.argname}")
        self._tracing.push(owner)
        yield
        for other in filter(None, map(owners.of_fixture, _requested_by(fixturedef, request))):
            if other is not owner:
                owner.uses.add(other.name)
                owner.is_broken |= other.is_broken
        self._tracing.drop(owner)
        fixturedef.addfinalizer(lambda: self._tracing.push(owner))  # the last one added is the first one called

    @pytest.hookimpl(trylast=True)
    def pytest_fixture_post_finalizer(self, fixturedef: Any) -> None:
        """It has been torn down."""
        owner = self._tracing.owners.of_fixture(fixturedef)
        if owner is not None:
            self._tracing.drop(owner)

    @pytest.hookimpl(hookwrapper=True, trylast=True)
    def pytest_runtest_teardown(self, item: Any) -> "Generator[None]":
        """Until then pytest knows which fixtures were asked for."""
        yield
        self._requested = dict(getattr(getattr(item, "_request", None), "_fixture_defs", None) or {})

    def _own(self, fixtures: "list[Any]") -> "set[int]":
        """The code that it consists of, whether or not that was reached."""
        functions = [getattr(self._item, "function", None), *(each.func for each in fixtures)]
        own = {self._tracing.number_of(code) for function in functions for code in _codes(function)}
        own.update(self._of_class(getattr(self._item, "cls", None)))
        return {number for number in own if number is not None}

    def _of_class(self, cls: Any) -> "frozenset[Union[int, None]]":
        """Of its statement and those of its bases."""
        found = self._classes.get(cls)
        if found is None:
            found = self._classes[cls] = frozenset(map(self._class_of, getattr(cls, "__mro__", ())))
        return found

    def _class_of(self, cls: Any) -> "int | None":
        file = getattr(sys.modules.get(cls.__module__), "__file__", None)
        return self._tracing.codes.classes.get((self._locate(file), cls.__qualname__)) if file else None


def _fixtures(item: Any) -> "Iterator[Any]":
    """All that may stand for the names that it asks for, directly or not."""
    known: Any = getattr(getattr(item, "_fixtureinfo", None), "name2fixturedefs", {})
    for name in getattr(item, "fixturenames", ()):
        yield from known.get(name, ())


def _requested_by(fixturedef: Any, request: Any) -> "list[Any]":
    """Fixtures that this one has asked for; all that are there, where it may have asked in its own words."""
    known = getattr(request, "_fixture_defs", {})
    if "request" in fixturedef.argnames:
        return list(known.values())
    return [known[name] for name in fixturedef.argnames if name in known]


def _codes(function: Any) -> "Iterator[object]":
    """Of a function, and of what it wraps."""
    seen: list[Any] = []
    while function is not None and not any(function is each for each in seen):
        seen.append(function)
        plain = getattr(function, "__func__", function)
        yield getattr(plain, "__code__", None)
        function = getattr(plain, "__wrapped__", None) or getattr(
            getattr(plain, "hypothesis", None), "inner_test", None
        )
