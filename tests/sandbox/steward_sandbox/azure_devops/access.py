"""Who may come in: personal access tokens, Entra tokens that expire, what tokens may do, and how much they may ask."""

import base64
import binascii
import time
from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from steward_sandbox.azure_devops.behaviour import Behaviour, RateLimit
from steward_sandbox.azure_devops.collection import Collection
from steward_sandbox.azure_devops.model import Account
from steward_sandbox.azure_devops.wire import THROTTLED, Refusal
from steward_sandbox.ids import stable_uuid

WRONG_TOKEN = "wrong"
SIGN_IN_PATH = "/_signin"
_PAGE = (
    "<!DOCTYPE html><html><head><title>Azure DevOps Services | Sign In</title></head>"
    "<body><h1>Sign in</h1><p>We could not sign you in with what you sent.</p></body></html>"
)
_WIDER = {"vso.work": {"vso.work", "vso.work_write", "vso.work_full"}}


class Pass(NamedTuple):
    """What a credential that was taken is worth.

    Attributes:
        account: Whose it is.
        token: Its text.
    """

    account: Account
    token: str


class NotSignedIn(Refusal):
    """Nobody that the service knows: a page to sign in, or a plain 401 where the caller does not want pages."""

    def __init__(self, message: str, *, suppress: bool, sign_in: int, bearer: bool, base: str) -> None:
        challenge = 'Bearer authorization_uri=https://login.microsoftonline.com/common, Basic realm="sandbox"'
        super().__init__(401, "UnauthorizedRequestException", message, headers={"WWW-Authenticate": challenge})
        self._page = not suppress and not bearer
        self._sign_in = sign_in
        self._base = base

    def response(self) -> Response:
        """The page, the way to it, or the refusal."""
        if not self._page:
            return super().response()
        if self._sign_in == 302:
            return RedirectResponse(f"{self._base}{SIGN_IN_PATH}", 302)
        return sign_in_page(203)


def sign_in_page(status: int = 200) -> Response:
    """The page that people would sign in on."""
    return HTMLResponse(_PAGE, status)


class Door:
    """Lets callers in.

    Args:
        collection: Whose identities count.
        behaviour: What it does with those it does not know.
        clock: By which Entra tokens expire.
    """

    def __init__(self, collection: Collection, behaviour: Behaviour, clock: Callable[[], datetime]) -> None:
        self._collection = collection
        self._behaviour = behaviour
        self._clock = clock
        self._issued: dict[str, tuple[str, datetime]] = {}

    def issue(self, name: str, lifetime: timedelta) -> str:
        """An Entra token for a service of this name; afterwards it gets 401."""
        until = self._clock() + lifetime
        token = "eyJ0." + stable_uuid("token", name, str(len(self._issued)))
        self._issued[token] = (name, until)
        self._collection.accounts.caller(name, "")
        return token

    def enter(self, request: Request) -> Pass:
        """Who asks.

        Raises:
            NotSignedIn: Nobody that is known.
        """
        kind, _, credential = request.headers.get("authorization", "").partition(" ")
        match kind.casefold():
            case "basic":
                return self._by_token(request, credential)
            case "bearer":
                return self._by_entra(request, credential.strip())
        raise self._unknown(
            request, "TF400813: Resource not available for anonymous access. Client authentication required."
        )

    def _by_token(self, request: Request, credential: str) -> Pass:
        try:
            user, _, token = base64.b64decode(credential, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            user, token = "", WRONG_TOKEN
        if token.strip() in ("", WRONG_TOKEN):
            raise self._unknown(request, "TF400813: The user '' is not authorized to access this resource.")
        return Pass(self._collection.accounts.caller(user, token), token)

    def _by_entra(self, request: Request, token: str) -> Pass:
        name, until = self._issued.get(token, ("", self._clock()))
        if not name or until <= self._clock() or self._collection.server is not None:
            raise self._unknown(
                request, "TF400813: The user '' is not authorized to access this resource.", bearer=True
            )
        return Pass(self._collection.accounts.caller(name, token), token)

    def _unknown(self, request: Request, message: str, *, bearer: bool = False) -> NotSignedIn:
        return NotSignedIn(
            message,
            suppress=request.headers.get("x-tfs-fedauthredirect", "").casefold() == "suppress",
            sign_in=self._behaviour.sign_in,
            bearer=bearer,
            base=f"{request.url.scheme}://{request.url.netloc}",
        )


def refuse_narrow(behaviour: Behaviour, token: str, wanted: tuple[str, ...]) -> None:
    """Refuses a call that none of a token's scopes covers; a wider scope covers a narrower one."""
    scopes = behaviour.scopes.get(token)
    if scopes is None:
        return
    enough = {wide for scope in wanted for wide in _WIDER.get(scope, {scope})}
    if not scopes & enough:
        message = "TF400813: The user 'token' is not authorized to access this resource."
        raise Refusal(behaviour.scope_status, "UnauthorizedRequestException", message)


class Rate:
    """Counts requests and says what comes of it."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._asked: deque[float] = deque()

    def headers(self, limit: RateLimit | None) -> dict[str, str]:
        """What the answer to this request carries; nothing while there is plenty left.

        Raises:
            Refusal: There is nothing left.
        """
        if limit is None:
            return {}
        now = self._clock()
        self._asked.append(now)
        while self._asked and self._asked[0] <= now - limit.window:
            self._asked.popleft()
        count = len(self._asked)
        if count < limit.near:
            return {}
        top = limit.limit or limit.near
        found = {
            "Retry-After": f"{limit.wait:g}",
            "X-RateLimit-Resource": "core/TSTU",
            "X-RateLimit-Delay": f"{limit.wait:g}",
            "X-RateLimit-Limit": str(top),
            "X-RateLimit-Remaining": str(max(top - count, 0)),
            "X-RateLimit-Reset": str(int(time.time() + limit.window)),
        }
        if limit.limit is not None and count >= limit.limit:
            raise Refusal(429, "RequestBlockedException", THROTTLED, headers=found if limit.headers else {})
        return found


STOPPED = (
    "TF24668: The following team project collection is stopped: {name}. Start the collection and then try again. "
    "Administrator Reason: This Azure DevOps organization has been deactivated due to inactivity."
)


def stopped(name: str) -> Response:
    """What a stopped collection answers to everything: its body starts with a byte order mark."""
    refusal = Refusal(503, "VssServiceException", STOPPED.format(name=name)).response()
    body = "\N{BYTE ORDER MARK}".encode() + bytes(refusal.body)
    headers = {"X-TFS-ServiceError": refusal.headers["x-tfs-serviceerror"]}
    return Response(body, 503, headers, media_type="application/json")
