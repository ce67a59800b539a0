"""Reads issues in bulk, a few calls at a time, and completes what an answer cut short."""

from collections.abc import Iterator, Sequence

import msgspec

from connectors.errors import Garbled
from connectors.jira import mapping, wire
from connectors.jira.connect import Session
from connectors.jira.issue import Issue
from connectors.tracker import Batch, Fetched, Problem
from connectors.workers import side_by_side

_PER_CALL = 100
_AT_ONCE = 4


def fetch_batches(here: Session, ids: Sequence[str]) -> Iterator[Batch]:
    """Issues with their whole history and discussion, as they arrive."""
    chunks = [ids[start : start + _PER_CALL] for start in range(0, len(ids), _PER_CALL)]
    yield from side_by_side(lambda chunk: _batch(here, chunk), chunks, at_once=_AT_ONCE)


def _batch(here: Session, ids: Sequence[str]) -> Batch:
    issues, problems = _read(here, ids)
    _complete(here, issues)
    items: list[Fetched] = []
    for issue in issues:
        try:
            items.append(mapping.fetched(issue, here.site))
        except (ValueError, TypeError, RecursionError) as error:
            problems.append(Problem(issue.key, f"cannot be read ({error})"))
    return Batch(tuple(items), tuple(problems))


def _read(here: Session, ids: Sequence[str], *, again: bool = True) -> tuple[list[Issue], list[Problem]]:
    try:
        found = here.client.bulk_fetch(ids, here.decoder.wanted)
    except Garbled:
        # An answer that is too large may break off; half of it may not.
        if len(ids) == 1:
            raise
        middle = len(ids) // 2
        halves = (_read(here, ids[:middle]), _read(here, ids[middle:]))
        return [*halves[0][0], *halves[1][0]], [*halves[0][1], *halves[1][1]]
    issues: list[Issue] = []
    problems: list[Problem] = []
    for raw in found.issues:
        try:
            issue, odd = here.decoder.decode(raw)
        except (msgspec.ValidationError, RecursionError) as error:
            problems.append(Problem(_key(raw), f"cannot be read ({error})"))
            continue
        issues.append(issue)
        problems += [
            Problem(issue.key, f"its field {name} holds something unexpected and was left out") for name in odd
        ]
    failed = [str(one["issueIdOrKey"]) for one in found.issue_errors if "issueIdOrKey" in one]
    if failed and again:
        more, worse = _read(here, failed, again=False)
        return [*issues, *more], [*problems, *worse]
    return issues, [*problems, *(Problem(one, "Jira could not read it this time") for one in failed)]


def _key(raw: msgspec.Raw) -> str:
    try:
        return str(msgspec.json.decode(raw, type=dict[str, object]).get("key", "?"))
    except (msgspec.DecodeError, RecursionError):
        return "?"


def _complete(here: Session, issues: Sequence[Issue]) -> None:
    """An answer carries at most the newest 40 changes and some 20 comments; the rest is read where there is more."""
    cut = [one.id for one in issues if one.changelog and one.changelog.total > len(one.changelog.histories)]
    if cut:
        whole = here.client.changelogs(cut)
        for issue in issues:
            if issue.id in whole:
                issue.changelog = wire.Changelog(len(whole[issue.id]), whole[issue.id])
    for issue in issues:
        page = issue.fields.comment
        if page is not None and page.total > len(page.comments):
            comments = list(here.client.comments(issue.id))
            issue.fields.comment = wire.CommentPage(comments, len(comments))
