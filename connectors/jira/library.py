"""What the `jira` library is asked: metadata that it knows well and that is read once a connection.

The library is imported here and nowhere else, and leaves through the door like everything we send.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import msgspec
from jira import JIRA

from connectors.errors import ConnectorError
from connectors.http import HttpClient
from connectors.jira.payloads import JiraField
from connectors.requests_adapter import HttpClientAdapter


class JiraLibrary:
    """The official client, mounted on a door.

    Its constructor would ask the server before a transport can be mounted; it is told not to, and is given what was
    learned about the server otherwise. Its own retries are off: it repeats even a POST after a lost reply.
    """

    def __init__(self, http: HttpClient, server_info: Mapping[str, Any], api_version: str) -> None:
        self._http = http
        self._jira = JIRA(
            server=http.base_url,
            options={"rest_api_version": api_version},
            get_server_info=False,
            max_retries=0,
            logging=False,
        )
        adapter = HttpClientAdapter(http)
        session = self._jira._session  # noqa: SLF001 - the library offers no public way
        session.trust_env = False
        for scheme in ("https://", "http://"):
            session.mount(scheme, adapter)
        numbers = server_info.get("versionNumbers")
        self._jira._version = tuple(numbers) if isinstance(numbers, list) else (0, 0, 0)  # noqa: SLF001 - same
        self._jira.deploymentType = server_info.get("deploymentType")

    def myself(self) -> dict[str, Any]:
        """The account behind the credentials."""
        with self._read_as_expected("myself"):
            return dict(self._jira.myself())

    def fields(self) -> list[JiraField]:
        """All fields that the account sees, in an order that does not change from one time to the next."""
        with self._read_as_expected("field"):
            found = [field for raw in self._jira.fields() if (field := _field(raw)) is not None]
        return sorted(found, key=lambda one: (len(one.id), one.id))

    def status_categories(self) -> dict[str, str]:
        """Key of the category ("new", "indeterminate", "done") by status id."""
        with self._read_as_expected("status"):
            categories: dict[str, str] = {}
            for status in self._jira.statuses():
                category = status.raw.get("statusCategory") or {}
                categories[str(status.raw.get("id"))] = str(category.get("key", ""))
            return categories

    @contextmanager
    def _read_as_expected(self, what: str) -> Iterator[None]:
        """The library trusts in the shape of an answer, and stumbles in many ways when it is another one."""
        try:
            yield
        except ConnectorError:
            raise
        except (AttributeError, KeyError, TypeError, ValueError, NotImplementedError) as error:
            raise ConnectorError(f"{self._http.name}: GET {what} was answered in an unexpected shape.") from error


def _field(raw: Any) -> JiraField | None:
    """A field of the list; one that cannot be understood is none that we could use."""
    try:
        return msgspec.convert(raw, JiraField)
    except msgspec.ValidationError:
        return None
