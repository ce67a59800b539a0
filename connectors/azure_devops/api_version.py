"""Finds the newest version of the Azure DevOps REST API that a server supports.

A server lists the resources of its API, each with the versions that it supports, in its response to an OPTIONS request.
If a proxy or gateway blocks OPTIONS, versions are tried from the newest to the oldest instead.
"""

import re
from collections.abc import Sequence
from typing import Any, Protocol, TypeVar

from msgspec import Struct

from connectors.azure_devops import payloads
from connectors.errors import ConnectorError, Garbled, Misconfigured, Refused

T = TypeVar("T")

_NEWEST_VERSION = "7.1"
"""The newest version for which this connector was written."""
_OLDER_VERSIONS = ("7.0", "6.0", "5.0")
_FIRST_VERSION_WITH_COMMENTS = "5.1"
_STATUSES_WHEN_OPTIONS_IS_BLOCKED = frozenset({400, 403, 404, 405, 406, 501})
"""Statuses with which gateways and web servers reject OPTIONS. They may also return a web page or an invalid response.
"""
_UNSUPPORTED_VERSION = re.compile("VssVersionOutOfRange|VssVersionNotSpecified|VssInvalidPreviewVersion")
"""Matches the types of the errors that a server returns if it does not support a version."""


class SendReadRequest(Protocol):
    """Sends a request that changes nothing, and decodes the JSON of the response."""

    def __call__(self, method: str, path: str, response_type: type[T], **kwargs: Any) -> T: ...


class ApiVersion(Struct, frozen=True):
    """A version of the API.

    Attributes:
        number: The value of the parameter `api-version`, such as "7.1"; with the suffix "-preview" if the server says
            that it has not released this version.
        has_comments: Whether the version can read and write comments. The oldest cannot.
        options_blocked: Whether OPTIONS requests are blocked, so that the version was found by trying.
    """

    number: str = _NEWEST_VERSION
    has_comments: bool = True
    options_blocked: bool = False

    @property
    def writes_markdown(self) -> bool:
        """Whether comments can be written as Markdown."""
        return _to_numbers(self.number) >= _to_numbers(_NEWEST_VERSION)

    @property
    def comments_number(self) -> str:
        """The value of the parameter `api-version` for requests about comments, whose API has only previews."""
        preview = 4 if self.writes_markdown else 3  # preview 4 is the first that accepts Markdown
        return f"{self.number.removesuffix('-preview')}-preview.{preview}"


def find_api_version(send: SendReadRequest, tracker: str) -> ApiVersion:
    """Find the newest version that a server supports: a released version, or a preview if none is released.

    Raises:
        Misconfigured: OPTIONS requests are blocked, and the server accepts none of the versions that are tried.
    """
    resources = _list_resources(send)
    work_items = _resources_named("workitems", resources)
    if not work_items:
        number = _find_by_trying(send, tracker)
        has_comments = _to_numbers(number) >= _to_numbers(_FIRST_VERSION_WITH_COMMENTS)
        return ApiVersion(number, has_comments, options_blocked=True)
    newest_released = max((resource.released_version for resource in work_items), key=_to_numbers)
    newest = max((resource.max_version for resource in work_items), key=_to_numbers)
    is_released = any(_to_numbers(newest_released))
    number = min(newest_released if is_released else newest, _NEWEST_VERSION, key=_to_numbers)
    # If a server does not return released versions, its newest version counts as released.
    if not is_released and any(resource.released_version for resource in work_items):
        number += "-preview"
    has_comments = any(
        _to_numbers(number) >= _to_numbers(comments.min_version) for comments in _resources_named("comments", resources)
    )
    return ApiVersion(number, has_comments)


def _list_resources(send: SendReadRequest) -> list[payloads.Resource]:
    """List the resources of the server's API; none if OPTIONS requests are blocked."""
    try:
        return send("OPTIONS", "/_apis", payloads.Entries[payloads.Resource]).value
    except ConnectorError as error:
        is_web_page = isinstance(error, Misconfigured) and error.status == 200
        if error.status in _STATUSES_WHEN_OPTIONS_IS_BLOCKED or is_web_page or isinstance(error, Garbled):
            return []
        raise


def _find_by_trying(send: SendReadRequest, tracker: str) -> str:
    """Return the first version with which the server accepts a request."""
    for number in (_NEWEST_VERSION, *_OLDER_VERSIONS):
        try:
            send("GET", "/_apis/wit/fields", dict[str, Any], params={"api-version": number})
        except Refused as error:
            if not _UNSUPPORTED_VERSION.search(error.code):
                raise
        else:
            return number
    raise Misconfigured(
        f"{tracker}: this server supports none of the versions {_NEWEST_VERSION}, {', '.join(_OLDER_VERSIONS)} of the "
        "API, or a proxy or gateway blocks its response to OPTIONS.",
        hint="Let OPTIONS requests to /_apis through, and use Azure DevOps Server 2019 or later.",
    )


def _resources_named(name: str, resources: Sequence[payloads.Resource]) -> list[payloads.Resource]:
    """The resources of work item tracking ("wit") with this name in lower case. There is one for each route."""
    return [
        resource
        for resource in resources
        if (resource.area.casefold(), resource.resource_name.casefold()) == ("wit", name)
    ]


def _to_numbers(version: str) -> tuple[int, ...]:
    """Convert a version to numbers that can be compared: "7.1-preview.4" becomes (7, 1)."""
    return tuple(int(part) for part in version.split("-", maxsplit=1)[0].split(".") if part.isdigit())
