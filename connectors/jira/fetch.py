"""Reads issues in bulk, several requests at a time, and then the histories and comments that were truncated."""

from collections.abc import Iterator, Sequence

import msgspec
from msgspec import Raw

from connectors import lenient_json
from connectors.bulk_reads import FailureCounter, read_isolating_failures, split_into_chunks
from connectors.concurrency import bounded_map
from connectors.errors import ConnectorError, Gone, Refused
from connectors.jira import payloads
from connectors.jira.connect import JiraSession
from connectors.jira.issue import CHANGELOG, Issue, IssueKey
from connectors.tracker import Batch, FetchedItem, Problem

_ISSUES_PER_REQUEST = 100
"""The maximum for a bulk read."""


def fetch_batches(session: JiraSession, ids: Sequence[str]) -> Iterator[Batch]:
    """Read issues with their whole history and all comments, in batches, in any order."""
    chunks = split_into_chunks(ids, _ISSUES_PER_REQUEST)
    failures = FailureCounter()
    workers = session.client.bulk_reads_at_once
    yield from bounded_map(lambda chunk: _BatchReader(session, failures).read(chunk), chunks, max_workers=workers)


class _BatchReader:
    """Reads one batch. A problem with one issue does not affect the others."""

    def __init__(self, session: JiraSession, failures: FailureCounter) -> None:
        self._session = session
        self._failures = failures
        self._issues: dict[str, Issue] = {}
        self._unreadable_fields: dict[str, set[str]] = {}
        """Ids of unreadable fields, by issue id."""
        self._histories: dict[str, list[Raw]] = {}
        """Complete histories, by issue id, of the issues whose history was truncated in the bulk read."""
        self._problems: list[Problem] = []

    def read(self, ids: Sequence[str]) -> Batch:
        """Read the issues with these ids. Issues that Jira fails to read are requested once more."""
        failed = self._fetch(ids)
        if failed:
            failed = self._fetch(list(failed))
        self._problems += [
            Problem(issue_id, f"Jira could not read it this time ({reason})") for issue_id, reason in failed.items()
        ]
        self._complete_histories()
        items = [item for issue in self._issues.values() if (item := self._map_issue(issue)) is not None]
        return Batch(tuple(items), tuple(self._problems))

    def _fetch(self, ids: Sequence[str]) -> dict[str, str]:
        """Fetch issues. Returns Jira's reasons, by issue id, for not returning some of them."""

        def fetch(chunk: Sequence[str]) -> payloads.BulkIssues:
            return self._session.client.bulk_fetch(chunk, self._session.decoder.requested_fields)

        failed: dict[str, str] = {}
        for response in read_isolating_failures(fetch, ids, self._failures, self._record_unreadable):
            for raw in response.issues:
                self._decode(raw)
            failed |= {str(issue.id): issue.error_message or "no reason given" for issue in response.issue_errors}
        return failed

    def _record_unreadable(self, issue_id: str, error: ConnectorError) -> None:
        self._problems.append(Problem(issue_id, f"cannot be read ({error.message})"))

    def _decode(self, raw: Raw) -> None:
        """Decode an issue, and keep it unless it is in an excluded project."""
        try:
            issue, unreadable_fields = self._session.decoder.decode(raw)
        except lenient_json.DECODE_ERRORS as error:
            self._problems.append(Problem(_key_for_message(raw), f"cannot be read ({error})"))
            return
        project = issue.fields.project
        if self._session.site.is_excluded_project(project.key if project else ""):
            # The scope does not contain the project, but the issue may have moved since the search.
            return
        self._issues[issue.id] = issue
        self._unreadable_fields[issue.id] = set(unreadable_fields)

    def _complete_histories(self) -> None:
        """Read the whole history of issues with more changes than a bulk read returns, which are 40 on Jira Cloud."""
        incomplete = [
            issue_id
            for issue_id, issue in self._issues.items()
            if CHANGELOG in self._unreadable_fields[issue_id]
            or (issue.changelog and issue.changelog.total > len(issue.changelog.histories))
        ]

        def record_unreadable_history(issue_id: str, error: ConnectorError) -> None:
            issue = self._issues.pop(issue_id)
            self._problems.append(Problem(issue.key, f"its history cannot be read ({error.message})"))

        for histories in read_isolating_failures(
            self._session.client.fetch_changelogs, incomplete, self._failures, record_unreadable_history
        ):
            self._histories |= histories
            for issue_id in histories:
                self._unreadable_fields[issue_id].discard(CHANGELOG)

    def _map_issue(self, issue: Issue) -> FetchedItem | None:
        """Convert an issue; None if that fails, and then the reason is recorded as a problem."""
        try:
            raw_comments = self._read_comments(issue)
        except ConnectorError as error:
            if not isinstance(error, Gone | Refused):
                self._failures.record_failure(error)
            self._problems.append(Problem(issue.key, f"its comments cannot be read ({error.message})"))
            return None
        comments, undecodable_count = payloads.decode_comments(raw_comments)
        unreadable_count = undecodable_count + sum(bool(comment.unreadable_members) for comment in comments)
        if unreadable_count:
            self._problems.append(Problem(issue.key, f"contains unexpected data in {unreadable_count} of its comments"))
        raw_histories = self._histories.get(issue.id, issue.changelog.histories if issue.changelog else [])
        histories, undecodable_changes = lenient_json.decode_entries(raw_histories, payloads.History)
        unreadable_fields = self._unreadable_fields[issue.id] | ({CHANGELOG} if undecodable_changes else set())
        try:
            return self._session.mapper.map_item(issue, histories, comments, unreadable_fields)
        except Exception as error:  # noqa: BLE001 - an error in one issue must not stop the others
            self._problems.append(Problem(issue.key, f"cannot be read ({type(error).__name__}: {error})"))
            return None

    def _read_comments(self, issue: Issue) -> Sequence[Raw]:
        """All comments of an issue. If a bulk read did not return all of them, they are read again."""
        page = issue.fields.comment
        if (page is not None and not page.is_complete) or "comment" in self._unreadable_fields[issue.id]:
            comments = list(self._session.client.fetch_comments(issue.id))
            self._failures.record_success()
            return comments
        return page.comments if page is not None else []


def _key_for_message(raw: Raw) -> str:
    """The key of an issue that cannot be decoded, or "?"."""
    try:
        return msgspec.json.decode(raw, type=IssueKey).key or "?"
    except lenient_json.DECODE_ERRORS:
        return "?"
