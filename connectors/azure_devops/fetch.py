"""Reads items in bulk, with their history and discussion."""

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from connectors import lenient_json
from connectors.azure_devops import history, mapping
from connectors.azure_devops.client import IDS_PER_BATCH
from connectors.azure_devops.connect import AzureSession
from connectors.azure_devops.payloads import AzureComment, Item
from connectors.bulk_reads import FailureCounter, read_isolating_failures, try_request
from connectors.concurrency import bounded_map
from connectors.errors import ConnectorError, Gone, Refused
from connectors.tracker import Batch, FetchedItem, Problem

_AT_ONCE = 6
_BY_FEED = 100
"""From this many items on, histories are read from the revision feed instead of item by item."""


def fetch_batches(session: AzureSession, ids: Sequence[str]) -> Iterator[Batch]:
    """Items with their whole history, and the comments where they matter, whatever project they are in by now."""
    numbers = [int(ident) for ident in ids]
    # The feed is faster. What it lacks is read item by item.
    histories = try_request(lambda: _from_feed(session, set(numbers))) if len(numbers) >= _BY_FEED else None
    failures = FailureCounter()
    for start in range(0, len(numbers), IDS_PER_BATCH):
        yield _batch(session, numbers[start : start + IDS_PER_BATCH], histories or {}, failures)


def _batch(
    session: AzureSession, ids: Sequence[int], histories: Mapping[int, history.AzurePast], failures: FailureCounter
) -> Batch:
    decoded: list[tuple[Item, bool]] = []
    problems: list[Problem] = []

    def skip(ident: int, error: ConnectorError) -> None:
        problems.append(Problem(str(ident), f"cannot be read ({error.message})"))

    for items in read_isolating_failures(lambda some: session.client.batch(some, relations=True), ids, failures, skip):
        for raw in items.present:
            try:
                item, left_out = lenient_json.decode(raw, Item)
            except lenient_json.DECODE_ERRORS as error:
                problems.append(Problem(_id(raw), f"cannot be read ({error})"))
            else:
                decoded.append((item, bool(left_out)))
    fetched: list[FetchedItem] = []
    results = bounded_map(
        lambda entry: _fetched(session, *entry, histories.get(entry[0].id), failures), decoded, max_workers=_AT_ONCE
    )
    for result in results:
        if isinstance(result, Problem):
            problems.append(result)
        elif result is not None:
            fetched.append(result)
    return Batch(tuple(fetched), tuple(problems))


def _fetched(
    session: AzureSession, item: Item, links_lost: bool, past: history.AzurePast | None, failures: FailureCounter
) -> FetchedItem | Problem | None:
    """An item with its history and comments; None if it is gone by now.

    A refusal concerns the item: an account may see an item, and not the history or the comments of its area.
    """
    if session.site.leaves_out(mapping.project_of(item)):
        return None
    what = "history"
    try:
        past = past or _past(session, item)
        what = "comments"
        comments = _comments(session, item, past)
    except Gone:
        return None
    except ConnectorError as error:
        if not isinstance(error, Refused):
            failures.record_failure(error)
        return Problem(str(item.id), f"its {what} cannot be read ({error.message})")
    failures.record_success()
    try:
        return mapping.map_item(item, past, comments, session.site, links_lost=links_lost)
    except Exception as error:  # noqa: BLE001 - mapping is pure, and one item must not stop the others
        return Problem(str(item.id), f"cannot be read ({type(error).__name__}: {error})")


def _past(session: AzureSession, item: Item) -> history.AzurePast:
    tracked = history.HistoryReader(session.site.process, session.site.people)
    updates, complete = session.client.updates(str(item.id))
    for save in history.saves_of_updates(updates, session.site.people):
        tracked.save(save)
    return msgspec.structs.replace(tracked.past, complete=complete)


def _comments(session: AzureSession, item: Item, past: history.AzurePast) -> list[AzureComment]:
    """The comments of an open item, and of a finished one if we ever saved it: people may have answered us."""
    if (mapping.is_finished(item, session.site) and not past.ours) or not item.fields.get(history.COMMENTS):
        return []
    return session.client.comments(mapping.project_of(item), str(item.id))


def _from_feed(session: AzureSession, wanted: set[int]) -> dict[int, history.AzurePast]:
    """Histories of many items in few requests.

    The feed lacks what happened to an item before it came into this project.
    """
    process, people = session.site.process, session.site.people
    readers: dict[int, history.HistoryReader] = {}
    for page in session.client.revisions(None, history.fields_to_follow(process), latest_only=False):
        for revision in page.values:
            if revision.id in wanted:
                readers.setdefault(revision.id, history.HistoryReader(process, people)).revise(revision)
    return {ident: reader.past for ident, reader in readers.items() if reader.is_complete}


def _id(raw: msgspec.Raw) -> str:
    document = msgspec.json.decode(raw)
    return str(document.get("id", "an item")) if isinstance(document, dict) else "an item"
