"""An item does not say when it is done.

## What it does

It looks for anything that says when an item is done: in the field for acceptance criteria, under headings with many
names in ten languages, in checklists, numbered criteria, scenarios and tables, in the expected result of a bug, and in
the question and time limit of a spike. One line in any form is enough. These are not enough: a template that nobody
has filled in, a promise to add criteria, a question, only a name such as "Jane Doe", or a reference to another
document. If only sentences of the description can be checked, the rule quotes one and asks whether that is all. An
item needs no criteria if its title states them, such as "Replace A with B". The severity is info instead of warning if
the title says what is wrong or names the result ("Ensure that …"), or if the item is small and its title names a
visible change and its place ("Show the full name on the test page"). It is also info for an item that the team has
estimated at up to 3 points, if its title names a change ("Retry jobs after a time-out"), unless it is a user story for
somebody outside the team or leaves something open.

## Why it matters

The people who build, test and accept an item each imagine a result, and rarely the same one. Asking takes a minute
before the work begins, and costs days afterwards.

## What it cannot see

- Whether the criteria are good, sufficient or agreed. Their number does not matter. The only words that it questions
  are those that nobody can check, such as "fast" or "user-friendly", if the criteria contain nothing else.
- The content of comments, attachments, pictures, linked pages and linked items.
- Code and quotations, unless they are under a heading for criteria or in the field for them.
- Languages that are not configured, and unusual headings in those that are.
- All sentences that can be checked. It recognises them by words such as "must", "is shown" and "at most 3". In two
  open-source backlogs, it found about two thirds of them. It quotes a sentence only if it can be understood alone,
  differs from the title, and does not only explain something. Of 40 such sentences from 14 projects, a reader called 33
  a criterion. For an item with such a sentence, the severity is at most info.
- Whether a sentence in the present tense describes the present or the future state.
- Texts beyond 100,000 characters or 10,000 lines. Such an item is not judged, and the report says how many there are.

## Options

Only stories are judged, and Jira's improvements and new features, unless you name other types. For a bug, steps with an
expected result are enough. `warn_from` is for teams that understand small items without criteria: with 2, an item that
is estimated at less than 2 points and has no criteria is for information only.

## How to clear it

Write down one or two things that somebody else can check: in the field, as a list, or as sentences. If everybody knows
them anyway, waive the finding.

## Examples

- fail: none
  name: A wish, and nothing to check
  item:
    title: Export orders
    text: |
      As a clerk I want to export orders so that I can send them to the auditor.
- pass: A list under a heading
  item:
    title: Export orders
    text: |
      As a clerk I want to export orders.
      ## Acceptance criteria
      - A file with one line for each order
      - An empty file when there are none
- pass: The field for acceptance criteria
  item:
    title: Export orders
    criteria: The file opens in a spreadsheet.
- pass: A German heading in the middle of the text
  item:
    title: Bestellungen exportieren
    text: |
      Für die Prüfung. Akzeptanzkriterien: eine Zeile je Bestellung, leere Datei ohne Bestellungen
- pass: A scenario without any heading
  item:
    title: Export orders
    text: |
      Given there are no orders
      When I export them
      Then the file is empty
- pass: A checklist
  item:
    title: Export orders
    text: |
      [ ] one line for each order
      [ ] the file is empty without orders
- fail: no-text
  name: A title and nothing else
  item: {title: Export orders}
- fail: placeholder
  name: A heading that is followed by a placeholder
  item:
    title: Export orders
    text: |
      ## Acceptance criteria
      TBD
- fail: placeholder
  name: A template that nobody has filled in
  item:
    title: Export orders
    text: |
      ## Acceptance criteria
      - Given <context>, when <action>, then <outcome>
- fail: placeholder
  name: A promise to add criteria
  item: {title: Export orders, criteria: PO to add}
- fail: pointer
  name: The criteria are in another document
  item:
    title: Export orders
    text: |
      ## Acceptance criteria
      See the epic
- fail: untestable
  name: Criteria that nobody can check
  item: {title: Export orders, criteria: The export should be fast and user-friendly.}
- fail: empty-heading
  name: A heading followed by the next one
  item:
    title: Export orders
    text: |
      ## Acceptance criteria
      ## Notes
      Sam knows the format.
- fail: title-again
  name: Criteria that only repeat the title
  item:
    title: Export orders
    criteria: Export the orders.
- fail: implied
  name: A sentence that can be checked, but is not marked as a criterion
  item:
    title: Export orders
    text: |
      The auditor asked for it. The file must contain one line for each order.
- fail: none
  name: A wish that nobody can check
  item:
    title: Export orders
    text: |
      The export should be fast and user friendly.
- fail: none
  name: The project's own test suite is not about this item
  item:
    title: Export orders
    text: |
      This makes the acceptance test suite pass again.
- fail: none
  name: What a program printed is not the author's criterion
  item:
    title: Export orders
    text: |
      ```
      Acceptance criteria: the file must contain one line for each order
      ```
- fail: spike
  name: An investigation without an end
  item:
    title: "Spike: export formats"
    text: |
      Which format can the auditor read?
- pass: An investigation with a question and a time limit
  item:
    title: "Spike: export formats"
    text: |
      Which format can the auditor read? Time-box: 2 days.
- pass: A chore whose title says when it is done
  item: {title: Replace the export library by the new one}
- fail: upgrade
  name: An upgrade without a version gets a question of its own
  item:
    title: Upgrade the export library
    text: |
      It is out of support.
- fail: none
  name: A small change that its title names
  item: {title: Retry failed jobs after a time-out, points: 2, text: Most of them succeed at the second attempt.}
- fail: none
  name: An improvement is a story
  item: {title: Order exports by date, kind: other, type: Improvement, text: It would be nice to have.}
- fail: bug
  name: A bug is asked for the expected result
  options: {types: [bug]}
  item:
    title: The export is empty
    kind: bug
    text: |
      I exported the orders of May.
- pass: A bug that says what was expected
  options: {types: [bug]}
  item:
    title: The export is empty
    kind: bug
    text: |
      Steps: export the orders of May.
      Expected: one line for each order.
"""

from collections.abc import Iterator
from typing import Annotated, ClassVar

from pydantic import Field

from rules.context import Input
from rules.model import BlockKind, Facts, ItemKind, Severity, WorkItem
from rules.rule import Hit, Message, Rule, RuleOptions, SeverityOption, register
from rules.text import (
    LANGUAGES,
    Criteria,
    CriteriaLocation,
    CriteriaStatus,
    Language,
    SpikeStatus,
    compile_lexicon,
    find_criteria,
    is_chore,
    is_estimated_change,
    is_small_visible_change,
    is_upgrade,
    make_quotable,
    names_problem,
    states_result,
)

_STORY_TYPES = frozenset({"improvement", "new feature", "enhancement", "verbesserung", "neue funktion", "erweiterung"})
"""The names of types in older Jira projects whose items are stories."""


class CriteriaOptions(RuleOptions):
    severity: SeverityOption = "warning"
    languages: Annotated[
        tuple[Language, ...],
        Field(min_length=1, description="Languages in which headings, placeholders and sentences are recognised."),
    ] = tuple(LANGUAGES)
    warn_from: Annotated[
        float,
        Field(
            ge=0,
            description="Estimate, in points, from which missing criteria are a warning; below it, information only.",
        ),
    ] = 0


@register
class MissingAcceptanceCriteria(Rule[CriteriaOptions]):
    id = "missing-acceptance-criteria"
    title = "Nothing says when it is done"
    version = 2
    question_subject = "criteria"
    inputs = frozenset({Input.TEXT})
    needed_attributes = frozenset({"text", "criteria"})
    question_covered_by = ("vague-title",)
    messages: ClassVar = {
        "none": Message(
            evidence="I found no acceptance criteria in {places}.",
            question="How will we see that this is done?",
            resolution="One or two lines that someone else could check are enough.",
        ),
        "bug": Message(
            evidence="I found neither the expected result nor acceptance criteria in {places}.",
            question="What should happen instead?",
            resolution="One line with the expected result is enough.",
        ),
        "upgrade": Message(
            evidence="I found no acceptance criteria in {places}.",
            question="To which version, and what has to keep working?",
            resolution="The version and one or two things to try afterwards are enough.",
        ),
        "no-text": Message(
            evidence="{empty}, so only the title says what this is about.",
            question="What will be different once this is done, and for whom?",
            resolution="Two sentences are enough: what it is for, and how we will see that it is done.",
        ),
        "placeholder": Message(
            evidence='{where} it says only "{span}".',
            question="How will we see that this is done?",
            resolution="Put one or two things there that somebody else could check.",
        ),
        "pointer": Message(
            evidence="{where} it only points to {target}.",
            question="Which part of that has to be true for this item?",
            resolution="Put one or two things there that somebody else could check without leaving the item.",
        ),
        "untestable": Message(
            evidence='{where} it says "{span}", which two people may judge differently.',
            question="How would somebody else check this?",
            resolution="Say what can be seen or measured, such as a number, a limit or an example.",
        ),
        "empty-heading": Message(
            evidence="There is nothing {held} yet.",
            question="How will we see that this is done?",
            resolution="Put one or two things there that somebody else could check.",
        ),
        "title-again": Message(
            evidence="{where} only the title is repeated.",
            question="Beyond the title, how will we see that this is done?",
            resolution="Add one or two things that somebody else could check.",
        ),
        "implied": Message(
            evidence='This sentence can be checked: "{span}" Nothing else says when it is done.',
            question="Is this the only thing to check, or is something missing?",
            resolution='Move it under a heading such as "Acceptance criteria".',
        ),
        "spike": Message(
            evidence="{missing}.",
            question="What do we want to find out, and how long may it take?",
            resolution="Write down the question and a time limit.",
        ),
    }
    code_texts: ClassVar = {
        "places": {
            "description": "the description or a checklist",
            "field": "the description, the field or a checklist",
        },
        "empty": {
            "description": "The description is empty",
            "field": "The description and the field for acceptance criteria are empty",
        },
        "where": {"heading": 'Under "{heading}"', "field": "In the field for acceptance criteria"},
        "target": {"text": '"{span}"', "file": "a picture or a file"},
        "held": {"heading": 'under "{heading}"', "field": "in the field for acceptance criteria"},
        "missing": {
            SpikeStatus.NO_QUESTION.value: "It sets a time limit, but no question to answer",
            SpikeStatus.NO_TIME_LIMIT.value: "It asks a question, but sets no time limit",
            SpikeStatus.NEITHER.value: "It names neither a question to answer nor a time limit",
        },
    }
    saturation_question = (
        "I found no acceptance criteria in {flagged} of {judged} items. Are they kept elsewhere (a field, a template), "
        "or shall I stop asking?"
    )
    saturation_question_of_all = (
        "None of the {judged} items has acceptance criteria here. Are they kept elsewhere (a field, a template), or "
        "shall I stop asking?"
    )

    def applies(self, item: WorkItem) -> bool:
        """Whether the item is a story, by its kind or by the name of its type, or of a configured type."""
        is_story_by_name = item.kind is ItemKind.OTHER and item.type.casefold() in _STORY_TYPES
        if is_story_by_name and not self.settings.types:
            return item.is_open and not item.has_begun
        return super().applies(item)

    def check(self, item: WorkItem) -> Iterator[Hit]:
        """Yield a hit if the item does not say, or not clearly enough, when it is done."""
        criteria = find_criteria(item, self.settings.languages)
        match criteria.status:
            case CriteriaStatus.IMPLIED if criteria.span:
                yield Hit(variant="implied", facts={"span": make_quotable(criteria.span)}, max_severity=Severity.INFO)
            case CriteriaStatus.IMPLIED:
                yield Hit(variant="none", facts={"places": _searched_locations(item)}, max_severity=Severity.INFO)
            case CriteriaStatus.PLACEHOLDER | CriteriaStatus.POINTER | CriteriaStatus.UNTESTABLE:
                yield _make_hit_for_section(criteria)
            case CriteriaStatus.NONE if criteria.spike is not SpikeStatus.NOT_A_SPIKE:
                # By default, spike-without-question asks about spikes of the kind OTHER, such as improvements.
                if item.kind is not ItemKind.OTHER or self.settings.types:
                    yield Hit(variant="spike", facts={"missing": criteria.spike.value})
            case CriteriaStatus.NONE:
                yield from self._check_without_criteria(item)

    def _check_without_criteria(self, item: WorkItem) -> Iterator[Hit]:
        """Yield a hit on an item without criteria, unless it is a chore, whose title says when it is done."""
        lexicon = compile_lexicon(self.settings.languages)
        if is_chore(item, lexicon):
            return
        is_self_evident = (
            (item.points is not None and item.points < self.settings.warn_from)
            or is_small_visible_change(item, lexicon)
            or is_estimated_change(item, lexicon)
            or names_problem(item)
            or states_result(item, lexicon)
        )
        severity = Severity.INFO if is_self_evident else Severity.WARNING
        locations = _searched_locations(item)
        # A picture counts as a description.
        if any(block.text.strip() or block.kind is BlockKind.MEDIA for block in item.text):
            variant = "bug" if item.kind is ItemKind.BUG else "upgrade" if is_upgrade(item) else "none"
            yield Hit(variant=variant, facts={"places": locations}, max_severity=severity)
        else:
            yield Hit(variant="no-text", facts={"empty": locations}, max_severity=severity)


_MAX_HEADING_CHARACTERS = 60
"""The maximum length of a quoted section heading."""


def _make_hit_for_section(criteria: Criteria) -> Hit:
    """Make the hit for a section or a field for criteria that contains no criterion that can be checked."""
    heading = make_quotable(criteria.heading, _MAX_HEADING_CHARACTERS)
    where = "heading" if heading and criteria.location is not CriteriaLocation.FIELD else "field"
    facts: Facts = {"heading": heading} if where == "heading" else {}
    if criteria.repeats_title:
        return Hit(variant="title-again", facts={**facts, "where": where}, max_severity=Severity.INFO)
    span = make_quotable(criteria.span)
    if criteria.status is CriteriaStatus.UNTESTABLE:
        return Hit(variant="untestable", facts={**facts, "where": where, "span": span}, max_severity=Severity.INFO)
    if criteria.status is CriteriaStatus.POINTER:
        target: Facts = {"target": "text", "span": span} if span else {"target": "file"}
        return Hit(variant="pointer", facts={**facts, "where": where, **target})
    if span:
        return Hit(variant="placeholder", facts={**facts, "where": where, "span": span})
    return Hit(variant="empty-heading", facts={**facts, "held": where})


def _searched_locations(item: WorkItem) -> str:
    """Return the key in `code_texts` for where criteria were looked for: in the description, or also in a field."""
    return "description" if item.criteria is None else "field"
