"""A project on the disk, sessions over it that are made by hand, and what edits of it affect."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from clockkit import tick
from sparekit import Far, desk
from tracekit import Telling

from companion.core.board import file_of
from companion.core.text import content_hash
from companion.messages import FileChange, ItemFinished, Traced
from companion.store.records import ItemRecord, Records
from companion.workers.running.impact.chosen import Chosen
from companion.workers.running.impact.impact import Impact
from companion.workers.running.impact.recording import Recording
from companion.workers.running.line import Line
from companion.workers.running.sources import Sources, SuiteFacts

type Texts = Mapping[str, str | None]
type Kind = Literal["created", "modified", "deleted"]
type Executed = Mapping[str, str]
"""By item, or file that is imported: the code, as `Telling` has it."""


class Workplace:
    """A runner's knowledge of this project, and spares that tell it more."""

    def __init__(self, root: Path, line: Line) -> None:
        self.root, self.line = root, line
        self.facts, self.sources = SuiteFacts(), Sources(str(root))
        self.impact = Impact(str(root), self.facts, self.sources)
        self._shown: dict[str, list[str]] = {}

    @property
    def recording(self) -> Recording:
        return self.impact.recording

    @property
    def records(self) -> Records:
        return self.impact.records

    def restart(self) -> None:
        """Another runner begins where this one ended, with what that knew of the suite."""
        self.impact.close()
        self.sources = Sources(str(self.root))
        self.impact = Impact(str(self.root), self.facts, self.sources)

    # --- sessions -----------------------------------------------------------------------------------------

    def begin(self) -> Telling:
        """A session compiles all files as they are."""
        telling = self.telling()
        for load in telling.loads:
            self.recording.heard(self.line, load)
        return telling

    def telling(self) -> Telling:
        """What a session may tell of these files as they are."""
        files = sorted(path.relative_to(self.root).as_posix() for path in self.root.rglob("*.py"))
        return Telling({path: (self.root / path).read_text() for path in files})

    def heard(self, message: Traced) -> None:
        self.recording.heard(self.line, message)

    def finished(self, node_id: str) -> None:
        self.recording.finished(passed(node_id))

    def end(self, *files: str) -> None:
        """The session is over, and has shown all of these test files."""
        self.recording.ended(self.line)
        for file in files:
            items = tuple(self._shown[file])
            self.recording.whole(file, items)
            self.facts.now_holds(file, items)

    def run(
        self,
        executed: Executed,
        imports: Executed | None = None,
        notes: Mapping[str, tuple[str, ...]] | None = None,
        uses: Mapping[str, tuple[str, ...]] | None = None,
        *,
        whole: bool = True,
    ) -> None:
        """A session over these items, each of which executes its own body as well."""
        notes, uses = notes or {}, uses or {}
        telling = self.begin()
        for path, said in (imports or {}).items():
            self.heard(telling.told("import", path, said, uses.get(path, ()), notes.get(path, ())))
        self._shown = {}
        for node_id, said in executed.items():
            own = f"{file_of(node_id)}:{node_id.partition('::')[2].partition('[')[0]}"
            self.heard(telling.told("item", node_id, f"{own} {said}", uses.get(node_id, ()), notes.get(node_id, ())))
            self.finished(node_id)
            self._shown.setdefault(file_of(node_id), []).append(node_id)
        self.end(*(self._shown if whole else ()))

    # --- edits --------------------------------------------------------------------------------------------

    def edit(self, texts: Texts) -> dict[str, Chosen]:
        """These files are so now, and somebody tells of it."""
        return self.impact.take([change for path, text in texts.items() for change in self.written(path, text)])

    def affected(self, texts: Texts) -> set[str]:
        """Ids of items; test files for all that they hold."""
        return names(self.edit(texts))

    def due(self) -> set[str]:
        """Items that have yet to run."""
        return {name for items in self.records.stale().values() for name in items}

    def items(self, file: str) -> dict[str, ItemRecord]:
        return {record.id: record for record in self.records.items(file).values()}

    def written(self, path: str, text: str | None) -> list[FileChange]:
        """This file is so now; nobody has told of it yet."""
        target = self.root / path
        before = content_hash(target.read_bytes()) if target.exists() else ""
        tick()
        write(self.root, {path: text})
        now = content_hash(text.encode()) if text is not None else ""
        kind: Kind = "deleted" if text is None else "modified" if before else "created"
        return [FileChange(path, kind, before, now, (), None)]


@contextmanager
def workplace(root: Path, files: Mapping[str, str]) -> Generator[Workplace]:
    """With these files, and nothing known of them."""
    write(root, files)
    with desk() as made:
        far = Far(1, "interpreter")
        line = Line(far.ready, made.loop, lambda _line, _message: None)
        place = Workplace(root, line)
        yield place
        place.impact.close()
        line.close()
        far.die()


def write(root: Path, texts: Texts) -> None:
    for path, text in texts.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        if text is None:
            target.unlink()
        else:
            target.write_text(text)


def names(chosen: Mapping[str, Chosen]) -> set[str]:
    found: set[str] = set()
    for file, of in chosen.items():
        found |= {file} if of.items is None else set(of.items)
    return found


def passed(node_id: str) -> ItemFinished:
    path = file_of(node_id)
    return ItemFinished(1, node_id, "passed", 0.25, "interpreter", "", path, 1, (), "", ())
