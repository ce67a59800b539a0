"""What `benchmarks/run.py` measures: this service's pulls, rounds and writes, and other ways to do the same.

Each candidate is a function that takes the address of a server, the address of a store and the number of items. It
connects, and returns the work to measure: a function that returns how many items it has read or written. A floor is the
least that a program has to do that uses what it reads: plain requests, decoded to typed objects.
"""

import importlib
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

_TOKEN = "token"
_MAX_CONCURRENT_REQUESTS = 16
"""The maximum number of requests at a time. The service has at most as many."""
_SLOW_RESPONSE_SECONDS = 0.1
"""The time above which more than two requests at a time are of use: the threads of a process take turns."""
_FULL_INTERVAL = timedelta(hours=1)
"""How long a pull may rely on the last list of all items."""
TAP_PYTHON = Path(sys.prefix, "tap-jira", "bin", "python")
_INSTALL_TAP = ("-m", "pip", "install", "-q", "--disable-pip-version-check", "tap-jira==2.6.0")
_RUN_TAP = """
import sys
import tap_jira
from tap_jira.http import Client
address = sys.argv.pop(1)
Client.url = lambda _client, path: address + "/" + path.lstrip("/")
tap_jira.main()
"""
"""Runs tap-jira at an address without TLS, which it cannot be configured to use."""

Work = Callable[[], int]


def _open(url: str, rate: int | None, cached: str = "") -> Any:
    from connectors.discovery_cache import DiscoveryCache
    from connectors.plugin import TrackerContext
    from connectors.registry import PLUGINS
    from sync.cli.logs import log_to_stderr
    from sync.cli.main import collect_garbage_rarely

    log_to_stderr()
    collect_garbage_rarely()
    is_azure = url.endswith("/fabrikam")
    plugin = PLUGINS["azure-devops" if is_azure else "jira"]
    scope = {"project": "Quay"} if is_azure else {"email": "a@example.com", "scope": "project = HRB"}
    cache = DiscoveryCache(cached, "benchmark", _FULL_INTERVAL)
    limit = {"rate": rate} if rate else {}
    return plugin.open(plugin.settings(url=url, token=_TOKEN, **scope, **limit), TrackerContext("big", cache=cache))


def pull(url: str, store: str, _count: int, *, rate: int | None = 100_000) -> Work:
    """Pull into the store, like the service. A second pull is then not the first of the day, which reads more."""
    from sync.mirror.pull import pull
    from sync.store import Database, migrate, stored_values, tracker_states

    database = Database(store)
    migrate(database)
    with database.reading() as transaction:
        cached = stored_values.load_text_for_tracker(transaction, "big", "discovery cache")
    tracker = _open(url, rate, cached)
    connection = tracker.connect()
    with database.writing() as transaction:
        stored_values.save_text_for_tracker(transaction, "big", "discovery cache", connection.cache)
    options = {"vanish_limit": 0.2, "rules": (), "full_interval": _FULL_INTERVAL}

    def work() -> int:
        now = datetime.now(UTC)
        pulled = pull(tracker, connection, database, now, **options)
        assert not pulled.skipped, pulled.skipped[:3]
        with database.writing() as transaction:
            tracker_states.change(transaction, "big", last_good=now)
        return pulled.items

    return work


def pull_at_default_rate(url: str, store: str, count: int) -> Work:
    """Pull into the store at the rate that is configured by default."""
    return pull(url, store, count, rate=None)


def read(url: str, _store: str, _count: int) -> Work:
    """Read and map all items without storing them."""
    tracker = _open(url, 100_000)
    tracker.connect()

    def work() -> int:
        list(tracker.changes(None))
        return sum(len(batch.items) for batch in tracker.fetch(tracker.list_ids().ids))

    return work


def _fields() -> Sequence[str]:
    """The fields that we request from the sandbox's Jira, so that all candidates read the same."""
    from connectors.jira.fields import FieldMap
    from connectors.jira.issue import IssueDecoder

    return [*IssueDecoder(FieldMap()).requested_fields, "customfield_10016", "customfield_10019", "customfield_10020"]


def jira_objects(url: str, _store: str, _count: int) -> Work:
    """Read all pages with the `jira` library, as objects, with comments, and changelogs that are read to their end."""
    from jira import JIRA

    client = JIRA(server=url, basic_auth=("a@example.com", _TOKEN), options={"rest_api_version": "3"})
    fields = ",".join(_fields())

    def work() -> int:
        issues = client.enhanced_search_issues("project = HRB", maxResults=0, fields=fields, expand="changelog")
        for issue in issues:
            if issue.changelog.total > len(issue.changelog.histories):
                # The library has no method for the changelog of one issue.
                issue.raw["changelog"] = client._get_json(f"issue/{issue.id}/changelog")  # noqa: SLF001
        return len(issues)

    return work


def tap_jira(url: str, store: str, _count: int) -> Work:
    """Export all issues with tap-jira: all fields, with comments, and changelogs as far as pages contain them."""
    folder = Path(store.removeprefix("sqlite:///")).parent
    config = {"base_url": url, "username": "a@example.com", "password": _TOKEN, "start_date": "2020-01-01T00:00:00Z"}
    (folder / "config.json").write_text(json.dumps(config | {"user_agent": "benchmark"}), encoding="utf-8")
    command = [TAP_PYTHON, "-c", _RUN_TAP, url, "--config", folder / "config.json"]
    discovered = subprocess.run([*command, "--discover"], check=True, capture_output=True, text=True)
    catalog = json.loads(discovered.stdout[discovered.stdout.index('{\n  "streams"') :])
    for stream in catalog["streams"]:
        is_selected = stream["tap_stream_id"] in ("issues", "issue_comments", "changelogs")
        for entry in stream["metadata"]:
            entry["metadata"]["selected"] = is_selected
    (folder / "catalog.json").write_text(json.dumps(catalog), encoding="utf-8")

    def work() -> int:
        with (folder / "records").open("wb") as records:
            tap = [*command, "--properties", folder / "catalog.json"]
            subprocess.run(tap, check=True, stdout=records, stderr=subprocess.DEVNULL)
        with (folder / "records").open("rb") as records:
            return sum(b'"stream": "issues"' in line and b'"type": "RECORD"' in line for line in records)

    return work


def azure_models(url: str, _store: str, _count: int) -> Work:
    """Read all items with the models of the `azure-devops` library, without history and comments."""
    from azure.devops.connection import Connection
    from azure.devops.v7_1.work_item_tracking.models import WorkItemBatchGetRequest
    from msrest.authentication import BasicAuthentication

    client = Connection(
        base_url=url, creds=BasicAuthentication("", _TOKEN)
    ).clients_v7_1.get_work_item_tracking_client()
    return lambda: sum(
        len(client.get_work_items_batch(WorkItemBatchGetRequest(ids=ids, expand="relations"), project="Quay"))
        for ids in _batches(_azure_ids(url), 200)
    )


def jira_floor(url: str, _store: str, _count: int) -> Work:
    """Read ids and then issues with plain httpx, several requests at a time, decoded by msgspec to typed objects."""
    import msgspec

    from connectors.jira.issue import Fields
    from connectors.jira.payloads import History, JiraComment

    class Comments(msgspec.Struct, gc=False):
        comments: list[JiraComment]

    class FieldsWithComments(Fields):
        comment: Comments | None = None

    class Changelog(msgspec.Struct, gc=False):
        histories: list[History]

    class Issue(msgspec.Struct, gc=False):
        id: str
        fields: FieldsWithComments
        changelog: Changelog

    class Page(msgspec.Struct):
        issues: list[Issue]

    decoder = msgspec.json.Decoder(Page)
    return _read_jira(url, lambda content: len(decoder.decode(content).issues))


def jira_bytes(url: str, _store: str, _count: int) -> Work:
    """Read the same responses with plain httpx, and decode only the ids."""
    return _read_jira(url, lambda content: content.count(b'"changelog":'))


def _read_jira(url: str, count_issues: Callable[[bytes], int]) -> Work:
    import httpx
    import msgspec

    client = httpx.Client(base_url=url, limits=httpx.Limits(max_connections=_MAX_CONCURRENT_REQUESTS))
    fields = _fields()

    def fetch(ids: Sequence[str]) -> int:
        body = {"issueIdsOrKeys": ids, "fields": fields, "expand": ["changelog"]}
        return count_issues(client.post("/rest/api/3/issue/bulkfetch", json=body).content)

    def work() -> int:
        ids: list[str] = []
        search: dict[str, Any] = {"jql": "project = HRB ORDER BY Rank", "fields": ["id"], "maxResults": 5000}
        while True:
            page = msgspec.json.decode(client.post("/rest/api/3/search/jql", json=search).content)
            ids += [issue["id"] for issue in page["issues"]]
            if "nextPageToken" not in page:
                return _in_threads(fetch, _batches(ids, 100))
            search["nextPageToken"] = page["nextPageToken"]

    return work


def azure_floor(url: str, _store: str, _count: int) -> Work:
    """Read batches of items with plain httpx and msgspec, several at a time, without history and comments."""
    import httpx
    import msgspec

    class Item(msgspec.Struct, gc=False):
        id: int
        rev: int
        fields: dict[str, Any]

    class Page(msgspec.Struct):
        value: list[Item]

    client, decoder = (
        httpx.Client(limits=httpx.Limits(max_connections=_MAX_CONCURRENT_REQUESTS)),
        msgspec.json.Decoder(Page),
    )

    def fetch(ids: Sequence[int]) -> int:
        body = {"ids": ids, "$expand": "relations", "errorPolicy": "omit"}
        return len(
            decoder.decode(client.post(f"{url}/_apis/wit/workitemsbatch?api-version=7.1", json=body).content).value
        )

    return lambda: _in_threads(fetch, _batches(_azure_ids(url), 200))


def _azure_ids(url: str) -> list[int]:
    import httpx

    wiql = {"query": "SELECT [System.Id] FROM WorkItems"}
    reply = httpx.post(f"{url}/Quay/_apis/wit/wiql?api-version=7.1&$top=19999", json=wiql)
    return [item["id"] for item in reply.json()["workItems"]]


def _batches(ids: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    return (ids[start : start + size] for start in range(0, len(ids), size))


def _in_threads(fetch: Callable[[Sequence[Any]], int], batches: Iterator[Sequence[Any]]) -> int:
    """Fetch batches, the first one alone: if it takes long, the others are fetched with many requests at a time."""
    started = time.perf_counter()
    count = fetch(next(batches))
    is_slow = time.perf_counter() - started > _SLOW_RESPONSE_SECONDS
    with ThreadPoolExecutor(_MAX_CONCURRENT_REQUESTS if is_slow else 2) as pool:
        return count + sum(pool.map(fetch, batches))


class _Installation:
    """The service with one Jira tracker and the default rules, in shadow mode."""

    def __init__(self, url: str, store: str) -> None:
        from sync.cli.logs import log_to_stderr
        from sync.cli.main import collect_garbage_rarely
        from sync.settings import load
        from sync.store import Database, migrate

        log_to_stderr()
        collect_garbage_rarely()
        file = Path(store.removeprefix("sqlite:///")).with_name("steward.yaml")
        tracker = {"kind": "jira", "url": url, "email": "a@example.com", "token": _TOKEN, "scope": "project = HRB"}
        settings = {"store": store, "trackers": {"big": tracker | {"rate": 100_000}}}
        file.write_text(json.dumps(settings), encoding="utf-8")
        self.configuration = load(file)
        self.database = Database(store)
        migrate(self.database)

    def run_round(self) -> int:
        """Run a round; return the number of items in scope."""
        from sync.rounds.context import RoundContext, WriteAuthority
        from sync.rounds.round import run_round
        from sync.rounds.trackers import open_tracker

        context = RoundContext(self.configuration, self.database, lambda: datetime.now(UTC))
        tracker = open_tracker("big", self.configuration.settings, self.database, quick=True)
        result = run_round(tracker, context, WriteAuthority.BY_SERVICE)
        assert not result.trouble, result.trouble
        return result.pulled.items

    def load_backlog(self) -> Any:
        """Load the backlog that rules judge."""
        from sync.rounds.judging import HISTORY_WINDOW
        from sync.store.backlogs import load_backlog

        with self.database.reading() as transaction:
            return load_backlog(transaction, "big", datetime.now(UTC) - HISTORY_WINDOW)


def first_round(url: str, store: str, _count: int) -> Work:
    """Run a first round: connect, pull, judge, plan and save."""
    return _Installation(url, store).run_round


def next_round(url: str, store: str, _count: int) -> Work:
    """Run a round after which nothing has changed."""
    installation = _Installation(url, store)
    installation.run_round()
    return installation.run_round


def judge(url: str, store: str, count: int) -> Work:
    """Judge all open items by the default rules, as if none of them had been judged before."""
    from rules.engine import assess

    installation = _Installation(url, store)
    installation.run_round()
    backlog = installation.load_backlog()

    def work() -> int:
        assess(backlog, installation.configuration.ruleset(), datetime.now(UTC))
        return count

    return work


def order(url: str, store: str, count: int) -> Work:
    """Suggest an order of the backlog."""
    from rules.priority.order import suggest_order

    installation = _Installation(url, store)
    installation.run_round()
    backlog = installation.load_backlog()

    def work() -> int:
        suggest_order([backlog], datetime.now(UTC))
        return count

    return work


def report(url: str, store: str, count: int) -> Work:
    """Write the report page, from the store."""
    from sync.report.page import render_page
    from sync.report.page_content import load_page_content

    installation = _Installation(url, store)
    installation.run_round()
    configuration = installation.configuration

    def work() -> int:
        content = load_page_content(installation.database, configuration, datetime.now(UTC))
        assert render_page(content, configuration.messages)
        return count

    return work


def save_core(_url: str, store: str, count: int) -> Work:
    """Store work items, each with ten changes, as the service does."""
    from connectors.tracker import FetchedItem
    from rules.model import FieldChange
    from sync.store import Database, items, migrate

    database = Database(store)
    migrate(database)
    history = tuple(FieldChange(datetime(2026, 3, day, tzinfo=UTC), "status", "To Do", "Done") for day in range(1, 11))
    fetched = [FetchedItem(item=item, field_changes=history) for item in _items(count)]

    def work() -> int:
        for batch in _batches(fetched, 100):
            with database.writing() as transaction:
                items.save(transaction, batch)
        return len(fetched)

    return work


def save_merge(_url: str, store: str, count: int) -> Work:
    """Store the same items, without their changes, with one merge of SQLModel's session for each."""
    import msgspec
    from sqlmodel import Session

    from sync.store import Database, migrate
    from sync.store.tables import ItemRow

    database = Database(store)
    migrate(database)
    items = _items(count)

    def work() -> int:
        with Session(database.engine) as session:
            for item in items:
                columns = {name: getattr(item, name) for name in ("tracker", "id", "key", "version", "is_open")}
                session.merge(ItemRow(**columns, payload=msgspec.json.encode(item)))
            session.commit()
        return len(items)

    return work


def _items(count: int) -> list[Any]:
    from rules.model import Block, BlockKind, ItemKind, StatusCategory, WorkItem

    text = tuple(Block(BlockKind.PARAGRAPH, "A guest pays the rest of the bill at the berth. " * 8) for _ in range(4))
    return [
        WorkItem(
            tracker="big",
            id=str(number),
            key=f"BIG-{number}",
            kind=ItemKind.STORY,
            title="Pay",
            text=text,
            category=StatusCategory.TO_DO,
            version="1",
        )
        for number in range(count)
    ]


_OURS = (
    "connectors.registry connectors.jira.source connectors.azure_devops.source sync.cli.logs sync.cli.main sync.mirror "
    "sync.store alembic.command"
)
_ROUND = f"{_OURS} sync.settings sync.rounds.round sync.rounds.trackers rules.engine sync.report.page_content"
CANDIDATES: dict[str, tuple[Callable[[str, str, int], Work], str]] = {
    "pull": (pull, _OURS),
    "pull-default-rate": (pull_at_default_rate, _OURS),
    "read": (read, _OURS),
    "jira-objects": (jira_objects, "jira connectors.jira.issue"),
    "tap-jira": (tap_jira, "json"),
    "jira-floor": (jira_floor, "httpx msgspec connectors.jira.issue"),
    "jira-bytes": (jira_bytes, "httpx msgspec connectors.jira.issue"),
    "azure-models": (azure_models, "azure.devops.connection azure.devops.v7_1.work_item_tracking.models httpx"),
    "azure-floor": (azure_floor, "httpx msgspec"),
    "first-round": (first_round, _ROUND),
    "next-round": (next_round, _ROUND),
    "judge": (judge, _ROUND),
    "order": (order, _ROUND),
    "report": (report, f"{_ROUND} sync.report.page"),
    "save-core": (save_core, "sync.store alembic.command"),
    "save-merge": (save_merge, "sync.store alembic.command sqlmodel"),
}
"""For each candidate, by name: its function, and the modules that are imported before the measurement begins."""


def install_tap_jira() -> bool:
    """Install tap-jira in an environment of its own, because it needs old libraries; return whether it is there."""
    if not TAP_PYTHON.exists():
        commands = ([sys.executable, "-m", "venv", str(TAP_PYTHON.parent.parent)], [str(TAP_PYTHON), *_INSTALL_TAP])
        return all(subprocess.run(command, check=False).returncode == 0 for command in commands)
    return True


def prepare(name: str) -> Callable[[str, str, int], Work]:
    """Import what a candidate needs, and return its function."""
    function, modules = CANDIDATES[name]
    for module in modules.split():
        importlib.import_module(module)
    return function
