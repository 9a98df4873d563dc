"""Contents cross once: an agent that applies what it is given has the content that is named."""

import inspect
from dataclasses import dataclass, field
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from runtime_kit import unhurried

from companion.core.filechange import Version, content_after, describe
from companion.core.text import content_hash
from companion.messages import AgentName, FileChange, FilesChanged
from companion.runtime.documents import MOST_CHARACTERS, MOST_TEXTS, Crossed
from companion.workers.refactorer import Texts

PATHS = ("a.py", "b.toml")
AGENTS: tuple[AgentName, ...] = ("refactorer", "runner")
CONTENTS = (
    b"",
    b"one\n",
    b"one\ntwo\n",
    b"one\r\ntwo\r\nthree",
    b"\xef\xbb\xbfone\n",
    b"\xef\xbb\xbfone\ntwo\nthree and more\n",
    b"# coding: latin-1\n\xe4\n",
    b"# coding: latin-1\n\xe4\xf6\n",
    b"# coding: nonsense\n",
    b"# coding: nonsense\nx\n",
    b"# coding: utf-16\n",
    b"\xff\xfe\x00\xd8",
    "ä\U0001f600\nb\n".encode(),
)
"""Texts near each other, with marks and cookies that mean something in one of the two files only; and no text."""


@dataclass
class Holder:
    """What an agent holds: contents by path, as far as it was told."""

    contents: dict[str, bytes] = field(default_factory=dict[str, bytes])
    crossed: int = 0

    def apply(self, change: FileChange) -> None:
        old = self.contents.pop(change.path, None)
        if change.data is not None:
            self.crossed += 1
        if old is not None and content_hash(old) != change.base:
            old = None
        new = content_after(change, old)
        if new is not None:
            self.contents[change.path] = new


class Engine(RuleBasedStateMachine):
    """The watcher's and the host's side of it, agents that come and go, and changes that reach them late."""

    def __init__(self) -> None:
        super().__init__()
        self.crossed = Crossed()
        self.disk: dict[str, bytes] = {}
        self.watched: dict[str, Version] = {}
        self.agents: dict[str, Holder] = {name: Holder() for name in AGENTS}
        self.late: list[FileChange] = []
        self.newest: dict[str, dict[str, FileChange]] = {name: {} for name in AGENTS}

    @rule(path=st.sampled_from(PATHS), content=st.sampled_from(CONTENTS) | st.none(), is_kept=st.booleans())
    def write(self, path: str, content: bytes | None, is_kept: bool) -> None:
        """``is_kept``: whether the watcher keeps the text, which it does not of a large file."""
        new = None if content is None else Version(content_hash(content), content)
        change = describe(path, self.watched.get(path), new)
        if new is None or content is None:
            self.watched.pop(path, None)
        else:
            self.watched[path] = Version(new.hash, content if is_kept else None, shared=is_kept)
        if change is not None:
            lent = (
                change
                if change.data is None
                else FileChange(path, change.kind, change.base, change.hash, change.edits, memoryview(change.data))
            )
            taken = self.crossed.take(FilesChanged((lent,), "disk"))
            assert taken == FilesChanged((change,), "disk")
            assert not isinstance(taken.changes[0].data, memoryview)
            self.late += taken.changes

    @rule(agents=st.sets(st.sampled_from(AGENTS)))
    def hand_on(self, agents: set[AgentName]) -> None:
        """The engine gives some of them what has collected; the others never get it."""
        for change in self.late:
            for name in agents:
                self.agents[name].apply(self.crossed.give(name, change))
                self.newest[name][change.path] = change
        self.late.clear()

    @rule(name=st.sampled_from(AGENTS))
    def restart_agent(self, name: AgentName) -> None:
        self.crossed.forget(name)
        self.agents[name] = Holder()
        self.newest[name] = {}

    @rule()
    def restart_watcher(self) -> None:
        """It learns the project anew, and nobody shares what it knows."""
        self.watched = {path: Version(version.hash, version.data) for path, version in self.watched.items()}

    @invariant()
    def what_is_held_is_what_was_named(self) -> None:
        for name, holder in self.agents.items():
            for path, change in self.newest[name].items():
                content = holder.contents.get(path)
                assert (content is None) == (change.kind == "deleted")
                assert content is None or content_hash(content) == change.hash

    @invariant()
    def what_an_agent_is_said_to_know_it_has(self) -> None:
        for name, known in cast("Any", self.crossed)._known.items():
            holder = self.agents[name]
            for path, (digest, _) in known._held.items():
                assert content_hash(holder.contents[path]) == digest


def test_any_sequence_of_changes() -> None:
    run_state_machine_as_test(Engine, settings=settings(unhurried, max_examples=150, stateful_step_count=30))


def changes(path: str, *contents: bytes) -> list[FileChange]:
    """As the watcher sends them of a file whose first content nobody had."""
    old: Version | None = None
    found: list[FileChange] = []
    for content in contents:
        new = Version(content_hash(content), content)
        change = describe(path, old, new)
        assert change is not None
        found.append(change)
        old = Version(new.hash, content, shared=True)
    return found


def test_a_text_crosses_once_and_then_its_edits() -> None:
    crossed, holder = Crossed(), Holder()
    versions = [b"line %d\n" % number * 50 for number in range(20)]
    for change, content in zip(changes("a.py", *versions), versions, strict=True):
        (taken,) = crossed.take(FilesChanged((change,), "save")).changes
        holder.apply(crossed.give("refactorer", taken))
        assert holder.contents["a.py"] == content
    assert holder.crossed == 1


def test_an_agent_that_comes_later_gets_the_whole() -> None:
    """The watcher sends edits only by then: the host has made the content of them."""
    crossed, holder = Crossed(), Holder()
    first, second = changes("a.py", b"one\n", b"one\ntwo\n")
    crossed.take(FilesChanged((first,), "save"))
    (taken,) = crossed.take(FilesChanged((second,), "save")).changes
    assert taken.data is None
    holder.apply(crossed.give("refactorer", taken))
    assert holder.contents == {"a.py": b"one\ntwo\n"}


@pytest.mark.parametrize("mark", [b"\xef\xbb\xbf", b"# coding: nonsense\n"])
def test_only_python_declares_its_encoding(mark: bytes) -> None:
    """In any other file a byte-order mark is a character, and a coding cookie a comment."""
    crossed, holder = Crossed(), Holder()
    first, second = changes("pyproject.toml", mark + b"a = 1\n", mark + b"a = 1\nb = 2\n")
    for change in (first, second):
        taken = crossed.take(FilesChanged((change,), "save"))
    holder.apply(crossed.give("refactorer", taken.changes[0]))
    assert holder.contents == {"pyproject.toml": mark + b"a = 1\nb = 2\n"}


def test_a_content_that_was_not_given_is_not_taken_for_known() -> None:
    """The first change comes so late that the host holds the second's content already; the agent can use neither's
    edits, and gets the content whole."""
    crossed, holder = Crossed(), Holder()
    first, second, third = changes("a.py", b"one\n", b"one\ntwo\n", b"one\ntwo\nthree\n")
    for change in (first, second, third):
        crossed.take(FilesChanged((change,), "save"))
    holder.apply(crossed.give("refactorer", second))
    assert not holder.contents
    holder.apply(crossed.give("refactorer", third))
    assert holder.contents == {"a.py": b"one\ntwo\nthree\n"}


@unhurried
@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.integers(1, 8)), max_size=40))
def test_what_the_refactorer_has_forgotten_crosses_whole(saves: list[tuple[str, int]]) -> None:
    """It keeps so many texts, or characters, and no more: whatever it evicts, it can read the next change of it."""
    crossed, texts = Crossed(most_texts=3, most_characters=60), Texts(1_000, most_texts=4, most_characters=60)
    watched: dict[str, Version] = {}
    for name, lines in saves:
        path, content = f"{name}.py", b"x = 1234\n" * lines
        new = Version(content_hash(content), content)
        change = describe(path, watched.get(path), new)
        watched[path] = Version(new.hash, content, shared=True)
        if change is not None:
            (taken,) = crossed.take(FilesChanged((change,), "save")).changes
            text = texts.take(crossed.give("refactorer", taken))
            assert text is not None
            assert text.text == content.decode()


def test_the_refactorer_keeps_what_it_is_relied_on_to_keep() -> None:
    defaults = {name: option.default for name, option in inspect.signature(Texts).parameters.items()}
    assert defaults["most_texts"] >= MOST_TEXTS
    assert defaults["most_characters"] >= MOST_CHARACTERS
