"""A sandbox Jira to connect to, answers that can be tampered with, and the official descriptions over every request.

A test or a module that is marked `flavours("cloud", "data-center")` runs against both; others run against Cloud.
"""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from typing import Any

import jsonschema
import pytest

from connectors.jira.source import JiraSource
from steward_sandbox import Faults, StoppedClock, parse_backlog, serving
from steward_sandbox.jira import (
    CLOUD_FIELDS,
    JiraCloud,
    JiraDataCenter,
    JiraSite,
    Options,
    Site,
    World,
    adf_text,
    build_world,
)
from steward_sandbox.jira.model import Comment
from support.jira_descriptions import JiraDescriptions
from support.no_back_off import no_back_off
from support.opening import open_plugin
from support.switch import Asked, RecordingSwitch, Tamper

NOW = datetime(2024, 5, 6, 8, 0, tzinfo=UTC)
EMAIL = "steward@example.com"

BACKLOG = """\
{"key": "PAY-1", "title": "Pay in instalments", "description": "As a buyer\\n\\n* one\\n* two", \
"points": 8, "status": "In Progress", "sprint": "Sprint 2", "labels": ["checkout"], "parent": "PAY-5", \
"created": "2024-03-01T09:00:00Z", "updated": "2024-04-29T09:00:00Z", "assignee": "Ana Silva", "reporter": "Kim Berg", \
"business_value": 8, "acceptance_criteria": "- [ ] it works\\n- [x] it is paid", "components": ["Checkout"], \
"links": [{"kind": "blocks", "target": "PAY-3"}], \
"transitions": [{"at": "2024-04-29T09:00:00Z", "field": "status", "from": "To Do", "to": "In Progress", \
"by": "Ana Silva"}], "comments": [{"at": "2024-04-02T10:00:00Z", "by": "Ana Silva", "text": "Legal wants a say."}]}
{"key": "PAY-2", "title": "Show the price before tax", "created": "2024-03-02T09:00:00Z", "flagged": true, \
"priority": "High", "updated": "2024-05-01T23:30:00Z"}
{"key": "PAY-3", "title": "Refund is booked twice", "type": "Bug", "points": 2, "sprint": "Sprint 3", \
"created": "2024-03-03T09:00:00Z", "labels": ["checkout", "tax"]}
{"key": "PAY-4", "title": "Export invoices", "status": "Done", "points": 3, "created": "2024-02-01T09:00:00Z", \
"resolved": "2024-04-10T09:00:00Z"}
{"key": "PAY-5", "title": "Instalments", "type": "Epic", "created": "2024-01-01T09:00:00Z"}
{"key": "PAY-6", "title": "Write the terms", "type": "Sub-task", "parent": "PAY-1", "created": "2024-03-04T09:00:00Z"}
{"key": "OPS-1", "title": "Rotate the keys", "created": "2024-03-05T09:00:00Z"}
"""


def pytest_configure(config):
    config.addinivalue_line("markers", "flavours(*names): of Jira, against which a test runs.")


def pytest_generate_tests(metafunc):
    if "flavour" in metafunc.fixturenames:
        asked = metafunc.definition.get_closest_marker("flavours")
        metafunc.parametrize("flavour", asked.args if asked else ("cloud",), indirect=True)


@pytest.fixture
def flavour(request) -> str:
    """Which Jira is served."""
    return request.param


class RefusingSwitch(RecordingSwitch):
    """Answers 400, in Jira's words, to a request whose body holds a given part."""

    def clear(self) -> None:
        super().clear()
        self.refused: dict[bytes, str] = {}

    async def answer(self, asked, scope, receive, send):
        refusal = next((words for part, words in self.refused.items() if part in asked.body), None)
        if refusal is None:
            await super().answer(asked, scope, receive, send)
            return
        sent = json.dumps({"errorMessages": [refusal], "errors": {}}).encode()
        headers = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": 400, "headers": headers})
        await send({"type": "http.response.body", "body": sent})


class Official(JiraDescriptions):
    """The official descriptions, over what we send."""

    # Not described there, and public all the same: the site's id at Atlassian's gateway.
    UNDESCRIBED = frozenset({"/_edge/tenant_info"})
    # Only this one says which priority is the default; its successors want an administrator.
    DEPRECATED = frozenset({"/rest/api/3/priority/search"})

    def check(self, asked: Asked) -> None:
        """Fails when a request is not as its operation is described."""
        path = self.path(asked.path)
        if not self.present or path in self.UNDESCRIBED:
            return
        method = asked.method.lower()
        found = self.find(method, path)
        assert found is not None, f"{asked.method} {asked.path} is no operation of Jira's"
        template, number = found
        operation = self.specs[number]["paths"][template][method]
        where = f"{asked.method} {template}"
        assert template in self.DEPRECATED or not operation.get("deprecated"), f"{where} is deprecated"
        known = {one["name"]: one for one in operation.get("parameters", []) if one["in"] == "query"}
        for name, value in asked.query.items():
            assert name in known, f"{where} has no parameter {name}"
            schema = known[name]["schema"]
            # The agile part describes lists of words as objects without any property, or lists of such.
            if "object" not in (schema.get("type"), schema.get("items", {}).get("type")):
                self._validate(number, f"{where}?{name}", self._typed(value, schema), schema)
        missing = [name for name, one in known.items() if one.get("required") and name not in asked.query]
        assert not missing, f"{where} wants {missing}"
        content = operation.get("requestBody", {}).get("content", {}).get("application/json")
        assert bool(asked.body) == (content is not None), f"{where} with a body of {len(asked.body)} bytes"
        if content is not None:
            assert asked.headers["content-type"].startswith("application/json")
            self._validate(number, where, asked.json, content["schema"])

    def _validate(self, number: int, where: str, value: Any, schema: Any) -> None:
        rooted = json.loads(json.dumps(schema).replace('"#/', f'"urn:spec-{number}#/'))
        errors = jsonschema.Draft202012Validator(rooted, registry=self.registry).iter_errors(value)
        error = jsonschema.exceptions.best_match(errors)
        assert error is None, f"{where}: {error.json_path}: {error.message}"

    def _typed(self, value: str, schema: Any) -> Any:
        kind = schema.get("type")
        if kind == "array":
            return [self._typed(one, schema["items"]) for one in value.split(",")]
        if kind in ("integer", "boolean"):
            return json.loads(value)
        return value


@dataclass
class Here:
    """A sandbox that is being served, and ways to look after it."""

    switch: RefusingSwitch
    url: str
    app: JiraSite
    clock: StoppedClock
    trackers: list[JiraSource] = field(default_factory=list)

    @property
    def world(self) -> World:
        return self.app.world

    @property
    def is_cloud(self) -> bool:
        return isinstance(self.app, JiraCloud)

    @property
    def searching(self) -> str:
        """Pattern of the path of a search."""
        return "/search/jql$" if self.is_cloud else "/api/2/search$"

    def words(self, comment: Comment) -> str:
        """What people see of a comment."""
        return re.sub(r"\n?\{anchor:[^}]*\}", "", adf_text.to_wiki(comment.body))

    def tracker(self, **changes: Any) -> JiraSource:
        """A tracker on this site, not connected yet; `changes` are those of its settings and context."""
        given: dict[str, Any] = {
            "name": "PAY",
            "url": self.url,
            "email": EMAIL if self.is_cloud else "",
            "token": "good-token",
            "scope": "project = PAY",
            "rate": 5000,
            "gateway": self.url,
            "installation": "inst-1",
        }
        self.trackers.append(open_plugin("jira", **(given | changes)))
        return self.trackers[-1]

    def tamper(self, call: str, how: Tamper, *, status: int = 0) -> None:
        """Changes every answer to calls that match, from now on; `call` is a pattern over verb and path."""
        self.switch.tamper(call, how, status=status)

    def refuse(self, part: bytes, words: str) -> None:
        """Answers 400 to every request whose body holds this, from now on."""
        self.switch.refused[part] = words

    def asked(self, call: str) -> list[Asked]:
        """The requests so far that match."""
        return self.switch.matching(call)

    def id(self, key: str) -> str:
        return str(self.world.issue(key).id)


@pytest.fixture(scope="session")
def official(reference_data) -> Official:
    return Official(reference_data)


@pytest.fixture(scope="session")
def _switch() -> Iterator[tuple[RefusingSwitch, str]]:
    switch = RefusingSwitch()
    with serving(switch) as url:
        yield switch, url


@pytest.fixture(autouse=True)
def _no_waiting_between_tries() -> Iterator[None]:
    with no_back_off():
        yield


@contextmanager
def _serving(switched: tuple[RefusingSwitch, str], official: Official | None, made: list[Here]) -> Iterator[None]:
    switch, _ = switched
    switch.clear()
    yield
    for here in made:
        for tracker in here.trackers:
            tracker.close()
    # There is no official description of Data Center.
    for asked in switch.asked if official is not None else ():
        official.check(asked)


@pytest.fixture
def serve(_switch, official, flavour):
    """Serves a sandbox; arguments are a backlog's text, a world, faults, the site's and its options.

    Every request that our client sends to Cloud is held against the official descriptions in the end.
    """
    made: list[Here] = []
    known = {option.name for option in fields(Options)}

    def start(backlog: str = BACKLOG, *, faults: Faults | None = None, now: datetime = NOW, **how) -> Here:
        switch, url = _switch
        clock = StoppedClock(now)
        options = {"write_limits": False} | {name: how.pop(name) for name in list(how) if name in known}
        cloud = flavour == "cloud"
        how["absent_fields"] = (*how.get("absent_fields", ()), *(() if cloud else CLOUD_FIELDS))
        world = build_world(parse_backlog(backlog), site=Site(**how), clock=clock)
        kind = JiraCloud if cloud else JiraDataCenter
        switch.app = kind(world, options=Options(**options), faults=faults)
        switch.tampering, switch.refused = [], {}
        made.append(Here(switch, url, switch.app, clock))
        return made[-1]

    with _serving(_switch, official if flavour == "cloud" else None, made):
        yield start


@pytest.fixture
def here(serve) -> Here:
    return serve()


@pytest.fixture(scope="session")
def recorded(reference_data) -> Callable[[str], Any]:
    """Reads a recorded answer; skips where they are absent."""

    def read(name: str) -> Any:
        file = reference_data / "recorded" / "jira" / name
        if not file.exists():
            pytest.skip("../shared/recorded is not here")
        return json.loads(file.read_bytes())

    return read


@pytest.fixture(scope="session")
def adf_schema(reference_data):
    file = reference_data / "specs" / "jira" / "adf-schema-57.7.22-full.json"
    if not file.exists():
        pytest.skip("../shared/specs is not here")
    return jsonschema.Draft4Validator(json.loads(file.read_bytes()))
