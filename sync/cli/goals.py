"""`steward goals`: prints which objective each open item serves.

An objective is a goal of goals.yaml, or else an epic, a release or the goal of a sprint. A branch of an objective is
one way to reach it: the people (`actor`) who would act differently (`impact`), and the items that lead to this.
"""

from collections.abc import Iterable, Iterator, Sequence

import typer

from rules.model import Backlog
from rules.priority.coverage import Coverage
from rules.priority.goals import Branch, GoalMap, ObjectiveMap, Origin, SprintItemCounts, map_goals
from rules.priority.must_set import MustSet
from sync.cli.options import AsOfOption, ConfigOption, FileOption, JsonOption, TeamOption, TrackerOption, require_team
from sync.cli.output import count_of, print_json, print_lines, shorten, wrap
from sync.cli.store_view import open_view

_MAX_LISTED = 5
"""The maximum number of entries of a list that are shown."""
_ORIGIN_PREFIXES = {Origin.RELEASE: "Release ", Origin.SPRINT_GOAL: "Sprint goal: "}
"""The text before the name of an objective, by the origin of the objective."""

app = typer.Typer()


@app.command()
def goals(
    file: FileOption = None,
    team: TeamOption = None,
    config: ConfigOption = None,
    tracker: TrackerOption = None,
    as_of: AsOfOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show the objectives, the open items that serve each of them, and what belongs to none.

    The objectives are those of goals.yaml, then the epics, releases and sprint goals of all other items.
    """
    with open_view(config, file, as_of) as view, view.session.database.reading() as transaction:
        backlogs = view.backlogs_of(transaction, tracker, with_finished=False)
        require_team(team, backlogs)
        goal_map = map_goals(backlogs, view.session.configuration.goals, team)
        titles = {} if as_json else _load_titles(backlogs, goal_map)
    if as_json:
        print_json(goal_map)
        return
    print_lines(_goal_lines(goal_map, titles))


def _load_titles(backlogs: Iterable[Backlog], goal_map: GoalMap) -> dict[str, str]:
    """The titles of the smallest items of all branches, by key."""
    keys = {branch.cheapest for objective in goal_map.objectives for branch in objective.branches}
    titles: dict[str, str] = {}
    for backlog in backlogs:
        indexes = (outline.index for outline in backlog.outlines if outline.key in keys)
        titles |= {item.key: item.title for item in map(backlog.items.__getitem__, indexes)}
    return titles


def _goal_lines(goal_map: GoalMap, titles: dict[str, str]) -> Iterator[str]:
    """Yield the vision, the objectives, and what belongs to none. `titles` are titles of items by key."""
    if goal_map.vision:
        yield from wrap(goal_map.vision)
        yield ""
    for objective in goal_map.objectives:
        yield from _objective_lines(objective, titles)
    if goal_map.objectives:
        yield ""
    count = len(goal_map.orphans)
    share = f" ({100 * count / goal_map.item_count:.0f} %)" if goal_map.item_count else ""
    belong = "belongs" if count == 1 else "belong"
    listed_keys = f": {_join_first(goal_map.orphans)}" if count else ""
    yield from wrap(f"{count} of {goal_map.item_count} open items{share} {belong} to no objective{listed_keys}.")
    yield from (line for sprint in goal_map.sprints for line in wrap(_sprint_sentence(sprint)))
    for objective in goal_map.objectives:
        if objective.is_measurable is False:
            yield from wrap(f'"{objective.name}" lacks a measure, a baseline or a target: how would anybody notice?')
    if goal_map.coverage is not None:
        for sentence in _coverage_sentences(goal_map.coverage):
            yield from wrap(sentence)


def _join_first(texts: Sequence[str]) -> str:
    """The first texts, and an ellipsis if there are more."""
    return f"{', '.join(texts[:_MAX_LISTED])}{' …' if len(texts) > _MAX_LISTED else ''}"


def _objective_lines(objective: ObjectiveMap, titles: dict[str, str]) -> Iterator[str]:
    """Yield an objective with its branches, each of which leads to some of its items."""
    prefix = f"{objective.key} " if objective.key else _ORIGIN_PREFIXES.get(objective.origin, "")
    measure = ""
    if objective.is_measurable and objective.baseline is not None and objective.target is not None:
        measure = f" ({objective.measure}: {objective.baseline:g} → {objective.target:g})"
    yield from wrap(f"{prefix}{objective.name}{measure}")
    for branch in objective.branches:
        yield from _branch_lines(branch, titles, is_last=branch is objective.branches[-1])
    if objective.must_set is not None:
        yield from wrap(_must_set_sentence(objective.must_set), "   ")


def _branch_lines(branch: Branch, titles: dict[str, str], *, is_last: bool) -> Iterator[str]:
    """Yield the number of items of a branch, and its smallest item. The last branch is drawn with a corner."""
    first_indent, indent = ("└─ ", "   ") if is_last else ("├─ ", "│  ")
    count = len(branch.items)
    impact = f"{branch.actor}: {branch.impact}. " if branch.actor else ""
    items = count_of(count, "open item") if count or not impact else "No open item"
    yield from wrap(f"{impact}{items}", indent, first_indent)
    if branch.cheapest and count > 1:
        text = f"The smallest is {branch.cheapest} {titles.get(branch.cheapest, '')}"
        yield shorten(text, indent, f", {branch.cheapest_effort:g}")


def _must_set_sentence(must_set: MustSet) -> str:
    """The smallest usable set of an objective (Must items in MoSCoW and their blockers), and what the rest awaits."""
    size = f" ({must_set.effort:g})" if must_set.effort is not None else ""
    needed = f"; {', '.join(must_set.needed)} because a Must waits for it" if must_set.needed else ""
    sentence = f"The smallest Must set is {', '.join(must_set.items)}{size}{needed}."
    if not must_set.waiting:
        return sentence
    count = len(must_set.waiting)
    other_items = f"The other {count} items" if count > 1 else must_set.waiting[0]
    size = f" ({must_set.waiting_effort:g})" if must_set.waiting_effort is not None else ""
    if must_set.expand_if:
        return f"{sentence} {other_items}{size} {'wait' if count > 1 else 'waits'} for this: {must_set.expand_if}."
    return (
        f"{sentence} {other_items}{size} can wait. To say for what, "
        'add a line "Expand if …" to the epic, or `expand_if` to the objective.'
    )


def _coverage_sentences(coverage: Coverage) -> Iterator[str]:
    """Yield how many items are about each persona and each stage of the journey, and what is unknown or missing.

    A role is the one that a user story names, as in "As a clerk I want …".
    """
    if coverage.personas:
        counts = ", ".join(f"{count.name} {count.items}" for count in coverage.personas)
        yield f"Open items by persona: {counts}; without a role {coverage.without_role}."
    if coverage.unknown_roles:
        roles = [f'"{count.name}" {count.items}' for count in coverage.unknown_roles]
        yield f"Roles that are not personas: {_join_first(roles)}."
    if coverage.stages:
        counts = ", ".join(f"{count.name} {count.items}" for count in coverage.stages)
        yield f"Open items by stage of the journey: {counts}; without a stage {coverage.without_stage}."
    for gap in coverage.gaps[:_MAX_LISTED]:
        yield f"{gap.key} has nothing for {', '.join(gap.missing)}."


def _sprint_sentence(sprint: SprintItemCounts) -> str:
    """The goal of a sprint, and how many of its items serve an objective."""
    goal = f'{sprint.sprint} has the goal "{sprint.goal}"' if sprint.goal else f"No goal of {sprint.sprint} is known"
    return f"{goal}; {sprint.with_objective} of {sprint.item_count} items in it serve an objective."
