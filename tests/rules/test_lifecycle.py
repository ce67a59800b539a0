"""What becomes of a finding: one table of circumstances, and what holds whatever they are."""

import itertools
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.assessment import Assessment
from rules.horizon import Horizon
from rules.lifecycle import (
    FindingHistory,
    FindingState,
    LifecycleInputs,
    QuietPolicy,
    current_status,
    find_missing_findings,
    finding_statuses,
    status_before_next_round,
    statuses_of_next_items,
)
from rules.model import (
    Backlog,
    Decision,
    DecisionKind,
    Demand,
    Finding,
    Link,
    Severity,
    WorkItem,
    finding_id,
    select_in_force,
)

DAY = timedelta(days=1)
NOW = datetime(2026, 6, 1, 9, 0, tzinfo=UTC)
RULE = "made-up"
IDENT = finding_id("team", "1", RULE)


@pytest.fixture(scope="module")
def stand():
    """The status of one finding about one item, under circumstances given in days before now."""
    now = NOW

    def ago(days):
        return None if days is None else now - days * DAY

    def make(
        *,
        severity="warning",
        near=True,
        touched=None,
        discussed=None,
        commented=None,
        memory=None,
        decisions=(),
        saturated=False,
        shadow=False,
        is_first_round=False,
        links=0,
        votes=None,
        **policy,
    ):
        found = Finding(id=IDENT, tracker="team", item="1", key="A-1", rule=RULE, severity=Severity(severity))
        linked = tuple(Link("relates to", f"A-{number}") for number in range(links))
        moments = {"changed_by_person": ago(touched), "discussed": ago(discussed)}
        item = WorkItem(tracker="team", id="1", key="A-1", links=linked, votes=votes, **moments)
        remembered = {}
        if memory is not None:
            memory = dict(memory)
            moments = {name: ago(memory.pop(name)) for name in ("first_seen", "cleared") if name in memory}
            remembered = {IDENT: FindingHistory(**({"first_seen": ago(30)} | moments | memory))}
        about = LifecycleInputs(
            now=now,
            policy=QuietPolicy(**({"quiet": 7 * DAY, "cooldown": 14 * DAY, "baseline": True} | policy)),
            horizon=Horizon(frozenset({"1"} if near else ()), "in Sprint 3"),
            saturated_rules={RULE} if saturated else (),
            histories=remembered,
            decisions={
                "1": [
                    Decision(
                        id=str(number),
                        tracker="team",
                        item="1",
                        key="A-1",
                        kind=DecisionKind(one.get("verdict", "waive")),
                        at=ago(one.get("at", 1)),
                        review=ago(one.get("review", -80)),
                        rule=one.get("rule", RULE),
                        reason=one.get("reason", ""),
                        source=one.get("source", "reply"),
                        links=one.get("links"),
                        votes=one.get("votes"),
                    )
                    for number, one in enumerate(decisions)
                ]
            },
            comment_times={} if commented is None else {"1": ago(commented)},
            shadow_reason=lambda _finding, judged: "the rule is new." if shadow and judged == item else "",
            is_first_round=is_first_round,
        )
        assessment, backlog = Assessment((found,), {}), Backlog(tracker="team", items=(item,))
        next_item_statuses = statuses_of_next_items(assessment.findings, backlog, about)
        (status,) = finding_statuses(assessment, backlog, about, next_item_statuses)
        return status

    return make


SEEN = {"first_seen": 30}
WAIVED = {"verdict": "waive"}
ITEM = {"rule": "", "links": 2}


@pytest.mark.parametrize(
    ("circumstances", "state", "may"),
    [
        # near, and nobody at work on it
        ({}, FindingState.NEW, "comment mark"),
        ({"memory": SEEN}, FindingState.STANDING, "comment mark"),
        ({"memory": SEEN | {"found_last_round": False}}, FindingState.NEW, "comment mark"),
        ({"severity": "info"}, FindingState.NEW, "mark"),
        ({"severity": "info", "memory": SEEN}, FindingState.STANDING, "mark"),
        # quiet after activity of people
        ({"touched": 6.9}, FindingState.QUIET, ""),
        ({"touched": 7}, FindingState.NEW, "comment mark"),
        ({"touched": 3, "quiet": timedelta(0)}, FindingState.NEW, "comment mark"),
        ({"touched": 3, "near": False}, FindingState.QUIET, ""),
        ({"touched": 3, "severity": "info"}, FindingState.QUIET, ""),
        # cooling down after an answer, an edit or a clear
        ({"touched": 8, "commented": 9}, FindingState.COOLING_DOWN, ""),
        ({"touched": 13.9, "commented": 20}, FindingState.COOLING_DOWN, ""),
        ({"touched": 14, "commented": 20}, FindingState.NEW, "comment mark"),
        ({"touched": 8, "commented": 7}, FindingState.NEW, "comment mark"),  # we wrote after them
        ({"touched": 8, "commented": 8}, FindingState.NEW, "comment mark"),  # our own writing is no answer to it
        ({"memory": SEEN | {"cleared": 13}}, FindingState.COOLING_DOWN, ""),
        ({"memory": SEEN | {"cleared": 14}}, FindingState.STANDING, "comment mark"),
        ({"memory": SEEN | {"cleared": 13}, "cooldown": timedelta(0)}, FindingState.STANDING, "comment mark"),
        ({"memory": SEEN | {"cleared": 2}, "touched": 9, "commented": 10}, FindingState.COOLING_DOWN, ""),
        # far away
        ({"near": False}, FindingState.BEYOND_HORIZON, "mark"),
        ({"near": False, "severity": "info"}, FindingState.BEYOND_HORIZON, "mark"),
        # older than the service
        ({"near": False, "is_first_round": True}, FindingState.BASELINE, ""),
        ({"near": False, "memory": SEEN | {"baseline": True}}, FindingState.BASELINE, ""),
        ({"near": False, "memory": SEEN | {"baseline": True}, "baseline": False}, FindingState.BEYOND_HORIZON, "mark"),
        ({"near": False, "memory": SEEN, "is_first_round": True}, FindingState.BEYOND_HORIZON, "mark"),
        ({"near": True, "is_first_round": True}, FindingState.NEW, "comment mark"),
        ({"near": True, "memory": SEEN | {"baseline": True}}, FindingState.STANDING, "comment mark"),
        # the rule, not the item
        ({"saturated": True}, FindingState.SATURATED, ""),
        ({"shadow": True}, FindingState.SHADOW, ""),
        ({"saturated": True, "shadow": True}, FindingState.SATURATED, ""),
        # people decided
        ({"decisions": [WAIVED]}, FindingState.WAIVED, ""),
        ({"decisions": [{"verdict": "snooze"}]}, FindingState.SNOOZED, ""),
        ({"decisions": [{"verdict": "wrong"}]}, FindingState.WAIVED, ""),
        ({"decisions": [{"verdict": "dismissed"}]}, FindingState.WAIVED, ""),
        ({"decisions": [WAIVED | {"rule": ""}]}, FindingState.WAIVED, ""),
        ({"decisions": [WAIVED | {"rule": "another"}]}, FindingState.NEW, "comment mark"),
        ({"decisions": [WAIVED | {"review": 0}]}, FindingState.NEW, "comment mark"),  # the day has come
        ({"decisions": [WAIVED | {"at": -1}]}, FindingState.WAIVED, ""),  # said by a clock that is ahead of ours
        ({"decisions": [WAIVED], "saturated": True, "shadow": True}, FindingState.WAIVED, ""),
        ({"decisions": [WAIVED | {"at": 9}, {"verdict": "snooze", "at": 2}]}, FindingState.SNOOZED, ""),
        ({"decisions": [WAIVED | {"at": 9}, {"verdict": "snooze", "at": 2, "review": 1}]}, FindingState.WAIVED, ""),
        # people decided about the item
        ({"decisions": [ITEM | {"verdict": "not-now"}]}, FindingState.SNOOZED, ""),
        ({"decisions": [ITEM | {"verdict": "no"}]}, FindingState.WAIVED, ""),
        ({"decisions": [ITEM | {"verdict": "not-in-this-form"}]}, FindingState.WAIVED, ""),
        ({"decisions": [ITEM | {"verdict": "accept"}]}, FindingState.NEW, "comment mark"),
        (
            {"decisions": [ITEM | {"verdict": "no", "at": 3}, ITEM | {"verdict": "accept"}]},
            FindingState.NEW,
            "comment mark",
        ),
        ({"decisions": [ITEM | {"verdict": "accept", "at": 3}, ITEM | {"verdict": "no"}]}, FindingState.WAIVED, ""),
        ({"decisions": [ITEM | {"verdict": "no"}], "links": 2}, FindingState.WAIVED, ""),
        ({"decisions": [ITEM | {"verdict": "no"}], "links": 3}, FindingState.NEW, "comment mark"),  # its evidence grew
        ({"decisions": [ITEM | {"verdict": "no", "links": None}], "links": 3}, FindingState.WAIVED, ""),
        ({"decisions": [WAIVED | {"links": 2}], "links": 3}, FindingState.WAIVED, ""),
        ({"decisions": [ITEM | {"verdict": "no", "votes": 4}], "links": 2, "votes": 4}, FindingState.WAIVED, ""),
        ({"decisions": [ITEM | {"verdict": "no", "votes": 4}], "links": 2, "votes": 3}, FindingState.WAIVED, ""),
        (
            {"decisions": [ITEM | {"verdict": "no", "votes": 4}], "links": 2, "votes": 5},
            FindingState.NEW,
            "comment mark",
        ),
        ({"decisions": [ITEM | {"verdict": "no", "votes": 4}], "links": 2, "votes": None}, FindingState.WAIVED, ""),
        ({"decisions": [ITEM | {"verdict": "no", "votes": None}], "links": 2, "votes": 9}, FindingState.WAIVED, ""),
        # and took it back
        ({"decisions": [WAIVED | {"at": 3}, {"verdict": "resume"}]}, FindingState.NEW, "comment mark"),
        ({"decisions": [WAIVED | {"at": 3}, {"verdict": "resume", "rule": ""}]}, FindingState.NEW, "comment mark"),
        ({"decisions": [WAIVED | {"at": 3}, {"verdict": "resume", "rule": "another"}]}, FindingState.WAIVED, ""),
        ({"decisions": [WAIVED | {"at": 3, "rule": ""}, {"verdict": "resume"}]}, FindingState.WAIVED, ""),
        ({"decisions": [WAIVED, {"verdict": "resume", "at": 3}]}, FindingState.WAIVED, ""),
        ({"decisions": [WAIVED | {"at": 3}, {"verdict": "resume", "source": "undo"}]}, FindingState.WAIVED, ""),
        (
            {
                "decisions": [
                    {"verdict": "dismissed", "at": 3, "source": "undo"},
                    {"verdict": "resume", "source": "undo"},
                ]
            },
            FindingState.NEW,
            "comment mark",
        ),
    ],
)
def test_a_finding_stands_where_its_circumstances_put_it(stand, circumstances, state, may):
    status = stand(**{name: dict(value) if name == "memory" else value for name, value in circumstances.items()})
    allowed = " ".join(
        name for name, wanted in (("comment", status.allows_comment), ("mark", status.allows_label)) if wanted
    )
    assert (status.state, allowed) == (state, may)


def test_a_decision_is_told_with_what_how_long_by_what_way_and_why(stand):
    told = stand(decisions=[WAIVED | {"reason": "one migration", "source": "reply"}]).reason
    assert told == "Waived until 2026-08-20 by reply: one migration"


def test_a_decision_without_an_end_or_a_reason_is_told_all_the_same(stand):
    assert stand(decisions=[{"verdict": "wrong", "review": None, "source": ""}]).reason == "Called wrong."


@pytest.mark.parametrize(
    ("details", "told"),
    [
        ({"review": None, "source": ""}, "Decided: no."),
        ({"review": None, "source": "", "reason": "nobody asked"}, "Decided: no: nobody asked"),
        ({"review": None}, "Decided: no, by reply."),
        ({"source": ""}, "Decided: no, until 2026-08-20."),
        ({"reason": "nobody asked"}, "Decided: no, until 2026-08-20 by reply: nobody asked"),
    ],
)
def test_what_is_known_of_a_decision_is_told_in_one_sentence(stand, details, told):
    assert stand(decisions=[ITEM | {"verdict": "no"} | details]).reason == told


@pytest.mark.parametrize(
    ("circumstances", "told"),
    [
        (
            {"touched": 3, "discussed": 3, "commented": 5},
            "People replied after our comment; nothing new is written until",
        ),
        ({"touched": 3, "commented": 5}, "People changed the item after our comment; nothing new is written until"),
        ({"touched": 3, "discussed": 9, "commented": 5}, "People changed the item after our comment; nothing new"),
        ({"memory": {"first_seen": 30, "cleared": 4}}, "It was cleared on 2026-05-28; nothing new is written until"),
    ],
)
def test_people_are_said_to_have_replied_only_if_they_did(stand, circumstances, told):
    status = stand(**circumstances)
    assert status.state is FindingState.COOLING_DOWN
    assert status.reason.startswith(told)


@pytest.mark.parametrize(
    ("circumstances", "reason"),
    [
        ({"near": False}, "The item is not in Sprint 3, so it gets no comment, at most a label."),
        (
            {"near": False, "is_first_round": True},
            "It was found in the first round, and the item will not be started soon: it is only reported.",
        ),
        ({"saturated": True}, "The rule flags most of the items it judges, so the team is asked one question instead."),
        ({"touched": 3}, "People are working on the item; nothing new is written until 2026-06-05."),
        (
            {"touched": 3, "commented": 5},
            "People changed the item after our comment; nothing new is written until 2026-06-12.",
        ),
        (
            {"touched": 3, "discussed": 5, "commented": 5},
            "People changed the item after our comment; nothing new is written until 2026-06-12.",
        ),
        (
            {"touched": 3, "commented": 5, "memory": SEEN | {"cleared": 3}},
            "People changed the item after our comment; nothing new is written until 2026-06-12.",
        ),
        (
            {"touched": 3, "commented": 5, "memory": SEEN | {"cleared": 2}},
            "It was cleared on 2026-05-30; nothing new is written until 2026-06-13.",
        ),
    ],
)
def test_a_state_says_its_reason_in_a_sentence(stand, circumstances, reason):
    assert stand(**circumstances).reason == reason


def test_what_is_for_information_says_why_there_is_no_comment(stand):
    assert stand().reason == "The item is in Sprint 3."
    assert stand(severity="info").reason == (
        "The item is in Sprint 3, and the finding is for information, so it gets no comment, at most a label."
    )


@pytest.mark.parametrize(
    ("circumstances", "until"),
    [
        ({"touched": 3}, 4),
        ({"touched": 3, "commented": 5}, 11),
        ({"memory": SEEN | {"cleared": 4}}, 10),
        ({"decisions": [WAIVED]}, 80),
    ],
)
def test_a_state_that_ends_by_itself_says_when(stand, circumstances, until):
    status = stand(**{name: dict(value) if name == "memory" else value for name, value in circumstances.items()})
    assert f"{status.until:%Y-%m-%d}" in status.reason
    later = stand(
        **circumstances | {"memory": dict(circumstances["memory"])} if "memory" in circumstances else circumstances
    )
    assert later == status
    assert (status.until - stand(touched=0).until).days == until - 7


days = st.none() | st.integers(-2, 40)
circumstances = st.fixed_dictionaries(
    {},
    optional={
        "severity": st.sampled_from(["info", "warning"]),
        "near": st.booleans(),
        "touched": days,
        "commented": days,
        "saturated": st.booleans(),
        "shadow": st.booleans(),
        "is_first_round": st.booleans(),
        "baseline": st.booleans(),
        "memory": st.none()
        | st.fixed_dictionaries(
            {"first_seen": st.integers(0, 40)},
            optional={"cleared": days, "found_last_round": st.booleans(), "baseline": st.booleans()},
        ),
        "decisions": st.lists(
            st.fixed_dictionaries(
                {
                    "verdict": st.sampled_from([one.value for one in DecisionKind]),
                    "at": st.integers(-2, 40),
                    "review": st.none() | st.integers(-40, 40),
                    "rule": st.sampled_from(["", RULE, "another"]),
                }
            ),
            max_size=3,
        ),
    },
)


def fresh(given_circumstances):
    """The fixture takes the memory apart."""
    return given_circumstances | (
        {"memory": dict(given_circumstances["memory"])} if given_circumstances.get("memory") else {}
    )


@given(circumstances)
def test_every_finding_has_exactly_one_status_and_always_the_same(stand, about):
    first, second = stand(**fresh(about)), stand(**fresh(about))
    assert first == second
    assert first.finding.id == IDENT
    assert first.reason[0].isupper()
    assert not first.reason.isupper()
    assert first.state in FindingState


@given(circumstances)
def test_what_may_be_commented_may_be_marked_and_is_a_warning_nearby(stand, about):
    status = stand(**fresh(about))
    if status.allows_comment:
        assert status.allows_label
        assert status.stays_in_comment
        assert about.get("near", True)
        assert about.get("severity", "warning") == "warning"
        assert status.state in (FindingState.NEW, FindingState.STANDING)


def spoken(near, severity, memory):
    """Where a finding stands that may be spoken about."""
    if not near:
        return FindingState.BEYOND_HORIZON, "mark"
    old = memory is not None and memory.get("found_last_round", True)
    return (FindingState.STANDING if old else FindingState.NEW), "comment mark" if severity == "warning" else "mark"


def by_the_book(*, near, severity, touched, commented, memory, decision, saturated, shadow, is_first_round):
    """Where the manual puts a finding: the first that applies, from what people said to what time will tell."""
    remembered = memory or {}
    answered = touched is not None and commented is not None and touched < commented and touched < 14
    older = is_first_round if memory is None else remembered.get("baseline", False)
    book = (
        (decision == "snooze", FindingState.SNOOZED),
        (decision, FindingState.WAIVED),
        (saturated, FindingState.SATURATED),
        (shadow, FindingState.SHADOW),
        (older and not near, FindingState.BASELINE),
        (answered or remembered.get("cleared", 99) < 14, FindingState.COOLING_DOWN),
        (touched is not None and touched < 7, FindingState.QUIET),
    )
    silent = next((state for applies, state in book if applies), None)
    return (silent, "") if silent is not None else spoken(near, severity, memory)


EVERYTHING = {
    "near": (True, False),
    "severity": ("warning", "info"),
    "touched": (None, 3, 10, 20),
    "commented": (None, 5, 30),
    "memory": (
        None,
        SEEN,
        SEEN | {"baseline": True},
        SEEN | {"found_last_round": False, "cleared": 20},
        SEEN | {"found_last_round": False, "cleared": 2},
        SEEN | {"baseline": True, "cleared": 2},
    ),
    "decision": ("", "waive", "snooze", "wrong", "dismissed"),
    "saturated": (False, True),
    "shadow": (False, True),
    "is_first_round": (False, True),
}


def test_every_combination_of_circumstances_stands_where_the_manual_puts_it(stand):
    reached = set()
    for values in itertools.product(*EVERYTHING.values()):
        case = dict(zip(EVERYTHING, values, strict=True))
        expected = by_the_book(**case)
        decision = case.pop("decision")
        case["memory"] = dict(case["memory"]) if case["memory"] else None
        status = stand(**case, decisions=[{"verdict": decision}] if decision else [])
        allowed = " ".join(
            name for name, wanted in (("comment", status.allows_comment), ("mark", status.allows_label)) if wanted
        )
        assert (status.state, allowed) == expected, case
        assert status.is_answered is bool(decision)
        assert status.stays_in_comment is (case["severity"] == "warning" and not decision)
        assert status.reason.endswith((".", "!")) or decision
        assert status.reason[0].isupper()
        assert not status.reason.isupper()
        reached.add(status.state)
    assert reached == set(FindingState) - {FindingState.CLEARED}


def test_what_stood_and_is_found_no_more_is_cleared(stand):
    finding = stand().finding
    memory = {
        name: FindingHistory(first_seen=NOW, found_last_round=stands)
        for name, stands in (("x", True), ("y", False), (IDENT, True))
    }
    assert find_missing_findings({finding.id}, memory) == ("x",)
    assert find_missing_findings((), memory) == ("x", IDENT)


@pytest.mark.parametrize(
    ("circumstances", "would"),
    [
        ({}, "it could get a comment."),
        ({"severity": "info"}, "it could get a label."),
        ({"near": False}, "it could get a label."),
        ({"touched": 3}, "nothing would be written either: People are working on the item; nothing new is"),
        ({"touched": 8, "commented": 9}, "nothing would be written either: People changed the item after our comment"),
        ({"near": False, "is_first_round": True}, "nothing would be written either: It was found in the first round,"),
    ],
)
def test_what_is_in_shadow_says_what_it_would_be_otherwise(stand, circumstances, would):
    reason = stand(shadow=True, **circumstances).reason
    assert reason.startswith(f"Reported and not written: the rule is new. Otherwise {would}")


LATER = {"resume", "accept", "not-now", "no", "not-in-this-form"}
"""Verdicts that replace others."""


@given(circumstances)
def test_what_people_decided_is_neither_commented_nor_marked_nor_kept(stand, about):
    held = [
        one
        for one in about.get("decisions", ())
        if one["rule"] in ("", RULE) and (one["review"] is None or one["review"] < 0)
    ]
    if any(one["verdict"] in LATER for one in about.get("decisions", ())):
        return
    status = stand(**fresh(about))
    assert status.is_answered is bool(held)
    if held:
        assert not (status.allows_comment or status.allows_label or status.stays_in_comment)


@given(circumstances)
def test_nothing_new_is_said_while_people_are_at_work(stand, about):
    touched = about.get("touched")
    if touched is None or touched >= 7 or about.get("commented") is not None:
        return
    status = stand(**fresh(about))
    assert not (status.allows_comment or status.allows_label)


def test_the_order_of_decisions_does_not_matter(stand):
    some = [WAIVED | {"at": 3}, {"verdict": "snooze", "at": 5}, {"verdict": "wrong", "at": 9}]
    states = {stand(decisions=list(order)).state for order in itertools.permutations(some)}
    assert states == {FindingState.WAIVED}


answers = st.lists(
    st.builds(
        lambda number, verdict, at, review, rule, links, source: Decision(
            id=str(number),
            tracker="team",
            item="1",
            key="A-1",
            kind=verdict,
            at=NOW - at * DAY,
            review=None if review is None else NOW + review * DAY,
            rule="" if verdict.is_about_the_item else rule,
            links=links,
            source=source,
        ),
        st.integers(0, 10**9),
        st.sampled_from(list(DecisionKind)),
        st.integers(-3, 40),
        st.none() | st.integers(-40, 40),
        st.sampled_from(["", RULE, "another"]),
        st.none() | st.integers(0, 3),
        st.sampled_from(["reply", "undo", "label"]),
    ),
    max_size=8,
    unique_by=lambda one: one.id,
)


@given(answers, st.integers(0, 4), st.randoms())
def test_what_is_in_force_is_a_part_of_what_was_said_whatever_the_order(said, links, random):
    held = select_in_force(said, NOW, Demand(links))
    shuffled = random.sample(said, len(said))
    assert select_in_force(shuffled, NOW, Demand(links)) == held
    assert list(held) == sorted((one for one in held if one in said), key=lambda one: (one.at, one.id))
    assert sum(one.kind.is_about_the_item for one in held) <= 1
    assert all(one.review is None or one.review > NOW for one in held)
    assert DecisionKind.RESUME not in {one.kind for one in held}


@given(answers, st.integers(0, 4))
def test_dismissals_hold_to_their_date_unless_somebody_resumes(said, links):
    held = select_in_force(said, NOW, Demand(links))
    resumed = any(one.kind is DecisionKind.RESUME for one in said)
    for one in said:
        if one.kind is DecisionKind.DISMISSED and one.applies_to(one.rule, NOW) and not resumed:
            assert one in held


@pytest.mark.parametrize(
    ("kind", "decided", "days", "state"),
    [
        (DecisionKind.WAIVE, "oversized-story", 1, FindingState.WAIVED),
        (DecisionKind.WAIVE, "oversized-story", 0, FindingState.STANDING),
        (DecisionKind.WRONG, "oversized-story", 1, FindingState.STANDING),
        (DecisionKind.WAIVE, "unranked-item", 1, FindingState.STANDING),
    ],
)
def test_an_answer_about_the_size_answers_how_to_split_it_too(kind, decided, days, state):
    finding = Finding(id="1", tracker="team", item="1", key="A-1", rule="split-candidate", severity=Severity.WARNING)
    given = {"tracker": "team", "item": "1", "key": "A-1", "at": NOW - DAY, "review": NOW + days * DAY}
    decision = Decision(id="1", kind=kind, rule=decided, **given)
    assert current_status(finding, FindingState.STANDING, "", [decision], NOW).state is state


def test_a_stored_finding_keeps_its_state_and_reason_until_there_is_a_decision():
    finding = Finding(id="1", tracker="team", item="1", key="A-1", rule=RULE, severity=Severity.WARNING)
    status = current_status(finding, FindingState.QUIET, "People are at work.", [], NOW)
    assert (status.finding, status.state, status.reason) == (finding, FindingState.QUIET, "People are at work.")
    assert not (status.allows_comment or status.allows_label)
    for decision in (
        Decision(id="1", tracker="team", item="1", key="A-1", kind=DecisionKind.SNOOZE, at=NOW - DAY, review=NOW),
        Decision(id="1", tracker="team", item="1", key="A-1", kind=DecisionKind.WAIVE, at=NOW - DAY, rule="another"),
    ):
        assert current_status(finding, FindingState.QUIET, "People are at work.", [decision], NOW) == status


def test_a_meeting_discusses_a_finding_whose_answer_has_ended():
    finding = Finding(id="1", tracker="team", item="1", key="A-1", rule=RULE, severity=Severity.WARNING)
    answer = Decision(
        id="1", tracker="team", item="1", key="A-1", kind=DecisionKind.WAIVE, at=NOW - DAY, review=NOW + DAY, rule=RULE
    )

    def discuss(state, decisions, now=NOW):
        return status_before_next_round(finding, state, "Said in the round.", decisions, now)

    for state in (FindingState.WAIVED, FindingState.QUIET):
        assert discuss(state, [answer]) == current_status(finding, state, "Said in the round.", [answer], NOW)
    assert discuss(FindingState.QUIET, []) == current_status(finding, FindingState.QUIET, "Said in the round.", [], NOW)
    ended = discuss(FindingState.WAIVED, [answer], NOW + 2 * DAY)
    assert ended == discuss(FindingState.WAIVED, [])
    assert (ended.finding, ended.state) == (finding, FindingState.STANDING)
    assert ended.reason == "The answer to it is no longer in force."
