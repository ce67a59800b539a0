"""Reads items in bulk, with their history and discussion."""

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from connectors.azure_devops import history, mapping
from connectors.azure_devops.client import IDS_PER_BATCH
from connectors.azure_devops.connect import AzureSession
from connectors.azure_devops.payloads import AzureComment, Item
from connectors.concurrency import bounded_map
from connectors.errors import Gone
from connectors.tracker import Batch, FetchedItem, Problem
from rules.model import StatusCategory

_AT_ONCE = 6
_BY_FEED = 100
"""From this many items on, histories are read from the revision feed instead of item by item."""


def fetch_batches(session: AzureSession, ids: Sequence[str]) -> Iterator[Batch]:
    """Items with their whole history, and the comments where they matter, whatever project they are in by now."""
    numbers = [int(ident) for ident in ids]
    histories = _from_feed(session, set(numbers)) if len(numbers) >= _BY_FEED else {}
    for start in range(0, len(numbers), IDS_PER_BATCH):
        yield _batch(session, numbers[start : start + IDS_PER_BATCH], histories)


def _batch(session: AzureSession, ids: Sequence[int], histories: Mapping[int, history.AzurePast]) -> Batch:
    decoded: list[Item] = []
    problems: list[Problem] = []
    for raw in session.client.batch(ids, relations=True).present:
        try:
            decoded.append(msgspec.json.decode(raw, type=Item))
        except (msgspec.ValidationError, RecursionError) as error:
            problems.append(Problem("an item", f"cannot be read ({error})"))
    items: list[FetchedItem] = []
    results = bounded_map(lambda item: _fetched(session, item, histories.get(item.id)), decoded, at_once=_AT_ONCE)
    for result in results:
        if isinstance(result, Problem):
            problems.append(result)
        elif result is not None:
            items.append(result)
    return Batch(tuple(items), tuple(problems))


def _fetched(session: AzureSession, item: Item, past: history.AzurePast | None) -> FetchedItem | Problem | None:
    """An item with its history and comments; None if it is gone by now."""
    try:
        past = past or _past(session, item)
        return mapping.fetched(item, past, _comments(session, item, past), session.site)
    except Gone:
        return None
    except (ValueError, TypeError, RecursionError) as error:
        return Problem(str(item.id), f"cannot be read ({error})")


def _past(session: AzureSession, item: Item) -> history.AzurePast:
    tracked = history.HistoryReader(session.site.process, session.site.people)
    for save in history.saves_of_updates(session.client.updates(str(item.id)), session.site.people):
        tracked.save(save)
    return tracked.past


def _comments(session: AzureSession, item: Item, past: history.AzurePast) -> list[AzureComment]:
    """The comments of an open item, and of a finished one if we ever saved it: people may have answered us."""
    info = session.site.process.types.get(str(item.fields.get("System.WorkItemType", "")))
    state = info.states.get(str(item.fields.get("System.State", ""))) if info else None
    finished = state in (StatusCategory.DONE, StatusCategory.REMOVED)
    if (finished and not past.ours) or not item.fields.get(history.COMMENTS):
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
