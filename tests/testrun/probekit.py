"""The project `probes` with an environment of its own, and what its tests write down in each lane."""

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from dataclasses import dataclass
from pathlib import Path

from benchmarks.concurrent import Play, Session, play
from companion.messages import ItemFinished, Prepare, RunItems, SessionFinished
from companion.runtime.lent import borrow
from companion.runtime.template import Template
from companion.workers.testrun.environment import QUESTION, parse_answer

PROJECTS = Path(__file__).parents[2] / "fixtures" / "projects"
DEADLINE = 120.0

FINDER = """
import importlib.util, sys
from importlib.machinery import PathFinder
class EditableFinder:
    @classmethod
    def find_spec(cls, fullname, path=None, target=None):
        if fullname.partition(".")[0] == "probed":
            return PathFinder.find_spec(fullname, path or [{source!r}], target)
sys.meta_path.append(EditableFinder)
"""
METADATA = "Metadata-Version: 2.1\nName: probed\nVersion: 1.0.0\n"
ENTRY_POINTS = """
[console_scripts]
probe = probed.__main__:main
[probes]
own = probed
[pytest11]
probe = probe_plugin
"""

Values = dict[str, list[object]]
"""What each item wrote down, in its order."""


@dataclass(frozen=True, slots=True)
class Probes:
    """The project in a folder of the test's own; ``python`` is its environment's."""

    root: Path
    python: str
    out: Path

    def plain(self, *arguments: str) -> Values:
        """By ``python -m pytest``."""
        command = [self.python, "-m", "pytest", *arguments]
        there = {**os.environ, "PROBES": str(self.out)}
        with tempfile.TemporaryFile("w+") as said:
            done = subprocess.run(
                command, cwd=self.root, env=there, check=False,
                stdin=subprocess.DEVNULL, stdout=said, stderr=subprocess.STDOUT,
            )  # fmt: skip
            said.seek(0)
            assert done.returncode in (0, 1), said.read()
        return self._taken()

    def interpreter(self, *arguments: str, environment: dict[str, str] | None = None) -> tuple[Values, Session]:
        """By a spare of the interpreter lane, in a process that stands for the engine."""
        what = Play(str(self.root), self.python, arguments)
        (session,) = play(what, {"PROBES": str(self.out), **(environment or {})})
        return self._taken(), session

    def process(self, *arguments: str) -> tuple[Values, dict[str, str]]:
        """By a spare that a template of the process lane forks; ``PROBES`` must be in this environment."""
        assert os.environ["PROBES"] == str(self.out)
        for name in {"LINES", "COLUMNS"} - os.environ.keys():
            os.unsetenv(name)  # pytest's readline has set them, for programs only
        template = Template((self.python,), str(self.root))
        try:
            spare = template.fork(1)
            outgoing, incoming = borrow(spare.handles)
            outgoing.send(Prepare(str(self.root), "process", self.snapshot(), (), 4000, "", ""), DEADLINE)
            incoming.receive(DEADLINE)
            outgoing.send(RunItems(1, arguments, (), DEADLINE), DEADLINE)
            outcomes: dict[str, str] = {}
            while not isinstance(said := incoming.receive(DEADLINE), SessionFinished):
                if isinstance(said, ItemFinished):
                    outcomes[said.id] = said.outcome
            spare.over.wait(DEADLINE)
            outgoing.close()
            incoming.close()
            spare.close()
        finally:
            template.close()
        return self._taken(), outcomes

    def snapshot(self) -> tuple[tuple[str, str | tuple[str, ...]], ...]:
        """What its interpreter shows."""
        said = subprocess.run(
            [self.python, "-c", QUESTION], cwd=self.root, capture_output=True, text=True, check=True
        )
        return parse_answer(said.stdout)

    def _taken(self) -> Values:
        values: Values = {}
        for line in self.out.read_text("utf-8").splitlines():
            node_id, value = json.loads(line)
            values.setdefault(node_id, []).append(value)
        self.out.unlink()
        return values


def make_probes(folder: Path) -> Probes:
    """A copy of the project, and an environment with all the ways to be installed."""
    root = (folder / "probes").resolve()
    shutil.copytree(PROJECTS / "probes", root, ignore=shutil.ignore_patterns("__pycache__"))
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", "--symlinks", root / ".venv"], check=True)
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    packages = root / ".venv" / "lib" / version / "site-packages"
    information = packages / "probed-1.0.0.dist-info"
    for path, text in (
        (packages / "outer.pth", sysconfig.get_path("purelib")),
        (packages / "linked.pth", str(root / "linked")),
        (packages / "spaces.pth", str(root / "src" / ".." / "src")),
        (packages / "plugin.pth", str(root / "plugin")),
        (packages / "lines.pth", "import sys; sys.probe_pth_lines = getattr(sys, 'probe_pth_lines', 0) + 1"),
        (packages / "__editable___probed.pth", "import __editable___probed_finder"),
        (packages / "__editable___probed_finder.py", FINDER.format(source=str(root / "src"))),
        (information / "METADATA", METADATA),
        (information / "entry_points.txt", ENTRY_POINTS),
        (information / "RECORD", "probed-1.0.0.dist-info/METADATA,,"),
    ):
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"{text}\n", "utf-8")
    return Probes(root, str(root / ".venv" / "bin" / "python"), folder / "values")


def different(one: Values, other: Values) -> dict[str, tuple[object, object]]:
    """Where two runs wrote down other values, or one of them nothing."""
    return {
        node_id: (one.get(node_id), other.get(node_id))
        for node_id in sorted({*one, *other})
        if one.get(node_id) != other.get(node_id)
    }
