"""Serves a large backlog as Jira Cloud or Azure DevOps, so fast that the server does not limit what is measured.

Items are copies of those of a small sandbox, a server that behaves like the tracker; they are serialised only once.
All clients of Jira receive the same pages, with all fields of the issues, unless `--only-requested` is given.
Requests that do not depend on the size of the backlog are forwarded to the sandbox, each only once.
`GET /-/reset?latency=200` sets the number of milliseconds before each response, and returns the numbers of requests
since the last reset, by kind.
"""

import argparse
import asyncio
import json
import re
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import cycle, islice
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

import steward_sandbox
from steward_sandbox import azure_devops, jira, read_backlog, serving

FIRST_ID = 1_000_001
"""The id of the first item."""
_SAMPLES = Path(steward_sandbox.__file__).parent / "commands" / "data"
_HEADERS = {"Authorization": "Basic dGVzdDp0ZXN0", "Content-Type": "application/json"}
_TEMPLATES = 100
"""The number of different items, of which all others are copies."""
_USUAL_HISTORY = 10
"""The average number of changes of an issue, without those that have a long history."""
_LONG_HISTORY = 60
"""The number of changes of one issue in a hundred. A bulk read contains only 40 of them."""
_SLOW_ITEMS = 1000
"""The number of issues that a search for all fields finds: tap-jira, which makes it, takes minutes for more."""
_MAX_COMMENTS = 4
"""The maximum number of comments of an issue. The average is half of that."""
_OPTION = {"self": "http://127.0.0.1/rest/api/3/customFieldOption/10001", "value": "Standard", "id": "10001"}
_CUSTOM_VALUES = {f"customfield_{number}": None if number % 10 else _OPTION for number in range(10_100, 10_160)}
"""The values of the custom fields of an issue that the service does not use."""

Query = dict[str, str]
Answer = tuple[str, bytes]
"""The kind of a request, and the body of its response."""


class Clones:
    """The JSON of items that are copies of templates, each with its own id."""

    def __init__(self, templates: Sequence[dict[str, Any]], count: int) -> None:
        self.ids = range(FIRST_ID, FIRST_ID + count)
        self._templates = templates
        self._pieces: dict[object, list[list[bytes]]] = {}

    def render(self, ids: Sequence[int], name: object, select: Callable[[dict[str, Any]], Any]) -> bytes:
        """The JSON of several items, separated by commas. `name` identifies the selection."""
        if name not in self._pieces:
            self._pieces[name] = [
                json.dumps(select(template)).replace('"@ID@n"', "@ID@").encode().split(b"@ID@")
                for template in self._templates
            ]
        pieces = self._pieces[name]
        return b",".join((b"%d" % number).join(pieces[number % _TEMPLATES]) for number in ids if number in self.ids)


class JiraSite:
    """A Jira Cloud project.

    Args:
        ask: Sends a request to the sandbox, and returns its response.
        count: The number of issues.
        only_requested: Whether pages contain only the requested fields, as those of Jira do, instead of all fields.
    """

    def __init__(self, ask: Callable[..., Any], count: int, *, only_requested: bool) -> None:
        self._only_requested = only_requested
        ids = [
            issue["id"]
            for issue in ask("/rest/api/3/search/jql", {"jql": "project = HRB", "maxResults": 100})["issues"]
        ]
        selection = {"fields": ["*all"], "expand": ["changelog"]}
        issues = ask("/rest/api/3/issue/bulkfetch", selection | {"issueIdsOrKeys": ids})
        own = {"id": "@ID@", "key": "HRB-@ID@", "self": "http://127.0.0.1/rest/api/3/issue/@ID@"}
        templates = [_make_unique(issue | own) for issue in islice(cycle(issues["issues"]), _TEMPLATES)]
        comments = [comment for issue in issues["issues"] for comment in issue["fields"]["comment"]["comments"]]
        comments = list(islice(cycle(comments), _MAX_COMMENTS))
        saves = [save for issue in issues["issues"] for save in issue["changelog"]["histories"]]
        history = list(islice(cycle(saves), _LONG_HISTORY))
        for number, template in enumerate(templates):
            template["fields"] |= _CUSTOM_VALUES
            own_history = history[: number % (2 * _USUAL_HISTORY)]
            template["changelog"] = {
                "startAt": 0,
                "maxResults": 40,
                "total": len(own_history),
                "histories": own_history,
            }
            own_comments = comments[: number % (_MAX_COMMENTS + 1)]
            page = [comment | {"id": f"@ID@{index}"} for index, comment in enumerate(own_comments)]
            template["fields"]["comment"] = {
                "startAt": 0,
                "total": len(page),
                "maxResults": len(page),
                "comments": page,
            }
        templates[0]["changelog"] = {"startAt": 0, "maxResults": 40, "total": _LONG_HISTORY, "histories": history[:40]}
        self._history = json.dumps(history).encode()
        self._clones = Clones(templates, count)

    def answer(self, path: str, query: Query, body: Any) -> Answer | None:
        """Answer a request for issues; None for others."""
        request = body or query
        if path.endswith("/issue/bulkfetch") and request["fields"] != ["id"]:
            numbers = [int(issue_id) for issue_id in request["issueIdsOrKeys"]]
            return "bulk", b'{"issues":[%s]}' % self._issues(numbers, tuple(request["fields"]), "changelog")
        if path.endswith("/changelog/bulkfetch"):
            ids = [issue_id.encode() for issue_id in request["issueIdsOrKeys"]]
            logs = (b'{"issueId":"%s","changeHistories":%s}' % (issue_id, self._history) for issue_id in ids)
            return "history", b'{"issueChangeLogs":[%s]}' % b",".join(logs)
        if path.endswith("/changelog"):
            page = b'{"startAt":0,"maxResults":100,"total":%d,"isLast":true,"values":%s}'
            return "history", page % (_LONG_HISTORY, self._history)
        start = int(request.get("nextPageToken") or 0)
        if re.search(r"/board/\d+/(issue|backlog)$", path):
            on_board = self._clones.ids if path.endswith("issue") else range(0)
            return "list", self._page(on_board, start, 5000, ("id",), "")
        return self._search(request, start) if path.endswith("/search/jql") else None

    def _search(self, request: Any, start: int) -> Answer | None:
        wanted = request.get("fields") or ["id"]
        fields = tuple(wanted.split(",") if isinstance(wanted, str) else wanted)
        is_small = fields == ("project",) or int(request.get("maxResults") or 50) == 1
        if is_small or (fields != ("*all",) and re.search("updated >=|updated DESC|not in", request["jql"])):
            return None
        if fields == ("id",):
            return "list", self._page(self._clones.ids, start, 5000, fields, "")
        size = min(int(request.get("maxResults") or 50), 100)
        ids = self._clones.ids if fields != ("*all",) else self._clones.ids[:_SLOW_ITEMS]
        return "bulk", self._page(ids, start, size, fields, request.get("expand") or "")

    def _page(self, ids: Sequence[int], start: int, size: int, fields: tuple[str, ...], expand: str) -> bytes:
        end = start + size
        paging = b',"isLast":true' if end >= len(ids) else b',"isLast":false,"nextPageToken":"%d"' % end
        return b'{"issues":[%s]%s}' % (self._issues(ids[start:end], fields, expand), paging)

    def _issues(self, ids: Sequence[int], fields: tuple[str, ...], expand: str) -> bytes:
        def select(template: dict[str, Any]) -> dict[str, Any]:
            issue = {name: template[name] for name in ("id", "key", "self")}
            if fields != ("id",):
                is_filtered = self._only_requested and fields != ("*all",)
                issue["fields"] = {
                    name: value for name, value in template["fields"].items() if name in fields or not is_filtered
                }
            if "transitions" in expand:
                issue["transitions"] = []
            return issue | ({"changelog": template["changelog"]} if "changelog" in expand else {})

        return self._clones.render(ids, (fields, expand), select)


def _make_unique(issue: dict[str, Any]) -> dict[str, Any]:
    """Copy an issue with its id in the text, so that no two issues have the same text, as in a real backlog."""
    fields = issue["fields"] | {"summary": f"{issue['fields']['summary']} @ID@"}
    if description := fields["description"]:
        last = {"type": "paragraph", "content": [{"type": "text", "text": "Seen in case @ID@."}]}
        fields["description"] = description | {"content": [*description["content"], last]}
    return issue | {"fields": fields}


class AzureProject:
    """A project of Azure DevOps Services."""

    def __init__(self, ask: Callable[..., Any], count: int) -> None:
        api, version = "/fabrikam/Quay/_apis/wit", "api-version=7.1"
        work_items = ask(f"{api}/wiql?{version}", {"query": "SELECT [System.Id] FROM WorkItems"})["workItems"]
        numbers = [work_item["id"] for work_item in work_items]
        batch = ask(f"/fabrikam/_apis/wit/workitemsbatch?{version}", {"ids": numbers, "$expand": "relations"})
        saves: list[Any] = []
        token, is_last = "", False
        while not is_last:
            feed = f"{api}/reporting/workitemrevisions?{version}&%24expand=fields&continuationToken={token}"
            page = ask(feed, {"includeIdentityRef": True})
            saves, token, is_last = saves + page["values"], page["continuationToken"], page["isLastBatch"]
        templates = []
        for item in islice(cycle(batch["value"]), _TEMPLATES):
            revisions = [save for save in saves if save["id"] == item["id"]]
            templates.append(item | {"id": "@ID@n", "relations": [], "revisions": revisions})
        discussions = [ask(f"{api}/workItems/{number}/comments?{version}-preview.4") for number in numbers]
        self._comments = [json.dumps(discussion).encode() for discussion in islice(cycle(discussions), _TEMPLATES)]
        self._clones = Clones(templates, count)
        self._revision_counts = [len(template["revisions"]) for template in templates]

    def answer(self, path: str, query: Query, body: Any) -> Answer | None:
        """Answer a request for items; None for others."""
        if path.endswith("/workitemsbatch"):
            return "bulk", b'{"value":[%s]}' % self._items(body)
        if path.endswith("/wiql"):
            return self._query(query, body["query"])
        if path.endswith("/workitemrevisions"):
            return self._revisions(query, body)
        if path.endswith("/workitemlinks"):
            return "feed", b'{"values":[],"continuationToken":"end","isLastBatch":true}'
        if match := re.search(r"/workitems/(\d+)/comments$", path):
            return "comments", self._comments[int(match[1]) % _TEMPLATES]
        return None

    def _items(self, body: Any) -> bytes:
        fields = tuple(body.get("fields") or ())

        def select(template: dict[str, Any]) -> dict[str, Any]:
            values = template["fields"] | {"System.Id": "@ID@n"}
            values = {name: value for name, value in values.items() if name in fields or not fields}
            item = {"id": "@ID@n", "rev": template["rev"], "fields": values}
            return item if fields else item | {"relations": template["relations"]}

        return self._clones.render([int(number) for number in body["ids"]], fields, select)

    def _query(self, query: Query, wiql: str) -> Answer:
        if among := re.search(r"\[System\.Id\] IN \(([\d, ]+)\)", wiql):
            ids: Sequence[int] = [number for number in map(int, among[1].split(",")) if number in self._clones.ids]
        else:
            after = re.search(r"\[System\.Id\] > (\d+)", wiql)
            ids = range(max(FIRST_ID, int(after[1]) + 1 if after else 0), self._clones.ids.stop)
        ids = ids[: int(query.get("$top") or 20_000)]
        return "list", b'{"workItems":[%s]}' % b",".join(b'{"id":%d}' % number for number in ids)

    def _revisions(self, query: Query, body: Any) -> Answer:
        token = query.get("continuationToken", "")
        start = len(self._clones.ids) if token == "end" or "startDateTime" in query else int(token or 0)
        end, count = start, 0
        while end < len(self._clones.ids) and count < 900:
            count += self._revision_counts[self._clones.ids[end] % _TEMPLATES]
            end += 1
        fields = frozenset(body.get("fields") or ())

        def select(template: dict[str, Any]) -> dict[str, Any]:
            return [
                {
                    "id": "@ID@n",
                    "rev": revision["rev"],
                    "fields": {name: value for name, value in revision["fields"].items() if name in fields},
                }
                for revision in template["revisions"]
            ]

        # The JSON of each item is a list of its revisions. The lists are joined into one.
        entries = self._clones.render(self._clones.ids[start:end], ("feed", fields), select)
        values = entries[1:-1].replace(b"],[", b",")
        is_last = end >= len(self._clones.ids)
        next_token, is_last_json = (b"end", b"true") if is_last else (b"%d" % end, b"false")
        page = b'{"values":[%s],"continuationToken":"%s","isLastBatch":%s}'
        return "feed", page % (values, next_token, is_last_json)


class Server(asyncio.Protocol):
    """Responds to the requests of one connection, one after another.

    Attributes:
        counts: The number of requests since the last reset, by kind.
        latency: Seconds before each response.
        forwarded: The status and the body of the sandbox's response to each forwarded request.
    """

    counts: ClassVar[Counter[str]] = Counter()
    latency = 0.0
    forwarded: ClassVar[dict[tuple[str, str, bytes], tuple[str, bytes]]] = {}

    def __init__(self, backlog: JiraSite | AzureProject, sandbox: str) -> None:
        self._backlog = backlog
        self._sandbox = sandbox
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the connection."""
        self._transport: Any = transport

    def data_received(self, data: bytes) -> None:
        """Respond to a request when it is complete."""
        self._buffer += data
        head, separator, after_head = self._buffer.partition(b"\r\n\r\n")
        length = re.search(rb"(?i)content-length: *(\d+)", head)
        if not separator or len(after_head) < (size := int(length[1]) if length else 0):
            return
        body, self._buffer = after_head[:size], after_head[size:]
        method, target, _ = head.split(b"\r\n", 1)[0].decode().split(" ")
        address = urlsplit(target)
        query = {name: values[0] for name, values in parse_qs(address.query).items()}
        if address.path == "/-/reset":
            content = json.dumps(Server.counts).encode()
            Server.counts, Server.latency = Counter(), int(query["latency"]) / 1000
            self._send("200 OK", content)
            return
        answer = self._backlog.answer(address.path.lower(), query, json.loads(body) if body else None)
        status, content = self._forward(method, target, body, head) if answer is None else ("200 OK", answer[1])
        Server.counts["other" if answer is None else answer[0]] += 1
        if Server.latency:
            asyncio.get_running_loop().call_later(Server.latency, self._send, status, content)
        else:
            self._send(status, content)

    def _send(self, status: str, content: bytes) -> None:
        head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
        self._transport.write(head.encode() + content)

    def _forward(self, method: str, target: str, body: bytes, head: bytes) -> tuple[str, bytes]:
        key = (method, target, body)
        if key not in Server.forwarded:
            accept = re.search(r"(?i)\r\naccept: *([^\r]+)", head.decode())  # clients for Azure name their version here
            headers = _HEADERS | ({"Accept": accept[1]} if accept else {})
            request = urllib.request.Request(self._sandbox + target, body or None, headers, method=method)
            try:
                with urllib.request.urlopen(request) as reply:
                    Server.forwarded[key] = (f"{reply.status} OK", reply.read())
            except urllib.error.HTTPError as error:
                Server.forwarded[key] = (f"{error.code} No", error.read())
        return Server.forwarded[key]


async def serve(backlog: JiraSite | AzureProject, sandbox: str) -> None:
    """Serve until the process ends. The address is printed."""
    listener = await asyncio.get_running_loop().create_server(lambda: Server(backlog, sandbox), "127.0.0.1", 0)
    print(f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}", flush=True)
    await listener.serve_forever()


def main() -> None:
    """Serve the kind of tracker on the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kind", choices=("jira", "azure-devops"))
    parser.add_argument("--only-requested", action="store_true", help="Send only the requested fields of issues.")
    parser.add_argument("--items", type=int, required=True)
    options = parser.parse_args()
    is_jira = options.kind == "jira"
    small = read_backlog(_SAMPLES / ("harbour.jsonl" if is_jira else "quay.jsonl"))
    site = (
        jira.JiraCloud(jira.build_world(small))
        if is_jira
        else azure_devops.AzureDevOps(azure_devops.build_world(small, collection=azure_devops.Collection("fabrikam")))
    )
    with serving(site) as sandbox:

        def ask(path: str, body: Any = None) -> Any:
            content = json.dumps(body).encode() if body is not None else None
            with urllib.request.urlopen(urllib.request.Request(sandbox + path, content, _HEADERS)) as reply:
                return json.loads(reply.read())

        backlog = (
            JiraSite(ask, options.items, only_requested=options.only_requested)
            if is_jira
            else AzureProject(ask, options.items)
        )
        asyncio.run(serve(backlog, sandbox))


if __name__ == "__main__":
    main()
