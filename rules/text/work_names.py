"""Recognises parts, reviews, upgrades, work by others, and sub-tasks, by titles, labels, components and types.

Some rules ask questions that make no sense for such work. A part of something larger, for example, is already split.
"""

import re

from rules.model import WorkItem

_PART = re.compile(
    r"\b(?:part|teil|partie|parte|deel|część)\s*(?:\d{1,2}|i{1,3}|iv|v|one|two|three|eins|zwei|drei)\b"
    r"|\b(?:phase|step|stage|schritt|etappe)\s*\d{1,2}\s*(?:of|/|von)\s*\d{1,2}\b"
    r"|[\[(]\s*\d{1,2}\s*(?:/|of|von)\s*\d{1,2}\s*[\])]",
    re.IGNORECASE,
)
_REVIEW = re.compile(
    r"\W*(?:(?:code|peer|design|security|pr|doc|document)[\s-]+review\b|review\s*[:\])|–—-]|review\s+(?:of|the|pr|pull)\b"
    r"|begutachtung\b|durchsicht\b)",
    re.IGNORECASE,
)
_BY_OTHERS = re.compile(
    r"\W*(?:vendor|supplier|subcontractor|third[\s-]party|3rd[\s-]party|external|extern|lieferant|dienstleister)"
    r"\s*[:\])|–—-]|.*\b(?:waiting for|wait for|warten auf)\s+(?:the\s+|den\s+)?"
    r"(?:vendor|supplier|lieferanten|dienstleister)\b",
    re.IGNORECASE,
)
_LABELS_OF_OTHERS = frozenset(
    ("vendor", "supplier", "subcontractor", "third-party", "3rd-party", "external", "extern", "lieferant")
)
_SUBTASK = re.compile(
    r"\b(?:sub[\s_-]?task|technical task|child (?:issue|task|item)|unteraufgabe|teilaufgabe|sous-t[âa]che|subtarea"
    r"|subtarefa|deeltaak|podzadanie)\b|サブタスク|子任务",
    re.IGNORECASE,
)
_UPGRADE = re.compile(r"\W*(?:upgrade|bump)\b|.*\bupgraden\W*\Z", re.IGNORECASE)
_MAX_TITLE_LENGTH = 500
"""The maximum number of characters of a title that are examined; this bounds the time that the patterns take."""


def is_part_of_larger_work(item: WorkItem) -> bool:
    """Whether the title says that the item is a part of something larger: "Invoices, part 1 of 3"."""
    return bool(_PART.search(item.title[:_MAX_TITLE_LENGTH]))


def is_upgrade(item: WorkItem) -> bool:
    """Whether the title asks for another version of something: "Upgrade the export library"."""
    return bool(_UPGRADE.match(item.title[:_MAX_TITLE_LENGTH]))


def is_review(item: WorkItem) -> bool:
    """Whether the title calls the item a review: "Code review of the export"."""
    return bool(_REVIEW.match(item.title[:_MAX_TITLE_LENGTH]))


def is_done_by_others(item: WorkItem) -> bool:
    """Whether a label, a component or the title says that somebody outside the team does the work."""
    names = {name.casefold() for name in (*item.labels, *item.components)}
    return not names.isdisjoint(_LABELS_OF_OTHERS) or bool(_BY_OTHERS.match(item.title[:_MAX_TITLE_LENGTH]))


def is_subtask_type(type_name: str) -> bool:
    """Whether the name of a type means a sub-task in one of several languages: "Technical task", "Unteraufgabe"."""
    return bool(_SUBTASK.search(type_name))
