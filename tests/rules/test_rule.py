"""What a rule has to be before it is let in, and what it judges."""

import re

import pytest

from rules.model import ItemKind
from rules.registry import all_rules
from rules.rule import Message
from rules.ruleset import Ruleset


def test_rules_are_listed_in_alphabetical_order():
    assert list(all_rules()) == sorted(all_rules())
    assert all(name == rule.id for name, rule in all_rules().items())


def test_two_rules_of_one_name_are_refused(only):
    only(lambda _item: [], name="same")
    with pytest.raises(ValueError, match="two rules are named 'same'"):
        only(lambda _item: [], name="same")


def test_a_rule_without_a_way_out_does_not_load(only):
    stuck = {"plain": Message("Seen.", "Why?", "  ")}
    with pytest.raises(ValueError, match="does not say how to clear plain"):
        only(lambda _item: [], messages=stuck)


@pytest.mark.parametrize(
    ("types", "kind", "type_name", "judged"),
    [
        ([], ItemKind.STORY, "Story", True),
        ([], ItemKind.BUG, "Bug", False),
        (["bug"], ItemKind.BUG, "Defect", True),
        (["bug"], ItemKind.STORY, "Story", False),
        (["user story"], ItemKind.STORY, "User Story", True),
        (["USER STORY"], ItemKind.OTHER, "User Story", True),
        (["story"], ItemKind.STORY, "User Story", True),
        (["Verbesserung"], ItemKind.OTHER, "verbesserung", True),
    ],
)
def test_types_are_named_as_here_or_as_in_the_tracker(only, item, types, kind, type_name, judged):
    only(lambda _item: [])
    ruleset = Ruleset({"rules": {"made-up": {"types": types}}})
    made = item(1, kind=kind, type=type_name)
    assert ruleset.rule_for("made-up", made).judges(made) is judged


@pytest.mark.parametrize(
    ("name", "told"),
    [("needs", "has no 'needs'"), ("limits", "has no 'limits'"), ("input", "has no 'input'. Did you mean 'inputs'?")],
)
def test_a_declaration_that_no_rule_has_is_refused(only, name, told):
    with pytest.raises(ValueError, match=re.escape(told)):
        only(lambda _item: (), **{name: frozenset()})
    only(lambda _item: (), **{f"_{name}": frozenset()})
