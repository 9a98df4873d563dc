"""The refactorer agent: changes in, one answer each, whatever the changes hold."""

import json
import pickle
from collections.abc import Iterator

import pytest

from companion.config import Config
from companion.core.diff import apply, diff
from companion.core.text import content_hash
from companion.errors import UsageError
from companion.messages import FileChange, Message, Ping, Proposal, Refactor, RefactorFinished, Status
from companion.refactor.finding import Candidate, Declined, Defect, Finding
from companion.workers.loop import Loop
from companion.workers.refactorer import Refactorer, Texts, Touched, build

FUNCTION = "def f(x):\n    if x:\n        print(1)\n        print(x)\n"
GUARDED = "def f(x):\n    if not x:\n        return\n    print(1)\n    print(x)\n"
LOOP = "def g(xs):\n    for i in range(len(xs)):\n        print(xs[i])\n"


class Host:
    """A link that keeps what was sent."""

    def __init__(self) -> None:
        self.loop = Loop()
        self.sent: list[Message] = []

    def send(self, message: Message) -> None:
        self.sent.append(message)


@pytest.fixture
def host() -> Iterator[Host]:
    host = Host()
    yield host
    host.loop.close()


def whole(path: str, text: str | bytes) -> FileChange:
    data = text.encode() if isinstance(text, str) else text
    return FileChange(path, "created", "", content_hash(data), (), data)


def edited(path: str, old: str, new: str) -> FileChange:
    base, digest = (content_hash(text.encode()) for text in (old, new))
    return FileChange(path, "modified", base, digest, diff(old, new), None)


def answer(host: Host, agent: Refactorer, *changes: FileChange) -> tuple[Proposal, ...]:
    """The proposals of the one answer to these changes."""
    host.sent.clear()
    agent.handle(Refactor(7, changes))
    (finished,) = [message for message in host.sent if isinstance(message, RefactorFinished)]
    assert finished.generation == 7
    assert finished.seconds >= 0
    return finished.proposals


def built(host: Host, config: Config | None = None) -> Refactorer:
    agent = build(host, config or Config("/project"))
    assert isinstance(agent, Refactorer)
    return agent


def test_whole_text_gives_proposals(host: Host) -> None:
    (proposal,) = answer(host, built(host), whole("a.py", FUNCTION))
    assert apply(proposal.edits, FUNCTION) == GUARDED
    assert proposal.hash == content_hash(FUNCTION.encode())
    assert (proposal.generation, proposal.rule, proposal.path) == (7, "guard-clause", "a.py")
    assert (proposal.line, proposal.end_line) == (2, 4)
    assert (proposal.verdict, proposal.items, proposal.executed_lines) == ("unverified", 0, 0)
    assert proposal.changed_lines == 4
    assert proposal.diff.startswith("--- a/a.py\n+++ b/a.py\n@@ -1,4 +1,5 @@\n")


def test_edits_give_proposals_for_what_they_touched(host: Host) -> None:
    agent = built(host)
    old = f"{FUNCTION}\n\n{LOOP}"
    assert len(answer(host, agent, whole("a.py", old))) == 2
    new = old.replace("print(xs[i])", "print(xs[i], 1)")
    (proposal,) = answer(host, agent, edited("a.py", old, new))
    assert proposal.rule == "index-loop-to-enumerate"
    newer = new.replace("def f(x):", "def f(x, y):")
    (proposal,) = answer(host, agent, edited("a.py", new, newer))
    assert proposal.rule == "guard-clause"
    assert apply(proposal.edits, newer).startswith("def f(x, y):\n    if not x:\n        return\n")


def test_data_with_edits_is_looked_at_where_it_was_edited(host: Host) -> None:
    old = f"{FUNCTION}\n\n{LOOP}"
    new = old.replace("print(1)", "print(2)")
    change = edited("a.py", old, new)
    change = FileChange(change.path, change.kind, change.base, change.hash, change.edits, new.encode())
    assert [proposal.rule for proposal in answer(host, built(host), change)] == ["guard-clause"]


def test_two_changes_of_one_file_give_proposals_for_the_last_text(host: Host) -> None:
    new = FUNCTION.replace("1", "2")
    (proposal,) = answer(host, built(host), whole("a.py", FUNCTION), edited("a.py", FUNCTION, new))
    assert proposal.hash == content_hash(new.encode())


def test_unknown_base_is_skipped_until_the_text_arrives(host: Host) -> None:
    agent = built(host)
    newer = f"{FUNCTION}# end\n"
    assert answer(host, agent, edited("a.py", FUNCTION, newer)) == ()
    answer(host, agent, whole("a.py", "x = 1\n"))
    assert answer(host, agent, edited("a.py", FUNCTION, newer)) == ()
    assert (
        answer(host, agent, edited("a.py", "x = 1\n", FUNCTION)) == ()
    )  # forgotten with the change that did not fit
    assert len(answer(host, agent, whole("a.py", FUNCTION))) == 1
    assert len(answer(host, agent, edited("a.py", FUNCTION, newer.replace("1", "2")))) == 1


def test_text_that_is_not_what_its_hash_says_is_skipped(host: Host) -> None:
    agent = built(host)
    wrong = FileChange("a.py", "created", "", content_hash(b"other"), (), FUNCTION.encode())
    assert answer(host, agent, wrong) == ()
    answer(host, agent, whole("a.py", FUNCTION))
    change = edited("a.py", FUNCTION, "x = 1\n")
    change = FileChange("a.py", "modified", change.base, content_hash(b"other"), change.edits, None)
    assert answer(host, agent, change) == ()


def test_deleted_file_is_forgotten(host: Host) -> None:
    agent = built(host)
    answer(host, agent, whole("a.py", FUNCTION))
    gone = FileChange("a.py", "deleted", content_hash(FUNCTION.encode()), "", (), None)
    assert answer(host, agent, gone) == ()
    assert answer(host, agent, edited("a.py", FUNCTION, f"{FUNCTION}\n")) == ()


@pytest.mark.parametrize(
    "data",
    [
        b"def f(:\n",
        b"\xff\xfe",
        b"# coding: nonsense\n",
        b"# coding: ascii\n'\xc3\xa4'\n",
        b"",
        b"\0",
        b"x = " + b"(" * 999,
    ],
)
def test_broken_code_gives_no_proposals_and_no_complaint(host: Host, data: bytes) -> None:
    assert answer(host, built(host), whole("a.py", data)) == ()
    assert len(host.sent) == 1


def test_other_files_are_not_looked_at(host: Host) -> None:
    assert answer(host, built(host), whole("a.pyi", FUNCTION), whole("a.txt", FUNCTION)) == ()


def test_memoryview_may_be_released_afterwards(host: Host) -> None:
    agent = built(host)
    view = memoryview(bytearray(FUNCTION.encode()))
    answer(host, agent, FileChange("a.py", "created", "", content_hash(view), (), view))
    view.release()
    assert len(answer(host, agent, edited("a.py", FUNCTION, FUNCTION.replace("1", "2")))) == 1


@pytest.mark.parametrize("encoding", ["latin-1", "utf-8-sig"])
def test_encoding_is_kept_for_the_edits_that_follow(host: Host, encoding: str) -> None:
    agent = built(host)
    name = encoding.removesuffix("-sig")
    old = f"# coding: {name}\n# ä\n{FUNCTION}"
    new = old.replace("1)", "'ö')")
    answer(host, agent, whole("a.py", old.encode(encoding)))
    base, digest = (content_hash(text.encode(encoding)) for text in (old, new))
    (proposal,) = answer(host, agent, FileChange("a.py", "modified", base, digest, diff(old, new), None))
    assert apply(proposal.edits, new).endswith("    print('ö')\n    print(x)\n")


def test_line_ends_are_kept(host: Host) -> None:
    text = FUNCTION.replace("\n", "\r\n")
    (proposal,) = answer(host, built(host), whole("a.py", text))
    assert apply(proposal.edits, text) == GUARDED.replace("\n", "\r\n")


def test_ids_are_stable_and_tell_proposals_apart(host: Host) -> None:
    first = answer(host, built(host), whole("a.py", FUNCTION + LOOP), whole("b.py", FUNCTION))
    again = answer(host, built(host), whole("a.py", FUNCTION + LOOP), whole("b.py", FUNCTION))
    assert [proposal.id for proposal in first] == [proposal.id for proposal in again]
    assert len({proposal.id for proposal in first}) == len(first) == 3


def test_large_files_are_left_alone(host: Host) -> None:
    agent = built(host, Config("/project", largest_file=100))
    assert answer(host, agent, whole("a.py", FUNCTION + "#" * 100)) == ()
    assert len(answer(host, agent, whole("a.py", FUNCTION))) == 1


def test_texts_stay_within_bounds() -> None:
    texts = Texts(100, most_texts=2, most_characters=10)
    for path in ("a", "b", "c"):
        assert texts.take(whole(path, "1234"))
    assert not texts.take(edited("a", "1234", "1235"))
    assert texts.take(edited("c", "1234", "123456789"))
    assert not texts.take(edited("b", "1234", "1235"))
    assert texts.take(edited("c", "123456789", "1"))


def test_rules_are_chosen_by_the_configuration(host: Host) -> None:
    agent = built(host, Config("/project", disabled_rules=("guard-clause",)))
    assert [proposal.rule for proposal in answer(host, agent, whole("a.py", FUNCTION + LOOP))] == [
        "index-loop-to-enumerate"
    ]
    assert agent.detail == "1 rule"
    with pytest.raises(UsageError):
        build(host, Config("/project", rules=("nonsense",)))


def test_rule_that_fails_is_reported_once_and_others_go_on(host: Host) -> None:
    def look(text: str, touched: Touched) -> list[Finding]:
        candidate = Candidate("good", "Good", 1, 1, "y", diff(text, "y"))
        return [Defect("bad", 3, "KeyError: 1"), Declined("good", 1, "so"), candidate]

    agent = Refactorer(host, look, Texts(100), "2 rules")
    assert len(answer(host, agent, whole("a.py", "x"), whole("b.py", "x"))) == 2
    (status,) = [message for message in host.sent if isinstance(message, Status)]
    assert status.health == "warning"
    assert "bad" in status.source
    assert "bad failed on a.py:3 (KeyError: 1)" in status.message


def test_other_messages_are_not_for_this_agent(host: Host) -> None:
    agent = built(host)
    agent.handle(Ping(1))
    agent.close()
    assert host.sent == []


def test_no_json_and_no_pickle(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("not between interpreters")

    for module in (json, pickle):
        for name in ("dumps", "loads", "dump", "load"):
            monkeypatch.setattr(module, name, refuse)
    agent = built(host)
    assert len(answer(host, agent, whole("a.py", FUNCTION + LOOP))) == 2
