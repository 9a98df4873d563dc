"""Whatever happens in whatever order: nothing that changed stays untested, and nobody who asked waits for ever."""

from enginemodel import PATHS, World
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from companion.messages import AgentName, Pause, Resume, Scope, StopRun

fronts = st.sampled_from([1, 2])
some_paths = st.lists(st.sampled_from(PATHS), min_size=1, max_size=2, unique=True)
arguments = st.sampled_from([(), (), ("-x",), ("-k", "x")])


class EngineMachine(RuleBasedStateMachine):
    """The toy world, driven at random."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World()

    @initialize(up=st.lists(st.sampled_from(["runner", "watcher"]), unique=True, max_size=2))
    def begin(self, up: list[AgentName]) -> None:
        for agent in up:
            self.world.start(agent)

    @rule(paths=some_paths)
    def save(self, paths: list[str]) -> None:
        self.world.save(*paths)

    @rule(front=fronts, scope=st.sampled_from(["changed", "all"]), args=arguments)
    def ask(self, front: int, scope: Scope, args: tuple[str, ...]) -> None:
        self.world.ask(front, scope, (), args)

    @rule(front=fronts, paths=some_paths)
    def ask_for_items(self, front: int, paths: list[str]) -> None:
        self.world.ask(front, "items", tuple(f"{path}::x" for path in paths))

    @rule(front=fronts, path=st.sampled_from(PATHS), scope=st.sampled_from(["paths", "name"]))
    def ask_for(self, front: int, path: str, scope: Scope) -> None:
        self.world.ask(front, scope, (path,))

    @rule(front=fronts, message=st.sampled_from([StopRun(), Pause(), Resume()]))
    def say(self, front: int, message: StopRun | Pause | Resume) -> None:
        self.world.say(front, message)

    @rule(front=fronts)
    def leave(self, front: int) -> None:
        self.world.leave(front)

    @rule(times=st.integers(1, 4))
    def work(self, times: int) -> None:
        for _ in range(times):
            self.world.work()

    @rule()
    def complain(self) -> None:
        self.world.work(problem="there is no pytest")

    @rule(agent=st.sampled_from(["runner", "watcher", "refactorer"]))
    def crash(self, agent: AgentName) -> None:
        if agent in self.world.up:
            self.world.crash(agent)

    @rule(agent=st.sampled_from(["runner", "watcher", "refactorer"]))
    def start(self, agent: AgentName) -> None:
        self.world.start(agent)

    def teardown(self) -> None:
        self.world.settle()


TestEngine = EngineMachine.TestCase
TestEngine.settings = settings(
    max_examples=200, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
)
