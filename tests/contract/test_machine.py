"""Whatever people do, in whatever order, with crashes and undos in between: the promises hold, in every place there is.

People edit, move, talk, delete and decide; the service works, dies and is taken back. What must hold afterwards is
checked against what people see in the place, not against what the service believes.
"""

import re
from contextlib import suppress
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from msgspec.structs import replace

from contract.places import IN_CI
from contract.seed import ELSEWHERE, HOME
from support import backlogs
from support.meddled import Crash, Meddled
from sync.rounds.context import WriteAuthority
from sync.rounds.rule_modes import fingerprints
from sync.store import promotions

pytestmark = pytest.mark.slow

LABEL = "refine-criteria"
STORIES = ("PAY-1", "PAY-2", "PAY-3", "PAY-4")
EPIC = "PAY-5"
BACKLOG = backlogs.SMALL + '{"key": "OPS-1", "title": "Rotate the certificates", "created": "2024-02-01"}\n'
CROWD = tuple(f"PAY-{number}" for number in range(11, 34))
"""More stories, all ready: when they are large, most of the backlog is."""
CROWDED = BACKLOG + "".join(
    f'{{"key": "{key}", "title": "Wish {key}", "created": "2024-02-02", '
    f'"description": "Acceptance criteria:\\n* it is done"}}\n'
    for key in CROWD
)
PEOPLE = ("Ana Silva", "Tom Berg")
REVIEW = timedelta(days=90)
SKEW = timedelta(minutes=10)
"""The most by which the two clocks differ."""
WITH_CRITERIA = "In two currencies.\n\nAcceptance criteria:\n* the amount is shown in both"
WITHOUT_CRITERIA = "In two currencies."

keys = st.sampled_from(STORIES)


def sized(points):
    """The content of rules.yaml with which a story is too large from so many points on."""
    return {"rules": {"oversized-story": {"above": points}}}


class Team(RuleBasedStateMachine):
    """A team and the service, with what must be remembered to judge the service. Items are named by id.

    Attributes:
        texts: What a person wrote over a comment of ours, by item and comment.
        value: What a person put into the score, once they did; `False` before.
        unlabelled: When a person took a label off that a round has seen in place, by item and rule.
        dismissed: When a person deleted a comment of ours, by item and rule.
        touched: Items on which a person changed something of ours.
        away: Items that were hidden, moved or deleted at the moment.
        declined: When a product owner declined an item.
        points: From which size on a story is too large; a change of it waits in shadow until it is promoted.
        forbidden: Whether the service has lost the right to write.
        skew: By how much the clocks have ever differed; moments of both are compared no more exactly than that.
        taken_back: Whether everything was taken back, and no person has let the service write since.
    """

    make = None
    crowd = ()

    def __init__(self):
        super().__init__()
        self.place, self.house = self.make()
        self.house.configure(rules=sized(5), tracker={"vanish_limit": "20%", "bots": []}, roles={"decide": "Ana Silva"})
        self.person = self.place.person()
        self.ids = {key: self.place.id(key) for key in (*STORIES, EPIC)}
        self.scored = bool(self.place.score)
        self.texts = {}
        self.value = False
        self.unlabelled = {}
        self.dismissed = {}
        self.touched = set()
        self.hidden = set()
        self.deleted = set()
        self.declined = {}
        self.points = 5
        self.forbidden = False
        self.taken_back = False
        self.skew = timedelta()

    # ---- what is there

    @property
    def epic(self):
        return self.ids[EPIC]

    def item(self, key):
        """The item's id, or None while it is deleted."""
        return self.ids[key] if self.place.exists(self.ids[key]) else None

    def here(self):
        """Stories that are not deleted."""
        return [item for key in STORIES if (item := self.item(key))]

    def reachable(self, item):
        return item not in self.hidden and self.place.project_of(item) == HOME

    def now(self):
        return self.place.clock()

    def annotation(self, item, kind):
        there = [one for one in self.house.annotations() if (one.item, one.kind) == (item, kind)]
        return next((one for one in there if kind != "label" or one.name == LABEL), None)

    def ours(self, item):
        """Ids of our comments under an item."""
        pairs = zip(self.place.comment_ids(item), self.place.comments(item), strict=True)
        return [ident for ident, (author, _) in pairs if author == "Steward"]

    # ---- what people do

    @rule(key=keys, clear=st.booleans())
    def write_criteria(self, key, clear):
        if item := self.item(key):
            self.person.describe(item, WITHOUT_CRITERIA if clear else WITH_CRITERIA)

    @rule(key=keys, points=st.sampled_from([None, 3, 8, 13]))
    def estimate(self, key, points):
        if item := self.item(key):
            self.person.estimate(item, points)

    @rule(key=keys, other=keys)
    def rank(self, key, other):
        one, next_one = self.ids[key], self.ids[other]
        if key != other and {one, next_one} <= set(self.place.order()):
            self.person.drag(one, next_one)

    @rule(key=keys, status=st.sampled_from(["In Progress", "Done", "To Do"]))
    def take_up(self, key, status):
        if item := self.item(key):
            self.person.take_up(item, status)

    @precondition(lambda self: self.crowd)
    @rule(points=st.sampled_from([None, 13]))
    def estimate_everything_else(self, points):
        for key in self.crowd:
            self.person.estimate(self.place.id(key), points)

    @rule(key=keys)
    def talk(self, key):
        if item := self.item(key):
            self.person.comment(item, "Let us talk about this.")

    @rule(key=keys, what=st.sampled_from(["waive missing-acceptance-criteria", "snooze 3w", "wrong because no"]))
    def answer(self, key, what):
        if item := self.item(key):
            self.person.comment(item, f"/steward {what}")

    @rule(key=keys, rule_named=st.sampled_from(["", " missing-acceptance-criteria"]))
    def resume(self, key, rule_named):
        if item := self.item(key):
            self.person.comment(item, f"/steward resume{rule_named}")
            self.forget(item)
            if not rule_named:
                self.declined.pop(item, None)

    @rule(key=keys, what=st.sampled_from(["not-now", "no", "not-in-this-form", "accept"]), owner=st.booleans())
    def decide(self, key, what, owner):
        if item := self.item(key):
            self.place.clock.advance(minutes=1)  # a stamp of the same moment as our own write shows no change
            by = self.person if owner else self.place.person("Tom Berg")
            by.comment(item, f"/steward decide {what} because somebody has to")
            if owner:
                self.declined.pop(item, None)
                if what != "accept":
                    self.declined[item] = self.now()

    @rule(key=keys, label=st.sampled_from(["steward-snooze-20d", "steward-waive-unranked-item", "steward-nonsense"]))
    def answer_by_label(self, key, label):
        if item := self.item(key):
            self.person.label(item, label)

    @rule(points=st.sampled_from([2, 5]))
    def change_a_rule(self, points):
        self.points = points
        self.house.configure(rules=sized(points))

    @rule()
    def promote(self):
        with self.house.database.writing() as transaction:
            chosen = fingerprints(self.house.configuration.ruleset())
            if promotions.promoted_rules(transaction):
                promotions.add(transaction, chosen, self.house.now(), "test")

    def forget(self, item):
        self.unlabelled = {place: at for place, at in self.unlabelled.items() if place[0] != item}
        self.dismissed = {place: at for place, at in self.dismissed.items() if place[0] != item}

    @rule(key=keys)
    def put_the_label_there(self, key):
        if item := self.item(key):
            self.person.label(item, LABEL)
            self.unlabelled = {place: at for place, at in self.unlabelled.items() if place[0] != item}
            self.touched.add(item)

    @rule(key=keys)
    def take_the_label_off(self, key):
        item = self.item(key)
        if item and LABEL in self.place.labels(item):
            annotation = self.annotation(item, "label")
            # What no round has seen in place yet counts as not kept by the tracker, and is written once more.
            if annotation is not None and annotation.unconfirmed_writes == 0:
                self.unlabelled |= {(item, one): self.now() for one in annotation.rules}
            self.person.label(item, remove=(LABEL,))
            self.touched.add(item)

    @rule(key=keys)
    def delete_our_comment(self, key):
        if not (item := self.item(key)):
            return
        for comment in self.ours(item):
            annotation = self.annotation(item, "comment")
            if annotation is not None and not annotation.changed_by_others:
                self.dismissed |= {(item, one): self.now() for one in annotation.rules}
            self.texts.pop((item, comment), None)
            self.person.delete_comment(item, comment)
            self.touched.add(item)

    @rule(key=keys)
    def rewrite_our_comment(self, key):
        if not (item := self.item(key)):
            return
        for comment in self.ours(item):
            self.texts[item, comment] = f"Mine since {self.now():%d at %H %M}"
            self.person.edit_comment(item, comment, self.texts[item, comment])
            self.touched.add(item)

    @precondition(lambda self: self.scored)
    @rule(value=st.sampled_from([None, 0, 9]))
    def score(self, value):
        annotation = self.annotation(self.epic, "field")
        self.person.score(self.epic, value)
        # An empty field that never was ours may be filled in.
        self.value = False if value is None and annotation is None else value
        self.touched.add(self.epic)

    @precondition(lambda self: self.scored)
    @rule(value=st.sampled_from([None, 0, 8, 20]))
    def change_an_input(self, value):
        self.person.value(self.epic, value)

    @rule(key=keys)
    def hide(self, key):
        if (item := self.item(key)) and not self.hidden:
            self.person.hide(item)
            self.hidden.add(item)

    @rule()
    def show_again(self):
        for item in self.hidden:
            if self.place.exists(item):
                self.person.unhide(item)
        self.hidden.clear()

    @rule(key=st.sampled_from(STORIES[2:]), project=st.sampled_from([ELSEWHERE, HOME]))
    def move_away_or_back(self, key, project):
        item = self.item(key)
        if item and item not in self.hidden and self.place.project_of(item) != project:
            self.person.move(item, project)

    @precondition(lambda self: not self.deleted and not self.hidden)
    @rule()
    def delete_an_item(self):
        item = self.ids["PAY-1"]
        self.person.delete(item)
        self.deleted.add(item)
        self.touched.add(item)
        self.texts = {place: text for place, text in self.texts.items() if place[0] != item}

    @precondition(lambda self: self.deleted and "restore" not in self.place.lacks)
    @rule()
    def restore_an_item(self):
        for item in self.deleted:
            self.person.restore(item)
        self.deleted.clear()

    @rule(hours=st.sampled_from([1, 30, 24 * 8, 24 * 20]))
    def time_passes(self, hours):
        self.place.clock.advance(hours=hours)

    # ---- what goes wrong

    @rule(changes=st.sampled_from([0, 1, 3]))
    def lag(self, changes):
        self.place.lag(changes)

    @rule(ahead=st.sampled_from([-SKEW, timedelta(), SKEW]))
    def clocks_differ(self, ahead):
        self.house.ahead = ahead
        self.skew = max(self.skew, abs(ahead))

    @rule(forbidden=st.booleans())
    def the_right_to_write(self, forbidden):
        self.forbidden = forbidden
        (self.place.forbid if forbidden else self.place.allow)()

    @rule(kind=st.sampled_from(["429=0", "drop-before", "drop-after", "truncate", "503"]), number=st.integers(1, 4))
    def a_round_with_a_bad_line(self, kind, number):
        self.place.clock.advance(minutes=1)
        self.place.faults.add(*(f"{kind}#{number}@{requests}" for requests in self.place.changing))
        try:
            self.at_work()
        finally:
            self.place.faults.clear()

    @rule(kind=st.sampled_from(["429=0", "drop-before", "truncate", "503", "html"]), number=st.integers(1, 8))
    def a_round_that_cannot_read(self, kind, number):
        self.place.clock.advance(minutes=1)
        self.place.faults.add(f"{kind}#{number}")
        try:
            self.at_work()
        finally:
            self.place.faults.clear()

    @rule(number=st.integers(1, 4), after=st.booleans())
    def a_round_that_dies(self, number, after):
        tracker = Meddled(self.house.open())
        tracker.crash_at(number, after=after)
        with suppress(Crash):
            self.at_work(tracker=tracker)

    # ---- what the service does

    def theirs(self):
        """All that only people may change: what items are, where they stand, and which there are."""
        shown = {item: replace(one, labels=frozenset()) for item, one in self.place.shown().items()}
        return shown, self.place.order(), {item: self.place.project_of(item) for item in self.here()}

    def at_work(self, writing=WriteAuthority.BY_PERSON, tracker=None):
        """A round, however it ends. It closes, moves, creates and ranks nothing, and calls nobody by name."""
        before, was_taken_back = self.theirs(), self.taken_back
        if writing is WriteAuthority.BY_PERSON:
            self.taken_back = False
        try:
            outcome = self.house.work(writing, tracker)
        finally:
            assert self.theirs() == before
        if outcome.applied is None and not outcome.trouble:
            self.taken_back = was_taken_back
        for item in self.here():
            said = dict(zip(self.place.comment_ids(item), self.place.comments(item), strict=True))
            for comment in set(self.ours(item)) - {ident for _, ident in self.texts}:
                assert not any(name in said[comment][1] for name in (*PEOPLE, "@", "[~")), said[comment]
        return outcome

    def work(self, writing=WriteAuthority.BY_PERSON):
        self.place.clock.advance(minutes=1)
        tracker = Meddled(self.house.open())
        received = []
        tracker.before["add_comment"] = lambda _seen, document, _marker: received.append(document)
        tracker.before["replace_comment"] = lambda _seen, _comment, document, _marker: received.append(document)
        outcome = self.at_work(writing, tracker)
        assert not outcome.trouble or self.forbidden, outcome.trouble
        planned = [
            item.comment.content.document for item in outcome.plan.items if item.comment and item.comment.content
        ]
        assert all(document in planned for document in received), "every text that was received was in a plan"
        self.most_of_the_backlog_is_one_question(outcome)
        return outcome

    def most_of_the_backlog_is_one_question(self, outcome):
        sizes = [one.points for item, one in self.place.shown().items() if item in self.place.order()]
        estimated = [size for size in sizes if size is not None]
        if len(estimated) >= 20 and sum(size > self.points for size in estimated) * 2 > len(estimated) + 4:
            assert "oversized-story" in outcome.questions
        coming = {item_id for next_up in outcome.next_up.values() for item_id in next_up.items}
        for planned in (planned for planned in outcome.plan.items if planned.item not in coming):
            added = planned.edit.rules if planned.edit and planned.edit.add_labels else ()
            said = planned.comment.content.rules if planned.comment and planned.comment.action == "add" else ()
            assert not {*added, *said} & outcome.questions.keys()

    @precondition(lambda self: not self.forbidden)
    @rule()
    def two_rounds(self):
        self.lag(0)
        self.work()
        again = self.work()
        assert again.plan.items == (), "a second round has nothing to write"
        assert again.writes == 0
        assert again.answers == []
        for item, at in self.declined.items():
            if self.place.exists(item) and self.reachable(item) and self.now() < at + REVIEW - self.skew:
                assert self.annotation(item, "label") is None, f"{item} was declined"
                comment = self.annotation(item, "comment")
                assert comment is None or comment.changed_by_others or comment.rules == (), f"{item} was declined"

    @rule()
    def one_round(self):
        self.work()

    @rule()
    def a_round_by_itself(self):
        outcome = self.work(WriteAuthority.BY_SERVICE)
        if self.taken_back:
            assert outcome.writes == 0, "after an undo a person has to let it write again"

    @rule()
    def a_round_with_a_small_budget(self):
        self.work(WriteAuthority.NOBODY)  # may find a comment of ours again, which only the next round confirms
        whole = self.work(WriteAuthority.NOBODY).plan
        self.house.configure(write={"budget": {"per_round": 1}})
        outcome = self.work(WriteAuthority.NOBODY)
        assert [one.key for one in outcome.plan.items] == [one.key for one in whole.items[:1]], "the nearest first"
        assert outcome.plan.waiting == tuple(one.key for one in whole.items[1:])
        writes = self.place.writes()
        applied = self.work().applied
        assert applied is None or applied.comments_created + applied.comments_updated + applied.comments_deleted <= 1
        assert self.place.writes() - writes <= 4, "an edit, a comment, and where it keeps no mark that mark"
        self.house.configure(write={"budget": {"per_round": 1000}})

    @rule()
    def a_round_in_shadow_mode(self):
        self.house.configure(write={"mode": "shadow"})
        seen, writes = self.place.seen(), self.place.writes()
        self.work()
        assert (self.place.seen(), self.place.writes()) == (seen, writes)
        self.house.configure(write={"mode": "write"})

    @rule()
    def only_look(self):
        seen, writes = self.place.seen(), self.place.writes()
        self.work(WriteAuthority.NOBODY)
        assert (self.place.seen(), self.place.writes()) == (seen, writes)

    @precondition(lambda self: not self.forbidden)
    @rule(key=keys)
    def take_one_item_back(self, key):
        item = self.item(key)
        if item is None or item in self.touched | self.hidden:
            return
        self.house.undo(item=item)
        assert self.ours(item) == []
        assert LABEL not in self.place.labels(item)

    @precondition(lambda self: not self.forbidden)
    @rule()
    def take_everything_back(self):
        before = self.theirs()
        self.house.undo()
        assert self.theirs() == before
        self.taken_back = True
        if self.value is None:
            self.value = False  # it is empty, and no longer because somebody emptied what was ours
        for item in [one for one in (*self.here(), self.epic) if one not in self.touched | self.hidden]:
            assert self.ours(item) == [], item
            assert LABEL not in self.place.labels(item), item
            if item == self.epic and self.scored:
                assert self.place.held(self.epic, "score") is None

    # ---- what must hold

    @invariant()
    def there_is_at_most_one_comment_of_ours_on_an_item(self):
        for item in self.here():
            assert len(self.ours(item)) <= 1, item

    @invariant()
    def what_a_person_wrote_over_our_comment_stays(self):
        for (item, comment), text in self.texts.items():
            said = dict(zip(self.place.comment_ids(item), self.place.comments(item), strict=True))
            assert comment in said, f"comment {comment} is gone"
            assert re.sub(r"\s+", " ", said[comment][1]).strip() == text

    @invariant()
    def what_a_person_put_into_the_field_stays(self):
        if self.value is not False:
            assert self.place.held(self.epic, "score") == self.value

    @invariant()
    def a_label_that_a_person_took_off_is_not_put_back_for_the_same_reason(self):
        for (item, dismissed), at in self.unlabelled.items():
            labelled = self.place.exists(item) and LABEL in self.place.labels(item)
            if labelled and self.now() < at + REVIEW - self.skew:
                annotation = self.annotation(item, "label")
                assert annotation is None or dismissed not in annotation.rules, (item, dismissed)

    @invariant()
    def what_a_person_dismissed_is_not_said_again(self):
        for (item, dismissed), at in self.dismissed.items():
            if not self.place.exists(item) or not self.ours(item) or self.now() >= at + REVIEW - self.skew:
                continue
            annotation = self.annotation(item, "comment")
            if annotation is not None and not annotation.changed_by_others and annotation.written > at + self.skew:
                assert dismissed not in annotation.rules, (item, dismissed)

    @invariant()
    def nothing_is_written_from_a_blank(self):
        if self.scored and self.place.held(self.epic, "value") is None and self.value is False:
            assert self.place.held(self.epic, "score") != 0

    @invariant()
    def nobody_else_lost_anything(self):
        shown = self.place.shown()
        for item in self.here():
            if self.reachable(item):
                assert shown[item].title


USUAL = {"deadline": None, "suppress_health_check": list(HealthCheck)}
PHASES = (Phase.explicit, Phase.reuse, Phase.generate)
"""Without making a failure smaller, which may take longer than all tests together; the long form does that."""


@pytest.fixture
def lives(place_of, house_in):
    """Lets teams work in one of the places, in as many ways as are asked for, and says how many steps they took."""

    def run(how, *, crowded):
        steps = []

        class Counted(Team):
            crowd = CROWD if crowded else ()

            def check_invariants(self, *given, **named):
                steps.append(1)
                super().check_invariants(*given, **named)

        def fresh():
            place = place_of(backlog=CROWDED if crowded else BACKLOG)
            return place, house_in(place)

        Counted.make = staticmethod(fresh)
        run_state_machine_as_test(Counted, settings=how)
        return len(steps)

    return run


@pytest.mark.timeout(900)
def test_a_few_weeks_of_a_team(lives):
    taken = 0
    while taken * len(IN_CI) < 2000:  # over all places; how many steps an example has is left to chance
        more = lives(settings(max_examples=5, stateful_step_count=30, phases=PHASES, **USUAL), crowded=False)
        assert more > 5, "every example takes a step"
        taken += more
    assert taken * len(IN_CI) >= 2000, "at least two thousand steps over all places"


def test_a_few_days_of_a_team_with_a_long_backlog(lives):
    assert lives(settings(max_examples=2, stateful_step_count=30, phases=PHASES, **USUAL), crowded=True) > 0


@pytest.mark.soak
@pytest.mark.timeout(3000)
@pytest.mark.parametrize("crowded", [False, True], ids=["short backlog", "long backlog"])
def test_many_years_of_a_team(lives, crowded):
    taken = lives(settings(max_examples=60 if crowded else 200, stateful_step_count=40, **USUAL), crowded=crowded)
    assert taken >= 2000
