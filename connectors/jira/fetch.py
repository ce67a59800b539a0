"""Reads issues in bulk, a few calls at a time, and completes what an answer cut short."""

from collections.abc import Iterator, Sequence

import msgspec

from connectors.concurrency import bounded_map
from connectors.errors import Garbled, Gone, Refused
from connectors.jira import mapping, payloads
from connectors.jira.connect import JiraSession
from connectors.jira.issue import Issue, IssueKey
from connectors.tracker import Batch, FetchedItem, Problem

_PER_CALL = 100
_AT_ONCE = 4
_MOST_UNREADABLE = 5
"""So many single issues of a batch may have answers that cannot be read; more, and it is not the issues."""


def fetch_batches(here: JiraSession, ids: Sequence[str]) -> Iterator[Batch]:
    """Issues with their whole history and discussion, as they arrive."""
    chunks = [ids[start : start + _PER_CALL] for start in range(0, len(ids), _PER_CALL)]
    yield from bounded_map(lambda chunk: _batch(here, chunk), chunks, at_once=_AT_ONCE)


def _batch(here: JiraSession, ids: Sequence[str]) -> Batch:
    batch = _Batch(here)
    batch.read(ids)
    return batch.mapped()


class _Batch:
    """What one bulk read brings; whatever is wrong with one issue stays with that issue."""

    def __init__(self, here: JiraSession) -> None:
        self._here = here
        self._issues: list[Issue] = []
        self._problems: list[Problem] = []
        self._unreadable = 0

    def read(self, ids: Sequence[str]) -> None:
        """Reads these issues; those that Jira could not read at once are asked for again."""
        failed = self._read(ids)
        if failed:
            failed = self._read(list(failed))
        self._problems += [Problem(ident, f"Jira could not read it this time ({why})") for ident, why in failed.items()]

    def mapped(self) -> Batch:
        """The issues in the common vocabulary, each with its whole history and discussion."""
        self._complete_histories()
        items = [item for issue in self._issues if (item := self._mapped(issue)) is not None]
        return Batch(tuple(items), tuple(self._problems))

    def _read(self, ids: Sequence[str]) -> dict[str, str]:
        """Ids that Jira could not read this time, and why."""
        try:
            found = self._here.client.bulk_fetch(ids, self._here.decoder.wanted)
        except Garbled as error:
            return self._read_halves(ids, error)
        for raw in found.issues:
            self._decode(raw)
        return {str(one.id): one.error_message or "no reason given" for one in found.issue_errors}

    def _read_halves(self, ids: Sequence[str], error: Garbled) -> dict[str, str]:
        """An answer that is too large may break off, and one odd issue may spoil it; half of it may be well."""
        if len(ids) > 1:
            middle = len(ids) // 2
            return self._read(ids[:middle]) | self._read(ids[middle:])
        self._unreadable += 1
        if self._unreadable > _MOST_UNREADABLE:
            raise error
        self._problems.append(Problem(ids[0], f"cannot be read ({error.message})"))
        return {}

    def _decode(self, raw: msgspec.Raw) -> None:
        try:
            issue, odd = self._here.decoder.decode(raw)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            self._problems.append(Problem(_key(raw), f"cannot be read ({error})"))
            return
        self._issues.append(issue)
        self._problems += [
            Problem(issue.key, f"its field {name} holds something unexpected and was left out") for name in odd
        ]

    def _complete_histories(self) -> None:
        """An answer carries at most the newest 40 changes; the rest is read where there is more."""
        cut = [one for one in self._issues if one.changelog and one.changelog.total > len(one.changelog.histories)]
        whole = self._here.client.changelogs([one.id for one in cut]) if cut else {}
        for issue in cut:
            if issue.id in whole:
                issue.changelog = payloads.Changelog(len(whole[issue.id]), whole[issue.id])

    def _mapped(self, issue: Issue) -> FetchedItem | None:
        try:
            self._complete_comments(issue)
        except (Gone, Refused) as error:
            self._problems.append(Problem(issue.key, f"its comments cannot be read ({error.message})"))
            return None
        try:
            return mapping.fetched(issue, self._here.site)
        except Exception as error:  # noqa: BLE001 - mapping is pure, and no oddity of one issue may stop the others
            self._problems.append(Problem(issue.key, f"cannot be read ({type(error).__name__}: {error})"))
            return None

    def _complete_comments(self, issue: Issue) -> None:
        """An answer carries some 20 comments; all are read where there are more."""
        page = issue.fields.comment
        if page is not None and page.total > len(page.comments):
            comments = list(self._here.client.comments(issue.id))
            issue.fields.comment = payloads.CommentPage(comments, len(comments))


def _key(raw: msgspec.Raw) -> str:
    try:
        return msgspec.json.decode(raw, type=IssueKey).key or "?"
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return "?"
