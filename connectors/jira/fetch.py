"""Reads issues in bulk, several calls at a time, and completes what a response cut short."""

from collections.abc import Iterator, Sequence

import msgspec
from msgspec import Raw

from connectors import lenient_json
from connectors.bulk_reads import FailureCounter, read_isolating_failures
from connectors.concurrency import bounded_map
from connectors.errors import ConnectorError, Gone, Refused
from connectors.jira import mapping, payloads
from connectors.jira.connect import JiraSession
from connectors.jira.issue import CHANGELOG, Issue, IssueKey
from connectors.tracker import Batch, FetchedItem, Problem

_PER_CALL = 100
_AT_ONCE = 4


def fetch_batches(session: JiraSession, ids: Sequence[str]) -> Iterator[Batch]:
    """Issues with their whole history and discussion, as they arrive."""
    chunks = [ids[start : start + _PER_CALL] for start in range(0, len(ids), _PER_CALL)]
    failures = FailureCounter()
    yield from bounded_map(lambda chunk: _Reader(session, failures).read(chunk), chunks, max_workers=_AT_ONCE)


class _Reader:
    """Reads one batch. A problem with one issue does not affect the others."""

    def __init__(self, session: JiraSession, failures: FailureCounter) -> None:
        self._session = session
        self._failures = failures
        self._issues: dict[str, Issue] = {}
        self._unread: dict[str, set[str]] = {}
        """Ids of fields that could not be read, by issue id."""
        self._histories: dict[str, list[Raw]] = {}
        """Complete histories of the issues whose response contained only a part."""
        self._problems: list[Problem] = []

    def read(self, ids: Sequence[str]) -> Batch:
        """The issues with these ids. Those that Jira fails to read are requested once more."""
        failed = self._fetch(ids)
        if failed:
            failed = self._fetch(list(failed))
        self._problems += [Problem(ident, f"Jira could not read it this time ({why})") for ident, why in failed.items()]
        self._complete_histories()
        items = [item for issue in self._issues.values() if (item := self._mapped(issue)) is not None]
        return Batch(tuple(items), tuple(self._problems))

    def _fetch(self, ids: Sequence[str]) -> dict[str, str]:
        """Fetch issues; returns the ids that Jira failed to read, with the reasons."""

        def fetch(some: Sequence[str]) -> payloads.BulkIssues:
            return self._session.client.bulk_fetch(some, self._session.decoder.wanted)

        failed: dict[str, str] = {}
        for response in read_isolating_failures(fetch, ids, self._failures, self._skip_unread):
            for raw in response.issues:
                self._decode(raw)
            failed |= {str(issue.id): issue.error_message or "no reason given" for issue in response.issue_errors}
        return failed

    def _skip_unread(self, ident: str, error: ConnectorError) -> None:
        self._problems.append(Problem(ident, f"cannot be read ({error.message})"))

    def _decode(self, raw: Raw) -> None:
        try:
            issue, unread = self._session.decoder.decode(raw)
        except lenient_json.DECODE_ERRORS as error:
            self._problems.append(Problem(_key(raw), f"cannot be read ({error})"))
            return
        project = issue.fields.project
        if self._session.site.leaves_out(project.key if project else ""):
            # The scope should have left it out; an odd query and a move in the meantime can bring it here.
            return
        self._issues[issue.id] = issue
        self._unread[issue.id] = set(unread)

    def _complete_histories(self) -> None:
        """A bulk read returns the newest 40 changes of an issue; read the rest."""
        incomplete = [
            ident
            for ident, issue in self._issues.items()
            if CHANGELOG in self._unread[ident]
            or (issue.changelog and issue.changelog.total > len(issue.changelog.histories))
        ]

        def skip(ident: str, error: ConnectorError) -> None:
            issue = self._issues.pop(ident)
            self._problems.append(Problem(issue.key, f"its history cannot be read ({error.message})"))

        for histories in read_isolating_failures(self._session.client.changelogs, incomplete, self._failures, skip):
            self._histories |= histories
            for ident in histories:
                self._unread[ident].discard(CHANGELOG)

    def _mapped(self, issue: Issue) -> FetchedItem | None:
        try:
            raw_comments = self._comments(issue)
        except ConnectorError as error:
            if not isinstance(error, Gone | Refused):
                self._failures.record_failure(error)
            self._problems.append(Problem(issue.key, f"its comments cannot be read ({error.message})"))
            return None
        comments, others = payloads.read_comments(raw_comments)
        partly_read = others + sum(bool(comment.unread) for comment in comments)
        if partly_read:
            self._problems.append(Problem(issue.key, f"contains unexpected data in {partly_read} of its comments"))
        raw_histories = self._histories.get(issue.id, issue.changelog.histories if issue.changelog else [])
        histories, lost = lenient_json.decode_entries(raw_histories, payloads.History)
        unread = self._unread[issue.id] | ({CHANGELOG} if lost else set())
        try:
            return mapping.map_item(issue, histories, comments, self._session.site, unread)
        except Exception as error:  # noqa: BLE001 - mapping is pure, and one issue must not stop the others
            self._problems.append(Problem(issue.key, f"cannot be read ({type(error).__name__}: {error})"))
            return None

    def _comments(self, issue: Issue) -> Sequence[Raw]:
        """All comments of an issue. A bulk read returns some 20; more are read one issue at a time."""
        page = issue.fields.comment
        if (page is not None and not page.is_complete) or "comment" in self._unread[issue.id]:
            comments = list(self._session.client.comments(issue.id))
            self._failures.record_success()
            return comments
        return page.comments if page is not None else []


def _key(raw: msgspec.Raw) -> str:
    try:
        return msgspec.json.decode(raw, type=IssueKey).key or "?"
    except lenient_json.DECODE_ERRORS:
        return "?"
