"""What the engine makes of a backlog: findings, tallies, and what it survives."""

import pytest

from rules.assessment import Tally, UnjudgedType, english_team_question
from rules.engine import assess
from rules.model import Backlog, HierarchyLevel, ItemKind, Severity, StatusCategory, WorkItem
from rules.registry import all_rules
from rules.rule import NOT_KNOWN, Hit, Message, Unjudged
from rules.ruleset import Ruleset


def test_the_same_backlog_gives_the_same_findings_twice(only, hit, backlog, now):
    only(lambda _item: [hit()])
    first, second = (assess(backlog(5), Ruleset({}), now) for _ in range(2))
    assert first == second
    assert [finding.key for finding in first.findings] == ["PAY-1", "PAY-2", "PAY-3", "PAY-4", "PAY-5"]


def test_a_finding_has_its_sentences_filled_in_with_facts(only, hit, backlog, now):
    only(lambda _item: [hit(seen="a {brace} and 100 %")])
    (finding,) = assess(backlog(1), Ruleset({}), now).findings
    assert (finding.evidence, finding.question, finding.resolution) == (
        "Seen: a {brace} and 100 %.",
        "Why?",
        "Change it.",
    )


def test_two_places_of_one_item_are_two_findings_and_one_flagged_item(only, backlog, now):
    only(lambda _item: [Hit(variant="plain", facts={"seen": place}, part=place) for place in ("a", "b")])
    found = assess(backlog(1), Ruleset({}), now)
    assert len({finding.id for finding in found.findings}) == 2
    assert found.tallies["made-up"].flagged == 1


@pytest.mark.parametrize(
    ("judged", "flagged", "saturated"),
    [
        (19, 19, False),  # too few to say anything about the team
        (20, 10, False),  # exactly half is not most
        (20, 11, True),
        (21, 10, False),
        (21, 11, True),
        (0, 0, False),
        (1000, 500, False),
        (1000, 501, True),
    ],
)
def test_a_rule_is_saturated_above_half_of_at_least_twenty(judged, flagged, saturated):
    assert Tally(judged, flagged).is_saturated is saturated


def test_a_saturated_rule_is_one_question_with_its_numbers(only, hit, backlog, now):
    only(lambda item: [hit()] if int(item.id) <= 11 else [])
    found = assess(backlog(20), Ruleset({}), now)
    assert found.tallies["made-up"].is_saturated
    assert english_team_question("made-up", found.tallies["made-up"]) == "11 of 20. Is that so?"


@pytest.mark.parametrize("category", [StatusCategory.DONE, StatusCategory.REMOVED, StatusCategory.IN_PROGRESS])
def test_what_is_begun_or_over_is_not_judged(only, hit, backlog, item, now, category):
    only(lambda _item: [hit()])
    found = assess(backlog([item(1), item(2, category=category)]), Ruleset({}), now)
    assert [finding.key for finding in found.findings] == ["PAY-1"]
    assert found.tallies["made-up"] == Tally(judged=1, flagged=1, finding_count=1)


def test_a_rule_that_is_off_says_nothing_and_is_not_counted(only, hit, backlog, now):
    only(lambda _item: [hit()])
    found = assess(backlog(3), Ruleset({"rules": {"made-up": "off"}}), now)
    assert found.findings == ()
    assert found.tallies == {}


def test_a_variant_may_matter_less_than_the_team_set_and_never_more(only, backlog, now):
    only(lambda _item: [Hit(variant="plain", facts={"seen": "it"}, max_severity=Severity.INFO)])
    for severity in ("info", "warning"):
        found = assess(backlog(1), Ruleset({"rules": {"made-up": {"severity": severity}}}), now)
        assert found.findings[0].severity is Severity.INFO


def test_a_rule_that_breaks_on_one_item_judges_the_others_and_is_reported(only, hit, backlog, now):
    only(lambda item: [hit()] if item.id != "2" else [1 / 0])
    found = assess(backlog(3), Ruleset({}), now)
    assert [finding.key for finding in found.findings] == ["PAY-1", "PAY-3"]
    (failure,) = found.failures
    assert (failure.rule, failure.key) == ("made-up", "PAY-2")
    assert "ZeroDivisionError" in failure.error


def test_half_a_verdict_of_a_rule_that_then_breaks_is_no_verdict(only, hit, backlog, now):
    def check(item):
        yield hit()
        if item.id == "2":
            raise RuntimeError("half-way")

    only(check)
    found = assess(backlog(3), Ruleset({}), now)
    assert [finding.key for finding in found.findings] == ["PAY-1", "PAY-3"]


def test_a_sentence_that_lacks_a_fact_is_a_failure_of_one_item(only, hit, backlog, now):
    only(lambda item: [hit()] if item.id != "2" else [Hit(variant="plain")])
    found = assess(backlog(3), Ruleset({}), now)
    assert [failure.key for failure in found.failures] == ["PAY-2"]
    assert len(found.findings) == 2


def test_a_rule_that_cannot_tell_whether_it_judges_an_item_stops_no_other(only, hit, backlog, now):
    def judges(_self, item):
        if item.id == "2":
            raise ValueError("an odd type")
        return True

    only(lambda _item: [hit()], judges=judges)
    found = assess(backlog(3), Ruleset({}), now)
    assert [finding.key for finding in found.findings] == ["PAY-1", "PAY-3"]
    assert [failure.key for failure in found.failures] == ["PAY-2"]


def test_a_rule_that_breaks_while_it_learns_judges_nothing_and_stops_no_other_rule(only, hit, backlog, now):
    def learn(_self):
        raise ValueError("no history")

    only(lambda _item: [hit()], name="broken", learn=learn)
    only(lambda _item: [hit()], name="fine")
    found = assess(backlog(3), Ruleset({}), now)
    assert {finding.rule for finding in found.findings} == {"fine"}
    assert {failure.rule for failure in found.failures} == {"broken"}
    assert [failure.key for failure in found.failures] == ["PAY-1", "PAY-2", "PAY-3"]


def test_what_a_rule_cannot_know_is_said_once(only, hit, backlog, now):
    reasons = (Unjudged(text="Not enough data (n=3)."), Unjudged(text="And more."))
    only(lambda _item: [hit()], learn=lambda *_: reasons)
    found = assess(backlog(3), Ruleset({}), now)
    assert tuple(map(str, found.tallies["made-up"].unjudged)) == ("Not enough data (n=3).", "And more.")


def test_a_rule_learns_once_for_each_set_of_settings(only, hit, backlog, item, now):
    studied = []
    only(lambda _item: [hit()], learn=lambda self, *_: studied.append(self.settings.above) or ())
    document = {"overrides": [{"where": {"label": "big"}, "rules": {"made-up": {"above": 8}}}]}
    assess(backlog([item(1), item(2, labels=("big",)), item(3), item(4, labels=("big",))]), Ruleset(document), now)
    assert sorted(studied) == [3, 8]


def test_the_identity_of_a_finding_outlives_everything_but_item_rule_and_place(only, hit, backlog, item, now):
    only(lambda item: [hit(seen=item.title)])
    before = assess(backlog([item(1)]), Ruleset({}), now).findings[0]
    after = assess(
        backlog([item(1, title="Other words", key="OPS-7", labels=("x",))]),
        Ruleset({"rules": {"made-up": {"severity": "warning"}}}),
        now,
    ).findings[0]
    assert before.id == after.id
    assert before.evidence_hash != after.evidence_hash


def test_facts_that_drift_by_themselves_do_not_count_as_new_evidence(only, hit, backlog, now):
    count = [40]
    told = {"plain": Message("{seen}, and {n} were finished.", "Why?", "Change it.")}
    only(lambda _item: [hit(seen="8 points", n=count[0])], messages=told, volatile_facts=frozenset({"n"}))
    before = assess(backlog(1), Ruleset({}), now).findings[0]
    count[0] = 41
    after = assess(backlog(1), Ruleset({}), now).findings[0]
    assert before.evidence != after.evidence
    assert before.evidence_hash == after.evidence_hash


ATTRIBUTES = ["text", "criteria", "points", "priority", "sprints", "kind", "category"]


@pytest.mark.parametrize("attribute", ATTRIBUTES)
def test_a_rule_says_nothing_about_what_is_not_known_and_counts_it_once(attribute, now):
    items = [
        WorkItem(
            tracker="team",
            id=str(n),
            key=f"PAY-{n}",
            kind=ItemKind.STORY,
            points=99,
            priority="Highest",
            due=now.date(),
            value=8,
            unknown=(attribute,),
        )
        for n in range(1, 4)
    ]
    every_rule = {name: {"severity": "info"} for name in all_rules()}
    ruleset = Ruleset({"rules": every_rule | {"oversized-story": {"above": 5}}})
    needing = {
        name
        for name, rule in all_rules().items()
        if attribute in {*rule.needed_attributes, "kind", "category"} and ItemKind.STORY in rule.kinds
    }
    found = assess(Backlog("team", items), ruleset, now)
    assert needing
    assert {finding.rule for finding in found.findings} & needing == set()
    for rule in needing:
        assert found.tallies[rule].judged == 0
        (limit,) = [limit for limit in found.tallies[rule].unjudged if limit.variant == NOT_KNOWN]
        assert limit.facts == {"attribute": attribute, "items": 3}


def test_what_is_not_known_of_an_item_that_no_rule_would_judge_is_not_counted(now):
    items = [
        WorkItem(tracker="team", id="1", key="PAY-1", kind=ItemKind.STORY, category=done, unknown=("text", "points"))
        for done in (StatusCategory.DONE, StatusCategory.IN_PROGRESS)
    ]
    assert all(not tally.unjudged for tally in assess(Backlog("team", items), Ruleset({}), now).tallies.values())


def test_types_that_no_rule_judges_are_counted(only, hit, backlog, item, now):
    only(lambda _item: [hit()])
    own = [item(number, type="Récit", kind=ItemKind.OTHER) for number in range(1, 9)]
    begun = item(9, type="Récit", kind=ItemKind.OTHER, category=StatusCategory.IN_PROGRESS)
    unknown = item(10, type="", kind=ItemKind.OTHER, unknown=("kind", "type"))
    epic = item(11, type="Thème", kind=ItemKind.OTHER, level=HierarchyLevel.PORTFOLIO)
    spike = item(13, type="Spike", kind=ItemKind.OTHER)
    found = assess(backlog([*own, begun, unknown, epic, item(12), spike]), Ruleset({}), now)
    assert found.unjudged_types == (UnjudgedType("Récit", 8),)
    named = assess(backlog(own), Ruleset({"rules": {"made-up": {"types": ["récit"]}}}), now)
    assert (named.unjudged_types, len(named.findings)) == ((), 8)
    off = assess(backlog(own), Ruleset({"rules": {"made-up": "off"}}), now)
    assert off.unjudged_types == ()


def test_rules_that_do_not_judge_a_type_are_named_where_others_do(backlog, item, now):
    found = assess(backlog([item(1, type="Récit", kind=ItemKind.OTHER)]), Ruleset({}), now)
    for_stories = tuple(
        name
        for name, rule in all_rules().items()
        if ItemKind.STORY in rule.kinds and ItemKind.OTHER not in rule.kinds and rule.options().severity != "off"
    )
    assert "missing-acceptance-criteria" in for_stories
    assert found.unjudged_types == (UnjudgedType("Récit", 1, for_stories),)


def test_a_rule_that_is_off_for_all_items_does_not_look_at_the_backlog(item, now):
    class Unreadable(tuple):
        __slots__ = ()

        def __iter__(self):
            raise AssertionError("nothing is judged, so nothing is read")

    off = Ruleset({"rules": dict.fromkeys(all_rules(), "off")})
    assert assess(Backlog("team", Unreadable(), ordered=False), off, now).findings == ()
