"""An item has a deadline without a reason.

## What it does

It asks why an item has a due date if its title, description, acceptance criteria and comments give neither a reason nor
a consequence.

## Why it matters

A date without a reason cannot be weighed against other dates. It is moved without a word, or met at any cost.

## What it cannot see

- Dates that have passed: it does not ask about them. Items without a date are not judged.
- Reasons in words that it does not know, and in languages other than English and German.
- Reasons that everybody knows and nobody has written down.
- Whether a reason is a good one. The rule does not ask about the date of a release, because the release is the reason.

## How to clear it

Write one sentence: what is lost if it is finished a week later? If nothing is, remove the date.

## Examples

- fail: no-reason
  name: A date and nothing else
  item: {title: Export as PDF, due: 2026-07-01, text: The invoice can be saved as a PDF.}
- pass: The consequence is in the text
  item: {title: Export as PDF, due: 2026-07-01, text: "Without it, our contract with the printer ends in July."}
- pass: The reason is in the text
  item: {title: New tax rate, due: 2026-07-01, text: The law changes on 1 July.}
"""

import re
from collections.abc import Iterator
from typing import ClassVar

from rules.context import Input
from rules.model import ItemKind, WorkItem, plain_text
from rules.rule import Hit, Message, Rule, RuleOptions, register

_REASON = re.compile(
    r"\b(?:because|since|due to|so that|otherwise|or else|unless|without (?:it|this)|until then|before the|in time for"
    r"|contract\w*|legal\w*|laws?|regulat\w*|complian\w*|audit\w*|penalt\w*|fine[sd]?|expir\w*|deprecat\w*|sunset\w*"
    r"|end[ -]of[ -](?:life|support)|eol|shut ?down|switch(?:ed)? off|cut-?over|go-?live|launch\w*|campaign\w*"
    r"|conference\w*|trade fair|event|season\w*|holiday\w*|sla|promis\w*|committed|customer\w*|client\w*|security"
    r"|weil|denn|damit|sonst|ansonsten|ohne das|bis dahin|rechtzeitig|vertr[aä]g\w*|gesetz\w*|frist\w*|prüfung\w*"
    r"|strafe\w*|läuft ab|laufen ab|ablauf\w*|abgeschaltet|abschaltung\w*|abgekündigt|stichtag\w*|messe\w*"
    r"|kampagne\w*|zugesagt|versprochen|kunde\w*|sicherheit\w*)\b",
    re.IGNORECASE,
)
"""Matches words that usually introduce a reason or a consequence."""


@register
class DeadlineWithoutReason(Rule[RuleOptions]):
    id = "deadline-without-reason"
    title = "A deadline without a reason"
    question_subject = "deadline"
    kinds = frozenset(ItemKind) - {ItemKind.SUBTASK}
    inputs = frozenset({Input.TEXT, Input.COMMENTS, Input.TODAY})
    needed_attributes = frozenset({"due", "text"})
    judges_started_work = True
    messages: ClassVar = {
        "no-reason": Message(
            evidence="It is due on {due:date}, and no reason is given.",
            question="What is lost if it is finished a week after {due:date}?",
            resolution="Write the reason or the consequence in one sentence, or remove the date.",
        )
    }
    saturation_question = (
        "{flagged} of {judged} open items with a due date give no reason for it. Are the reasons kept somewhere else, "
        "or should this rule be off?"
    )

    def applies(self, item: WorkItem) -> bool:
        """Whether the rule is meant for the item, which must have a due date."""
        return item.due is not None and super().applies(item)

    def check(self, item: WorkItem) -> Iterator[Hit]:
        """Yield a hit if the item is due today or later, and its title, text, criteria and comments give no reason."""
        if item.due is None or item.due < self.context.now.date():
            return
        comments = self.context.comments(item) or ()
        texts = (item.text, item.criteria or (), *(comment.text for comment in comments))
        if not any(_REASON.search(text) for text in (item.title, *map(plain_text, texts))):
            yield Hit(variant="no-reason", facts={"due": item.due.isoformat()})
