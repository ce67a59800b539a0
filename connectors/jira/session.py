"""An open connection to a Jira site, with what was discovered about the site."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from connectors.connection import Connection
from connectors.http import HttpClient
from connectors.jira import payloads
from connectors.jira.client import JiraClient
from connectors.jira.issue import IssueDecoder
from connectors.jira.mapping import IssueMapper, JiraSiteInfo


@dataclass
class JiraSession:
    """An open connection.

    Attributes:
        http: The client through which all requests are sent.
        site: What was discovered about the site.
        decoder: Decodes issues with the custom fields of the site.
        mapper: Converts issues of the site.
        connection: The account, the supported operations and the fields, in the form used for every kind of tracker.
        scope: The JQL that selects the issues.
        projects: The projects in the scope, by key.
        boards: Ids of the boards of these projects; None if some of them could not be read.
    """

    http: HttpClient
    client: JiraClient
    site: JiraSiteInfo
    decoder: IssueDecoder
    mapper: IssueMapper
    connection: Connection
    scope: str
    projects: Mapping[str, payloads.Project]
    boards: tuple[int, ...] | None
    _clock_offset: timedelta
    _query_time_zone: tzinfo | None

    def server_time(self) -> datetime:
        """The current time by the site's clock."""
        return datetime.now(UTC) + self._clock_offset

    def ids(self) -> Iterator[str]:
        """Yield the ids in scope in rank order, or by key if the site cannot rank."""
        if self.connection.capabilities.is_ordered:
            return self.client.list_ranked_ids(self.scope, self.site.fields.rank)
        return self.client.list_ids(self.scope)

    def first_ids(self) -> tuple[list[str], bool]:
        """The ids at the top of the scope, from one request, and whether these are all."""
        return self.client.first_ids(self.scope, "Rank" if self.connection.capabilities.is_ordered else "key")

    def format_query_time(self, time: datetime) -> str:
        """Format a time for JQL: as local time, or in milliseconds since 1970 if the session has no time zone.

        It is rounded down to a minute. A local time in the ambiguous hour at the end of summer time is set back by an
        hour, so that a query for later issues finds too many rather than too few.
        """
        minute = time.replace(second=0, microsecond=0)
        if self._query_time_zone is None:
            return str(round(minute.timestamp() * 1000))
        local = minute.astimezone(self._query_time_zone)
        if local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset():
            local -= timedelta(hours=1)
        return f'"{local:%Y-%m-%d %H:%M}"'
