"""What differs between Jira Cloud and Jira Data Center; everything else serves both.

Data Center knows people by name and key, prints sprints as strings, and keeps wiki markup as it was written. Its shapes
are those of recorded answers of Jira Server and of what the official client expects.
"""

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request

from steward_sandbox.access import WRONG_TOKEN, credentials, is_wrong, user_and_secret
from steward_sandbox.data_files import load_json
from steward_sandbox.jira import adf
from steward_sandbox.jira.model import Account, Doc
from steward_sandbox.jira.options import Options
from steward_sandbox.jira.responses import JiraError
from steward_sandbox.jira.site import Accounts, Site

CLOUD_FIELDS = ("Story point estimate", "Status Category", "Status Category Changed", "Restrict to")
"""Names of fields that only Cloud has."""
CONTEXT = "/jira"
"""Data Center answers here as well as at the root, as it does behind a reverse proxy."""
_TOKEN_OWNER = "steward@example.com"
"""The owner of every personal access token."""
_LIMIT = 70


class Cloud:
    is_cloud = True
    versions = frozenset({2, 3})
    throttle_headers: Mapping[str, str] = load_json("jira", "site")["throttle_headers"]["cloud"]

    def inner_path(self, path: str, site: Site) -> tuple[str, bool]:
        """The path below the site's address, and whether the request came through Atlassian's gateway."""
        prefix = f"/ex/jira/{site.cloud_id}"
        gateway = path.startswith(f"{prefix}/")
        return (path.removeprefix(prefix) if gateway else path), gateway

    def caller(self, request: Request, site: Site, options: Options) -> Account | None:
        """Who calls: an address with a token; a scoped one works at the gateway only."""
        scheme, credential = credentials(request)
        if scheme != "basic":
            return None
        email, token = user_and_secret(credential)
        misplaced = token in options.scoped_tokens and not request.scope.get("gateway")
        _refuse_wrong(WRONG_TOKEN if misplaced else token)
        return site.accounts.caller(email)

    def headers(self, account: Account | None) -> Mapping[str, str]:
        return {} if account is None else {"X-AAccountId": account.id}

    def account(self, value: Any, accounts: Accounts) -> Account | None:
        """The person that a value of a field or the parameters of a request name."""
        number = value.get("accountId", value.get("id")) if isinstance(value, Mapping) else None
        return accounts.by_id.get(number) if isinstance(number, str) else None

    def document(self, text: str) -> Doc:
        """A text sent in wiki markup: a document for good, without what a document does not have."""
        return adf.from_text(text)


class DataCenter(Cloud):
    is_cloud = False
    versions = frozenset({2})
    throttle_headers: Mapping[str, str] = load_json("jira", "site")["throttle_headers"]["server"]

    def inner_path(self, path: str, site: Site) -> tuple[str, bool]:  # noqa: ARG002 - Cloud's gateway needs it
        """The path without the context path; there is no gateway."""
        return (path.removeprefix(CONTEXT) if path.startswith(f"{CONTEXT}/") else path), False

    def caller(self, request: Request, site: Site, options: Options) -> Account | None:  # noqa: ARG002 - for Cloud
        """A personal access token, or a name with a password; a wrong token is anonymous."""
        scheme, credential = credentials(request)
        if scheme == "bearer":
            return None if is_wrong(credential) else site.accounts.caller(_TOKEN_OWNER)
        if scheme != "basic":
            return None
        name, password = user_and_secret(credential)
        _refuse_wrong(password)
        return site.accounts.caller(name if "@" in name else f"{name}@example.com")

    def headers(self, account: Account | None) -> Mapping[str, str]:
        """Who called, which node answered and, for signed-in callers, the rate limit."""
        known = {"X-AUSERNAME": account.username if account else "anonymous", "X-ANODEID": "node1"}
        if account is None:
            return known
        return known | {**self.throttle_headers, "X-RateLimit-Remaining": str(_LIMIT - 1), "Retry-After": "0"}

    def account(self, value: Any, accounts: Accounts) -> Account | None:
        parts = value if isinstance(value, Mapping) else {}
        name, key = parts.get("name", parts.get("username")), parts.get("key")
        everybody = accounts.by_id.values()
        return next((person for person in everybody if person.username == name or person.key == key), None)

    def document(self, text: str) -> Doc:
        """Wiki markup is kept as it was written."""
        return adf.from_wiki(text)


def _refuse_wrong(token: str) -> None:
    if is_wrong(token):
        raise unauthorised(**{"X-Seraph-LoginReason": "AUTHENTICATED_FAILED"})


def unauthorised(**headers: str) -> JiraError:
    return JiraError(
        401,
        body={"message": "Client must be authenticated to access this resource.", "status-code": 401},
        headers={"WWW-Authenticate": 'OAuth realm="sandbox"', **headers},
    )
