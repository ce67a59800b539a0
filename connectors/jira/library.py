"""What the `jira` library is asked: metadata that it knows well and that is read once a connection.

The library is imported here and nowhere else, and leaves through the door like everything we send.
"""

from typing import Any

import msgspec
from jira import JIRA

from connectors.http import Door
from connectors.jira.wire import JiraField
from connectors.requests_adapter import DoorAdapter


class JiraLibrary:
    """The official client, mounted on a door.

    Its constructor would ask the server before a transport can be mounted; it is told not to, and learns afterwards
    which Jira it speaks to. Its own retries are off: it repeats even a POST after a lost reply.
    """

    def __init__(self, door: Door, api_version: str = "3") -> None:
        self._jira = JIRA(
            server=door.base_url,
            options={"rest_api_version": api_version},
            get_server_info=False,
            max_retries=0,
            logging=False,
        )
        adapter = DoorAdapter(door)
        for scheme in ("https://", "http://"):
            self._jira._session.mount(scheme, adapter)  # noqa: SLF001 - the library offers no public way

    def server_info(self) -> dict[str, Any]:
        """Version, server time and whether this is Cloud."""
        info: dict[str, Any] = self._jira.server_info()
        self._jira._version = tuple(info.get("versionNumbers", (0, 0, 0)))  # noqa: SLF001 - see the constructor
        self._jira.deploymentType = info.get("deploymentType")
        return info

    def myself(self) -> dict[str, Any]:
        """The account behind the credentials."""
        return dict(self._jira.myself())

    def fields(self) -> list[JiraField]:
        """All fields that the account sees."""
        return msgspec.convert(self._jira.fields(), list[JiraField])

    def status_categories(self) -> dict[str, str]:
        """Key of the category ("new", "indeterminate", "done") by status id."""
        categories: dict[str, str] = {}
        for status in self._jira.statuses():
            category = status.raw.get("statusCategory") or {}
            categories[str(status.raw.get("id"))] = str(category.get("key", ""))
        return categories
