"""Law: whatever happens, after a round the editor shows exactly what the boards say, and is never told twice."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from hypothesis import given, settings
from hypothesis import strategies as st
from lspkit import accept, failed, passed, proposal
from lsprotocol import types

from companion.front.scripted import ScriptedEngine
from companion.messages import (
    CaughtUp,
    Change,
    Disconnected,
    EngineEvent,
    Frame,
    ItemsGone,
    ProposalsGone,
    RunFinished,
    Welcome,
)
from lsp.bridge import Bridge
from lsp.capabilities import ClientCan
from lsp.document import Place, split
from lsp.features.diagnostics import Diagnostics
from lsp.options import Options
from lsp.publisher import Publisher
from lsp.session import Home, Session
from lsp.uris import Root

ROOT = Root("file:///shop", Path("/shop"), Path("/shop"))
PATHS = ("src/a.py", "src/b.py", "tests/t.py")
TEXT = "one\n    two\nthree 😀\n\nfive\n"

type View = dict[str, list[types.Diagnostic]]


class NoTime:
    """A timer on which nothing happens by itself."""

    def time(self) -> float:
        return 0.0

    def call_later(self, _delay: float, _callback: Callable[[], object], /) -> NoTime:
        return self

    def cancel(self) -> None: ...


@dataclass
class World:
    """An editor's view, and all that can happen to it."""

    view: View = field(default_factory=dict[str, list[types.Diagnostic]])
    session: Session = field(default_factory=lambda: Session(lambda path: TEXT if path.suffix == ".py" else None))

    def __post_init__(self) -> None:
        self.session.can = ClientCan(related_information=True, diagnostic_data=True)
        self.session.roots[ROOT.uri] = ROOT
        self.engine = ScriptedEngine(accept)
        self.diagnostics = self.make(self.show)
        self.bridge = Bridge(ROOT, self.engine, [self.diagnostics])
        self.hear(Welcome("1", 1), CaughtUp(0, False))

    def make(self, publish: Callable[[types.PublishDiagnosticsParams], None]) -> Diagnostics:
        return Diagnostics(self.session, Publisher(publish, lambda _: None), NoTime(), Options(most_related=4))

    def show(self, params: types.PublishDiagnosticsParams) -> None:
        shown = self.view.get(params.uri, [])
        assert list(params.diagnostics) != shown, "told what it shows already"
        self.view[params.uri] = list(params.diagnostics)

    def hear(self, *events: EngineEvent) -> None:
        for event in events:
            if isinstance(event, Welcome):
                self.engine.board.clear()
            self.engine.board.apply(event)
            self.bridge.take(event)

    def open(self, path: str, text: str, uri: str = "") -> None:
        self.session.open(uri or ROOT.uri_for(path), 1, text)
        self.diagnostics.touched(Home(ROOT, path))

    def edit(self, path: str, line: int, text: str) -> None:
        if document := self.session.at(ROOT, path):
            start = document.clamp(line, 0)
            document.replace(start, max(start, document.clamp(line + 1, 1)), text)
            self.diagnostics.touched(Home(ROOT, path))

    def close(self, path: str) -> None:
        self.session.close(ROOT.uri_for(path))
        self.diagnostics.touched(Home(ROOT, path))

    def check(self) -> None:
        """The view is what the board says, and what somebody who comes new to it would be shown."""
        shown = {uri: all_ for uri, all_ in self.view.items() if all_}
        board = self.engine.board
        expected = {(ROOT.uri_for(r.path), r.id) for r in board.red()}
        expected |= {(ROOT.uri_for(p.path), p.id) for p in board.proposals.values() if p.verdict != "rejected"}
        assert sorted(_ids(shown)) == sorted(expected)
        assert shown == self.fresh()
        for uri, all_ in shown.items():
            document = self.session.documents.get(uri)
            assert all(_inside(d.range, document.lines if document else split(TEXT)) for d in all_)

    def fresh(self) -> View:
        view: View = {}
        other = self.make(lambda params: view.update({params.uri: list(params.diagnostics)}))
        other.stood(self.bridge)
        for _ in range(3):
            other.round()
        return view


def _ids(view: View) -> list[tuple[str, str]]:
    ids: list[tuple[str, str]] = []
    for uri, all_ in view.items():
        for one in all_:
            data = [one.data] if isinstance(one.data, str) else cast("list[str]", one.data)
            ids += [(uri, node_id) for node_id in data]
    return ids


def _inside(where: types.Range, lines: list[str]) -> bool:
    start, end = where.start, where.end
    return (start.line, start.character) <= (end.line, end.character) and all(
        p.line < len(lines) and p.character <= 2 * len(lines[p.line]) for p in (start, end)
    )


type Step = Callable[[World], None]

IDS = st.sampled_from([f"tests/t.py::test_{n}" for n in range(5)])
PATH: st.SearchStrategy[str] = st.sampled_from(PATHS)
LINE = st.integers(0, 12)
FRAMES = st.lists(st.builds(Frame, PATH, LINE, st.just("call()")), max_size=2)
GENERATION = st.integers(1, 5)


def item_failed(
    node_id: str, line: int, message: str, path: str, generation: int, frames: list[Frame]
) -> tuple[EngineEvent, ...]:
    return (failed(node_id, line, message, path=path, generation=generation, frames=frames),)


def item_passed(node_id: str) -> tuple[EngineEvent, ...]:
    return (passed(node_id),)


def items_gone(ids: list[str]) -> tuple[EngineEvent, ...]:
    return (ItemsGone(1, tuple(ids)),)


def proposed(path: str, number: int, line: int, end_line: int, verdict: str) -> tuple[EngineEvent, ...]:
    return (proposal(path, "a", "b", number=number, line=line, end_line=end_line, verdict=verdict),)


def proposals_gone(paths: Sequence[str]) -> tuple[EngineEvent, ...]:
    return (ProposalsGone(1, tuple(paths)),)


def changed(generation: int, path: str) -> tuple[EngineEvent, ...]:
    return (Change(generation, (path,), "save"),)


PLAIN: list[tuple[EngineEvent, ...]] = [
    (RunFinished(1, 0, 0, 0, 0, 0, 0.0, False, 0, (), ""),),
    (Disconnected("it died"),),
    (Welcome("1", 2),),
    (CaughtUp(0, False),),
]
VERDICTS = st.sampled_from(["verified", "weak", "unverified", "rejected"])
EVENTS: st.SearchStrategy[tuple[EngineEvent, ...]] = st.one_of(
    st.builds(item_failed, IDS, LINE, st.sampled_from(["boom", "bang", ""]), PATH, GENERATION, FRAMES),
    IDS.map(item_passed),
    st.lists(IDS, max_size=3).map(items_gone),
    st.builds(proposed, PATH, st.integers(1, 3), LINE, LINE, VERDICTS),
    st.lists(PATH, max_size=2).map(proposals_gone),
    st.builds(changed, GENERATION, PATH),
    st.sampled_from(PLAIN),
)
TEXTS = st.lists(st.sampled_from(["x\n", "one\n", "    two\n", "\n", "😀"]), max_size=4).map("".join)


def hearing(events: tuple[EngineEvent, ...]) -> Step:
    return lambda world: world.hear(*events)


def opening(path: str, text: str) -> Step:
    return lambda world: world.open(path, text)


def editing(path: str, line: int, text: str) -> Step:
    return lambda world: world.edit(path, line, text)


def closing(path: str) -> Step:
    return lambda world: world.close(path)


def publishing(world: World) -> None:
    world.diagnostics.round()


STEPS: st.SearchStrategy[Step] = st.one_of(
    EVENTS.map(hearing),
    st.builds(opening, PATH, st.just(TEXT) | TEXTS),
    st.builds(editing, PATH, LINE, TEXTS),
    PATH.map(closing),
    st.just(publishing),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(STEPS, max_size=40))
def test_the_view_is_what_the_board_says(steps: list[Step]) -> None:
    world = World()
    for step in steps:
        step(world)
    world.hear(CaughtUp(0, False))
    world.diagnostics.round()
    world.check()
    world.diagnostics.round()


@settings(max_examples=30, deadline=None)
@given(st.lists(STEPS, max_size=20))
def test_a_closed_root_shows_nothing(steps: list[Step]) -> None:
    world = World()
    for step in steps:
        step(world)
    world.bridge.stand("closed")
    world.diagnostics.round()
    assert not any(world.view.values())


def test_nothing_is_cleared_while_another_engine_tells_what_it_knows() -> None:
    world = World()
    world.hear(failed("tests/t.py::x", 2))
    world.diagnostics.round()
    before = dict(world.view)
    world.hear(Disconnected("it died"), Welcome("1", 2))
    world.diagnostics.round()
    assert world.view == before
    world.hear(failed("tests/t.py::x", 2), CaughtUp(0, False))
    world.diagnostics.round()
    assert world.view == before


def test_many_files_take_several_rounds() -> None:
    world = World()
    world.hear(*(failed(f"tests/t{n}.py::x", 2) for n in range(60)))
    sizes = list[int]()
    for _ in range(3):
        world.diagnostics.round()
        sizes.append(len(world.view))
    assert sizes == [25, 50, 60]
    world.check()


def test_nothing_is_sent_for_what_is_shown_already() -> None:
    world = World()
    world.hear(failed("tests/t.py::x", 2), proposal("src/a.py", "a", "b"))
    world.diagnostics.round()
    world.hear(failed("tests/t.py::x", 2), Change(2, ("src/b.py",), "save"), CaughtUp(0, False))
    for path in PATHS:
        world.open(path, TEXT)
    world.diagnostics.round()


def test_an_editor_that_writes_uris_in_its_own_way() -> None:
    world = World()
    world.hear(failed("tests/t.py::x", 2))
    world.diagnostics.round()
    world.open("tests/t.py", TEXT, uri="file:///shop/tests/%74.py")
    world.diagnostics.round()
    assert [uri for uri, all_ in world.view.items() if all_] == ["file:///shop/tests/%74.py"]
    world.session.close("file:///shop/tests/%74.py")
    world.diagnostics.touched(Home(ROOT, "tests/t.py"))
    world.diagnostics.round()
    assert [uri for uri, all_ in world.view.items() if all_] == ["file:///shop/tests/t.py"]


def test_lines_follow_their_text_through_unsaved_edits() -> None:
    world = World()
    world.open("tests/t.py", TEXT)
    world.hear(failed("tests/t.py::x", 3))
    document = world.session.at(ROOT, "tests/t.py")
    assert document is not None
    for text in ("# a\n", "# b\n"):
        document.replace(Place(0, 0), Place(0, 0), text)
        world.diagnostics.touched(Home(ROOT, "tests/t.py"))
        world.diagnostics.round()
    (shown,) = world.view["file:///shop/tests/t.py"]
    assert shown.range == types.Range(types.Position(4, 0), types.Position(4, 8))


def test_a_line_beyond_the_end_is_brought_to_it() -> None:
    world = World()
    world.open("tests/t.py", "only")
    world.hear(failed("tests/t.py::x", 99))
    world.diagnostics.round()
    assert world.view["file:///shop/tests/t.py"][0].range.end == types.Position(0, 4)
