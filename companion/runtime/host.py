"""The engine's host: asks `companion.core.engine.step` what to do, and does it. The only loop of the process."""

import asyncio
import contextlib
import os
import threading
from dataclasses import replace
from pathlib import Path

from companion.config import Config
from companion.core import engine
from companion.core.board import Board
from companion.errors import CompanionError
from companion.messages import (
    AffectedItems,
    AgentInfo,
    AgentName,
    Attended,
    CaughtUp,
    CoverageProgress,
    Covered,
    CoveredFile,
    DebugEnded,
    DebugListens,
    DropSpare,
    EngineFull,
    Explanation,
    FileFinished,
    FilesChanged,
    Hello,
    ItemsGone,
    Lanes,
    LookAt,
    Message,
    NeedSpare,
    Project,
    ProposalsGone,
    RequestAffected,
    RequestCoverage,
    RequestDebug,
    RequestDiagnosis,
    RequestExplanation,
    RequestRun,
    RestartAgent,
    RunFinished,
    RunsAside,
    RunTests,
    SaveDocument,
    ShutDown,
    SpareEnded,
    SpareLeftBehind,
    SpareLost,
    Started,
    Status,
    SuiteKnown,
    Welcome,
)  # fmt: skip
from companion.runtime.about import About
from companion.runtime.asking import Asking
from companion.runtime.complaints import Complaints
from companion.runtime.configured import SOURCE, configured
from companion.runtime.covering import Coverings
from companion.runtime.debugging import Debugs
from companion.runtime.diagnosing import Diagnosing
from companion.runtime.documents import Crossed
from companion.runtime.fronts import Fronts
from companion.runtime.hiring import Hiring
from companion.runtime.outputs import Outputs
from companion.runtime.place import Place, code_folder, remove_old_code
from companion.runtime.remembered import remembered
from companion.runtime.renewal import Baton, Next
from companion.runtime.renewing import Renewing
from companion.runtime.spares import Spares
from companion.runtime.supervisor import Supervisor
from companion.store.folder import own_folder
from companion.store.marker import Marker
from companion.version import own_version

STOP = 0.6
"""Seconds that the agents get to end in order; the whole shutdown takes under one."""
ASKING = frozenset({"test", "affected", "coverage"})
"""Fronts that say at once what to run, or that have come to ask what would be run."""
NOTHING_RUNS = "no test can be run: see companion doctor"


class Host:
    """One engine. `run` returns when it is to end; ``next`` is then what a fresh one goes on with, if one shall."""

    def __init__(self, root: Path, place: Place, baton: Baton | None = None, known: tuple[Message, ...] = ()) -> None:
        own_folder(root)
        self._marker = Marker(str(root))
        self._marker.take_suspects()
        self.root = root
        self.next: Next | None = None
        self._board = Board()
        self._state = engine.State()
        self._end: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._fronts = Fronts(place.socket, self._front_heard, inherited=baton)
        self._config = self._load(Config(root=str(root), code_folder=code_folder()))
        self._hiring = Hiring()
        self._spares = Spares(self._config, self._spare_told, hire=self._hiring)
        self._is_aside = False
        self._crossed = Crossed()
        self._outputs = Outputs(root, lambda: self._fronts.pids)
        self._supervisor = Supervisor(self._config, self)
        self._debugs = Debugs(lambda message: self._supervisor.send("runner", message), self._fronts.send)
        self._lingering: asyncio.TimerHandle | None = None
        self._complaints = Complaints()
        self._about = About(root, self._publish, self._parts)
        self._diagnosing = Diagnosing(self._about, self._ask_runner, self._fronts.send)
        self._asking = Asking(self._ask_runner, self._fronts.send)
        self._coverings = Coverings(self._ask_runner, self._fronts.send)
        self._renewing = Renewing(self._step, self._fronts, self._spares, self._marker)
        if baton is None:
            known = tuple(remembered(str(root)))
        else:
            self._state = self._renewing.go_on_from(baton, known)
        for event in known:
            self._board.apply(event)

    async def run(self) -> str:
        """Serve until there is a reason to end, and return it."""
        self._supervisor.start()
        if not self._state.fronts:  # those of an engine that goes on say nothing anew
            self._do(engine.Linger(engine.LINGER))
        self._about.test()
        old = (self._config.code_folder,)
        threading.Thread(target=remove_old_code, args=old, name="old-code", daemon=True).start()
        return await self._end

    def close(self) -> None:
        """End everything in order, within a second."""
        with contextlib.ExitStack() as steps:  # the last one first, and each one whatever becomes of another
            steps.callback(self._marker.clear)
            steps.callback(self._supervisor.stop, STOP)
            steps.callback(self._hiring.close)
            steps.callback(self._spares.kill_processes)
            steps.callback(self._fronts.close)

    # --- what the supervisor tells ------------------------------------------------------------------------

    def agent_up(self, agent: AgentName, started: Started) -> None:
        """See `companion.runtime.supervisor.Listener`."""
        for source in (f"agent:{agent}", f"crash:{agent}"):
            if source in self._board.statuses:
                self._publish(Status(source, "ok", f"the {agent} runs again"))
        if agent == "runner":
            for told in (*map(SpareLeftBehind, self._spares.left_behind), *self._renewing.suite):
                self._supervisor.send(agent, told)
        self._step(engine.AgentUp(agent))
        if agent == "runner":
            self._asking.runner_up()
            self._coverings.runner_up()
        self._tell_ready(started)
        if agent == "watcher":
            self._renewing.look_back(self._config.root)

    def agent_down(self, agent: AgentName, reason: str, *, final: bool, replaced: bool) -> None:
        """See `companion.runtime.supervisor.Listener`."""
        self._crossed.forget(agent)
        if agent == "runner":
            self._supervisor.keep(agent, self._spares.drop_all())
            self._hiring.retire()
            self._renewing.suite, self._about.lanes = (), ()
            self._is_aside = False
            self._debugs.lost(reason)
        for status in self._complaints.ended(agent, self._board.statuses):
            self._publish(status)
        after = "and is being restarted"
        if final:
            after = "and is not started again: change the configuration, or restart companion"
        if not replaced:
            self._publish(Status(f"agent:{agent}", "error" if final else "warning", f"{reason}, {after}"))
        self._step(engine.AgentDown(agent, reason, final))
        if agent == "runner" and final:
            self._asking.answer_all(NOTHING_RUNS)
            self._coverings.answer_all(NOTHING_RUNS)

    def agent_said(self, agent: AgentName, message: Message) -> None:
        """See `companion.runtime.supervisor.Listener`."""
        match message:
            case NeedSpare() | DropSpare() | RunsAside():
                self._of_spares(message)
            case Project():
                self._about.project = message
            case SuiteKnown():
                self._renewing.suite = (message,)
            case Lanes() | AffectedItems() | Explanation() | DebugListens() | DebugEnded():
                self._answered(message)
            case CoverageProgress() | CoveredFile() | Covered():
                self._coverings.said(message)
            case FileFinished():
                self._file_finished(message)
            case FilesChanged():
                self._files_changed(message)
            case EngineFull():
                self._marker.suspect()
                self.finish(message.reason)
            case _:
                if isinstance(message, Status):
                    self._complaints.told(agent, message)
                self._step(engine.AgentSaid(agent, message))

    def _answered(self, message: Lanes | AffectedItems | Explanation | DebugListens | DebugEnded) -> None:
        match message:
            case Lanes():
                self._diagnosing.lanes(message)
            case AffectedItems() | Explanation():
                self._asking.said(message)
            case _:
                self._debugs.said(message)

    def outgoing(self, agent: AgentName, message: Message) -> Message:
        """See `companion.runtime.supervisor.Listener`."""
        return self._crossed.outgoing(agent, message)

    # --- what fronts tell ---------------------------------------------------------------------------------

    def _front_heard(self, front: int, message: Message | None) -> None:
        match message:
            case None:
                self._debugs.left(front)
                self._asking.left(front)
                self._coverings.left(front)
                self._step(engine.FrontLeft(front))
            case Hello():
                self._welcome(front, message)
            case _ if front not in self._state.fronts:
                self._fronts.leave(front)  # nothing is answered before a Hello
            case RequestDiagnosis() | RequestAffected() | RequestExplanation() | RequestCoverage() | RequestDebug():
                self._asked(front, message)
            case RestartAgent():
                self._supervisor.restart(message.agent, message.reason)
            case SaveDocument():
                self._supervisor.send("watcher", LookAt((message.path,)))
            case RequestRun(scope="failed"):
                ids = tuple(result.id for result in self._board.red())
                items = replace(message, scope="items", arguments=ids) if ids else replace(message, scope="changed")
                self._step(engine.FrontSaid(front, items))
            case ShutDown():
                self.finish("a front asked for it")
            case _:
                self._step(engine.FrontSaid(front, message))

    def _asked(
        self,
        front: int,
        message: RequestDiagnosis | RequestAffected | RequestExplanation | RequestCoverage | RequestDebug,
    ) -> None:
        problem = NOTHING_RUNS if "runner" in self._state.given_up else ""
        match message:
            case RequestDiagnosis():
                self._diagnosing.begin(front, message.request)
            case RequestDebug():
                self._debugs.begin(front, message, problem)
            case RequestCoverage():
                self._coverings.begin(front, message, problem)
            case _:
                self._asking.begin(front, message, problem)

    def _welcome(self, front: int, hello: Hello) -> None:
        own = own_version()
        self._fronts.send(front, Welcome(own, os.getpid()))
        if hello.version != own:
            self.finish(f"a front of version {hello.version} came, this is {own}")
            return
        self._cancel_linger()
        self._supervisor.send("runner", Attended(by_somebody=True))
        self._step(engine.FrontJoined(front, asks=hello.front in ASKING))
        for event in self._board.snapshot():
            self._fronts.send(front, event)
        self._fronts.send(front, CaughtUp(self._state.generation, self._state.running is not None))

    # --- deciding and doing -------------------------------------------------------------------------------

    def _step(self, event: engine.Event) -> None:
        self._state, effects = engine.step(self._state, event)
        self._watch_memory()
        for effect in effects:
            self._do(effect)

    def _watch_memory(self) -> None:
        self._spares.tests_run(self._is_aside or self._state.running is not None)

    def _do(self, effect: engine.Effect) -> None:
        match effect:
            case engine.ToAgent():
                if isinstance(effect.message, RunTests):
                    self._renewing.suite = ()
                self._supervisor.send(effect.agent, effect.message)
            case engine.ToFront():
                self._fronts.send(effect.front, effect.message)
            case engine.Publish():
                self._publish(effect.message)
            case engine.Linger():
                self._cancel_linger()
                loop = asyncio.get_running_loop()
                self._lingering = loop.call_later(effect.seconds, lambda: self._step(engine.Alone()))
                self._supervisor.send("runner", Attended(by_somebody=False))
            case engine.End():
                self.finish(effect.reason)
            case engine.Rest():
                self._renewing.rest(effect, self._config)
            case engine.Renew():
                self._renew(effect.reason)

    def _publish(self, message: Message) -> None:
        self._board.apply(message)
        self._fronts.publish(message, self._state.fronts)
        if isinstance(message, RunFinished):
            self._tell_ready(None)
            self._renewing.run_ended(self._config)

    def _files_changed(self, message: FilesChanged) -> None:
        taken = self._outputs.without(self._crossed.take(message))
        if message.changes and not taken.changes:
            return
        if any(change.path == "pyproject.toml" for change in taken.changes):
            self._reconfigure()
        gone = tuple(change.path for change in taken.changes)
        if any(proposal.path in gone for proposal in self._board.proposals.values()):
            self._publish(ProposalsGone(self._state.generation + 1, gone))
        self._step(engine.AgentSaid("watcher", taken))

    def _file_finished(self, message: FileFinished) -> None:
        gone = self._board.gone(message)
        if gone:
            self._publish(ItemsGone(message.generation, gone))

    def _of_spares(self, message: NeedSpare | DropSpare | RunsAside) -> None:
        match message:
            case NeedSpare():
                self._spare_wanted(message)
            case DropSpare():
                self._spares.drop(message.spare)
            case RunsAside():
                self._is_aside = message.running
                self._watch_memory()

    def _spare_wanted(self, need: NeedSpare) -> None:
        try:
            ready: Message = self._spares.start(need)
        except (OSError, RuntimeError, CompanionError) as error:  # no more descriptors, threads, memory
            ready = SpareLost(0, need.lane, f"{' '.join(need.python)} cannot be started ({error})")
        self._supervisor.send("runner", ready)

    def _spare_told(self, message: SpareEnded | SpareLeftBehind) -> None:
        if isinstance(message, SpareEnded):
            self._marker.ended(message.spare)
        self._supervisor.send("runner", message)

    # --- telling about ourselves --------------------------------------------------------------------------

    def _tell_ready(self, started: Started | None) -> None:
        if started is not None and not self._state.ready:
            return
        ready = self._about.ready(self._board)
        if ready != self._board.ready:
            self._publish(ready)

    def _ask_runner(self, message: Message) -> bool:
        is_up = "runner" in self._state.up
        if is_up:
            self._supervisor.send("runner", message)
        return is_up

    def _parts(self) -> tuple[AgentInfo, ...]:
        return (*self._supervisor.describe(), *self._hiring.describe(), *self._spares.describe())

    def _load(self, current: Config) -> Config:
        return configured(current, is_bad=SOURCE in self._board.statuses, publish=self._publish)

    def _reconfigure(self) -> None:
        """``pyproject.toml`` changed: where ``[tool.companion]`` did, the agents start anew with it."""
        config = self._load(self._config)
        if config != self._config:
            self._config = self._spares.config = config
            self._supervisor.reconfigure(config)

    def _cancel_linger(self) -> None:
        if self._lingering is not None:
            self._lingering.cancel()
            self._lingering = None

    def _renew(self, reason: str) -> None:
        if not self._end.done() and not (self._debugs.busy or self._coverings.busy):
            self._diagnosing.answer_all()  # the next engine knows of no question
            self._asking.answer_all("the engine goes on as a fresh process: ask again")
            self.next = self._renewing.hand_over(self._state, self._board, self._config)
            if self.next is not None:
                self.finish(f"renewed, for {reason}")

    def told_to_end(self, reason: str) -> None:
        """A signal came, from outside or from a test that runs in this process."""
        self._marker.told_to_end()
        self.finish(reason)

    def finish(self, reason: str) -> None:
        """Let `run` return this reason."""
        if not self._end.done():
            self._end.set_result(reason)
