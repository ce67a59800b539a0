"""Which settings hold for which item."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from rules.model import ItemKind, WorkItem
from rules.ruleset import Ruleset, Where, merge


@pytest.fixture(autouse=True)
def _one_rule(only, hit):
    only(lambda _item: [hit()])
    only(lambda _item: [hit()], name="another")


def settings(document, item):
    return Ruleset(document).rule_for("made-up", item).settings


def override(where, **changed):
    return {"where": where, "rules": {"made-up": changed}}


@pytest.mark.parametrize(
    ("where", "matches"),
    [
        ({}, True),
        ({"tracker": "team"}, True),
        ({"tracker": "other"}, False),
        ({"tracker": ["other", "team"]}, True),
        ({"project": "pay"}, True),
        ({"project": "P*"}, True),
        ({"project": "*A"}, False),
        ({"project": "P?Y"}, False),  # only the star stands for anything
        ({"type": "user story"}, True),
        ({"type": "story"}, True),
        ({"type": "bug"}, False),
        ({"label": "ops"}, True),
        ({"label": "[ops]"}, False),
        ({"label": "[draft]"}, True),
        ({"label": ["x", "*raft*"]}, True),
        ({"component": "Check*"}, True),
        ({"component": "Ledger"}, False),
        ({"area": "Platform"}, True),
        ({"area": "platform\\ops"}, True),
        ({"area": "Platform\\Ops\\"}, True),
        ({"area": "Platform\\Op"}, False),
        ({"area": "Platform\\*"}, True),
        ({"area": "Plat*\\Ops"}, True),  # the areas below it are meant too
        ({"area": "*\\Ops"}, True),
        ({"area": "Ops"}, False),
        ({"team": "Cards"}, True),
        ({"team": ["web", "car*"]}, True),
        ({"team": "web"}, False),
        ({"tracker": "team", "label": "ops"}, True),
        ({"tracker": "team", "label": "nothing"}, False),
    ],
)
def test_an_override_is_for_the_items_it_describes(item, where, matches):
    made = item(
        1,
        type="User Story",
        kind=ItemKind.STORY,
        labels=("Ops", "[draft]"),
        components=("Checkout",),
        area="Platform\\Ops\\Infra",
        team="cards",
    )
    assert Where.model_validate(where).matches(made) is matches


def test_an_override_by_area_leaves_items_without_an_area_alone(item):
    assert Where.model_validate({"area": "*"}).matches(item(1, area="Ops"))
    assert not Where.model_validate({"area": "Ops"}).matches(item(1, area=None))
    assert not Where.model_validate({"label": "*"}).matches(item(1, labels=()))


def test_settings_of_an_override_lie_above_the_others(item):
    document = {
        "rules": {"made-up": {"severity": "warning", "above": 5}},
        "overrides": [override({"label": "big"}, above=13)],
    }
    assert settings(document, item(1)).above == 5
    big = settings(document, item(1, labels=("big",)))
    assert (big.above, big.severity) == (13, "warning")


def test_of_two_overrides_the_later_one_wins_key_by_key(item):
    document = {
        "overrides": [
            override({"project": "PAY"}, above=5, severity="warning"),
            override({"label": "big"}, above=8),
        ]
    }
    both = settings(document, item(1, labels=("big",)))
    assert (both.above, both.severity) == (8, "warning")


def test_an_override_may_switch_a_rule_off(item):
    document = {
        "rules": {"made-up": {"severity": "warning"}},
        "overrides": [{"where": {"label": "ops"}, "rules": {"made-up": "off"}}],
    }
    assert settings(document, item(1, labels=("ops",))).severity == "off"
    assert settings(document, item(1)).severity == "warning"


def test_an_override_of_one_rule_leaves_the_other_rules_alone(item):
    ruleset = Ruleset({"overrides": [override({}, above=9)]})
    assert ruleset.rule_for("another", item(1)).settings.above == 3


def test_items_under_the_same_settings_share_one_rule(item):
    ruleset = Ruleset({"overrides": [override({"label": "big"}, above=9)]})
    assert ruleset.rule_for("made-up", item(1)) is ruleset.rule_for("made-up", item(2))
    assert ruleset.rule_for("made-up", item(1)) is not ruleset.rule_for("made-up", item(3, labels=("big",)))


@pytest.mark.parametrize(
    ("document", "place"),
    [
        ({"rulez": {}}, ("rulez",)),
        ({"rules": {"made-down": {}}}, ("rules", "made-down")),
        ({"rules": {"made-up": {"severity": "fatal"}}}, ("rules", "made-up", "severity")),
        ({"overrides": [{"rules": {}}]}, ("overrides", 0, "where")),
        ({"overrides": [{"where": {"squad": "x"}, "rules": {}}]}, ("overrides", 0, "where", "squad")),
        ({"overrides": [override({}, abov=1)]}, ("overrides", 0, "rules", "made-up", "abov")),
        ({"overrides": [override({}, severity="fatal")]}, ("overrides", 0, "rules", "made-up", "severity")),
        ({"overrides": [override({}, above="much")]}, ("overrides", 0, "rules", "made-up", "above")),
    ],
)
def test_a_mistake_names_its_place(document, place):
    with pytest.raises(ValidationError) as wrong:
        Ruleset(document)
    assert place in [error["loc"] for error in wrong.value.errors()]


@pytest.mark.parametrize(
    ("below", "above", "merged"),
    [
        ({"a": 1}, {"b": 2}, {"a": 1, "b": 2}),
        ({"a": {"x": 1, "y": 2}}, {"a": {"y": 3}}, {"a": {"x": 1, "y": 3}}),
        ({"a": {"x": 1}}, {"a": "off"}, {"a": {"x": 1, "severity": "off"}}),
        ({"a": "off"}, {"a": {"severity": "info"}}, {"a": {"severity": "info"}}),
        ({"a": "off"}, {"a": {"x": 1}}, {"a": {"severity": "off", "x": 1}}),
        ({"a": [1, 2]}, {"a": [3]}, {"a": [3]}),
        ({}, {"a": "off"}, {"a": "off"}),
    ],
)
def test_what_lies_above_wins_and_the_rest_shows_through(below, above, merged):
    assert merge(below, above) == merged


documents = st.fixed_dictionaries(
    {},
    optional={
        "a": st.sampled_from(["off", "on", None]) | st.dictionaries(st.sampled_from("xyz"), st.integers()),
        "b": st.integers(),
    },
)


@given(documents, documents)
def test_merging_changes_neither_side_and_twice_is_once(below, above):
    kept = (repr(below), repr(above))
    once = merge(below, above)
    assert (repr(below), repr(above)) == kept
    assert merge(once, above) == once


def test_a_fingerprint_changes_with_version_settings_and_whom_they_are_for(only):
    base = {"overrides": [override({"label": "big"}, above=8)]}
    fingerprint = Ruleset(base).fingerprint("made-up")
    assert Ruleset(base).fingerprint("made-up") == fingerprint
    others = [
        {},
        {"rules": {"made-up": {"above": 4}}, **base},
        {"overrides": [override({"label": "big"}, above=9)]},
        {"overrides": [override({"label": "small"}, above=8)]},
        {"overrides": [*base["overrides"], override({"project": "X"}, severity="warning")]},
    ]
    assert fingerprint not in [Ruleset(one).fingerprint("made-up") for one in others]


def test_the_order_of_overrides_that_disagree_is_part_of_a_fingerprint():
    one, two = override({"label": "a"}, above=1), override({"label": "b"}, above=2)
    first, second = (Ruleset({"overrides": both}).fingerprint("made-up") for both in ([one, two], [two, one]))
    assert first != second


def test_a_fingerprint_does_not_depend_on_the_items_that_were_judged(item):
    document = {"overrides": [override({"label": "a"}, above=1), override({"label": "b"}, severity="warning")]}
    fresh, used = Ruleset(document), Ruleset(document)
    used.rule_for("made-up", item(1, labels=("a", "b")))
    assert fresh.fingerprint("made-up") == used.fingerprint("made-up")


def test_a_fingerprint_of_one_rule_is_not_moved_by_another():
    assert Ruleset({}).fingerprint("made-up") == Ruleset({"rules": {"another": "off"}}).fingerprint("made-up")


@given(
    st.builds(
        WorkItem,
        tracker=st.text(),
        id=st.just("1"),
        key=st.just("A-1"),
        project=st.text(),
        type=st.text(),
        area=st.none() | st.text(),
        labels=st.lists(st.text()).map(tuple),
    ),
    st.dictionaries(
        st.sampled_from(["tracker", "project", "area", "type", "label", "component"]),
        st.text() | st.lists(st.text(), max_size=3),
        max_size=3,
    ),
)
def test_any_pattern_can_be_held_against_any_item(made, where):
    assert Where.model_validate(where).matches(made) in (True, False)
