"""Reads issues in bulk, with several requests at a time, and then reads truncated histories and comments in full."""

from collections.abc import Collection, Iterator, Sequence
from typing import Any

import msgspec
from msgspec import Raw, Struct

from connectors import lenient_json
from connectors.bulk_reads import FailureCounter, read_isolating_failures, split_into_chunks
from connectors.concurrency import bounded_map
from connectors.errors import ConnectorError, Gone, Refused
from connectors.jira import payloads
from connectors.jira.issue import CHANGELOG, Issue, IssueKey
from connectors.jira.session import JiraSession
from connectors.tracker import Batch, FetchedItem, Problem

_ISSUES_PER_REQUEST = 100
"""The maximum number of issues in a bulk read."""
_MAX_SET_ASIDE = 10
"""If at most this many issues of a batch have a truncated history, these histories are read later, with those of other
batches."""


class _ReadIssue(Struct):
    """An issue that was read.

    Attributes:
        unreadable_fields: The ids of the fields that could not be decoded.
        histories: The entries of its changelog, each of which is one change of the issue.
        undecodable_changes: The number of changes that could not be decoded.
    """

    issue: Issue
    unreadable_fields: set[str]
    histories: Sequence[payloads.History]
    undecodable_changes: int

    @property
    def is_truncated(self) -> bool:
        """Whether changes are missing. Jira Cloud returns at most 40 of them in a bulk read."""
        changelog = self.issue.changelog
        return CHANGELOG in self.unreadable_fields or (changelog is not None and not changelog.is_complete)


def fetch_batches(session: JiraSession, ids: Sequence[str]) -> Iterator[Batch]:
    """Read issues with their whole history and all comments, in batches, in any order."""
    failures = FailureCounter()  # stops the read after too many failures in a row
    bulk_reader = _BulkReader(session)
    may_set_aside = session.client.reads_changelogs_in_bulk and len(ids) > _ISSUES_PER_REQUEST
    set_aside_issues: list[_ReadIssue] = []
    for batch, truncated_issues in bounded_map(
        lambda chunk: _BatchReader(session, failures, bulk_reader).read(chunk, may_set_aside=may_set_aside),
        split_into_chunks(ids, _ISSUES_PER_REQUEST),
        # Twice as many as may wait for a response, so that others can be sent while these are decoded.
        max_workers=2 * session.client.max_concurrent_requests,
    ):
        yield batch
        set_aside_issues += truncated_issues
        if len(set_aside_issues) >= _ISSUES_PER_REQUEST:
            yield _BatchReader(session, failures, bulk_reader).complete(set_aside_issues)
            set_aside_issues = []
    if set_aside_issues:
        yield _BatchReader(session, failures, bulk_reader).complete(set_aside_issues)


class _BulkReader:
    """Requests issues in bulk.

    While a page is decoded, each of its issues is converted as soon as it is decoded itself. That is faster than first
    separating the issues of the page and then decoding each of them. If a page contains data of an unexpected format,
    its issues and those of later pages are returned as `Raw`, because other issues are likely to contain such data too.
    `lenient_json.decode` then decodes that page again, to the type in its attribute `lenient_type`.
    """

    def __init__(self, session: JiraSession) -> None:
        self._session = session

        def convert(issue: Any) -> None:
            issue.item = _convert_complete(session, issue)
            if issue.item is not None:
                issue.fields = issue.changelog = None  # to free the memory

        issue_type = msgspec.defstruct(
            "ConvertedIssue",
            # The name "-" keeps `item` from being read from the JSON.
            [("item", Any, msgspec.field(default=None, name="-"))],
            bases=(session.decoder.struct_type,),
            namespace={"__post_init__": convert},
            kw_only=True,
        )
        self._page_type: type[Any] = msgspec.defstruct(
            "ConvertedIssues",
            [("issues", list[issue_type], msgspec.field(default_factory=list))],  # type: ignore[valid-type]
            bases=(payloads.BulkIssues,),
            namespace={"lenient_type": payloads.BulkIssues},
        )

    def fetch(self, ids: Sequence[str]) -> payloads.BulkIssues:
        """Request issues. Each is either `Raw`, or an `Issue` whose attribute `item` is set by `_convert_complete`."""
        page = self._session.client.bulk_fetch(ids, self._session.decoder.requested_fields, self._page_type)
        if any(isinstance(issue, Raw) for issue in page.issues):
            self._page_type = payloads.BulkIssues
        return page


def _convert_complete(session: JiraSession, issue: Issue) -> FetchedItem | Problem | None:
    """Convert an issue; None if it is in an excluded project or needs further requests."""
    fields, changelog = issue.fields, issue.changelog or payloads.DecodedChangelog()
    if session.site.is_excluded_project(fields.project.key if fields.project else "") or not changelog.is_complete:
        return None
    if fields.comment is not None and not fields.comment.is_complete:
        return None
    comments = payloads.remove_repeated(fields.comment.comments) if fields.comment is not None else ()
    return _map_item(session, issue, changelog.histories, comments)


def _map_item(
    session: JiraSession,
    issue: Issue,
    histories: Sequence[payloads.History],
    comments: Sequence[payloads.JiraComment],
    unreadable_fields: Collection[str] = (),
) -> FetchedItem | Problem:
    """Convert an issue with `IssueMapper.map_item`. If that fails, return the reason as a problem."""
    try:
        return session.mapper.map_item(issue, histories, comments, unreadable_fields)
    except Exception as error:  # noqa: BLE001 - an error in one issue must not stop the others
        return Problem(issue.key, f"cannot be read ({type(error).__name__}: {error})")


class _BatchReader:
    """Reads one batch. A problem with one issue does not affect the others.

    An issue is converted as soon as it is decoded, so that its decoded JSON is not kept until the batch is complete.
    """

    def __init__(self, session: JiraSession, failures: FailureCounter, bulk_reader: _BulkReader) -> None:
        self._session = session
        self._failures = failures
        self._bulk_reader = bulk_reader
        self._items: dict[str, FetchedItem] = {}
        self._truncated_issues: dict[str, _ReadIssue] = {}
        self._problems: list[Problem] = []

    def read(self, ids: Sequence[str], *, may_set_aside: bool) -> tuple[Batch, list[_ReadIssue]]:
        """Read the issues with these ids. Issues that Jira fails to read are requested once more.

        Returns:
            The batch; and if `may_set_aside`, a few issues that are not in it, because their history was truncated.
        """
        failure_reasons = self._fetch(ids)
        if failure_reasons:
            failure_reasons = self._fetch(list(failure_reasons))
        self._problems += [
            Problem(issue_id, f"is not updated, because Jira could not read it this time ({reason})")
            for issue_id, reason in failure_reasons.items()
        ]
        truncated_issues = list(self._truncated_issues.values())
        if len(truncated_issues) > (_MAX_SET_ASIDE if may_set_aside else 0):
            return self.complete(truncated_issues), []
        return self._make_batch(), truncated_issues

    def complete(self, truncated_issues: Sequence[_ReadIssue]) -> Batch:
        """Read the whole histories of issues, and add these issues to the batch."""
        issues = {read_issue.issue.id: read_issue for read_issue in truncated_issues}

        def record_unreadable_history(issue_id: str, error: ConnectorError) -> None:
            key = issues.pop(issue_id).issue.key
            self._problems.append(Problem(key, f"is not updated, because its history cannot be read ({error.message})"))

        for histories in read_isolating_failures(
            self._session.client.fetch_changelogs, list(issues), self._failures, record_unreadable_history
        ):
            for issue_id in histories.keys() & issues.keys():
                read_issue = issues[issue_id]
                read_issue.histories, read_issue.undecodable_changes = lenient_json.decode_entries(
                    histories[issue_id], payloads.History
                )
                read_issue.unreadable_fields.discard(CHANGELOG)
        for read_issue in issues.values():
            self._convert(read_issue)
        return self._make_batch()

    def _make_batch(self) -> Batch:
        return Batch(tuple(self._items.values()), tuple(self._problems))

    def _fetch(self, ids: Sequence[str]) -> dict[str, str]:
        """Fetch issues, and return Jira's reasons for not returning some of them, by issue id."""
        failure_reasons: dict[str, str] = {}
        for response in read_isolating_failures(self._bulk_reader.fetch, ids, self._failures, self._record_unreadable):
            issues: list[Any] = response.issues
            for issue in issues:
                if isinstance(issue, Raw):
                    self._decode(issue)
                elif issue.item is not None:
                    self._record(issue, issue.item)
                else:
                    self._add(issue, frozenset())
            failure_reasons |= {
                str(issue.id): issue.error_message or "no reason given" for issue in response.issue_errors
            }
        return failure_reasons

    def _record_unreadable(self, issue_id: str, error: ConnectorError) -> None:
        self._problems.append(Problem(issue_id, f"cannot be read ({error.message})"))

    def _decode(self, raw: Raw) -> None:
        """Decode an issue, and add it to the batch."""
        try:
            issue, unreadable_fields = self._session.decoder.decode(raw)
        except lenient_json.DECODE_ERRORS as error:
            self._problems.append(Problem(_key_for_message(raw), f"cannot be read ({error})"))
            return
        self._add(issue, unreadable_fields)

    def _add(self, issue: Issue, unreadable_fields: frozenset[str]) -> None:
        """Add an issue to the batch unless it is in an excluded project or its history is truncated."""
        project = issue.fields.project
        if self._session.site.is_excluded_project(project.key if project else ""):
            # The search left this project out, but the issue may have moved there since then.
            return
        changelog = issue.changelog or payloads.DecodedChangelog()
        read_issue = _ReadIssue(issue, set(unreadable_fields), changelog.histories, changelog.undecodable_count)
        if read_issue.is_truncated:
            self._truncated_issues[issue.id] = read_issue
        else:
            self._convert(read_issue)

    def _convert(self, read_issue: _ReadIssue) -> None:
        """Convert an issue, and add it to the batch. If that fails, record the reason as a problem."""
        issue = read_issue.issue
        try:
            comments, undecodable_count = self._read_comments(read_issue)
        except ConnectorError as error:
            # Comments that are gone or that this account may not read say nothing about other issues.
            if not isinstance(error, Gone | Refused):
                self._failures.record_failure(error)
            reason = f"is not updated, because its comments cannot be read ({error.message})"
            self._problems.append(Problem(issue.key, reason))
            return
        unreadable_count = undecodable_count + len([1 for comment in comments if comment.unreadable_members])
        if unreadable_count:
            self._problems.append(Problem(issue.key, f"contains unexpected data in {unreadable_count} of its comments"))
        unreadable_fields = read_issue.unreadable_fields | ({CHANGELOG} if read_issue.undecodable_changes else set())
        self._record(issue, _map_item(self._session, issue, read_issue.histories, comments, unreadable_fields))

    def _record(self, issue: Issue, result: FetchedItem | Problem) -> None:
        """Add a converted issue to the batch, or the reason why it could not be converted."""
        if isinstance(result, Problem):
            self._problems.append(result)
        else:
            self._items[issue.id] = result

    def _read_comments(self, read_issue: _ReadIssue) -> tuple[Sequence[payloads.JiraComment], int]:
        """Return all comments of an issue, and how many could not be decoded.

        They are read again if the bulk read did not return all of them.
        """
        page = read_issue.issue.fields.comment
        if (page is not None and not page.is_complete) or "comment" in read_issue.unreadable_fields:
            raw_comments = list(self._session.client.fetch_comments(read_issue.issue.id))
            self._failures.record_success()
            return payloads.decode_comments(raw_comments)
        return (payloads.remove_repeated(page.comments), page.undecodable_count) if page is not None else ((), 0)


def _key_for_message(raw: Raw) -> str:
    """The key of an issue that cannot be decoded, or "?"."""
    try:
        return msgspec.json.decode(raw, type=IssueKey).key or "?"
    except lenient_json.DECODE_ERRORS:
        return "?"
