"""Connects to a Jira site: signs in, and discovers fields, projects, boards and the permissions of the account."""

import hashlib
import re
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from datetime import timedelta, timezone
from functools import partial
from typing import Any

import msgspec
from msgspec import Struct

from connectors.bulk_reads import try_request
from connectors.concurrency import CallPool
from connectors.connection import Capabilities, Connection
from connectors.errors import Misconfigured
from connectors.http import HttpClient, TrafficStats
from connectors.jira import connect_notes, payloads, sprints
from connectors.jira.auth import SignInResult, open_http_client, sign_in
from connectors.jira.client import JiraClient
from connectors.jira.fields import FieldMap, discover_fields
from connectors.jira.history import JiraPeople, to_utc
from connectors.jira.issue import IssueDecoder
from connectors.jira.links import find_board
from connectors.jira.mapping import IssueMapper, JiraSiteInfo
from connectors.jira.projects import find_estimation_fields, find_projects_and_boards
from connectors.jira.session import JiraSession
from connectors.jira.settings import JiraSettings
from connectors.plugin import TrackerContext
from connectors.rate_limit import RateLimiter
from connectors.resolutions import AbandonedNames

_MAX_COMMENT_CHARACTERS = 32_000
"""Less than the 32,767 characters that Jira Cloud accepts, because the Atlassian Document Format takes up some."""
_ISSUES_IN_TIME_TEST = 50
"""The number of results in which `_finds_latest_by_epoch_time` looks for the issue that was updated last."""
_FINGERPRINT_VERSION = 2
"""Part of the stored fingerprint. It must not change, because then all issues are read again, and a person has to
approve writing again."""
_MAPPING_VERSION = "5"
"""Increase this when the mapping of issues changes, so that all issues are read again."""
_FALLBACK_TIME_ZONE = timezone(timedelta(hours=-12))
"""Used if the time zone of queries is unknown. No zone has an earlier local time, so a query finds too many issues
rather than too few."""


class _DiscoveryState(Struct, frozen=True):
    """The content of `Connection.discovery_state`, which is stored to recognise fields that are lost later.

    Attributes:
        configured: The field names in the configuration.
        fields: The fields that were found with this configuration.
    """

    configured: dict[str, Any]
    fields: FieldMap

    @classmethod
    def decode(cls, encoded: str) -> "_DiscoveryState | None":
        """Decode the state of the last connection; None if there is none."""
        try:
            return msgspec.json.decode(encoded, type=cls) if encoded else None
        except msgspec.DecodeError:  # written by another version
            return None


def connect(
    settings: JiraSettings, context: TrackerContext, stats: TrafficStats, rate_limiter: RateLimiter
) -> JiraSession:
    """Sign in, and discover the site.

    Args:
        context: What the tracker receives in addition to its settings.
        rate_limiter: Limits the rate of requests. All clients share it.

    Raises:
        Misconfigured: The address, the credentials or the scope is wrong.
    """
    scope = _validate_scope(settings, context.name)
    with ExitStack() as http_clients:

        def open_client(address: str, auth_headers: Callable[[], Mapping[str, str]]) -> HttpClient:
            http = open_http_client(settings, context, address, auth_headers, stats=stats, rate_limiter=rate_limiter)
            http_clients.callback(http.close)
            return http

        session = _discover(settings, context, scope, sign_in(settings, context, open_client))
        http_clients.pop_all()
        return session


def _discover(settings: JiraSettings, context: TrackerContext, scope: str, signed_in: SignInResult) -> JiraSession:
    """Discover everything about a site that is needed before its issues are read."""
    client = signed_in.client
    # One half of the allowed requests; the other half is for this thread and the threads that read boards.
    with CallPool(max_workers=client.max_concurrent_requests // 2) as calls:
        # Each of these functions waits for the result of a call that is already running.
        find_projects = calls.start(partial(find_projects_and_boards, client, context.name, scope))
        test_epoch_times = calls.start(partial(_accepts_epoch_times, client, scope))
        fetch_categories = calls.start(partial(try_request, client.fetch_status_categories))
        fetch_default_priority = calls.start(partial(try_request, client.fetch_default_priority))
        fields, field_descriptions, discovery_state = _find_fields(settings, context, signed_in)
        find_finished = (
            calls.start(partial(try_request, partial(_has_finished_issues, client, scope)))
            if context.checks_setup
            else None
        )
        test_ranking = calls.start(partial(client.can_rank, scope, fields.rank))
        projects, boards = find_projects()
        all_boards = None if boards is None else tuple(dict.fromkeys(board for ids in boards.values() for board in ids))
        permissions = connect_notes.read_permissions(signed_in.library, projects) if context.allow_writes else {}
        site = JiraSiteInfo(
            tracker=context.name,
            address=settings.url,
            fields=fields,
            people=JiraPeople(signed_in.account.id, settings.bots, signed_in.user_name, context.own_comment_ids),
            categories=fetch_categories() or {},
            default_priority=fetch_default_priority(),
            points_field_by_project=find_estimation_fields(client, boards) if boards and len(fields.points) > 1 else {},
            internal_comments=settings.internal_comments,
            abandoned=AbandonedNames(settings.not_done),
            allowed_projects=frozenset(key.casefold() for key in settings.projects),
            find_sprint=sprints.make_sprint_finder(client.fetch_sprint),
        )
        capabilities = Capabilities(
            comment_limit=_MAX_COMMENT_CHARACTERS,
            writable_fields={purpose: field.id for purpose, field in fields.write_fields.items()},
            missing_fields=fields.missing_fields,
            is_ordered=test_ranking(),
        )
        lacks_finished = find_finished is not None and find_finished() is False
        # Times in milliseconds since 1970 need no time zone.
        query_time_zone = None if test_epoch_times() else signed_in.query_time_zone or _FALLBACK_TIME_ZONE
    connection = Connection(
        account=signed_in.account,
        capabilities=capabilities,
        fingerprint=_fingerprint(settings, scope, fields, reads_teams=context.reads_teams),
        mapping_version=_MAPPING_VERSION,
        fields=_describe_fields(fields, field_descriptions),
        projects=tuple(projects),
        scope=scope,
        projects_limited_to_own_comments=connect_notes.projects_limited_to_own_comments(permissions),
        notes=(
            *connect_notes.scope_notes(settings, scope, projects, lacks_finished=lacks_finished),
            *connect_notes.field_notes(fields),
            *connect_notes.permission_notes(permissions),
        ),
        discovery_state=msgspec.json.encode(discovery_state).decode(),
        time_zone=str(signed_in.query_time_zone or ""),
    )
    return JiraSession(
        http=signed_in.http,
        client=client,
        site=site,
        decoder=IssueDecoder(fields),
        mapper=IssueMapper(site),
        connection=connection,
        scope=scope,
        projects=projects,
        boards=all_boards,
        _clock_offset=signed_in.clock_offset,
        _query_time_zone=query_time_zone,
    )


def _describe_fields(fields: FieldMap, descriptions: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """The descriptions of the fields that are used, by their purpose."""
    return {
        name: tuple(descriptions.get(field_id, field_id) for field_id in ids)
        for name, ids in fields.ids_by_purpose.items()
    }


def _find_fields(
    settings: JiraSettings, context: TrackerContext, signed_in: SignInResult
) -> tuple[FieldMap, dict[str, str], _DiscoveryState]:
    """Find the fields to use. Also return a description of every field of the site, by id, and the state to store."""
    site_fields = signed_in.library.fields()
    fields = discover_fields(site_fields, settings.fields, context.write_fields, context.written_field_ids)
    if not context.reads_teams:
        fields = msgspec.structs.replace(fields, team=None)
    configured = {**settings.fields.model_dump(mode="json"), **context.write_fields}
    last_state = _DiscoveryState.decode(context.discovery_state)
    if last_state is not None and last_state.configured == configured:
        fields = fields.with_lost_fields(last_state.fields)
    descriptions = {field.id: f"{field.name} ({field.id})" for field in site_fields}
    return fields, descriptions, _DiscoveryState(configured, fields)


def _validate_scope(settings: JiraSettings, name: str) -> str:
    """Check the setting `scope`, and return it, limited to the projects in the setting `projects`."""
    outside_quotes = re.sub(r"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'", "''", settings.scope)
    if re.search(r"\border\s+by\b", outside_quotes, re.IGNORECASE):
        raise Misconfigured(
            f"{name}: `scope` contains an ORDER BY.",
            hint="Remove it. Items are always read in the order of the backlog.",
        )
    if find_board(settings.scope) is not None:
        raise Misconfigured(
            f"{name}: `scope` is a link to a board. It has to be JQL.",
            hint="Write the filter of the board, such as filter = 10001, or project = PAY. `steward init` finds the "
            "filter by the link.",
        )
    if not outside_quotes.strip():
        raise Misconfigured(f"{name}: `scope` is empty.", hint="Set it to a query such as `project = PAY`.")
    scope = settings.scope.strip()
    if not settings.projects:
        return scope
    keys = ", ".join(msgspec.json.encode(key).decode() for key in sorted(settings.projects))
    return f"({scope}) AND project in ({keys})"


def _has_finished_issues(client: JiraClient, scope: str) -> bool:
    """Whether a finished issue is in the scope."""
    jql = f"({scope}) AND statusCategory = Done"
    return bool(client.first_page(jql, ["id"], payloads.IssueIds, size=1).issues)


def _accepts_epoch_times(client: JiraClient, scope: str) -> bool:
    """Whether JQL accepts a time in milliseconds since 1970, which does not depend on a time zone.

    Jira does not document this, so it is tested: a query for the time of the latest update must find that issue.
    """
    return try_request(partial(_finds_latest_by_epoch_time, client, scope)) or False


def _finds_latest_by_epoch_time(client: JiraClient, scope: str) -> bool:
    """Whether a query with a time in milliseconds since 1970 finds the issue that was updated last.

    True if there is no issue.
    """
    latest_issues = client.first_page(
        f"({scope}) ORDER BY updated DESC", ["updated"], payloads.StampedIssues, size=1
    ).issues
    updated = latest_issues[0].updated if latest_issues else None
    if updated is None:
        return True
    minutes = round(to_utc(updated).timestamp()) // 60
    milliseconds = minutes * 60_000
    jql = f"({scope}) AND updated >= {milliseconds} ORDER BY updated DESC"
    response = client.first_page(jql, ["id"], payloads.IssueIds, size=_ISSUES_IN_TIME_TEST)
    return latest_issues[0].id in {issue.id for issue in response.issues}


def _fingerprint(settings: JiraSettings, scope: str, fields: FieldMap, *, reads_teams: bool) -> str:
    """Hash the address of the site, the scope and the fields that are used.

    If the hash changes, all issues are read again, and a person has to approve writing again.

    The field for the team is part of it only with `reads_teams`, because only then is that field read.
    """
    # The hash is stored. So its keys must not be renamed, and a new key must be left out as long as it is empty.
    used_fields = {
        "points": fields.points,
        "sprint": fields.sprint,
        "rank": fields.rank,
        "flagged": fields.flagged,
        "epic_link": fields.epic_link,
        "criteria": fields.criteria,
        "value": fields.value,
        "urgency": fields.urgency,
        "risk": fields.risk,
        "effort": fields.effort,
        "writes": {
            name: {"id": field.id, "name": field.name, "kind": field.kind}
            for name, field in sorted(fields.write_fields.items())
        },
        "absent": dict(sorted(fields.missing_fields.items())),
        "doubtful": dict(sorted(fields.unusable_fields.items())),
    } | ({"teams": fields.team} if reads_teams else {})
    content = msgspec.json.encode((_FINGERPRINT_VERSION, settings.url, scope, used_fields))
    return hashlib.sha256(content).hexdigest()[:16]
