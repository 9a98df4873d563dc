"""The rules over real code: every proposal holds, the same is proposed every time, and it comes to an end."""

import os
import subprocess
import sys

from refactorkit import RULES, candidates, sources

from companion.core.diff import apply
from companion.refactor.finding import Candidate, Declined, Defect
from companion.refactor.rule import look
from companion.refactor.tree import compile_problem

EVERY = 6
FINGERPRINT = """
import hashlib
from refactorkit import RULES, sources
from companion.refactor.rule import look
digest = hashlib.sha256()
for name, text in sources(every=40):
    for found in look(RULES, text, None):
        digest.update(repr(found).encode("utf-8", "surrogatepass"))
print(digest.hexdigest())
"""


def test_proposals_for_the_standard_library_hold() -> None:
    count = 0
    for name, text in sources(EVERY):
        for found in look(RULES, text, None):
            assert not isinstance(found, Defect), (name, found)
            if isinstance(found, Candidate):
                count += 1
                assert apply(found.edits, text) == found.text != text
                assert compile_problem(found.text) is None
                assert 0 < found.line <= found.end_line <= text.count("\n") + 1
    assert count > 10


def test_gates_have_nothing_to_do_there() -> None:
    known = {precondition.because for rule in RULES for precondition in rule.preconditions}
    for name, text in sources(EVERY):
        for found in look(RULES, text, None):
            assert not isinstance(found, Declined) or found.because in known, (name, found)


def test_proposals_come_to_an_end() -> None:
    for name, source in sources(every=30):
        text, left = source, len(candidates(source)) + 1
        while found := candidates(text):
            text, left = found[0].text, left - 1
            assert left > 0, name


def test_same_proposals_whatever_the_hash_seed() -> None:
    seen = {fingerprint(seed) for seed in ("1", "2")}
    assert len(seen) == 1


def fingerprint(seed: str) -> bytes:
    environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.check_output([sys.executable, "-c", FINGERPRINT], env=environment)
