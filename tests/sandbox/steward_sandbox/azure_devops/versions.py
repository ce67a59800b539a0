"""Versions of the API: which ones a resource has, and which one a request asks for."""

import re
from typing import NamedTuple

from msgspec import Struct, convert
from starlette.requests import Request

from steward_sandbox.azure_devops.responses import AzureError
from steward_sandbox.data_files import load_csv

_VERSION = re.compile(r"(?P<number>\d+\.\d+)(?P<preview>-preview(?:\.(?P<revision>\d+))?)?", re.IGNORECASE)
_ACCEPT = re.compile(r"api-version\s*=\s*\"?([^;,\"\s]+)", re.IGNORECASE)
_COMMENTS_WITH_FORMAT = 4

SERVER_VERSIONS = {"2019": 5.0, "2020": 6.0, "2022": 7.0, "2022.1": 7.1}
"""The highest version of each server, by its year."""
SERVICES_VERSION = 7.2
_RELEASED = 7.1
"""The highest version on Services that is not a preview."""


class Resource(Struct, frozen=True):
    """A resource of the API.

    Attributes:
        template: Its route, with `{area}` and `{resource}` to be filled in.
        revision: Its own latest version.
        since: The lowest version of the API that has it.
        released: `yes`, or `preview` for one that is only there as a preview.
    """

    id: str
    area: str
    name: str
    template: str
    revision: int
    since: float
    released: str

    def revision_at(self, version: float) -> int:
        """Its own version at a version of the API: comments have formats since 7.1."""
        return 3 if self.name == "comments" and version < _RELEASED else self.revision

    def released_at(self, highest: float) -> float:
        """The highest version that needs no preview flag."""
        return min(highest, _RELEASED) if self.released == "yes" else 0.0


RESOURCES = {row["key"]: convert(row, Resource, strict=False) for row in load_csv("azure_devops", "resources")}
"""Every resource that is answered, by a plain name."""


class Version(NamedTuple):
    """The version of a resource that a request asks for.

    Attributes:
        number: Of the API.
        revision: Of the resource itself.
        preview: Whether it was asked for as a preview.
    """

    number: float
    revision: int
    preview: bool

    @property
    def has_formats(self) -> bool:
        return self.revision >= _COMMENTS_WITH_FORMAT

    def __str__(self) -> str:
        return f"{self.number}-preview.{self.revision}" if self.preview else str(self.number)


def negotiate(request: Request, resource: Resource, highest: float) -> Version:
    """The version that a request asks for in its address or its Accept header."""
    released = resource.released_at(highest)
    accepted = _ACCEPT.search(request.headers.get("accept", ""))
    asked = _VERSION.fullmatch(request.query_params.get("api-version", "") or (accepted[1] if accepted else ""))
    if asked is None:
        if request.method not in ("GET", "OPTIONS"):
            raise AzureError("no_version", method=request.method)
        number = max(released, min(highest, _RELEASED))
        return Version(number, resource.revision_at(number), preview=resource.released != "yes")
    number = float(asked["number"])
    known = resource.revision_at(number)
    revision = int(asked["revision"] or known)
    if not resource.since <= number <= highest or revision > known:
        raise AzureError("version_out_of_range", version=number, highest=highest)
    if number > released and not asked["preview"]:
        raise AzureError("preview_version", version=asked[0])
    return Version(number, revision, preview=bool(asked["preview"]))
