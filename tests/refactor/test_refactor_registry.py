"""Which rules there are: found by their files, chosen by their names."""

import subprocess
import sys

import pytest

from companion.errors import UsageError
from companion.refactor.registry import known_ids, load_rules, selected_ids

EVERY = ("guard-clause", "index-loop-to-enumerate")


def test_rules_are_found_by_their_files() -> None:
    assert set(EVERY) <= set(known_ids())
    assert tuple(rule.id for rule in load_rules()) == known_ids()


def test_chosen_and_disabled() -> None:
    assert selected_ids((), ()) == known_ids()
    assert selected_ids(("guard-clause",), ()) == ("guard-clause",)
    assert "guard-clause" not in selected_ids((), ("guard-clause",))
    assert selected_ids(EVERY, ("guard-clause",)) == ("index-loop-to-enumerate",)
    assert [rule.id for rule in load_rules(("guard-clause",))] == ["guard-clause"]


@pytest.mark.parametrize(("wanted", "disabled"), [(("gaurd-clause",), ()), ((), ("gaurd-clause",))])
def test_unknown_rule_is_one_clear_error(wanted: tuple[str, ...], disabled: tuple[str, ...]) -> None:
    with pytest.raises(UsageError, match="gaurd-clause; there are guard-clause, index-loop"):
        selected_ids(wanted, disabled)


def test_names_are_checked_without_libcst() -> None:
    code = "import sys; from companion.refactor import registry; registry.known_ids(); print('libcst' in sys.modules)"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "False"
