"""The life of a spare, in either lane: get warm, wait for an order, run it as one pytest session, end.

This module also runs in the project's own Python (3.10 or later).
"""

import contextlib
import time
from collections.abc import Callable
from typing import Any, Union

from companion.errors import CompanionError, EndOfChannel
from companion.messages import (
    DebugItems,
    Foresee,
    Message,
    NeedsProcess,
    Outdated,
    Prepare,
    RunItems,
    SessionFinished,
)
from companion.workers.testrun.conversation import Conversation
from companion.workers.testrun.ending import INTERRUPTED, USAGE_ERROR, Ending
from companion.workers.testrun.environment import started_as_pytest
from companion.workers.testrun.failure import message_of
from companion.workers.testrun.foresight import Foresight, GivenUp
from companion.workers.testrun.guards import NOTHING_SHARED, Guards, Shared
from companion.workers.testrun.leavings import Leavings, call_exit_handlers
from companion.workers.testrun.notices import Notices
from companion.workers.testrun.output import Output, capturing
from companion.workers.testrun.overlays import Overlays, no_overlays
from companion.workers.testrun.patches import Patches
from companion.workers.testrun.reach import Reach
from companion.workers.testrun.stamps import loaded, outdated
from companion.workers.testrun.survivors import Survivors, wait_for_threads
from companion.workers.testrun.warming import Warming


class Spare:
    """One pytest session for one project; ``send`` and ``receive`` are the ends of its channels to the runner.

    ``shared`` is what it does not have for itself.
    """

    def __init__(self, send: Any, receive: Any, shared: Shared = NOTHING_SHARED) -> None:
        self._send, self._shared = send, shared
        self._conversation = Conversation(receive)
        self._notices = Notices()
        self._guards = Guards(refused=self._notices.refused, touched=self._notices.touched, shared=shared)
        self._survivors = Survivors(self._guards.children)
        self._leavings = Leavings(
            file=self._notices.marked, mark=self._notices.mark, keeper=lambda: self._survivors.keeper
        )
        self._configuring, self._stops = Patches(), Patches()
        self._warming: Warming | None = None
        self._overlays = no_overlays()
        self._order: RunItems | None = None
        self._plugin: Any = None
        self._tracing: Any = None
        self._watching: Any = None
        self._began = 0.0
        self._is_ahead = False
        self._foresight: Union[Foresight, None] = None

    def live(self) -> None:
        """From the first message to the last; returns when there is nothing more to do."""
        try:
            self._live(self._conversation.prepare())
        except EndOfChannel:
            pass
        finally:
            self._leavings.settle()
            self._configuring.undo()
            self._stops.undo()
            self._guards.undo()
            if self._warming is not None:
                self._warming.freshness.undo()

    def _live(self, prepare: Prepare) -> None:
        self._warming = warming = Warming(
            prepare, guards=self._guards, leavings=self._leavings, configuring=self._configuring
        )
        problem = warming.warm_up() or self._notices.first
        if problem:
            self._send.send(warming.warm(problem))
            return
        with capturing() as output:
            try:
                exit_code = self._pytest(prepare, warming, output)
                self._do_as_at_a_process_end(prepare)
            except CompanionError:
                raise
            except Exception as error:
                if self._order is not None:
                    raise  # a plugin's own
                self._send.send(warming.warm(f"pytest does not start ({message_of(error)})"))
                return
        if self._order is not None:
            self._finish(prepare, warming, self._order, exit_code, output.getvalue())

    def _pytest(self, prepare: Prepare, warming: Warming, output: Output) -> int:
        """Its exit code. It is started before it is known what to run, and waits for that inside."""
        from companion.workers.testrun import debugger  # noqa: PLC0415 - needs pytest
        from companion.workers.testrun.cache import keep_cache_in_memory  # noqa: PLC0415 - needs pytest
        from companion.workers.testrun.entrance import run_pytest  # noqa: PLC0415 - needs pytest

        keep_cache_in_memory(self._configuring)
        debugger.refuse(self._stops)
        try:
            exit_code = run_pytest(self._own_arguments(prepare), lambda: self._begin(prepare, warming, output))
        except (GivenUp, Exception):
            if not self._was_begun_in_vain:
                raise
            exit_code = INTERRUPTED
        finally:
            self._conversation.end()
            if isinstance(self._order, DebugItems):
                debugger.detach()
        if self._was_begun_in_vain:
            self._stand_back()
        return exit_code

    @property
    def _was_begun_in_vain(self) -> bool:
        """A session that was begun ahead is over, and has taken no order: one may be on its way."""
        return self._is_ahead and self._order is None

    def _stand_back(self) -> None:
        """Another spare is to have the order. Raises EndOfChannel."""
        with contextlib.suppress(CompanionError):  # nobody wants it
            self._send.send(Outdated())
        raise EndOfChannel("what was begun ahead does not serve")

    def _begin(self, prepare: Prepare, warming: Warming, output: Output) -> "tuple[list[str], object]":
        """Warm: wait for the order, and give pytest what it says. Raises EndOfChannel if there is none."""
        order = self._wait(warming, output)
        further = self._debug(order) if isinstance(order, DebugItems) else ()
        send = self._foresee(prepare, warming, order) if isinstance(order, Foresee) else self._send.send
        self._plugin = plugin = self._follow(prepare, warming, order, send)
        if not isinstance(order, Foresee):
            self._accept(order)
        self._notices.pass_on(plugin.whereabouts)
        started_as_pytest()
        if prepare.lane == "interpreter":
            self._guards.hide_thread(self._conversation.listen(order))
        self._watch_reach(prepare)
        return self._without_descriptors((*order.arguments, *further)), plugin

    def _foresee(self, prepare: Prepare, warming: Warming, guess: Foresee) -> Callable[[Message], None]:
        """Begin before the order has come: to where its session meets the file that is being edited."""
        self._foresight = foresight = Foresight(
            guess,
            prepare.root,
            send=self._send.send,
            receive=self._conversation.next,
            accepted=self._accept,
            importing=lambda path: self._tracing.importing(path) if self._tracing else contextlib.nullcontext(),
        )
        self._is_ahead = True
        foresight.begin()
        warming.freshness.tell(foresight.meet)
        return foresight.send

    def _accept(self, order: RunItems) -> None:
        """From now on somebody waits for it."""
        self._began, self._order = time.perf_counter(), order
        self._plugin.accept(order)

    def _wait(self, warming: Warming, output: Output) -> RunItems:
        """The order, as long as what is imported is what it was. Raises EndOfChannel otherwise."""
        stamps = loaded(warming.born)
        self._send.send(warming.warm(""))
        output.renew()
        if not self._shared.descriptors:
            output.take_descriptors()
        stamps = {**loaded(), **stamps}  # a template may have imported more in the meantime
        order = self._conversation.order()
        if outdated(stamps):
            self._send.send(Outdated())
            raise EndOfChannel("what was imported ahead is another by now")
        return order

    def _debug(self, order: DebugItems) -> "tuple[str, ...]":
        """A debugger's client is attached: further arguments for pytest. Raises EndOfChannel if there is none."""
        from companion.workers.testrun import debugger  # noqa: PLC0415 - needs pytest

        try:
            return debugger.attach(order.debugger, self._stops, self._send.send)
        except Exception as error:
            problem = f"the project's Python cannot debug: {error}"
            self._send.send(SessionFinished(order.generation, USAGE_ERROR, 0.0, (), (), (), problem))
            raise EndOfChannel(problem) from error

    def _follow(self, prepare: Prepare, warming: Warming, order: RunItems, send: Callable[[Message], None]) -> Any:
        """The plugin that follows the session, with the order's texts laid over the disk."""
        from companion.workers.testrun.overlays_marks import Marks  # noqa: PLC0415 - needs pytest
        from companion.workers.testrun.plugin import Streaming  # noqa: PLC0415 - needs pytest

        marks = Marks(warming.freshness.is_project)
        self._overlays = Overlays(prepare.root, order.overlays, marks.saw)
        warming.freshness.lay(self._overlays)
        following = self._trace(prepare, warming, order, send) if order.trace else None
        return Streaming(
            send,
            prepare=prepare,
            order=order,
            locate=warming.locator(),
            configured=self._configuring.undo,
            cancelled=self._conversation.is_cancelled,
            releases=self._conversation.releases,
            marks=marks,
            over=self._survivors.note,
            shared_descriptors=self._shared.descriptors,
            following=following,
            settle=lambda: self._foresight.settle() if self._foresight is not None else None,
        )

    def _trace(self, prepare: Prepare, warming: Warming, order: RunItems, send: Callable[[Message], None]) -> Any:
        """A plugin, and what it needs to know from now on."""
        if order.trace == "values":
            return self._watch(warming, order, send)
        from companion.workers.testrun.tracing import Tracing  # noqa: PLC0415 - seldom needed
        from companion.workers.testrun.tracing_plugin import Following  # noqa: PLC0415 - needs pytest

        locate = warming.locator()
        self._tracing = tracing = Tracing(
            send,
            generation=order.generation,
            depth="lines" if order.trace == "lines" else "codes",
            root=prepare.root,
            locate=locate,
            is_project=warming.freshness.is_project,
        )
        self._stops.later(tracing.undo)
        self._overlays.trace(tracing.made)
        tracing.begin()
        return Following(tracing, locate)

    def _watch(self, warming: Warming, order: RunItems, send: Callable[[Message], None]) -> Any:
        """A plugin: what a few lines do is looked into."""
        from companion.workers.testrun.tracing_values import FollowingValues, Watching  # noqa: PLC0415 - seldom needed

        locate = warming.locator()
        self._watching = watching = Watching(send, generation=order.generation, watched=order.watched, locate=locate)
        self._stops.later(watching.undo)
        self._overlays.trace(watching.made)
        watching.begin()
        return FollowingValues(watching)

    def _watch_reach(self, prepare: Prepare) -> None:
        """What a file reaches keeps it in the process lane; in the other one it is noted what is written, no more."""
        whereabouts = self._plugin.whereabouts
        tell = whereabouts.reached if prepare.lane == "process" else _ignore
        reach = Reach(prepare.root, tell, whereabouts.ledger)
        if self._tracing is not None:
            reach.note(self._tracing.notes, {"exec": self._tracing.executed})
        self._stops.later(reach.watch())

    def _own_arguments(self, prepare: Prepare) -> "list[str]":
        """Before an order's: later files run after a broken one, and what this lane cannot hold is left out."""
        own = ["--rootdir", prepare.root, "--continue-on-collection-errors"]
        if prepare.lane == "interpreter":
            own += ["-p", "no:faulthandler", "-p", "no:hypothesispytest"]
            if self._shared.descriptors:
                own.append("--capture=sys")
        return own

    def _without_descriptors(self, arguments: "tuple[str, ...]") -> "list[str]":
        """pytest's capturing of descriptors would redirect the engine's, where they are shared."""
        asked = [word for word in arguments if word.startswith("--capture")]
        return [*arguments, "--capture=sys"] if asked and self._shared.descriptors else list(arguments)

    def _do_as_at_a_process_end(self, prepare: Prepare) -> None:
        """As far as tests can tell; what an interpreter cannot end is told."""
        if prepare.lane == "interpreter":
            for owner, left in self._survivors.find():
                self._send.send(NeedsProcess(owner or ".", left))
        else:
            wait_for_threads()
        call_exit_handlers()

    def _finish(self, prepare: Prepare, warming: Warming, order: RunItems, exit_code: int, output: str) -> None:
        """The last word."""
        if self._tracing is not None:
            self._tracing.tell_shared()
        if self._watching is not None:
            self._watching.finish()
        was_stopped = exit_code == INTERRUPTED and self._conversation.cancelled
        ending = Ending(self._send.send, prepare, order, warming.locator())
        problem = "" if was_stopped else ending.problem(exit_code, output, self._plugin.running)
        modules, loaded_files = warming.imported(self._plugin.modules)
        self._send.send(
            SessionFinished(
                generation=order.generation,
                exit_code=exit_code,
                seconds=time.perf_counter() - self._began,
                modules=modules,
                loaded=loaded_files,
                sys_path=self._plugin.folders,
                problem=problem,
                ran=self._overlays.ran,
            )
        )


def _ignore(_: str) -> None: ...
