"""The command line. Thin: a subcommand's own code is imported when it is the one asked for."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NoReturn, override

from companion.errors import UsageError
from companion.front.exits import Exit, explained
from companion.front.root import find, find_with

if TYPE_CHECKING:
    from companion.front.port import Join

PRINTING = frozenset({
    "-h", "--help", "-V", "--version", "--markers", "--fixtures", "--funcargs", "--fixtures-per-test", "--cache-show",
})  # fmt: skip
"""With these pytest prints something, which nobody would see, and runs nothing."""
DESCRIPTION = "An IDE companion for Python: on every save the affected tests run, and refactorings are suggested."


class Parser(argparse.ArgumentParser):
    """Ends with pytest's code for usage errors."""

    @override
    def error(self, message: str) -> NoReturn:
        """One sentence on stderr, after the usage."""
        self.print_usage(sys.stderr)
        self.exit(Exit.USAGE, f"{self.prog}: {message}\n")


def main(words: Sequence[str] | None = None) -> int:
    """Run the command line; the exit code."""
    ours, pytest_args = _split(sys.argv[1:] if words is None else list(words))
    if ours[:1] == ["lsp"]:
        _become_lsp(ours[1:])
    arguments = _parser().parse_args(ours)
    problem = _refused(arguments.command, pytest_args) if pytest_args else ""
    if problem:
        _parser().error(problem)
    try:
        root, named = _found(arguments)
        if arguments.command == "test" and arguments.since and named:
            raise UsageError("name tests, or --since, but not both")  # noqa: TRY301 - told as any other
        if arguments.command == "coverage" and any("::" in name for name in named):
            raise UsageError("coverage is told of files: name one, or a folder")  # noqa: TRY301 - told as any other
    except UsageError as error:
        print(f"companion: {error}", file=sys.stderr)  # noqa: T201 - this is the command line
        return Exit.USAGE
    try:
        return _run(arguments, root, (*named, *pytest_args))
    except KeyboardInterrupt:  # while imports were still under way
        return Exit.INTERRUPT


def _found(arguments: argparse.Namespace) -> tuple[Path, tuple[str, ...]]:
    """The project, and what of its tests was named."""
    if arguments.command == "test":
        return find_with(arguments.paths)
    if arguments.command in {"affected", "coverage"}:
        return find_with([] if arguments.path is None else [arguments.path])
    return find(arguments.path), ()


def _refused(command: str, pytest_args: list[str]) -> str:
    """Why this command cannot be given these arguments for pytest; empty if it can."""
    if command not in {"watch", "test"}:
        return f"{command} takes no arguments for pytest"
    for word in pytest_args:
        if word in PRINTING:
            return f"{word} runs no test: python -m pytest {word} shows it"
        if word in {"--pdb", "--trace"}:
            return f"nobody could answer {word} here: debug one test with companion debug NODEID"
        if word in {"--collect-only", "--co"} and command == "watch":
            return f"watch runs tests: companion test -- {word} lists them"
    return ""


def _run(arguments: argparse.Namespace, root: Path, pytest_args: tuple[str, ...]) -> int:
    from companion.core.pending import narrows  # noqa: PLC0415 - not for --help and --version
    from companion.front import main as fronts  # noqa: PLC0415

    shape: fronts.Shape = "json" if arguments.json else "text"
    join = _join(arguments.command)
    match arguments.command:
        case "watch":
            return fronts.watch(root, join, shape=shape, pytest_args=pytest_args)
        case "test":
            pytest_args = (*arguments.sessions, *arguments.shard, *pytest_args)
            scope: Literal["all", "changed"] = "all" if arguments.all or narrows(pytest_args) else "changed"
            return fronts.test(root, join, shape=shape, scope=scope, pytest_args=pytest_args, since=arguments.since)
        case "affected":
            return fronts.affected(
                root, join, shape=shape, named=pytest_args, explain=arguments.explain, since=arguments.since
            )
        case "coverage":
            options = fronts.Coverage(arguments.lcov, arguments.data, arguments.by_item, arguments.external)
            return fronts.coverage(root, join, shape=shape, named=pytest_args, options=options)
        case "debug":
            return fronts.debug(root, join, shape=shape, item=arguments.item)
        case _:
            return fronts.doctor(root, join, shape=shape)


def _join(front: str) -> Join:
    from companion.front.client import Client  # noqa: PLC0415 - not for --help and --version

    return lambda root: Client(root, front=front)


def _become_lsp(words: list[str]) -> NoReturn:
    """This process becomes the LSP front, whose descriptors 0 and 1 nobody has touched.

    ``-P``: the editor's current folder, which may hold anything, is not searched for modules.
    """
    os.execv(sys.executable, [sys.executable, "-P", "-m", "lsp.cli", *words])  # noqa: S606 - our own interpreter


def _split(words: list[str]) -> tuple[list[str], list[str]]:
    """Ours, and what follows ``--``."""
    if "--" not in words:
        return words, []
    at = words.index("--")
    return words[:at], words[at + 1 :]


def _parser() -> Parser:
    parser = _described(Parser(prog="companion"), DESCRIPTION)
    parser.add_argument("--version", action=Version, nargs=0, help="show the version and end")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name: str, words: str, pytest_args: str = "", *, item: str = "") -> Parser:
        made = _described(commands.add_parser(name, help=words), f"{words[0].upper()}{words[1:]}.")
        several = name == "test"
        made.usage = f"companion {name} {item}[PATH{' ...' if several else ''}] [--json]{pytest_args}"
        if item:
            made.add_argument("item", metavar="NODEID", help="the test's id, as companion and pytest show it")
        where = "the project's folder (default: found from here)"
        if name == "coverage":
            made.add_argument("path", nargs="?", metavar="PATH", help=f"{where}, or a file or folder in it")
        elif name == "affected":
            made.add_argument("path", nargs="?", metavar="PATH", help=f"{where}, or a test file, id or folder in it")
        elif several:
            made.add_argument("paths", nargs="*", metavar="PATH", help=f"{where}, or test files, ids, folders in it")
        else:
            made.add_argument("path", nargs="?", metavar="PATH", help=where)
        made.add_argument("--json", action="store_true", help="JSON on stdout instead of words")
        return made

    command("watch", "watch the project and show what every save does to its tests", " [-- PYTEST_ARGS]")
    differs = "what differs from this revision of git's, as HEAD or main"
    usage = " [--all | --since REV] [-n N] [--shard I/N] [-- PYTEST_ARGS]"
    test = command("test", "run what changed since the last run, all at first, and end", usage)
    which = test.add_mutually_exclusive_group()
    which.add_argument("--all", action="store_true", help="run all tests; so do arguments that choose some, as -k")
    which.add_argument("--since", metavar="REV", default="", help=f"run what is affected by {differs}")
    test.add_argument(
        "-n", dest="sessions", type=_sessions, default=(), metavar="N",
        help="run as many tests at once; 1: one after the other (default: one for each core)",
    )  # fmt: skip
    test.add_argument(
        "--shard", type=_shard, default=(), metavar="I/N",
        help="run part I of N of all tests, the same on every machine with the same files",
    )  # fmt: skip
    command("debug", "run one test under debugpy, once an editor is attached to it", item="NODEID ")
    usage = " [--explain] [--since REV]"
    affected = command("affected", "show which tests would run now, and why; run none", usage)
    affected.add_argument("--explain", action="store_true", help="and what the others stand on")
    affected.add_argument("--since", metavar="REV", default="", help=f"show what is affected by {differs}")
    usage = " [--lcov FILE] [--data FILE] [--by-item] [--external]"
    coverage = command("coverage", "show which lines the tests execute", usage)
    for name, what in (("lcov", "a file for lcov's tools and editors"), ("data", "a data file of coverage.py's")):
        coverage.add_argument(f"--{name}", metavar="FILE", type=_file, help=f"write {what}, as well")
    coverage.add_argument("--by-item", action="store_true", help="and what each test executes")
    coverage.add_argument("--external", action="store_true", help="run tests again that reach outside, too")
    command("doctor", "show how the engine and its agents are")
    commands.add_parser("lsp", help="the language server, for editors", add_help=False)
    return parser


def _sessions(word: str) -> tuple[str, ...]:
    if word not in {"auto", "logical"} and not (word.isdigit() and int(word)):
        raise argparse.ArgumentTypeError(f"{word!r} is neither a number from 1 on nor auto")
    return (f"-n{word}",)


def _file(word: str) -> Path:
    return Path(word).absolute()


def _shard(word: str) -> tuple[str, ...]:
    from companion.core.pending import SHARD  # noqa: PLC0415 - not for --help and --version

    index, _, count = word.partition("/")
    if not (index.isdigit() and count.isdigit() and 1 <= int(index) <= int(count)):
        raise argparse.ArgumentTypeError(f"{word!r} is no part of anything: write 1/3, 2/3 and 3/3")
    return (f"{SHARD}{int(index)}/{int(count)}",)


def _described(parser: Parser, words: str) -> Parser:
    parser.description = words
    parser.epilog = explained()
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    return parser


class Version(argparse.Action):
    """Prints the version; looks it up only then."""

    @override
    def __call__(self, parser: argparse.ArgumentParser, *_values: object) -> None:
        from importlib.metadata import version  # noqa: PLC0415 - not for anything else

        # No exit() with a message: that one goes to stderr.
        sys.stdout.write(f"companion {version('companion-ide')}\n")
        parser.exit(Exit.GREEN)


if __name__ == "__main__":
    sys.exit(main())
