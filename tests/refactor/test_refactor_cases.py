"""Every rule's own cases: what it proposes, what it leaves alone and why."""

import pytest
from refactorkit import RULES, behaviour, candidates, pairs

from companion.core.diff import apply
from companion.refactor.finding import Candidate, Declined
from companion.refactor.rule import Rule, look, unindented
from companion.refactor.tree import Tree, parse

VALID = [(rule, unindented(case)) for rule in RULES for case in rule.VALID]
INVALID = [(rule, before, after) for rule in RULES for before, after in pairs(rule)]
POISON = [(rule, unindented(before), unindented(after)) for rule in RULES for before, after in rule.POISON]


@pytest.mark.parametrize(("rule", "text"), VALID)
def test_valid_text_is_left_alone(rule: Rule, text: str) -> None:
    compile(text, "<valid>", "exec")
    assert candidates(text, [rule]) == []


@pytest.mark.parametrize(("rule", "before", "after"), [*INVALID, *POISON])
def test_invalid_text_has_one_proposal(rule: Rule, before: str, after: str) -> None:
    tree = parse(before)
    assert isinstance(tree, Tree)
    (found,) = rule.propose(tree, None)
    assert isinstance(found, Candidate)
    assert found.text == after
    assert apply(found.edits, before) == after


@pytest.mark.parametrize(("rule", "before", "after"), INVALID)
def test_what_was_proposed_is_not_proposed_again(rule: Rule, before: str, after: str) -> None:
    assert candidates(after, [rule]) == []


@pytest.mark.parametrize("rule", RULES)
def test_every_precondition_declines_a_case(rule: Rule) -> None:
    texts = [unindented(case) for case in rule.VALID]
    reasons = {found.because for text in texts for found in look([rule], text, None) if isinstance(found, Declined)}
    assert {precondition.because for precondition in rule.preconditions} <= reasons
    assert len({precondition.name for precondition in rule.preconditions}) == len(rule.preconditions)


@pytest.mark.parametrize(("rule", "before", "after"), INVALID)
def test_proposal_does_not_change_what_the_text_does(rule: Rule, before: str, after: str) -> None:
    was = behaviour(before)
    assert not all(repr(outcome).startswith("('raised'") for outcome in was)
    assert behaviour(after) == was


@pytest.mark.parametrize(("rule", "before", "after"), POISON)
def test_poison_changes_what_the_text_does(rule: Rule, before: str, after: str) -> None:
    results: list[object] = []
    for text in (before, after):
        namespace: dict[str, object] = {}
        exec(text, namespace)  # noqa: S102 - the rules' own cases
        results.append(namespace["RESULT"])
    assert results[0] != results[1]


@pytest.mark.parametrize("rule", RULES)
def test_rule_says_what_it_is(rule: Rule) -> None:
    assert rule.__doc__
    assert rule.title
    assert rule.POISON
    assert rule.__module__.rpartition(".")[2] == rule.id.replace("-", "_")
