"""What becomes of a finding: one table of circumstances, and what holds whatever they are."""

import itertools
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.engine import Assessment
from rules.horizon import Horizon
from rules.life import Circumstances, Memory, Policy, State, standings
from rules.model import Backlog, Decision, Finding, Severity, Verdict, WorkItem, finding_id

DAY = timedelta(days=1)
RULE = "made-up"
IDENT = finding_id("team", "1", RULE)


@pytest.fixture(scope="module")
def stand():
    """The standing of one finding about one item, under circumstances given in days before now."""
    from datetime import UTC, datetime  # noqa: PLC0415

    now = datetime(2026, 6, 1, 9, 0, tzinfo=UTC)

    def ago(days):
        return None if days is None else now - days * DAY

    def make(
        *,
        severity="warning",
        near=True,
        touched=None,
        commented=None,
        memory=None,
        decisions=(),
        saturated=False,
        shadow=False,
        first_look=False,
        **policy,
    ):
        found = Finding(id=IDENT, tracker="team", item="1", key="A-1", rule=RULE, severity=Severity(severity))
        item = WorkItem(tracker="team", id="1", key="A-1", changed_by_person=ago(touched))
        remembered = {}
        if memory is not None:
            moments = {name: ago(memory.pop(name)) for name in ("first_seen", "cleared") if name in memory}
            remembered = {IDENT: Memory(**({"first_seen": ago(30)} | moments | memory))}
        about = Circumstances(
            now=now,
            policy=Policy(**policy),
            horizon=Horizon(frozenset({"1"} if near else ()), "in Sprint 3"),
            saturated={RULE} if saturated else (),
            memory=remembered,
            decisions={
                "1": [
                    Decision(
                        id=str(number),
                        tracker="team",
                        item="1",
                        key="A-1",
                        verdict=Verdict(one.get("verdict", "waive")),
                        at=ago(one.get("at", 1)),
                        review=ago(one.get("review", -80)),
                        rule=one.get("rule", RULE),
                        reason=one.get("reason", ""),
                        source=one.get("source", "reply"),
                    )
                    for number, one in enumerate(decisions)
                ]
            },
            commented={} if commented is None else {"1": ago(commented)},
            shadow={IDENT: "the rule is new."} if shadow else {},
            first_look=first_look,
        )
        (standing,) = standings(Assessment((found,), {}), Backlog(tracker="team", items=(item,)), about)
        return standing

    return make


SEEN = {"first_seen": 30}
WAIVED = {"verdict": "waive"}


@pytest.mark.parametrize(
    ("circumstances", "state", "may"),
    [
        # near, and nobody at work on it
        ({}, State.NEW, "comment mark"),
        ({"memory": SEEN}, State.STANDING, "comment mark"),
        ({"memory": SEEN | {"stands": False}}, State.NEW, "comment mark"),
        ({"severity": "info"}, State.NEW, "mark"),
        ({"severity": "info", "memory": SEEN}, State.STANDING, "mark"),
        # quiet after activity of people
        ({"touched": 6.9}, State.QUIET, ""),
        ({"touched": 7}, State.NEW, "comment mark"),
        ({"touched": 3, "quiet": timedelta(0)}, State.NEW, "comment mark"),
        ({"touched": 3, "near": False}, State.QUIET, ""),
        ({"touched": 3, "severity": "info"}, State.QUIET, ""),
        # cooling down after an answer, an edit or a clear
        ({"touched": 8, "commented": 9}, State.COOLING_DOWN, ""),
        ({"touched": 13.9, "commented": 20}, State.COOLING_DOWN, ""),
        ({"touched": 14, "commented": 20}, State.NEW, "comment mark"),
        ({"touched": 8, "commented": 7}, State.NEW, "comment mark"),  # we wrote after them
        ({"memory": SEEN | {"cleared": 13}}, State.COOLING_DOWN, ""),
        ({"memory": SEEN | {"cleared": 14}}, State.STANDING, "comment mark"),
        ({"memory": SEEN | {"cleared": 13}, "cooldown": timedelta(0)}, State.STANDING, "comment mark"),
        ({"memory": SEEN | {"cleared": 2}, "touched": 9, "commented": 10}, State.COOLING_DOWN, ""),
        # far away
        ({"near": False}, State.BEYOND_HORIZON, "mark"),
        ({"near": False, "severity": "info"}, State.BEYOND_HORIZON, "mark"),
        # older than the service
        ({"near": False, "first_look": True}, State.BASELINE, ""),
        ({"near": False, "memory": SEEN | {"baseline": True}}, State.BASELINE, ""),
        ({"near": False, "memory": SEEN | {"baseline": True}, "baseline": False}, State.BEYOND_HORIZON, "mark"),
        ({"near": False, "memory": SEEN, "first_look": True}, State.BEYOND_HORIZON, "mark"),
        ({"near": True, "first_look": True}, State.NEW, "comment mark"),
        ({"near": True, "memory": SEEN | {"baseline": True}}, State.STANDING, "comment mark"),
        # the rule, not the item
        ({"saturated": True}, State.SATURATED, ""),
        ({"shadow": True}, State.SHADOW, ""),
        ({"saturated": True, "shadow": True}, State.SATURATED, ""),
        # people decided
        ({"decisions": [WAIVED]}, State.WAIVED, ""),
        ({"decisions": [{"verdict": "snooze"}]}, State.SNOOZED, ""),
        ({"decisions": [{"verdict": "wrong"}]}, State.WAIVED, ""),
        ({"decisions": [{"verdict": "dismissed"}]}, State.WAIVED, ""),
        ({"decisions": [WAIVED | {"rule": ""}]}, State.WAIVED, ""),
        ({"decisions": [WAIVED | {"rule": "another"}]}, State.NEW, "comment mark"),
        ({"decisions": [WAIVED | {"review": 0}]}, State.NEW, "comment mark"),  # the day has come
        ({"decisions": [WAIVED | {"at": -1}]}, State.NEW, "comment mark"),  # not yet said, as of this day
        ({"decisions": [WAIVED], "saturated": True, "shadow": True}, State.WAIVED, ""),
        ({"decisions": [WAIVED | {"at": 9}, {"verdict": "snooze", "at": 2}]}, State.SNOOZED, ""),
        ({"decisions": [WAIVED | {"at": 9}, {"verdict": "snooze", "at": 2, "review": 1}]}, State.WAIVED, ""),
    ],
)
def test_a_finding_stands_where_its_circumstances_put_it(stand, circumstances, state, may):
    standing = stand(**{name: dict(value) if name == "memory" else value for name, value in circumstances.items()})
    allowed = " ".join(name for name in ("comment", "mark") if getattr(standing, name))
    assert (standing.state, allowed) == (state, may)


def test_a_decision_is_told_with_what_how_long_by_what_way_and_why(stand):
    told = stand(decisions=[WAIVED | {"reason": "one migration", "source": "reply"}]).because
    assert told == "Waived until 2026-08-20 by reply: one migration"


def test_a_decision_without_an_end_or_a_reason_is_told_all_the_same(stand):
    assert stand(decisions=[{"verdict": "wrong", "review": None, "source": ""}]).because == "Called wrong."


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
    standing = stand(**{name: dict(value) if name == "memory" else value for name, value in circumstances.items()})
    assert f"{standing.until:%Y-%m-%d}" in standing.because
    later = stand(
        **circumstances | {"memory": dict(circumstances["memory"])} if "memory" in circumstances else circumstances
    )
    assert later == standing
    assert (standing.until - stand(touched=0).until).days == until - 7


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
        "first_look": st.booleans(),
        "baseline": st.booleans(),
        "memory": st.none()
        | st.fixed_dictionaries(
            {"first_seen": st.integers(0, 40)},
            optional={"cleared": days, "stands": st.booleans(), "baseline": st.booleans()},
        ),
        "decisions": st.lists(
            st.fixed_dictionaries(
                {
                    "verdict": st.sampled_from([one.value for one in Verdict]),
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
def test_every_finding_has_exactly_one_standing_and_always_the_same(stand, about):
    first, second = stand(**fresh(about)), stand(**fresh(about))
    assert first == second
    assert first.because.strip()
    assert first.state in State


@given(circumstances)
def test_what_may_be_commented_may_be_marked_and_is_a_warning_nearby(stand, about):
    standing = stand(**fresh(about))
    if standing.comment:
        assert standing.mark
        assert standing.keep
        assert about.get("near", True)
        assert about.get("severity", "warning") == "warning"
        assert standing.state in (State.NEW, State.STANDING)


LATER = {"resume", "accept", "not-now", "no", "not-in-this-form"}
"""Verdicts that replace others."""


@given(circumstances)
def test_what_people_decided_is_neither_commented_nor_marked_nor_kept(stand, about):
    held = [
        one
        for one in about.get("decisions", ())
        if one["rule"] in ("", RULE) and one["at"] >= 0 and (one["review"] is None or one["review"] < 0)
    ]
    if any(one["verdict"] in LATER for one in about.get("decisions", ())):
        return
    standing = stand(**fresh(about))
    assert standing.answered is bool(held)
    if held:
        assert not (standing.comment or standing.mark or standing.keep)


@given(circumstances)
def test_nothing_new_is_said_while_people_are_at_work(stand, about):
    touched = about.get("touched")
    if touched is None or touched >= 7 or about.get("commented") is not None:
        return
    standing = stand(**fresh(about))
    assert not (standing.comment or standing.mark)


def test_the_order_of_decisions_does_not_matter(stand):
    some = [WAIVED | {"at": 3}, {"verdict": "snooze", "at": 5}, {"verdict": "wrong", "at": 9}]
    states = {stand(decisions=list(order)).state for order in itertools.permutations(some)}
    assert states == {State.WAIVED}
