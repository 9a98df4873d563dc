"""Real projects with their tests and an environment of their own each, kept in the user's cache folder."""

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from benchmarks.sandbox import CHECKOUT, LEFT_OUT
from benchmarks.sdist import PATIENCE, download, unpack

UV = str(CHECKOUT / "scripts" / "uv")
LOCAL = {name: CHECKOUT / "fixtures" / "projects" / name for name in ("extensions", "heavy", "shop", "entwined")}
"""Projects of this checkout, by name."""


@dataclass(frozen=True, slots=True)
class Suite:
    """A package's source distribution and what its tests need; or one of `LOCAL`, by its name.

    ``python`` is what its environment is made with; empty: the interpreter that benchmarks run in.
    """

    name: str
    version: str
    requirements: tuple[str, ...] = ()
    python: str = ""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A suite that can be run: where it lies, and the environment that it runs in."""

    suite: Suite
    root: Path
    environment: Path

    @property
    def python(self) -> str:
        """The environment's interpreter."""
        return str(self.environment / "bin" / "python")


SUITES = (
    Suite("extensions", "", ("numpy", "pandas", "pydantic")),
    Suite("cachetools", "8.0.1"),
    Suite("itsdangerous", "2.2.0", ("freezegun",)),
    Suite("sqlparse", "0.6.1"),
    Suite("boltons", "26.2.0"),
    Suite("h11", "0.16.0"),
    Suite("toolz", "1.2.0"),
    Suite("tomlkit", "0.15.2", ("PyYAML",)),
    Suite("pluggy", "1.7.0", ("pytest-benchmark",)),
    Suite("wtforms", "3.3.2", ("babel", "email_validator", "webob")),
    Suite("jinja2", "3.1.6", ("trio",)),
    Suite("markdown-it-py", "4.3.0", ("pytest-regressions", "pytest-timeout", "linkify-it-py", "requests")),
    Suite("marshmallow", "4.4.0", ("simplejson",)),
    Suite("flask", "3.1.3", ("asgiref", "greenlet", "python-dotenv", "pytest<9")),
    Suite("click", "8.5.1"),
    Suite("werkzeug", "3.1.9", ("cryptography", "ephemeral-port-reserve", "pytest-timeout")),
    Suite("attrs", "26.1.0", ("cloudpickle", "hypothesis", "pympler", "pytest-xdist")),
    Suite("more-itertools", "11.2.1"),
    Suite(
        "starlette",
        "1.10.0",
        ("opentelemetry-sdk", "httpx", "httpx2", "trio", "jinja2", "itsdangerous", "python-multipart", "pyyaml"),
    ),
)
"""The quick ones first: with a smaller share only those are run."""


def prepare(suite: Suite, cache: Path) -> Prepared | None:
    """The suite as it was published, and its environment; None if something of it cannot be downloaded.

    Effect: fills a folder in ``cache``; the environment is made once.
    """
    folder = cache / f"{suite.name}-{suite.version}"
    folder.mkdir(parents=True, exist_ok=True)
    root = _fresh(suite, folder)
    if root is None:
        return None
    prepared = Prepared(suite, root, folder / "environment")
    return prepared if _environment(prepared) else None


def _fresh(suite: Suite, folder: Path) -> Path | None:
    source = folder / "source"
    shutil.rmtree(source, ignore_errors=True)
    if suite.name in LOCAL:
        return shutil.copytree(LOCAL[suite.name], source, ignore=LEFT_OUT)
    kept = tuple(folder.glob("*.tar.gz"))
    archive = kept[0] if kept else download(suite.name, suite.version, folder)
    return None if archive is None else unpack(archive, source)


def _environment(prepared: Prepared) -> bool:
    stamp = prepared.environment / ".made-from"
    base = prepared.suite.python or sys.executable
    wanted = f"{base} {sys.version} {prepared.root} {prepared.suite.requirements}"
    if stamp.exists() and stamp.read_text("utf-8") == wanted:
        return True
    own = ("--editable", str(prepared.root)) if prepared.suite.name not in LOCAL else ()
    install = (UV, "pip", "install", "--quiet", "--compile-bytecode", "--python", prepared.python)
    try:
        for command in (
            (UV, "venv", "--quiet", "--clear", "--python", base, str(prepared.environment)),
            (*install, "pytest", *prepared.suite.requirements, *own),
        ):
            subprocess.run(command, capture_output=True, check=True, timeout=PATIENCE)
    except OSError, subprocess.SubprocessError:
        return False
    stamp.write_text(wanted, "utf-8")
    return True
