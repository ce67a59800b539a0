"""What every sandbox server is built on: one ASGI app, one request at a time, errors as replies, a log of calls."""

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Any, NamedTuple

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from steward_sandbox.faults import Faults, with_faults

_REMEMBERED_CALLS = 50_000


class LoggedCall(NamedTuple):
    method: str
    path: str
    status: int


class ApiError(Exception):
    def response(self) -> Response:
        raise NotImplementedError


class SandboxApp(ABC):
    """A server as an ASGI app; its `faults` may be changed while it is served."""

    def __init__(
        self,
        lock: AbstractContextManager[Any],
        faults: Faults | None,
        *,
        error_body: Callable[[int], bytes],
        throttle_headers: Mapping[str, str] | None = None,
    ) -> None:
        self.faults = faults or Faults()
        self._lock = lock
        self._calls: deque[LoggedCall] = deque(maxlen=_REMEMBERED_CALLS)
        self._app = with_faults(self._serve, self.faults, error_body=error_body, throttle_headers=throttle_headers)

    @property
    def calls(self) -> list[LoggedCall]:
        """The requests answered so far, oldest first, without those that a fault swallowed."""
        return list(self._calls)

    @abstractmethod
    async def respond(self, request: Request) -> Response:
        """Answer one request; an `ApiError` becomes its reply."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app({**scope, "app": self}, receive, send)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        # The body is read before the lock is taken, so that no request waits for bytes while it holds it.
        await request.body()
        with self._lock:
            try:
                response = await self.respond(request)
            except ApiError as error:
                response = error.response()
        self._calls.append(LoggedCall(request.method, request.url.path, response.status_code))
        await response(scope, receive, send)


class BaseCall(ABC):
    """One request with its parameters; each server adds who calls and what they may see."""

    def __init__(self, request: Request) -> None:
        self.request = request

    @abstractmethod
    def invalid(self, message: str) -> ApiError:
        """The error for a parameter or a body that cannot be read."""

    def param(self, name: str) -> str:
        return str(self.request.path_params[name])

    def query(self, name: str, default: str = "") -> str:
        return str(self.request.query_params.get(name, default))

    def csv(self, name: str) -> list[str]:
        """The values of a query parameter that may be repeated or hold commas."""
        texts = self.request.query_params.getlist(name)
        return [word.strip() for text in texts for word in text.split(",") if word.strip()]

    def integer(self, name: str, default: int) -> int:
        text = self.query(name) or ""
        return int(text) if text.isascii() and text.isdecimal() else default

    def flag(self, name: str, *, default: bool = False) -> bool | None:
        text = self.query(name)
        return {"true": True, "false": False}.get(text) if text else default

    async def json(self) -> Any:
        try:
            return msgspec.json.decode(await self.request.body())
        except (msgspec.DecodeError, UnicodeError) as error:
            raise self.invalid("The request body is not valid JSON.") from error


def json_response(
    data: Any, status: int = 200, *, headers: Mapping[str, str] | None = None, media_type: str
) -> Response:
    return Response(msgspec.json.encode(data), status, headers, media_type=media_type)


def no_content(status: int = 204) -> Response:
    return Response(status_code=status)
