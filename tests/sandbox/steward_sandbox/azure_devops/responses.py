"""Replies and errors as Azure DevOps words them, their times, and the versions that a request may ask for."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple
from urllib.parse import quote

import msgspec
from msgspec import Struct, convert
from starlette.requests import Request
from starlette.responses import Response

from steward_sandbox import app
from steward_sandbox.data_files import load_csv, load_json
from steward_sandbox.reply_templates import ReplyTemplates

THROTTLE_HEADERS: Mapping[str, str] = load_json("azure_devops", "errors")["throttle_headers"]


class AzureError(app.ApiError):
    """A refused request.

    Args:
        error: Its name in `data/errors.json`, which has its status, its `typeKey` and its message.
        extra: Further members of the body.
    """

    def __init__(
        self, error: str, /, *, status: int | None = None, extra: Mapping[str, Any] | None = None, **values: Any
    ) -> None:
        usual_status, self.key, text = load_json("azure_devops", "errors")["errors"][error]
        self.status = status or usual_status
        self.message = text.format(**values)
        self.extra = dict(extra or {})
        super().__init__(self.status, self.message)

    def response(self) -> Response:
        headers = {"X-TFS-ServiceError": quote(self.message, safe="")}
        if self.status == 401:
            headers["WWW-Authenticate"] = "Bearer authorization_uri=https://login.microsoftonline.com/common, Basic"
        if not self.key:
            return Response(self.message, self.status, headers, media_type="text/plain")
        return reply({**self.extra, **_error(self.key, self.message)}, self.status, headers=headers)


def invalid(message: str) -> AzureError:
    """The error for a request that lacks something, or holds something that cannot be read."""
    return AzureError("invalid", message=message)


def reply(data: Any, status: int = 200, *, headers: Mapping[str, str] | None = None) -> Response:
    """A JSON reply; a list is wrapped with its length, as nearly every list is."""
    body = {"count": len(data), "value": data} if isinstance(data, list) else data
    return app.json_response(body, status, headers=headers, media_type="application/json; charset=utf-8")


def stopped(name: str) -> Response:
    """What a stopped collection answers to everything: its body starts with a byte order mark."""
    response = AzureError("stopped", name=name).response()
    body = "\N{BYTE ORDER MARK}".encode() + bytes(response.body)
    return Response(body, response.status_code, media_type="application/json")


def error_body(status: int) -> bytes:
    """What the service sends with a failure that has nothing to do with the request."""
    data = load_json("azure_devops", "errors")
    if status == 429:
        return msgspec.json.encode(_error(*data["errors"]["throttled"][1:]))
    message = data["by_status"].get(str(status)) or data["by_status"][""]
    return msgspec.json.encode(_error("VssServiceException", message))


def _error(key: str, message: str) -> dict[str, Any]:
    spaces = load_json("azure_devops", "errors")["namespaces"].items()
    space = next(space for start, space in spaces if key.startswith(start))
    return dict(ReplyTemplates("azure_devops", "").fill("error", key=key, message=message, space=space))


def timestamp(moment: datetime | None) -> str | None:
    """A time with as many digits as it needs."""
    if moment is None:
        return None
    text = moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")
    fraction = f"{moment.microsecond:06}".rstrip("0")
    return f"{text}.{fraction}Z" if fraction else f"{text}Z"


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
    """The version that a request asks for: `number` is the API's, `revision` the resource's own."""

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
