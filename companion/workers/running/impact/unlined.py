"""Test files of which it is not known which lines they execute, or no longer."""

import hashlib
from collections.abc import Iterable, Mapping
from typing import cast

from companion.core.impact.graph import CONTENT, ENVIRONMENT, PRESENCE
from companion.errors import CodecError
from companion.runtime.wire import HEADER, dumps, loads
from companion.store.lines import Lines
from companion.workers.running.impact.impact import Impact
from companion.workers.running.impact.traces import DATA, EXTERNAL, OPAQUE
from companion.workers.running.sources import Sources

LOOKS = 50
"""Test files that are looked at in one go, to find out whether what they stand on is another."""

BROKEN = "broken lines"
"""The name of the memo."""


class Unlined:
    """``given_up`` are files that are not tried again, each in this state."""

    def __init__(self, impact: Impact, sources: Sources, lines: Lines) -> None:
        self._impact, self._sources, self._lines = impact, sources, lines
        self.given_up: dict[str, str] = {}
        self._reached = ""
        self._broken: dict[str, str] = _broken(impact.records.memo(BROKEN))
        """Files with items that nobody could trace, each in this state."""

    def look(self, *, external: bool) -> tuple[list[str], bool]:
        """Some of them; whether there are no others, as far as can be told in one go: ask again.

        ``external``: so are those with items that were left out because they reach outside.
        """
        known, lined = self._lines.states(), self._lines.items() if external else frozenset[str]()
        untraced = self._untraced()
        found: list[str] = []
        again: list[str] = []
        looked = 0
        for test in sorted(test for test in self._impact.records.tests() if test > self._reached):
            state, ran = known.get(test, ("", True))
            lacks = external and not self._outside(test, untraced) <= lined
            if ran or lacks:
                looked += 1
                now = self.state(test)
                if state == now and not lacks:
                    again.append(test)
                elif self._may_run(test, now, untraced, external=external):
                    found.append(test)
            if looked == LOOKS:
                self._reached = "" if found else test
                break
        else:
            self._reached = ""
        self._lines.settle(again)
        return found, looked < LOOKS

    def broken(self, test: str, state: str) -> None:
        """An item of this test file had nothing told of its lines."""
        if self._broken.get(test) != state:
            self._broken[test] = state
            self._impact.records.keep_memo(BROKEN, dumps(tuple(self._broken.items())))

    def known(self) -> frozenset[str]:
        """Test files of which all lines are known, as far as they have run since."""
        states = ((test, state) for test, (state, _) in self._lines.states().items())
        return frozenset(
            test
            for test, state in states
            if self._broken.get(test) != state and self.given_up.get(test, state) == state
        )

    def state(self, test: str) -> str:
        """A digest of all that this test file stands on, as far as its lines may follow from it."""
        paths, others = {test, *self._impact.records.closure(test)}, {self._impact.surroundings.packages}
        for item in self._impact.records.items(test).values():
            for path, key, mark in self._impact.records.parts(item.parts):
                if key == CONTENT:
                    paths.add(path)
                elif path == ENVIRONMENT:
                    others.add(f"{key} {mark}")
                elif key == PRESENCE:
                    others.add(f"{path} {self._sources.exists(path)}")
        told = "\n".join((*(f"{path} {self._sources.content(path)}" for path in sorted(paths)), *sorted(others)))
        return hashlib.blake2b(told.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()

    def left_out(self, tests: Iterable[str]) -> dict[str, frozenset[str]]:
        """Items that reach outside of their process, or of which nobody knows whether they do, by test file."""
        untraced = self._untraced()
        return {test: self._outside(test, untraced) for test in tests}

    def _untraced(self) -> Mapping[str, int]:
        """Bits of items by test file; finding them out takes as long for one file as for all."""
        return self._impact.known.executing(*DATA[:2])

    def _outside(self, test: str, untraced: Mapping[str, int]) -> frozenset[str]:
        unknown = untraced.get(test, 0)
        return frozenset(
            of.id
            for number, of in self._impact.records.items(test).items()
            if of.flags & (EXTERNAL | OPAQUE) or unknown >> number & 1
        )

    def _may_run(self, test: str, now: str, untraced: Mapping[str, int], *, external: bool) -> bool:
        if self.given_up.get(test) == now or not self._sources.exists(test):
            return False
        if external or not self._outside(test, untraced) >= set(self._impact.records.names(test)):
            return True
        self._lines.keep({test: now}, (), {})
        return False


def _broken(data: bytes | None) -> dict[str, str]:
    """What another version of companion, or a damaged disk, has left is nothing."""
    try:
        found = loads((data or b"")[HEADER:])
        return dict(cast("tuple[tuple[str, str], ...]", found)) if isinstance(found, tuple) else {}
    except CodecError, TypeError, ValueError:
        return {}
