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
"""From so many items on, their histories are read from the revision feed instead of item by item."""


def fetch_batches(here: AzureSession, ids: Sequence[str]) -> Iterator[Batch]:
    """Items with their whole history, and the discussion where it matters; wherever they are by now."""
    numbers = [int(ident) for ident in ids]
    lives = _from_feed(here, set(numbers)) if len(numbers) >= _BY_FEED else {}
    for start in range(0, len(numbers), IDS_PER_BATCH):
        yield _batch(here, numbers[start : start + IDS_PER_BATCH], lives)


def _batch(here: AzureSession, ids: Sequence[int], lives: Mapping[int, history.AzurePast]) -> Batch:
    found: list[Item] = []
    problems: list[Problem] = []
    for raw in here.client.batch(ids, relations=True).present:
        try:
            found.append(msgspec.json.decode(raw, type=Item))
        except (msgspec.ValidationError, RecursionError) as error:
            problems.append(Problem("an item", f"cannot be read ({error})"))
    items: list[FetchedItem] = []
    for one in bounded_map(lambda item: _one(here, item, lives.get(item.id)), found, at_once=_AT_ONCE):
        if isinstance(one, Problem):
            problems.append(one)
        elif one is not None:
            items.append(one)
    return Batch(tuple(items), tuple(problems))


def _one(here: AzureSession, item: Item, life: history.AzurePast | None) -> FetchedItem | Problem | None:
    """An item with all that belongs to it; None when it went away meanwhile."""
    try:
        past = life or _past(here, item)
        return mapping.fetched(item, past, _comments(here, item, past), here.site)
    except Gone:
        return None
    except (ValueError, TypeError, RecursionError) as error:
        return Problem(str(item.id), f"cannot be read ({error})")


def _past(here: AzureSession, item: Item) -> history.AzurePast:
    told = history.Life(here.site.process, here.site.people)
    for save in history.saves_of_updates(here.client.updates(str(item.id)), here.site.people):
        told.save(save)
    return told.past


def _comments(here: AzureSession, item: Item, past: history.AzurePast) -> list[AzureComment]:
    """The discussion of an open item. What was said under a finished one matters only where a comment of ours may
    stand, for people may have answered it.
    """
    info = here.site.process.types.get(str(item.fields.get("System.WorkItemType", "")))
    state = info.states.get(str(item.fields.get("System.State", ""))) if info else None
    finished = state in (StatusCategory.DONE, StatusCategory.REMOVED)
    if (finished and not past.ours) or not item.fields.get(history.COMMENTS):
        return []
    return here.client.comments(mapping.project_of(item), str(item.id))


def _from_feed(here: AzureSession, wanted: set[int]) -> dict[int, history.AzurePast]:
    """Histories of many items in few calls; of each item only its last state and what changed are held.

    The feed of a project leaves out what an item went through before it came there.
    """
    process, people = here.site.process, here.site.people
    lives: dict[int, history.Life] = {}
    for page in here.client.revisions(None, history.fields_to_follow(process), latest_only=False):
        for revision in page.values:
            if revision.id in wanted:
                lives.setdefault(revision.id, history.Life(process, people)).revise(revision)
    return {ident: life.past for ident, life in lives.items() if life.is_whole}
