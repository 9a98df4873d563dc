"""``workspace/executeCommand``: what people ask companion to do.

Each command takes, as its last argument, the URI of a folder or file; without one it is meant for every root.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import cast, get_args

from lsprotocol import types
from pygls.exceptions import JsonRpcException, JsonRpcInvalidParams

from companion.errors import CompanionError
from companion.messages import (
    AgentName,
    DebugEnded,
    DebugListens,
    Explanation,
    RequestDebug,
    RequestExplanation,
    RequestRun,
    RestartAgent,
    RunAccepted,
    Scope,
    StopRun,
)  # fmt: skip
from lsp.bridge import Bridge
from lsp.markdown import explanation
from lsp.options import Options
from lsp.projects import Projects
from lsp.protocol import Protocol
from lsp.session import Session

REQUEST_FAILED = -32803

type Json = dict[str, object]
type Command = Callable[[list[object]], Awaitable[object]]


class Commands:
    """A command's result is null, or says for each root which generation will hold what was asked for."""

    def __init__(self, session: Session, projects: Projects, options: Options) -> None:
        self._session = session
        self._projects = projects
        self._timeout, self._debug_timeout = options.engine_timeout, options.debug_timeout
        self._table: dict[str, Command] = {
            "companion.runAll": self._run_all,
            "companion.runFailed": self._run_failed,
            "companion.stop": self._stop,
            "companion.restartAgent": self._restart_agent,
            "companion.debug": self._debug,
            "companion.explain": self._explain,
        }

    @property
    def names(self) -> Sequence[str]:
        return tuple(self._table)

    def register(self, protocol: Protocol) -> None:
        protocol.on(types.WORKSPACE_EXECUTE_COMMAND, self.execute)

    async def execute(self, params: types.ExecuteCommandParams) -> object:
        """Raises JsonRpcInvalidParams for what cannot be meant, JsonRpcException for what cannot be done now."""
        command = self._table.get(params.command)
        if command is None:
            raise JsonRpcInvalidParams(f"unknown command: {params.command}")
        try:
            return await command(list(cast("Sequence[object]", params.arguments or ())))
        except CompanionError as error:
            raise JsonRpcException(str(error), REQUEST_FAILED) from error

    async def _run_all(self, arguments: list[object]) -> object:
        return await self._run("all", arguments)

    async def _run_failed(self, arguments: list[object]) -> object:
        return await self._run("failed", arguments)

    async def _run(self, scope: Scope, arguments: list[object]) -> list[Json]:
        return [await self._run_in(bridge, scope) for bridge in self._meant(arguments)]

    async def _run_in(self, bridge: Bridge, scope: Scope) -> Json:
        answer = await bridge.request(lambda number: RequestRun(number, scope, (), ()), within=self._timeout)
        generation = answer.generation if isinstance(answer, RunAccepted) else None
        return {"root": bridge.root.uri, "generation": generation}

    async def _stop(self, arguments: list[object]) -> None:
        for bridge in self._meant(arguments):
            bridge.send(StopRun())

    async def _restart_agent(self, arguments: list[object]) -> None:
        agent = arguments.pop(0) if arguments else None
        if agent not in get_args(AgentName):
            raise JsonRpcInvalidParams(f"the first argument must be one of {', '.join(get_args(AgentName))}")
        for bridge in self._meant(arguments):
            bridge.send(RestartAgent(cast("AgentName", agent), "asked for in the editor"))

    async def _debug(self, arguments: list[object]) -> Json:
        """What an editor's debug adapter needs to attach; the test waits for that."""
        item = arguments.pop(0) if arguments else None
        if not isinstance(item, str) or not item:
            raise JsonRpcInvalidParams("the first argument must be a test's id")
        bridges = self._meant(arguments)
        bridge = next((bridge for bridge in bridges if item in bridge.board.results), bridges[0])
        answer = await bridge.request(lambda number: RequestDebug(number, item), within=self._debug_timeout)
        if isinstance(answer, DebugEnded):
            raise CompanionError(answer.problem or "it has ended before a debugger could be attached")
        if not isinstance(answer, DebugListens):
            raise CompanionError("the engine answers something else")
        connect: Json = {"host": answer.host, "port": answer.port}
        return {"type": "debugpy", "request": "attach", "name": item, "connect": connect, "pathMappings": []}

    async def _explain(self, arguments: list[object]) -> str:
        """What a test stands on, as Markdown."""
        item = arguments.pop(0) if arguments else None
        if not isinstance(item, str) or not item:
            raise JsonRpcInvalidParams("the first argument must be a test's id")
        bridges = self._meant(arguments)
        bridge = next((bridge for bridge in bridges if item in bridge.board.results), bridges[0])
        answer = await bridge.request(lambda number: RequestExplanation(number, item), within=self._timeout)
        if not isinstance(answer, Explanation) or answer.problem:
            raise CompanionError(
                answer.problem if isinstance(answer, Explanation) else "the engine answers something else"
            )
        return explanation(answer, bridge.board.results.get(item))

    def _meant(self, arguments: list[object]) -> Sequence[Bridge]:
        match arguments:
            case []:
                bridges = self._projects.bridges
            case [str(uri)]:
                root = self._session.root_of(uri)
                bridge = self._projects.at(root) if root else None
                bridges = () if bridge is None else (bridge,)
            case _:
                raise JsonRpcInvalidParams("the only other argument is the URI of a folder or file")
        if not bridges:
            raise CompanionError("no such project is open: open its folder in the editor")
        return bridges
