from companion.core.complaints import Complaints
from companion.messages import Status


def message(complaints: Complaints) -> str:
    status = complaints.news()
    assert status is not None
    return status.message


def test_nothing_to_say() -> None:
    assert Complaints().news() is None


def test_said_once() -> None:
    complaints = Complaints()
    complaints.add("secret", "Permission denied")
    assert complaints.news() == Status(
        "files", "warning",
        "Not watched, because unreadable: secret (Permission denied); allow reading, or ignore in [tool.companion].",
    )  # fmt: skip
    complaints.add("secret", "Permission denied")
    assert complaints.news() is None


def test_taken_back() -> None:
    complaints = Complaints()
    complaints.add("secret", "Permission denied")
    complaints.news()
    complaints.drop("secret")
    complaints.drop("other")
    assert complaints.news() == Status("files", "ok", "All files can be read again.")
    assert complaints.news() is None


def test_passed_before_it_was_said() -> None:
    complaints = Complaints()
    complaints.add("secret", "Permission denied")
    complaints.drop("secret")
    assert complaints.news() is None


def test_many_in_one_sentence() -> None:
    complaints = Complaints()
    for name in "dcbea":
        complaints.add(name, "x")
    assert "a (x), b (x), c (x), 2 more;" in message(complaints)


def test_the_root_itself() -> None:
    complaints = Complaints()
    complaints.add("", "x")
    assert "the project folder (x)" in message(complaints)
