"""Reads the account, the fields and the permissions with the `jira` package.

Only this module imports the package, and it is used once for each connection. `connectors.jira.client` sends all other
requests; `docs/adr/0009` explains why.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import msgspec
from jira import JIRA

from connectors import lenient_json
from connectors.errors import ConnectorError
from connectors.http import HttpClient
from connectors.jira.payloads import JiraField
from connectors.requests_adapter import HttpClientAdapter

_STANDARD_FIELD_IDS = frozenset({"summary", "status", "issuetype", "created"})
"""Fields of every site. A list without any of them is not the list of fields."""


class JiraLibrary:
    """The client of the `jira` package for one site. It sends its requests through an `HttpClient`.

    The retries of the package are disabled, because it repeats even a POST whose response was lost.
    """

    def __init__(self, http: HttpClient, api_version: str) -> None:
        self._name = http.name
        self._jira = JIRA(
            server=http.base_url,
            options={"rest_api_version": api_version},
            get_server_info=False,  # this would send a request before the adapter is mounted
            max_retries=0,
            logging=False,
        )
        session = self._jira._session  # noqa: SLF001 - the library has no public way to set a transport
        session.trust_env = False
        for scheme in ("https://", "http://"):
            session.mount(scheme, HttpClientAdapter(http))

    def myself(self) -> dict[str, Any]:
        """The account to which the credentials belong, as in the JSON of Jira."""
        with self._report_unexpected_format("myself"):
            return dict(self._jira.myself())

    def fields(self) -> list[JiraField]:
        """All fields that the account can see, in a stable order."""
        with self._report_unexpected_format("field"):
            raw_fields = self._jira.fields()
            if not isinstance(raw_fields, list):
                raise TypeError("not a list")
            fields = [field for raw in raw_fields if (field := _decode_field(raw)) is not None]
            if not {field.id for field in fields} & _STANDARD_FIELD_IDS:
                raise ValueError("the fields of every site are missing")
        return sorted(fields, key=lambda field: (len(field.id), field.id))

    def permissions(self, project: str, keys: Sequence[str]) -> dict[str, bool]:
        """Whether the account has permissions in a project, by permission key."""
        with self._report_unexpected_format("mypermissions"):
            permissions = self._jira.my_permissions(projectKey=project, permissions=",".join(keys))["permissions"]
            return {key: bool(permissions.get(key, {}).get("havePermission")) for key in keys}

    @contextmanager
    def _report_unexpected_format(self, path: str) -> Iterator[None]:
        """Raise a `ConnectorError` if a response does not have the format that the package expects."""
        try:
            yield
        except (AttributeError, KeyError, TypeError, ValueError, NotImplementedError) as error:
            raise ConnectorError(f"{self._name}: the response to GET {path} has an unexpected format.") from error


def _decode_field(raw: Any) -> JiraField | None:
    """Decode the readable parts of a field; None if it has no id."""
    return lenient_json.decode_members(msgspec.Raw(msgspec.json.encode(raw)), JiraField)[0]
