"""What is kept for an agent that is not there: the newest of each path, and no more than fits."""

from companion.messages import FileChange, LookAt, Ping, Refactor
from companion.runtime.waiting import Waiting


def change(path: str, digest: str) -> FileChange:
    return FileChange(path, "modified", "", digest, (), None)


def test_order_is_kept() -> None:
    waiting = Waiting()
    for number in range(5):
        waiting.add(Ping(number))
    assert len(waiting) == 5
    assert waiting.take() == [Ping(number) for number in range(5)]
    assert not waiting


def test_of_changes_the_newest_of_each_path_in_the_newest_generation() -> None:
    waiting = Waiting()
    for generation in range(10_000):
        waiting.add(Refactor(generation, (change(f"{generation % 3}.py", str(generation)), change("a.py", "a"))))
    (kept,) = waiting.take()
    assert isinstance(kept, Refactor)
    assert kept.generation == 9_999
    assert {c.path: c.hash for c in kept.changes} == {"0.py": "9999", "1.py": "9997", "2.py": "9998", "a.py": "a"}


def test_paths_to_look_at_are_kept_once() -> None:
    waiting = Waiting()
    for number in range(10_000):
        waiting.add(LookAt((f"{number % 2}.py",)))
    assert waiting.take() == [LookAt(("0.py", "1.py"))]


def test_of_what_cannot_be_joined_the_oldest_goes() -> None:
    waiting = Waiting(most=3)
    for number in range(10):
        waiting.add(Ping(number))
    waiting.add(LookAt(("a.py",)))
    assert waiting.take() == [Ping(8), Ping(9), LookAt(("a.py",))]


def test_nothing_is_kept_for_one_that_does_not_come() -> None:
    waiting = Waiting()
    waiting.add(Ping(1))
    waiting.clear()
    assert waiting.take() == []
