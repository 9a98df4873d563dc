"""Exit codes of the fronts. Those of `test` are pytest's, so that hooks and CI need not learn others."""

from enum import IntEnum


class Exit(IntEnum):
    """What the process ends with."""

    GREEN = 0
    RED = 1
    STOPPED = 2
    INTERNAL = 3
    USAGE = 4
    NO_TESTS = 5
    HANGUP = 129
    INTERRUPT = 130
    BROKEN_PIPE = 141
    TERMINATED = 143


def explained() -> str:
    """For ``--help``."""
    return (
        "exit codes:\n"
        "  test    0 green, 1 failures, 2 interrupted, 3 internal error, 4 usage error, 5 no tests (as pytest)\n"
        "  debug   as test\n"
        "  coverage  0 told, 3 no engine, 4 usage error\n"
        "  affected  0 told, 3 no engine, 4 usage error\n"
        "  watch   0 after q, 130 after Ctrl-C, 3 no engine, 4 usage error\n"
        "  doctor  0 all well, 1 a check failed, 3 no engine, 4 usage error"
    )
