"""The supervisor over real subinterpreters: agents start, are heard, and start again when they are told to."""

from pathlib import Path

from runtime_kit import nothing_left
from runtime_supervised import Bench, supervised

from companion.config import Config
from companion.core.supervision import DELAYS
from companion.messages import AgentName, FileChange, Message, Refactor, Status

AGENTS: tuple[AgentName, ...] = ("runner", "watcher", "refactorer")


def test_all_three_start_and_the_refactorer_last(tmp_path: Path) -> None:
    async def play() -> None:
        bench = Bench(tmp_path)
        bench.supervisor.start()
        await bench.all_up()
        bench.stop()
        order = [(entry[0], entry[1]) for entry in bench.log]
        assert order[:2] == [("hired", "runner"), ("hired", "watcher")]
        assert set(order[2:4]) == {("up", "runner"), ("up", "watcher")}
        assert order[4:] == [("hired", "refactorer"), ("up", "refactorer")]
        assert bench.seen("up", "watcher") == [("up", "watcher", f"watcher in {tmp_path.name}")]

    with nothing_left():
        supervised(play)


def test_each_is_described(tmp_path: Path) -> None:
    async def play() -> None:
        bench = Bench(tmp_path)
        bench.supervisor.start()
        assert [info.state for info in bench.supervisor.describe()] == ["starting"] * 3
        await bench.all_up()
        described = bench.supervisor.describe()
        assert [info.name for info in described] == ["runner", "watcher", "refactorer"]
        assert [info.state for info in described] == ["up"] * 3
        assert len({info.interpreter for info in described}) == 3
        assert all(info.detail == f"{info.name} in {tmp_path.name}" for info in described)
        bench.stop()

    supervised(play)


def test_what_is_sent_while_it_starts_arrives_in_order(tmp_path: Path) -> None:
    async def play() -> None:
        bench = Bench(tmp_path)
        bench.say("refactorer", "before anything was started")
        bench.supervisor.start()
        for number in range(200):
            bench.say("watcher", str(number))
        await bench.said("watcher", "199")
        await bench.said("refactorer", "before anything was started")
        said = [entry[2] for entry in bench.seen("said", "watcher")]
        assert said == [Status("said", "ok", str(number)) for number in range(200)]
        bench.stop()

    supervised(play)


def test_one_that_is_told_to_raise_is_started_again(tmp_path: Path) -> None:
    async def play() -> None:
        bench = Bench(tmp_path)
        bench.supervisor.start()
        await bench.all_up()
        before = {info.name: info for info in bench.supervisor.describe()}
        bench.supervisor.restart("watcher", "because I say so")
        await bench.up("watcher", 2)
        reason = "ToldToRaiseError: because I say so"
        crash = Status("crash:watcher", "warning", f"the watcher ended ({reason})")
        assert [entry for entry in bench.log if entry[1] == "watcher"][2:] == [
            ("said", "watcher", crash),
            ("down", "watcher", f"the watcher ended: {reason}", False),
            ("hired", "watcher", False),
            ("up", "watcher", f"watcher in {tmp_path.name}"),
        ]
        bench.say("watcher", "again")
        await bench.said("watcher", "again")
        after = {info.name: info for info in bench.supervisor.describe()}
        assert after["watcher"].restarts == 1
        assert after["watcher"].interpreter != before["watcher"].interpreter
        assert (after["runner"], after["refactorer"]) == (before["runner"], before["refactorer"]), "one for one"
        bench.stop()

    with nothing_left():
        supervised(play)


def test_what_is_sent_between_two_lives_arrives_in_the_second(tmp_path: Path) -> None:
    async def play() -> None:
        bench = Bench(tmp_path)
        bench.supervisor.start()
        await bench.all_up()
        bench.supervisor.restart("runner", "now")
        await bench.down("runner")
        bench.say("runner", "kept")
        await bench.said("runner", "kept")
        bench.stop()

    supervised(play)


def test_a_new_configuration_starts_all_anew(tmp_path: Path) -> None:
    """As often as the user likes; and what is sent meanwhile is for those that come."""

    async def play() -> None:
        bench = Bench(tmp_path)
        bench.supervisor.start()
        await bench.all_up()
        for life in range(2, len(DELAYS) + 4):
            folder = tmp_path / str(life)
            folder.mkdir()
            bench.supervisor.reconfigure(Config(root=str(folder)))
            bench.say("watcher", f"in life {life}")
            for name in AGENTS:
                await bench.up(name, life)
                assert bench.seen("up", name)[-1][2] == f"{name} in {life}"
            await bench.said("watcher", f"in life {life}")
        reasons = {entry[2] for entry in bench.seen("down", "runner")}
        assert reasons == {"the runner ended: the configuration has changed"}
        bench.stop()

    with nothing_left():
        supervised(play)


def test_a_new_configuration_revives_those_that_were_given_up(tmp_path: Path) -> None:
    """With as many restarts as at the beginning, and with what is sent to it from now on."""

    async def play() -> None:
        bench = Bench(tmp_path, "refactorer fails")
        bench.supervisor.start()
        await bench.until(lambda: bench.state("refactorer") == "given up")
        bench.say("refactorer", "dropped")
        bench.supervisor.reconfigure(Config(root=str(tmp_path)))
        bench.say("refactorer", "kept")
        await bench.said("refactorer", "kept")
        assert not bench.seen("said", "refactorer", Status("said", "ok", "dropped"))
        assert len(bench.seen("up", "refactorer")) == 1
        for life in range(1, len(DELAYS) + 1):
            bench.supervisor.restart("refactorer", "again")
            await bench.up("refactorer", life + 1)
        bench.stop()

    with nothing_left():
        supervised(play)


def test_changes_for_one_that_is_not_there_are_kept_once_for_each_path(tmp_path: Path) -> None:
    """And what it is sent of them is made when it is there: it knows nothing of what its last life knew."""

    async def play() -> None:
        bench = Bench(tmp_path)
        made: list[Message] = []

        def outgoing(name: AgentName, message: Message) -> Message:
            if name == "refactorer":
                made.append(message)
                return Status("say", "ok", "made")
            return message

        bench.on_outgoing = outgoing
        bench.supervisor.start()
        newest = FileChange("a.py", "modified", "", "299", (), None)
        for generation in range(300):
            change = FileChange("a.py", "modified", "", str(generation), (), None)
            bench.supervisor.send("refactorer", Refactor(generation, (change,)))
        assert not made
        await bench.said("refactorer", "made")
        assert made == [Refactor(299, (newest,))]
        bench.stop()

    supervised(play)


def test_a_new_configuration_while_they_start(tmp_path: Path) -> None:
    async def play() -> None:
        bench = Bench(tmp_path)
        (tmp_path / "new").mkdir()
        bench.supervisor.start()
        bench.say("watcher", "early")
        bench.supervisor.reconfigure(Config(root=str(tmp_path / "new")))
        for name in AGENTS:
            await bench.until(lambda name=name: ("up", name, f"{name} in new") in bench.log)  # type: ignore[misc]
        await bench.said("watcher", "early")
        assert len(bench.seen("up", "refactorer")) == 1, "it had not been started"
        bench.stop()

    with nothing_left():
        supervised(play)
