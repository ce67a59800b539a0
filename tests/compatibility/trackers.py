"""The trackers and the Slack of the stored installation, each under a host name of its own.

The only module here that knows the sandbox. One server on loopback answers for every host; the program reaches it as
its HTTP proxy, so that the stored configuration, and what was hashed of it, can name addresses that never change.
"""

import base64
import contextlib
import http.client
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from steward_sandbox import azure_devops, jira, parse_backlog, serving
from steward_sandbox.slack import World as SlackWorld
from steward_sandbox.slack import create_app

CLOUD, CENTER, AZURE, SLACK = "cloud.test", "center.test", "azure.test", "slack.test"
CHANNEL = "refinement"
_READING = ("/search/jql", "/search", "/bulkfetch", "/comment/list", "/jql/parse", "/wiql", "/workitemsbatch")
_READING += ("/workitemrevisions", "/workitemlinks", "/auth.test", ".list", ".history", ".replies", ".info")
_ITEMS_IN_ALL = 11
"""So many lines of the backlog, from the top, are on every tracker; the rest only on Jira Cloud."""


def _apps(backlog: str) -> dict[str, Any]:
    lines = backlog.splitlines(keepends=True)
    small, whole = (parse_backlog("".join(lines[: 1 + _ITEMS_IN_ALL])), parse_backlog(backlog))
    without = jira.Site(absent_fields=jira.CLOUD_FIELDS)
    people_may = {"granted": {"EDIT_ALL_COMMENTS", "DELETE_ALL_COMMENTS"}}
    collection = azure_devops.Collection(process="Inherited Scrum")
    return {
        CLOUD: jira.JiraCloud(jira.build_world(whole), options=jira.Options(**people_may)),
        CENTER: jira.JiraDataCenter(jira.build_world(small, site=without), options=jira.Options(**people_may)),
        AZURE: azure_devops.AzureDevOps(
            azure_devops.build_world(small, collection=collection),
            options=azure_devops.Options(granted={"EDIT_OTHERS_COMMENTS"}),
        ),
        SLACK: create_app(SlackWorld((CHANNEL,))),
    }


@dataclass
class Hub:
    """All hosts behind one address.

    Attributes:
        url: Where it listens; to be used as a proxy for plain HTTP.
        journal: Every request so far that changed something, in order.
        refusing: Hosts that take no new comment.
        dropping: Hosts that a new comment does not reach, and which answer nothing afterwards.
        losing: Hosts whose reply to the next new comment is lost, and which answer nothing afterwards.
    """

    apps: dict[str, Any]
    url: str = ""
    journal: list[dict[str, Any]] = field(default_factory=list)
    refusing: set[str] = field(default_factory=set)
    dropping: set[str] = field(default_factory=set)
    losing: set[str] = field(default_factory=set)
    _lost: set[str] = field(default_factory=set)

    def changes(self) -> list[dict[str, Any]]:
        """What changed something on a tracker."""
        return [one for one in self.journal if one["host"] != SLACK]

    def recover(self) -> None:
        """All hosts answer again."""
        for hosts in (self.refusing, self.dropping, self.losing):
            hosts.clear()
        self._lost.clear()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Hands a request on to the host that it names."""
        headers = dict(scope["headers"])
        host = headers[b"host"].decode()
        body = b""
        more = True
        while more:
            part = await receive()
            body, more = body + part.get("body", b""), part.get("more_body", False)
        inner = {**scope, "path": urlsplit(scope["path"]).path, "raw_path": urlsplit(scope["raw_path"]).path}
        comments = scope["method"] == "POST" and inner["path"].rstrip("s").endswith("/comment")
        if comments and host in self.dropping:
            self._lost.add(host)
        if host in self._lost:
            await _no_answer(send)
            return
        if comments and host in self.refusing:
            await _no_answer(send, 403)
            return
        at, answered = datetime.now(UTC), []

        async def given() -> Any:
            return {"type": "http.request", "body": body, "more_body": False}

        async def taken(message: Any) -> None:
            answered.append(message)

        await self.apps[host](inner, given, taken)
        path, method = inner["path"], scope["method"]
        if method not in ("GET", "HEAD", "OPTIONS") and not path.endswith(_READING) and answered[0]["status"] < 300:
            query = scope["query_string"].decode()
            self.journal.append(
                {
                    "at": at.isoformat(),
                    "by": _user(headers),
                    "host": host,
                    "method": method,
                    "path": inner["raw_path"].decode() + (f"?{query}" if query else ""),
                    "type": headers.get(b"content-type", b"").decode(),
                    "body": json.loads(body) if body.startswith((b"{", b"[")) else body.decode() or None,
                }
            )
        if comments and host in self.losing:
            self._lost.add(host)
            await _no_answer(send)
            return
        for message in answered:
            await send(message)

    def request(self, host: str, method: str, path: str, body: Any = None, *, by: str = "", kind: str = "") -> Any:
        """What a host answers to somebody; `by` is empty for the account of the service."""
        connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=20)
        user = by or ("steward@example.com" if host == CLOUD else "")
        pair = base64.b64encode(f"{user}:good-token".encode()).decode()
        proof = f"Basic {pair}" if user or host == AZURE else "Bearer good-token"
        headers = {"Host": host, "Authorization": proof, "Content-Type": kind or "application/json"}
        sent = body if isinstance(body, str) else json.dumps(body) if body is not None else None
        connection.request(method, f"http://{host}{path}", sent, headers)
        response = connection.getresponse()
        text = response.read()
        connection.close()
        assert response.status < 300, f"{method} {host}{path}: {response.status} {text[:300]!r}"
        return json.loads(text) if text else None


async def _no_answer(send: Any, status: int = 504) -> None:
    await send({"type": "http.response.start", "status": status, "headers": [(b"content-length", b"0")]})
    await send({"type": "http.response.body", "body": b""})


def _user(headers: dict[bytes, bytes]) -> str:
    kind, _, proof = headers.get(b"authorization", b"").decode().partition(" ")
    user = base64.b64decode(proof).decode().partition(":")[0] if kind == "Basic" else ""
    return "" if user.startswith("steward@") else user


@contextlib.contextmanager
def hub(backlog: Path) -> Iterator[Hub]:
    """Serves all hosts, filled from a backlog file."""
    made = Hub(_apps(backlog.read_text(encoding="utf-8")))
    with serving(made) as made.url:
        yield made
