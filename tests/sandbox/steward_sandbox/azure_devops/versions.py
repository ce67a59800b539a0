"""Which version of a resource a request speaks, and the refusals of versions that it cannot have."""

import re
from typing import NamedTuple

from starlette.requests import Request

from steward_sandbox.azure_devops.locations import RESOURCES, Resource
from steward_sandbox.azure_devops.wire import Refusal, query

_VERSION = re.compile(r"(?P<major>\d+)\.(?P<minor>\d+)(?P<preview>-preview(?:\.(?P<revision>\d+))?)?", re.IGNORECASE)
_ACCEPT = re.compile(r"api-version\s*=\s*\"?([^;,\"\s]+)", re.IGNORECASE)
_WITHOUT = ("GET", "HEAD", "OPTIONS")
RELEASED = (7, 1)
"""The highest version on Services that is not a preview."""


class Version(NamedTuple):
    """A version of a resource.

    Attributes:
        number: Of the API.
        revision: Of the resource itself.
        preview: Whether it was asked for as a preview.
    """

    number: tuple[int, int]
    revision: int
    preview: bool

    def __str__(self) -> str:
        """As answers say it."""
        text = f"{self.number[0]}.{self.number[1]}"
        return f"{text}-preview.{self.revision}" if self.preview else text


def negotiated(request: Request, name: str, highest: tuple[int, int]) -> Version:
    """The version that a request asks for in its address or its Accept header.

    Args:
        request: The request.
        name: The resource it goes to.
        highest: The highest version this organisation or server speaks, previews included.

    Raises:
        Refusal: There is none where one is needed, it is beyond the server, or it is a preview and does not say so.
    """
    resource = RESOURCES[name]
    released = min(highest, RELEASED) if resource.released else (0, 0)
    asked = query(request, "api-version") or _accepted(request)
    if not asked:
        if request.method not in _WITHOUT:
            raise Refusal(
                400,
                "VssVersionNotSpecifiedException",
                f'No api-version was supplied for the "{request.method}" request. The version must be supplied either '
                'as part of the Accept header (e.g. "application/json; api-version=1.0") or as a query parameter '
                '(e.g. "?api-version=1.0").',
            )
        number = released if resource.released else min(highest, RELEASED)
        return Version(number, resource.revision_at(number), preview=not resource.released)
    match = _VERSION.fullmatch(asked.strip())
    if match is None:
        raise Refusal(400, "VssInvalidApiVersionException", f'The api-version "{asked}" is not valid.')
    number = (int(match["major"]), int(match["minor"]))
    preview = match["preview"] is not None
    _refuse_beyond(number, resource, highest, asked, int(match["revision"] or 0))
    if number > released and not preview:
        raise Refusal(
            400,
            "VssInvalidPreviewVersionException",
            f'The requested version "{asked}" of the resource is under preview. The -preview flag must be supplied in '
            f'the api-version for such requests. For example: "{asked}-preview"',
        )
    known = resource.revision_at(number)
    return Version(number, min(int(match["revision"] or known), known), preview)


def _refuse_beyond(
    number: tuple[int, int], resource: Resource, highest: tuple[int, int], asked: str, revision: int
) -> None:
    if number > highest or number < resource.lowest or revision > resource.revision_at(number):
        raise Refusal(
            400,
            "VssVersionOutOfRangeException",
            f"The requested REST API version of {asked.partition('-')[0]} is out of range for this server. The latest "
            f"REST API version this server supports is {highest[0]}.{highest[1]}.",
        )


def _accepted(request: Request) -> str:
    found = _ACCEPT.search(request.headers.get("accept", ""))
    return found[1] if found else ""
