"""``companion-lsp``, and what ``companion lsp`` becomes: the language server on standard input and output."""

import sys
from collections.abc import Sequence


def main() -> None:
    """The entry point. Exit codes: 0 after shutdown and exit, 1 if the editor left otherwise, 2 for wrong usage."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Serve until the editor leaves; the exit code.

    Effect: takes the process's standard input and output for itself before it imports anything else.
    """
    if problem := _problem(arguments):
        sys.stderr.write(problem + "\n")
        return 2
    from lsp import stdio  # noqa: PLC0415 - nothing may be imported before, and nothing heavy is by this

    try:
        incoming, outgoing = stdio.take()
    except OSError as error:
        sys.stderr.write(f"companion-lsp needs an editor at its standard input and output ({error})\n")
        return 2
    return _serve(incoming, outgoing)


def _serve(incoming: int, outgoing: int) -> int:
    import asyncio  # noqa: PLC0415 - standard input and output are taken first
    import logging  # noqa: PLC0415

    from lsp.join import join  # noqa: PLC0415
    from lsp.options import Options  # noqa: PLC0415
    from lsp.server import serve  # noqa: PLC0415

    logging.basicConfig(stream=sys.stderr, format="companion-lsp: %(levelname)s: %(message)s")
    logging.getLogger("pygls").setLevel(logging.CRITICAL)  # it logs payloads; what matters we log ourselves
    try:
        return asyncio.run(serve(incoming, outgoing, join, Options()))
    except KeyboardInterrupt:
        return 1


def _problem(arguments: Sequence[str]) -> str:
    """``--stdio`` is what we do anyway; editors' libraries append it, and their process id."""
    unknown = [a for a in arguments if a != "--stdio" and not a.startswith("--clientProcessId=")]
    return f"companion-lsp: unknown argument {unknown[0]}; usage: companion-lsp [--stdio]" if unknown else ""


if __name__ == "__main__":
    main()
