"""Whatever people do, in whatever order, with crashes and undos in between: the promises hold.

People edit, move, talk, delete and decide; the service works, dies and is taken back. What must hold afterwards is
checked against what the sandbox shows, not against what the service believes.
"""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from connectors.sandbox.jira import Lag, adf_text
from sync.context import Writing
from sync.modes import fingerprints
from sync.store import promotions

LABEL = "needs-refinement"
KEYS = ("PAY-1", "PAY-2", "PAY-3", "PAY-4")
EPIC = "PAY-5"
REVIEW = timedelta(days=90)

keys = st.sampled_from(KEYS)


def sized(points):
    """The content of rules.yaml with which a story is too large from so many points on."""
    return {"rules": {"oversized-story": {"above": points}}}


CRITERIA = "The amount is shown in both currencies."


class Team(RuleBasedStateMachine):
    """A team and the service, with what must be remembered to judge the service.

    Attributes:
        texts: What a person wrote over a comment of ours, by comment id.
        value: What a person put into the score, once they did; `False` before.
        unlabelled: When a person took our label off, by key and rule.
        dismissed: When a person deleted a comment of ours, by key and rule.
        touched: Keys of items on which a person changed something of ours.
        declined: When a product owner declined an item, by key.
        points: From which size on a story is too large; a change of it waits in shadow until it is promoted.
    """

    make_desk = None
    make_tracker = None
    crash = None

    def __init__(self):
        super().__init__()
        self.desk = self.make_desk()
        self.desk.configure(rules=sized(5), roles={"decide": "Ana Silva"})
        self.person = self.desk.person()
        self.texts = {}
        self.value = False
        self.unlabelled = {}
        self.dismissed = {}
        self.touched = set()
        self.hidden = set()
        self.declined = {}
        self.points = 5

    # ---- what is there

    def present(self, key):
        return self.desk.jira.world.find(key) is not None

    def mark(self, key, kind):
        issue = str(self.desk.jira.world.issue(key).id)
        return next((one for one in self.desk.marks() if (one.item, one.kind) == (issue, kind)), None)

    # ---- what people do

    @rule(key=keys, clear=st.booleans())
    def write_criteria(self, key, clear):
        if self.present(key):
            self.person.edit(key, acceptance_criteria=None if clear else CRITERIA)

    @rule(key=keys, points=st.sampled_from([None, 3, 8, 13]))
    def estimate(self, key, points):
        if self.present(key):
            self.person.edit(key, points=points)

    @rule(key=keys, other=keys)
    def rank(self, key, other):
        if key != other and self.present(key) and self.present(other):
            self.person.rank(key, before=other)

    @rule(key=keys, status=st.sampled_from(["In Progress", "Done", "To Do"]))
    def move_on(self, key, status):
        if self.present(key):
            self.person.transition(key, status)

    @rule(key=keys)
    def talk(self, key):
        if self.present(key):
            self.person.comment(key, "Let us talk about this.")

    @rule(key=keys, what=st.sampled_from(["waive missing-acceptance-criteria", "snooze 3w", "wrong because no"]))
    def answer(self, key, what):
        if self.present(key):
            self.person.comment(key, f"/steward {what}")

    @rule(key=keys, rule_named=st.sampled_from(["", " missing-acceptance-criteria"]))
    def resume(self, key, rule_named):
        if self.present(key):
            self.person.comment(key, f"/steward resume{rule_named}")
            self.forget(key)
            if not rule_named:
                self.declined.pop(key, None)

    @rule(key=keys, what=st.sampled_from(["not-now", "no", "not-in-this-form", "accept"]), owner=st.booleans())
    def decide(self, key, what, owner):
        if self.present(key):
            self.desk.clock.advance(minutes=1)  # a stamp of the same moment as our own write shows no change
            by = self.person if owner else self.desk.person("Tom Berg")
            by.comment(key, f"/steward decide {what} because somebody has to")
            if owner:
                self.declined.pop(key, None)
                if what != "accept":
                    self.declined[key] = self.desk.clock()

    @rule(key=keys, label=st.sampled_from(["steward-snooze-20d", "steward-waive-unranked-item", "steward-nonsense"]))
    def answer_by_label(self, key, label):
        if self.present(key):
            self.person.label(key, label)

    @rule(points=st.sampled_from([2, 5]))
    def change_a_rule(self, points):
        self.points = points
        self.desk.configure(rules=sized(points))

    @rule()
    def promote(self):
        with self.desk.database.writing() as transaction:
            chosen = fingerprints(self.desk.configuration.ruleset())
            if promotions.all_of(transaction):
                promotions.add(transaction, chosen, self.desk.clock(), "test")

    @rule(key=keys)
    def take_one_item_back(self, key):
        if not self.present(key) or key in self.touched | self.hidden:
            return
        undone = self.desk.undo(item=str(self.desk.jira.world.issue(key).id))
        assert not undone.trouble, undone.trouble
        assert self.desk.ours(key) == [], key
        assert LABEL not in self.desk.labels(key), key

    def forget(self, key):
        self.unlabelled = {place: at for place, at in self.unlabelled.items() if place[0] != key}
        self.dismissed = {place: at for place, at in self.dismissed.items() if place[0] != key}

    @rule(key=keys)
    def put_the_label_there(self, key):
        if self.present(key):
            self.person.label(key, LABEL)
            self.unlabelled = {place: at for place, at in self.unlabelled.items() if place[0] != key}
            self.touched.add(key)

    @rule(key=keys)
    def take_the_label_off(self, key):
        if self.present(key) and LABEL in self.desk.labels(key):
            if mark := self.mark(key, "label"):
                self.unlabelled |= {(key, one): self.desk.clock() for one in mark.rules}
            self.person.label(key, remove=[LABEL])
            self.touched.add(key)

    @rule(key=keys)
    def delete_our_comment(self, key):
        if not self.present(key):
            return
        for comment in self.desk.ours(key):
            mark = self.mark(key, "comment")
            if mark is not None and not mark.taken:
                self.dismissed |= {(key, one): self.desk.clock() for one in mark.rules}
            self.texts.pop(comment.id, None)
            self.person.delete_comment(comment.id)
            self.touched.add(key)

    @rule(key=keys)
    def rewrite_our_comment(self, key):
        if not self.present(key):
            return
        for comment in self.desk.ours(key):
            self.texts[comment.id] = f"Mine since {self.desk.clock():%d %H:%M}."
            self.person.edit_comment(comment.id, self.texts[comment.id])
            self.touched.add(key)

    @rule(value=st.sampled_from([None, 0, 9]))
    def score(self, value):
        mark = self.mark(EPIC, "field")
        self.person.edit(EPIC, wsjf=value)
        # An empty field that never was ours may be filled in.
        self.value = False if value is None and mark is None else value
        self.touched.add(EPIC)

    @rule(value=st.sampled_from([None, 0, 8, 20]))
    def change_an_input(self, value):
        self.person.edit(EPIC, business_value=value)

    @rule(key=keys)
    def hide(self, key):
        if self.present(key) and not self.hidden:
            self.person.hide(key)
            self.hidden.add(key)

    @rule()
    def show_again(self):
        for key in self.hidden:
            self.person.unhide(key)
        self.hidden.clear()

    @rule(key=st.sampled_from(KEYS[2:]), project=st.sampled_from(["OPS", "PAY"]))
    def move_away_or_back(self, key, project):
        if self.present(key) and key not in self.hidden and self.desk.jira.world.issue(key).project != project:
            self.person.move(key, project)

    @rule(hours=st.sampled_from([1, 30, 24 * 8, 24 * 20]))
    def time_passes(self, hours):
        self.desk.clock.advance(hours=hours)

    # ---- what the service does

    def work(self, writing=Writing.BY_PERSON, **how):
        self.desk.clock.advance(minutes=1)
        tracker = self.make_tracker(self.desk.open())
        received = []
        tracker.before["add_comment"] = lambda _seen, document, _marker: received.append(document)
        tracker.before["replace_comment"] = lambda _seen, _comment, document, _marker: received.append(document)
        outcome = self.desk.round(writing, tracker=tracker, **how)
        assert not outcome.trouble, outcome.trouble
        planned = [
            item.comment.content.document for item in outcome.plan.items if item.comment and item.comment.content
        ]
        assert all(document in planned for document in received), "every text that was received was in a plan"
        return outcome

    @rule()
    def two_rounds(self):
        self.lag(0)
        self.work()
        again = self.work()
        assert again.plan.items == (), "a second round has nothing to write"
        assert again.writes == 0
        assert again.answers == []
        for key, at in self.declined.items():
            away = not self.present(key) or key in self.hidden or self.desk.jira.world.issue(key).project != "PAY"
            if not away and self.desk.clock() < at + REVIEW:
                assert self.mark(key, "label") is None, f"{key} was declined"
                comment = self.mark(key, "comment")
                assert comment is None or comment.taken or comment.rules == (), f"{key} was declined"

    @rule()
    def one_round(self):
        self.work()

    @rule()
    def only_look(self):
        seen = self.desk.seen()
        self.work(Writing.NOTHING)
        assert self.desk.seen() == seen

    @rule(changes=st.sampled_from([0, 1, 3]))
    def lag(self, changes):
        self.desk.jira.behaviour.search_lag = Lag(changes=changes)

    @rule(kind=st.sampled_from(["429=0", "drop-before", "drop-after", "truncate", "503"]), number=st.integers(1, 4))
    def a_round_with_a_bad_line(self, kind, number):
        self.desk.clock.advance(minutes=1)
        self.desk.jira.faults.add(
            *(f"{kind}#{number}@{verb} /rest/api/*/issue/*" for verb in ("PUT", "POST", "DELETE"))
        )
        try:
            self.desk.round()
        finally:
            self.desk.jira.faults.clear()

    @rule(number=st.integers(1, 4), after=st.booleans())
    def a_round_that_dies(self, number, after):
        tracker = self.make_tracker(self.desk.open())
        tracker.crash_at(number, after=after)
        try:
            self.desk.round(tracker=tracker)
        except self.crash:
            tracker.close()

    @rule()
    def take_everything_back(self):
        undone = self.desk.undo()
        assert not undone.trouble, undone.trouble
        if self.value is None:
            self.value = False  # it is empty, and no longer because somebody emptied what was ours
        for key in (*KEYS, EPIC):
            if not self.present(key) or key in self.touched | self.hidden:
                continue
            assert self.desk.ours(key) == [], key
            assert LABEL not in self.desk.labels(key), key
            if key == EPIC:
                assert self.desk.score(EPIC) is None

    # ---- what must hold

    @invariant()
    def there_is_at_most_one_comment_of_ours_on_an_item(self):
        for key in KEYS:
            if self.present(key):
                assert len(self.desk.ours(key)) <= 1, key

    @invariant()
    def what_a_person_wrote_over_our_comment_stays(self):
        for ident, text in self.texts.items():
            found = self.desk.jira.world.find_comment(ident)
            assert found is not None, f"comment {ident} is gone"
            assert adf_text.to_wiki(found[1].body) == text

    @invariant()
    def what_a_person_put_into_the_field_stays(self):
        if self.value is not False:
            assert self.desk.score(EPIC) == self.value

    @invariant()
    def a_label_that_a_person_took_off_is_not_put_back_for_the_same_reason(self):
        for (key, dismissed), at in self.unlabelled.items():
            if self.present(key) and LABEL in self.desk.labels(key) and self.desk.clock() < at + REVIEW:
                mark = self.mark(key, "label")
                assert mark is None or dismissed not in mark.rules, (key, dismissed)

    @invariant()
    def what_a_person_dismissed_is_not_said_again(self):
        for (key, dismissed), at in self.dismissed.items():
            if not self.present(key) or not self.desk.ours(key) or self.desk.clock() >= at + REVIEW:
                continue
            mark = self.mark(key, "comment")
            if mark is not None and not mark.taken and mark.written > at:
                assert dismissed not in mark.rules, (key, dismissed)

    @invariant()
    def nothing_is_written_from_a_blank(self):
        inputs = self.desk.jira.world.issue(EPIC).custom
        value = inputs.get(self.desk.jira.world.site.fields.named("Business Value").id)
        if value is None and self.value is False:
            assert self.desk.score(EPIC) != 0

    @precondition(lambda self: not self.hidden)
    @invariant()
    def nobody_else_lost_anything(self):
        for key in KEYS:
            if self.present(key):
                assert self.desk.jira.world.issue(key).summary


def run(desk_of, meddled, crash, clock, how, **kind):
    start = clock()

    def fresh():
        clock.move_to(start)
        return desk_of(**kind)

    Team.make_desk = staticmethod(fresh)
    Team.make_tracker = staticmethod(meddled)
    Team.crash = crash
    run_state_machine_as_test(Team, settings=how)


QUICK = {
    "deadline": None,
    "suppress_health_check": list(HealthCheck),
    "phases": (Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink),
}


@pytest.fixture(params=[False, True], ids=["cloud", "data center"])
def data_center(request):
    return request.param


def test_a_few_weeks_of_a_team(desk_of, meddled, crash, clock, data_center):
    how = settings(max_examples=40, stateful_step_count=26, derandomize=True, **QUICK)
    run(desk_of, meddled, crash, clock, how, data_center=data_center)


@pytest.mark.soak
@pytest.mark.timeout(3000)
def test_many_years_of_a_team(desk_of, meddled, crash, clock, data_center):
    how = settings(max_examples=250, stateful_step_count=40, **QUICK)
    run(desk_of, meddled, crash, clock, how, data_center=data_center)
