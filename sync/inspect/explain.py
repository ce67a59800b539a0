"""Everything the service knows and thinks about one item, from the store alone: what stands, why, and what was done."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from msgspec import Struct

from rules.lifecycle import FindingState
from rules.model import Facts, Link, Severity, StatusCategory, WorkItem
from rules.registry import all_rules
from rules.rule import Rule
from rules.ruleset import Ruleset
from sync.decisions.log import Entry, entries
from sync.messages import shipped_messages
from sync.rounds.result import RoundSummary
from sync.rounds.rule_modes import mode_of
from sync.settings import Configuration
from sync.store import Connection, decisions, findings, items, promotions, rounds, writes
from sync.store.findings import StoredFinding
from sync.store.records import Annotation, CommentContent, Effect
from sync.writeback.plan import MISSING

_REFUSED_FOR = timedelta(hours=24)
_SPOKEN = (FindingState.NEW, FindingState.STANDING)


class Told(Struct, frozen=True, kw_only=True):
    """One finding of the item.

    Attributes:
        since: Since when it is in this state.
        because: Why it is.
        written: What is or will be written about it, and why nothing else.
    """

    rule: str
    severity: str
    state: FindingState
    since: datetime
    first_seen: datetime
    because: str
    written: str
    evidence: str
    question: str
    resolution: str
    facts: Facts


class Silent(Struct, frozen=True):
    """A rule that says nothing about the item, and why."""

    rule: str
    because: str


class Ours(Struct, frozen=True, kw_only=True):
    """Something of ours that the item carries.

    Attributes:
        says: The comment's words, the label, or the field's value.
        taken: Whether a person changed it since, so that it is theirs.
    """

    kind: str
    name: str
    says: str
    since: datetime
    rules: tuple[str, ...]
    taken: bool


class Done(Struct, frozen=True, kw_only=True):
    """One thing the service did to the item."""

    at: datetime
    round: str
    kind: str
    name: str
    before: str
    after: str


class Explanation(Struct, frozen=True, kw_only=True):
    """All of it.

    Attributes:
        position: Place among the open items, from 1; None where it has none.
        notes: What holds for the item as a whole, such as why nothing is written on it.
        findings: That stand, then those that were cleared.
        silent: Rules without a finding, each with the reason.
        decisions: All that was decided, and what ended it.
    """

    tracker: str
    key: str
    title: str
    url: str
    status: str
    position: int | None
    judged: datetime | None
    notes: tuple[str, ...]
    findings: tuple[Told, ...]
    silent: tuple[Silent, ...]
    decisions: tuple[Entry, ...]
    ours: tuple[Ours, ...]
    history: tuple[Done, ...]
    links: tuple[Link, ...]


def explain(reading: Connection, item: WorkItem, configuration: Configuration, now: datetime) -> Explanation:
    """What there is to say about an item. Nothing is asked of its tracker.

    Args:
        reading: The store.
        item: As the mirror holds it.
        configuration: The rules and modes that hold.
        now: Decides which decisions hold.
    """
    latest = rounds.latest_judged(reading, item.tracker)
    summary = msgspec.convert(latest.summary, RoundSummary) if latest else RoundSummary()
    annotations = writes.annotations(reading, item.tracker, item.id)
    kept = findings.kept(reading, item.tracker, item.id)
    modes = _modes(reading, item, configuration)
    speaking = {one.finding.rule for one in kept if one.state is not FindingState.CLEARED}
    said = decisions.about(reading, item.tracker, item.id)
    return Explanation(
        tracker=item.tracker,
        key=item.key,
        title=item.title,
        url=item.url,
        status=item.status,
        position=_position(reading, item),
        judged=items.reading(reading, item.tracker).last_good,
        notes=tuple(_as_a_whole(reading, item, configuration, summary, now)),
        findings=tuple(_told(one, annotations, configuration, modes.get(one.finding.rule, "")) for one in kept),
        silent=tuple(_silent(item, configuration.ruleset(), speaking, summary, judged=latest is not None)),
        decisions=tuple(entries(said, now, item.evidence)),
        ours=tuple(_ours(annotation) for annotation in annotations),
        history=tuple(_done(one) for one in writes.effects(reading, tracker=item.tracker, item=item.id)),
        links=item.links,
    )


def _modes(reading: Connection, item: WorkItem, configuration: Configuration) -> dict[str, str]:
    """Why rules are in shadow for the item, by rule."""
    ruleset, promoted = configuration.ruleset(), promotions.all_of(reading)
    held = {
        name: mode_of(ruleset.rule_for(name, item), configuration.settings, ruleset, promoted, item.tracker)
        for name in all_rules()
    }
    return {name: one.why for name, one in held.items() if one.mode == "shadow"}


def _as_a_whole(
    reading: Connection, item: WorkItem, configuration: Configuration, summary: RoundSummary, now: datetime
) -> Iterator[str]:
    settings = configuration.settings
    if left := items.left(reading, item.tracker, item.id):
        what = "was moved out of the scope" if left[0] == "moved" else "was deleted, or is hidden from us"
        yield f"It {what} on {left[1]:%Y-%m-%d}; nothing is said about it."
    elif not item.is_open:
        yield f"It is {item.category.value}, so no rule judges it; what is ours there is taken back."
    if settings.mode_of(item.tracker) == "shadow":
        yield "Nothing is written: the mode is shadow."
    elif summary.held_whole:
        yield f"The last round wrote nothing. {summary.held_whole}"
    if item.public:
        yield "Nothing is written: customers can read comments in this project."
    if item.id in summary.missing:
        yield MISSING
    if item.id in writes.refused_since(reading, item.tracker, now - _REFUSED_FOR):
        yield "The tracker refused a write to it within the last day."
    yield from (f"In the last round: {one.reason}" for one in summary.skipped if one.item == item.key)
    if why := summary.unscored.get(item.key):
        yield why
    yield from (f"To decide again: {one.line(shipped_messages())}" for one in summary.due if one.key == item.key)


def _position(reading: Connection, item: WorkItem) -> int | None:
    if not item.is_open or items.left(reading, item.tracker, item.id):
        return None
    open_ids = items.open_ids(reading, item.tracker)
    return open_ids.index(item.id) + 1 if item.id in open_ids else None


def _told(one: StoredFinding, annotations: Sequence[Annotation], configuration: Configuration, shadow: str) -> Told:
    finding = one.finding
    cleared = one.state is FindingState.CLEARED
    return Told(
        rule=finding.rule,
        severity=finding.severity.value,
        state=one.state,
        since=one.since,
        first_seen=one.first_seen,
        because=f"It is found no more since {one.since:%Y-%m-%d}." if cleared else one.because,
        written=_written(one, annotations, configuration, shadow),
        evidence=finding.evidence,
        question=finding.question,
        resolution=finding.resolution,
        facts=finding.facts,
    )


def _written(one: StoredFinding, annotations: Sequence[Annotation], configuration: Configuration, shadow: str) -> str:
    """What is or will be written about a finding."""
    write, rule = configuration.settings.write, one.finding.rule
    places = [
        annotation
        for annotation in annotations
        if rule in annotation.rules and annotation.kind in ("comment", "label") and not annotation.taken
    ]
    there = " and ".join(f"{annotation.kind} since {annotation.written:%Y-%m-%d}" for annotation in places)
    if one.state is FindingState.CLEARED:
        return f"To be taken back: {there}." if there else "Nothing is written about it."
    if shadow or one.state not in (*_SPOKEN, FindingState.BEYOND_HORIZON):
        said = f"Nothing new: {shadow or f'it is {one.state}.'}"
        return f"{said} It stands there ({there})." if there else said
    warns = one.finding.severity is Severity.WARNING and write.comment and one.state in _SPOKEN
    wanted = [*(["comment"] if warns else []), *(["label"] if write.label else [])]
    missing = [kind for kind in wanted if kind not in {annotation.kind for annotation in annotations}]
    if not wanted:
        return "Nothing: neither comment nor label is wanted by the configuration."
    told = f"It stands there ({there})." if there else ""
    if missing:
        told += f" The next round that may write adds: {', '.join(missing)}."
    return told.strip() or f"The item carries our {' and '.join(wanted)} already."


def _silent(
    item: WorkItem, ruleset: Ruleset, speaking: set[str], summary: RoundSummary, *, judged: bool
) -> Iterator[Silent]:
    for name in all_rules():
        if name in speaking:
            continue
        rule = ruleset.rule_for(name, item)
        if rule.settings.severity == "off":
            yield Silent(name, "It is off here.")
        elif not rule.judges(item):
            yield Silent(name, _not_judged(rule, item))
        elif not judged:
            yield Silent(name, "It has not been judged yet; `steward pull` does.")
        elif limits := summary.limits.get(name):
            yield Silent(name, f"It may not have been able to judge: {' '.join(limits)}")
        else:
            yield Silent(name, "It has nothing to say.")


def _not_judged(rule: Rule[Any], item: WorkItem) -> str:
    if not item.is_open:
        return "It judges open items."
    if item.category is StatusCategory.IN_PROGRESS:
        return "It judges items that are still to be started."
    wanted = rule.settings.types or sorted(kind.value for kind in rule.kinds)
    return f"It judges {', '.join(wanted)}, and this is of type {item.type or item.kind.value}."


def _ours(annotation: Annotation) -> Ours:
    says = annotation.name if annotation.kind == "label" else _plain(annotation.value)
    return Ours(
        kind=annotation.kind,
        name=annotation.name,
        says=says,
        since=annotation.written,
        rules=annotation.rules,
        taken=annotation.taken,
    )


def _done(effect: Effect) -> Done:
    return Done(
        at=effect.at,
        round=effect.round,
        kind=effect.kind,
        name=effect.name,
        before=_plain(effect.before),
        after=_plain(effect.after),
    )


def _plain(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, CommentContent):
        return value.document.plain
    if isinstance(value, bool):
        return "set" if value else ""
    return f"{value:g}" if isinstance(value, float) else str(value)
