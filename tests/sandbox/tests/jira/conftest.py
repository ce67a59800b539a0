"""A sandbox Jira for every test, one server for all of them, and the official schemas over every answer."""

from dataclasses import dataclass
from datetime import UTC, datetime

import httpx
import jsonschema
import pytest

from steward_sandbox import Faults, StoppedClock, parse_backlog
from steward_sandbox.jira import JiraCloud, Options, Site, World, build_world
from support.jira_descriptions import JiraDescriptions

NOW = datetime(2024, 5, 6, 8, 0, tzinfo=UTC)
SERVICE = ("steward@example.com", "token")

BACKLOG = """\
{"sprints": [{"name": "Sprint 1", "start": "2024-04-01", "end": "2024-04-15"}, \
{"name": "Sprint 2", "start": "2024-04-29", "end": "2024-05-13", "goal": "Pay, later"}, \
{"name": "Sprint 3", "state": "future"}]}
{"key": "PAY-1", "title": "Pay in instalments", "description": "As a buyer\\n\\nh3. Acceptance criteria\\n* one\\n\
* two", "points": 8, "status": "In Progress", "sprint": ["Sprint 1", "Sprint 2"], "labels": ["checkout"], \
"created": "2024-03-01T09:00:00Z", "updated": "2024-04-29T09:00:00Z", "parent": "PAY-5", "assignee": "Ana Silva", \
"reporter": "Kim Berg", "business_value": 8, "acceptance_criteria": "- [ ] it works\\n- [x] it is paid", \
"components": ["Checkout"], "links": [{"kind": "blocks", "target": "PAY-3"}], \
"transitions": [{"at": "2024-04-29T09:00:00Z", "field": "status", "from": "To Do", "to": "In Progress", \
"by": "Ana Silva"}], "comments": [{"at": "2024-04-02T10:00:00Z", "by": "Ana Silva", "text": "Legal wants a say."}]}
{"key": "PAY-2", "title": "Show the price before tax", "created": "2024-03-02T09:00:00Z", "flagged": true, \
"priority": "High", "updated": "2024-05-01T23:30:00Z"}
{"key": "PAY-3", "title": "Refund is booked twice", "type": "Bug", "points": 2, "sprint": "Sprint 3", \
"created": "2024-03-03T09:00:00Z", "labels": ["checkout", "tax"]}
{"key": "PAY-4", "title": "Export invoices", "status": "Done", "resolution": "Fixed", "points": 3, \
"created": "2024-02-01T09:00:00Z", "resolved": "2024-04-10T09:00:00Z", "sprint": "Sprint 1"}
{"key": "PAY-5", "title": "Instalments", "type": "Epic", "created": "2024-01-01T09:00:00Z"}
{"key": "PAY-6", "title": "Write the terms", "type": "Sub-task", "parent": "PAY-1", "created": "2024-03-04T09:00:00Z"}
{"key": "OPS-1", "title": "Rotate the keys", "created": "2024-03-05T09:00:00Z"}
"""


# The description of a board's location forbids what its own example and every recorded answer hold.
MISDESCRIBED = {"/rest/agile/1.0/board/{boardId}/configuration": "$.location"}


class Official(JiraDescriptions):
    """The official descriptions, and which of their operations were seen so far."""

    def __init__(self, reference_data):
        super().__init__(reference_data, _with_nulls)
        self.seen = set()
        self.validators = {}

    def check(self, response):
        """Fails when an answer is not as its operation promises; answers without a promise pass."""
        path = self.path(response.request.url.path)
        method = response.request.method.lower()
        found = self.find(method, path)
        if found is None:
            return
        template, number = found
        promised = self.specs[number]["paths"][template][method]["responses"].get(str(response.status_code), {})
        schema = promised.get("content", {}).get("application/json", {}).get("schema")
        self.seen.add(f"{method} {template} {response.status_code}")
        # A 401 is described as an ErrorCollection in places; seen on live sites is {"message", "status-code"}.
        # An answer without a body is described as any JSON.
        if schema is None or response.status_code == 401 or (schema == {} and not response.content):
            return
        pointer = "/".join(
            part.replace("~", "~0").replace("/", "~1")
            for part in ("paths", template, method, "responses", str(response.status_code), "content")
        )
        ref = f"urn:spec-{number}#/{pointer}/application~1json/schema"
        if ref not in self.validators:
            self.validators[ref] = jsonschema.Draft202012Validator({"$ref": ref}, registry=self.registry)
        errors = self.validators[ref].iter_errors(response.json())
        wrong = [error for error in errors if not error.json_path.startswith(MISDESCRIBED.get(template, "none"))]
        error = jsonschema.exceptions.best_match(wrong)
        assert error is None, f"{method} {path}: {error.json_path}: {error.message}"


def _with_nulls(node):
    """The parts of a change are called plain strings, yet recorded answers hold null wherever there was nothing."""
    if isinstance(node, dict):
        properties = node.get("properties")
        if isinstance(properties, dict) and {"fromString", "toString"} <= set(properties):
            for name in ("from", "fromString", "to", "toString"):
                properties[name] = {"type": ["string", "null"]}
        for value in node.values():
            _with_nulls(value)
    elif isinstance(node, list):
        for value in node:
            _with_nulls(value)
    return node


@dataclass
class Served:
    """A sandbox that is being served, with a client whose every answer is checked, and one without checks."""

    app: JiraCloud
    url: str
    http: httpx.Client
    raw: httpx.Client

    @property
    def world(self) -> World:
        return self.app.world

    def search(self, jql, client=None, **asked):
        return (client or self.http).post("/rest/api/3/search/jql", json={"jql": jql, **asked})

    def found(self, jql, **asked):
        """Keys in the order of the answer, over all pages."""
        keys, token = [], None
        while True:
            extra = {"nextPageToken": token} if token else {}
            answer = self.search(jql, fields=["summary"], **extra, **asked)
            assert answer.status_code == 200, answer.text
            keys += [issue["key"] for issue in answer.json()["issues"]]
            token = answer.json().get("nextPageToken")
            assert answer.json()["isLast"] is (token is None)
            if token is None:
                return keys

    def issue(self, key, version=3, **params):
        answer = self.http.get(f"/rest/api/{version}/issue/{key}", params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def bulk(self, *refs, client=None, **asked):
        return (client or self.http).post("/rest/api/3/issue/bulkfetch", json={"issueIdsOrKeys": list(refs), **asked})

    def comment(self, key, text="Hello", version=3, **more):
        body = doc(text) if version == 3 else text
        return self.http.post(f"/rest/api/{version}/issue/{key}/comment", json={"body": body, **more})


def doc(*paragraphs):
    """An Atlassian document of plain paragraphs."""
    content = [{"type": "paragraph", "content": [{"type": "text", "text": text}]} for text in paragraphs]
    return {"type": "doc", "version": 1, "content": content}


@pytest.fixture(name="doc", scope="package")
def _doc():
    return doc


@pytest.fixture(scope="package")
def official(reference_data) -> Official:
    return Official(reference_data)


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock(NOW)


@pytest.fixture
def world_of(clock):
    """Makes a world from the text of a backlog file; other arguments are the site's."""

    def make(backlog: str = BACKLOG, **site) -> World:
        return build_world(parse_backlog(backlog), site=Site(**site), clock=clock)

    return make


@pytest.fixture
def world(world_of) -> World:
    return world_of()


@pytest.fixture
def serve(_switch, official, world_of, clients_of):
    """Serves a sandbox and hands out clients for it; `limits` are the fields of `Options`."""
    switch, url = _switch

    def start(world: World | None = None, *, faults: Faults | None = None, auth=SERVICE, **limits) -> Served:
        switch.app = JiraCloud(world or world_of(), options=Options(**limits), faults=faults)
        return Served(switch.app, url, *clients_of(url, auth, official.check if official.present else None))

    return start


@pytest.fixture
def jira(serve) -> Served:
    return serve()
