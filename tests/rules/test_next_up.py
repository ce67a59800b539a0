"""What comes next for each team, and how a rule that flags most of a backlog speaks about it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from rules.assessment import Assessment
from rules.horizon import Horizon
from rules.lifecycle import (
    FindingHistory,
    FindingState,
    LifecycleInputs,
    QuietPolicy,
    finding_statuses,
    statuses_of_next_items,
)
from rules.model import (
    Decision,
    DecisionKind,
    Finding,
    FinishedItem,
    HierarchyLevel,
    Severity,
    Sprint,
    SprintSource,
    SprintState,
    StatusCategory,
    finding_id,
)
from rules.next_up import NextUp, find_next_up

DAY = timedelta(days=1)
RULE = "made-up"


def finished(now, count, team="team"):
    return tuple(
        FinishedItem(id=f"{team}{number}", key=f"F-{number}", resolved=now - 3 * DAY, team=team)
        for number in range(count)
    )


class TestFinding:
    """The coming sprint, or the top of the backlog."""

    @pytest.fixture
    def sprint(self, now):
        return lambda number, state, days: Sprint(str(number), f"Sprint {number}", state, now + days * DAY)

    def test_the_coming_sprint_comes_next_and_not_the_running_one(self, backlog, item, sprint, now):
        running, coming, later = (
            sprint(1, SprintState.ACTIVE, -7),
            sprint(2, SprintState.FUTURE, 7),
            sprint(3, SprintState.FUTURE, 21),
        )
        items = [
            item(1, sprints=(running,)),
            item(2, sprints=(later,)),
            item(3, sprints=(running, coming)),
            item(4, sprints=(coming,)),
            item(5, sprints=(coming,), level=HierarchyLevel.TASK),
            item(6),
        ]
        assert find_next_up(backlog(items), now) == {"team": NextUp(("3", "4"), "Sprint 2")}

    def test_while_sprints_of_a_team_have_never_been_read_nothing_comes_next_from_its_top(
        self, backlog, item, sprint, now
    ):
        coming = sprint(1, SprintState.FUTURE, 7)
        unread = [item(2, unknown=("sprints",)), item(5, unknown=("sprints",))]
        items = [item(1), *unread, item(3, team="other")]
        assert find_next_up(backlog(items), now) == {"team": NextUp(()), "other": NextUp(("3",))}
        one_unread = [item(1), unread[0]]
        assert find_next_up(backlog(one_unread), now) == {"team": NextUp(("1",))}
        incomplete = replace(backlog(one_unread), sprint_source=SprintSource.INCOMPLETE_LIST)
        assert find_next_up(incomplete, now) == {"team": NextUp(())}
        items = [item(1), *unread, item(4, sprints=(coming,))]
        assert find_next_up(backlog(items), now) == {"team": NextUp(("4",), "Sprint 1")}

    @pytest.mark.parametrize(("done", "count"), [(0, 10), (1, 10), (24, 12), (40, 20)])
    def test_else_it_is_what_two_weeks_finish_from_the_top_and_at_least_ten(self, backlog, now, done, count):
        next_up = find_next_up(backlog(30, finished=finished(now, done)), now)
        assert next_up == {"team": NextUp(tuple(str(number) for number in range(1, count + 1)))}

    def test_what_is_in_progress_or_in_the_running_sprint_does_not_come_next(self, backlog, item, sprint, now):
        items = [
            item(1, category=StatusCategory.IN_PROGRESS),
            item(2, sprints=(sprint(1, SprintState.ACTIVE, -7),)),
            item(3),
        ]
        assert find_next_up(backlog(items), now) == {"team": NextUp(("3",))}

    def test_an_item_that_could_not_be_read_keeps_its_place(self, backlog, now):
        next_up = find_next_up(replace(backlog(30), unread_places=(0, 2, 9)), now)
        assert next_up == {"team": NextUp(tuple("12345678"))}

    def test_each_team_has_its_own(self, backlog, item, sprint, now):
        coming = sprint(2, SprintState.FUTURE, 7)
        items = [
            item(1, team="web", sprints=(coming,)),
            *[item(number, team="ops") for number in range(2, 20)],
        ]
        done = (*finished(now, 10, "ops"), *finished(now, 30, "web"))
        next_up = find_next_up(backlog(items, finished=done), now)
        assert next_up == {
            "ops": NextUp(tuple(str(number) for number in range(2, 12))),
            "web": NextUp(("1",), "Sprint 2"),
        }


class TestSaturatedRule:
    """Three comments a week a team, nearest first, warnings only."""

    @pytest.fixture
    def statuses(self, backlog, item, now):
        def judge(severity="warning", teams=("team",), **more):
            items = [item(number, team=teams[number % len(teams)]) for number in range(1, 11)]
            found = [
                Finding(
                    id=finding_id("team", one.id, RULE),
                    tracker="team",
                    item=one.id,
                    key=one.key,
                    rule=RULE,
                    severity=Severity(severity),
                )
                for one in items
            ]
            made = backlog(items)
            given = {
                "horizon": Horizon(frozenset(one.id for one in items), "among the top 10 of the backlog"),
                "next_up": {team: NextUp(tuple(one.id for one in items if one.team == team)) for team in teams},
                "comment_times": {},
            }
            inputs = LifecycleInputs(
                now=now,
                policy=QuietPolicy(quiet=7 * DAY, cooldown=14 * DAY, baseline=True),
                **({"saturated_rules": {RULE}, "histories": {}, "decisions": {}} | given | more),
            )
            assessment = Assessment(tuple(found), {})
            next_item_statuses = statuses_of_next_items(assessment.findings, made, inputs)
            found_statuses = finding_statuses(assessment, made, inputs, next_item_statuses)
            return {status.finding.item: status for status in found_statuses}

        return judge

    def commented(self, statuses):
        return [item for item, status in statuses.items() if status.allows_comment]

    def test_the_three_nearest_items_get_a_comment(self, statuses):
        found = statuses()
        assert self.commented(found) == ["1", "2", "3"]
        assert found["1"].state is FindingState.NEW
        assert found["4"].state is FindingState.SATURATED
        assert "3 a week" in found["4"].reason

    def test_each_team_gets_three(self, statuses):
        assert self.commented(statuses(teams=("web", "ops"))) == ["1", "2", "3", "4", "5", "6"]

    def test_what_was_asked_last_week_counts_and_stays_and_a_comment_of_another_rule_takes_no_more_questions(
        self, statuses, now
    ):
        asked = {"1": {RULE}, "5": {RULE}, "6": {"another"}}
        found = statuses(recently_asked=asked, comment_times={"1": now - DAY, "5": now - DAY, "6": now - DAY})
        assert self.commented(found) == ["1", "2", "5"]

    def test_information_is_no_comment(self, statuses):
        found = statuses(severity="info")
        assert self.commented(found) == []
        assert {status.state for status in found.values()} == {FindingState.SATURATED}

    def test_an_item_on_which_people_work_takes_no_place(self, statuses, backlog, item):
        assert self.commented(statuses(next_up={"team": NextUp(("7", "2"))})) == ["2", "7"]

    SATURATED = "The rule flags most of the items it judges, so the team is asked one question instead."

    def test_what_is_next_is_told_that_others_are_nearer_and_what_is_not_is_not(self, statuses):
        nearer = "Of the items that come next, 1 a week get a comment of their own, and other items come first."
        next_up = {"team": NextUp(("1", "2")), "web": NextUp(("3", "5"))}
        found = statuses(next_up=next_up, next_up_comments=1)
        assert self.commented(found) == ["1", "3"]
        assert {item: found[item].reason for item in "245"} == {
            "2": f"{self.SATURATED} {nearer}",
            "4": self.SATURATED,
            "5": f"{self.SATURATED} {nearer}",
        }

    def test_information_and_a_team_without_comments_are_not_told_that_others_are_nearer(self, statuses):
        for found in (statuses(severity="info"), statuses(next_up_comments=0, recently_asked={"1": {RULE}})):
            assert self.commented(found) == []
            assert {status.reason for status in found.values()} == {self.SATURATED}

    def test_items_without_a_team_belong_to_their_tracker_and_items_that_are_gone_to_nobody(self, statuses, now):
        next_up = {"team": NextUp(("1", "2", "3", "4"))}
        found = statuses(teams=("",), next_up=next_up, recently_asked={"9": {"another", RULE}, "99": {RULE}})
        assert self.commented(found) == ["1", "2"]
        elsewhere = statuses(teams=("web",), next_up=next_up, recently_asked={"9": {RULE}})
        assert self.commented(elsewhere) == ["1", "2", "3"]

    @pytest.mark.parametrize(
        ("state", "is_commented", "expected"),
        [
            ("new", True, ["1", "2", "3", "4"]),
            ("standing", True, ["1", "2", "3", "4"]),
            ("quiet", True, ["1", "2", "3"]),
            ("standing", False, ["1", "2", "3"]),
        ],
    )
    def test_a_question_that_our_comment_contains_already_takes_no_place(
        self, statuses, now, state, is_commented, expected
    ):
        history = {finding_id("team", "1", RULE): FindingHistory(first_seen=now - DAY, state=state)}
        found = statuses(histories=history, comment_times={"1": now - 9 * DAY} if is_commented else {})
        assert self.commented(found) == expected
        assert found["1"].state is FindingState.STANDING

    def test_what_was_answered_or_is_in_shadow_takes_no_place(self, statuses, now):
        waived = Decision(id="1", tracker="team", item="1", key="A-1", kind=DecisionKind.WAIVE, at=now - DAY, rule=RULE)
        found = statuses(
            decisions={"1": [waived], "8": [waived]},
            shadow_reason=lambda finding, _item: "the rule is new." if finding.item == "2" else "",
        )
        assert self.commented(found) == ["3", "4", "5"]
        assert [found[item].state for item in "128"] == [FindingState.WAIVED, FindingState.SHADOW, FindingState.WAIVED]

    def test_what_comes_next_is_near_although_the_horizon_ends_above_it(self, statuses):
        found = statuses(horizon=Horizon(frozenset({"1"}), "in Sprint 3"), next_up={"team": NextUp(("1", "2"))})
        assert [found[item].reason for item in "12"] == [
            "The item is in Sprint 3.",
            "The item is among what its team starts next.",
        ]
        assert self.commented(found) == ["1", "2"]
        unsaturated = statuses(
            saturated_rules=(), horizon=Horizon(frozenset(), "in Sprint 3"), next_up={"team": NextUp(("2",))}
        )
        assert self.commented(unsaturated) == ["2"]

    def test_another_rule_is_judged_by_itself(self, statuses):
        assert len(self.commented(statuses(saturated_rules={"another"}))) == 10
