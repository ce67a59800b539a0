"""What differs between the two Jiras that the sandbox pretends to be; everything else serves both."""

import base64
import binascii
from collections.abc import Mapping
from typing import Any, Protocol

from starlette.requests import Request

from steward_sandbox.jira import adf
from steward_sandbox.jira.accounts import Accounts
from steward_sandbox.jira.behaviour import Behaviour
from steward_sandbox.jira.model import Account, Doc
from steward_sandbox.jira.nouns import Nouns
from steward_sandbox.jira.site import Site
from steward_sandbox.jira.wire import Refusal

WRONG_TOKEN = "wrong"


class Flavour(Protocol):
    """One kind of Jira.

    Attributes:
        versions: Of the REST API.
        nouns: Shapes people, sprints and the like.
        names_of_people: What a person is asked for by, in the address of a request.
        throttled: Headers of an answer that says "too fast", besides when to come back.
        pages_by_position: Whether lists of issues are paged by `startAt`, not by tokens.
        checks_screens: Whether an edit may only set what the edit screen shows.
    """

    versions: frozenset[int]
    nouns: type[Nouns]
    names_of_people: tuple[str, ...]
    throttled: Mapping[str, str]
    pages_by_position: bool
    checks_screens: bool

    def inner_path(self, path: str, site: Site) -> tuple[str, bool]:
        """The path below the address of the site, and whether the request came through a gateway before it."""

    def server(self, site: Site) -> dict[str, Any]:
        """What the server says about itself."""

    def caller(self, request: Request, site: Site, behaviour: Behaviour) -> Account | None:
        """Who asks; None is anonymous.

        Raises:
            Refusal: Nobody may ask like that.
        """

    def headers(self, account: Account | None) -> Mapping[str, str]:
        """Headers of every answer to somebody."""

    def account(self, value: Any, accounts: Accounts) -> Account | None:
        """The person that a value of a field or the address of a request names."""

    def document(self, text: str) -> Doc:
        """A text that was sent in wiki markup."""

    def shown(self, most: int) -> int:
        """How many comments or changes an answer with issues holds where Cloud holds so many."""


class Cloud:
    """Jira Cloud."""

    versions = frozenset({2, 3})
    nouns = Nouns
    names_of_people: tuple[str, ...] = ("accountId",)
    throttled: Mapping[str, str] = {
        "RateLimit-Reason": "jira-burst-based",
        "X-RateLimit-Limit": "100",
        "X-RateLimit-Remaining": "0",
    }
    pages_by_position = False
    checks_screens = False

    def inner_path(self, path: str, site: Site) -> tuple[str, bool]:
        """Requests at Atlassian's gateway go the way of the others, once their cloud id is right."""
        prefix = f"/ex/jira/{site.cloud_id}"
        gateway = path.startswith(f"{prefix}/")
        return (path.removeprefix(prefix) if gateway else path), gateway

    def server(self, site: Site) -> dict[str, Any]:
        """A version that never changes."""
        return {
            "version": "1001.0.0-SNAPSHOT",
            "versionNumbers": [1001, 0, 0],
            "deploymentType": "Cloud",
            "buildNumber": 100304,
            "serverTimeZone": site.zone.key,
        }

    def caller(self, request: Request, site: Site, behaviour: Behaviour) -> Account | None:
        """An address with a token; an app's token and a scoped one only at the gateway."""
        kind, credential = credentials(request)
        gateway = bool(request.scope.get("gateway"))
        if kind == "bearer":
            if not gateway:
                raise Refusal(403, body={"error": "Failed to parse the auth token"})
            refuse_wrong(credential)
            return site.accounts.caller("app@example.com")
        if kind != "basic":
            return None
        email, token = user_and_secret(credential)
        refuse_wrong(token)
        if token in behaviour.scoped_tokens and not gateway:
            raise unauthorised(**{"X-Seraph-LoginReason": "AUTHENTICATED_FAILED"})
        return site.accounts.caller(email)

    def headers(self, account: Account | None) -> Mapping[str, str]:
        """The caller's account."""
        return {} if account is None else {"X-AAccountId": account.id}

    def account(self, value: Any, accounts: Accounts) -> Account | None:
        """Somebody by account id."""
        found = value.get("accountId", value.get("id")) if isinstance(value, Mapping) else None
        return accounts.by_id.get(found) if isinstance(found, str) else None

    def document(self, text: str) -> Doc:
        """Wiki markup is turned into a document for good, and loses what a document does not have."""
        return adf.from_text(text)

    def shown(self, most: int) -> int:
        """No more than that."""
        return most


def credentials(request: Request) -> tuple[str, str]:
    """The scheme, in lower case, and the rest of the header that says who asks."""
    kind, _, credential = request.headers.get("authorization", "").partition(" ")
    return kind.casefold(), credential


def user_and_secret(credential: str) -> tuple[str, str]:
    """Both halves of basic credentials; what cannot be read is a wrong token."""
    try:
        user, _, secret = base64.b64decode(credential, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", WRONG_TOKEN
    return user, secret


def is_wrong(token: str) -> bool:
    """Whether this token opens nothing."""
    return token.strip() in ("", WRONG_TOKEN)


def refuse_wrong(token: str) -> None:
    """Turns away whoever comes with a wrong token."""
    if is_wrong(token):
        raise unauthorised(**{"X-Seraph-LoginReason": "AUTHENTICATED_FAILED"})


def unauthorised(**headers: str) -> Refusal:
    """The answer to somebody who has to say who they are."""
    return Refusal(
        401,
        body={"message": "Client must be authenticated to access this resource.", "status-code": 401},
        headers={"WWW-Authenticate": 'OAuth realm="sandbox"', **headers},
    )
