"""Reads issues in bulk, several calls at a time, and completes what a response cut short."""

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
_MAX_UNREADABLE = 5
"""If more single issues of a batch have unreadable responses, the issues are not the cause."""


def fetch_batches(session: JiraSession, ids: Sequence[str]) -> Iterator[Batch]:
    """Issues with their whole history and discussion, as they arrive."""
    chunks = [ids[start : start + _PER_CALL] for start in range(0, len(ids), _PER_CALL)]
    yield from bounded_map(lambda chunk: _Reader(session).read(chunk), chunks, at_once=_AT_ONCE)


class _Reader:
    """Reads one batch. A problem with one issue does not affect the others."""

    def __init__(self, session: JiraSession) -> None:
        self._session = session
        self._issues: list[Issue] = []
        self._problems: list[Problem] = []
        self._unreadable = 0

    def read(self, ids: Sequence[str]) -> Batch:
        """The issues with these ids. Those that Jira fails to read are requested once more."""
        failed = self._fetch(ids)
        if failed:
            failed = self._fetch(list(failed))
        self._problems += [Problem(ident, f"Jira could not read it this time ({why})") for ident, why in failed.items()]
        self._complete_histories()
        items = [item for issue in self._issues if (item := self._mapped(issue)) is not None]
        return Batch(tuple(items), tuple(self._problems))

    def _fetch(self, ids: Sequence[str]) -> dict[str, str]:
        """Fetch issues; returns the ids that Jira failed to read, with the reasons."""
        try:
            response = self._session.client.bulk_fetch(ids, self._session.decoder.wanted)
        except Garbled as error:
            return self._fetch_halves(ids, error)
        for raw in response.issues:
            self._decode(raw)
        return {str(issue.id): issue.error_message or "no reason given" for issue in response.issue_errors}

    def _fetch_halves(self, ids: Sequence[str], error: Garbled) -> dict[str, str]:
        """Split a batch whose response broke off: it may be too large, or one issue may break it."""
        if len(ids) > 1:
            middle = len(ids) // 2
            return self._fetch(ids[:middle]) | self._fetch(ids[middle:])
        self._unreadable += 1
        if self._unreadable > _MAX_UNREADABLE:
            raise error
        self._problems.append(Problem(ids[0], f"cannot be read ({error.message})"))
        return {}

    def _decode(self, raw: msgspec.Raw) -> None:
        try:
            issue, ignored_fields = self._session.decoder.decode(raw)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            self._problems.append(Problem(_key(raw), f"cannot be read ({error})"))
            return
        self._issues.append(issue)
        self._problems += [
            Problem(issue.key, f"its field {name} contains unexpected data and was ignored") for name in ignored_fields
        ]

    def _complete_histories(self) -> None:
        """A bulk read returns the newest 40 changes of an issue; read the rest."""
        incomplete = [
            issue
            for issue in self._issues
            if issue.changelog and issue.changelog.total > len(issue.changelog.histories)
        ]
        complete = self._session.client.changelogs([issue.id for issue in incomplete]) if incomplete else {}
        for issue in incomplete:
            if issue.id in complete:
                issue.changelog = payloads.Changelog(len(complete[issue.id]), complete[issue.id])

    def _mapped(self, issue: Issue) -> FetchedItem | None:
        try:
            self._complete_comments(issue)
        except (Gone, Refused) as error:
            self._problems.append(Problem(issue.key, f"its comments cannot be read ({error.message})"))
            return None
        try:
            return mapping.fetched(issue, self._session.site)
        except Exception as error:  # noqa: BLE001 - mapping is pure, and one issue must not stop the others
            self._problems.append(Problem(issue.key, f"cannot be read ({type(error).__name__}: {error})"))
            return None

    def _complete_comments(self, issue: Issue) -> None:
        """A bulk read returns some 20 comments of an issue; read all if there are more."""
        page = issue.fields.comment
        if page is not None and page.total > len(page.comments):
            comments = list(self._session.client.comments(issue.id))
            issue.fields.comment = payloads.CommentPage(comments, len(comments))


def _key(raw: msgspec.Raw) -> str:
    try:
        return msgspec.json.decode(raw, type=IssueKey).key or "?"
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return "?"
