"""Reads items of Azure DevOps in bulk, each with its history and its comments."""

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from connectors import lenient_json
from connectors.azure_devops import history, mapping
from connectors.azure_devops.client import IDS_PER_BATCH
from connectors.azure_devops.connect import AzureSession
from connectors.azure_devops.payloads import AzureComment, Item
from connectors.bulk_reads import FailureCounter, read_isolating_failures, split_into_chunks, try_request
from connectors.concurrency import bounded_map, read_ahead
from connectors.errors import ConnectorError, Gone, Refused
from connectors.tracker import Batch, FetchedItem, Problem

_MAX_BATCHES_AT_ONCE = 5
_MAX_WORKERS_PER_BATCH = 3
"""The number of items of one batch whose histories and comments are read at the same time."""
_MIN_ITEMS_FOR_FEED = 100
"""For at least this many items, the histories are read from the revision feed, which contains all items of the project.
For fewer items, it is faster to read the history of each."""


def fetch_batches(session: AzureSession, ids: Sequence[str]) -> Iterator[Batch]:
    """Read items with their whole history and their comments, in batches, in any order.

    An item that moved to another project is read there, if that project may be read.
    """
    item_ids = [int(item_id) for item_id in ids]
    # Histories that the feed lacks are read item by item.
    histories = (
        try_request(lambda: _read_histories_from_feed(session, set(item_ids)))
        if len(item_ids) >= _MIN_ITEMS_FOR_FEED
        else None
    )
    failures = FailureCounter()
    yield from bounded_map(
        lambda chunk: _read_batch(session, chunk, histories or {}, failures),
        split_into_chunks(item_ids, IDS_PER_BATCH),
        max_workers=_MAX_BATCHES_AT_ONCE,
    )


def _read_batch(
    session: AzureSession, ids: Sequence[int], histories: Mapping[int, history.AzureHistory], failures: FailureCounter
) -> Batch:
    """Read one batch of items, and record those that cannot be read as problems."""
    decoded_items: list[tuple[Item, bool]] = []  # the flag is true if some of the links could not be decoded
    problems: list[Problem] = []

    def record_problem(item_id: int, error: ConnectorError) -> None:
        problems.append(Problem(str(item_id), f"cannot be read ({error.message})"))

    for items in read_isolating_failures(
        lambda chunk: session.client.fetch_batch(chunk, relations=True), ids, failures, record_problem
    ):
        for raw in items.existing_items:
            try:
                item, left_out = lenient_json.decode(raw, Item)
            except lenient_json.DECODE_ERRORS as error:
                document = msgspec.json.decode(raw)
                item_id = document.get("id", "an item") if isinstance(document, dict) else "an item"
                problems.append(Problem(str(item_id), f"cannot be read ({error})"))
            else:
                decoded_items.append((item, bool(left_out)))
    fetched_items: list[FetchedItem] = []
    for result in _read_items(session, decoded_items, histories, failures):
        if isinstance(result, Problem):
            problems.append(result)
        elif result is not None:
            fetched_items.append(result)
    return Batch(tuple(fetched_items), tuple(problems))


def _read_items(
    session: AzureSession,
    decoded_items: Sequence[tuple[Item, bool]],
    histories: Mapping[int, history.AzureHistory],
    failures: FailureCounter,
) -> Iterator[FetchedItem | Problem | None]:
    """Yield the result of `_read_item` for each item, in any order. Several threads send the requests."""

    def read_item(entry: tuple[Item, bool]) -> FetchedItem | Problem | None:
        return _read_item(session, *entry, histories.get(entry[0].id), failures)

    with_request: list[tuple[Item, bool]] = []
    without_request: list[tuple[Item, bool]] = []
    for entry in decoded_items:
        item, item_history = entry[0], histories.get(entry[0].id)
        needs_request = item_history is None or _are_comments_needed(session, item, item_history)
        (with_request if needs_request else without_request).append(entry)
    yield from bounded_map(read_item, with_request, max_workers=_MAX_WORKERS_PER_BATCH)
    # Without a request, starting a task in a thread takes longer than the task.
    yield from map(read_item, without_request)


def _read_item(
    session: AzureSession,
    item: Item,
    has_unreadable_links: bool,
    item_history: history.AzureHistory | None,
    failures: FailureCounter,
) -> FetchedItem | Problem | None:
    """Read the comments of an item, and its history unless `item_history` is given.

    Return None if the item is gone, or in a project that may not be read.

    An account may be allowed to see an item, but not its history or comments. So a refusal does not count among the
    `failures` in a row that end the whole read.
    """
    if session.site.is_excluded_project(mapping.get_project(item)):
        return None
    requested_part = "history"
    comments: list[AzureComment] = []
    try:
        item_history = item_history or _read_history(session, item)
        requested_part = "comments"
        if _are_comments_needed(session, item, item_history):
            comments = session.client.fetch_comments(mapping.get_project(item), str(item.id))
    except Gone:
        return None
    except ConnectorError as error:
        if not isinstance(error, Refused):
            failures.record_failure(error)
        reason = f"is not updated, because its {requested_part} cannot be read ({error.message})"
        return Problem(str(item.id), reason)
    failures.record_success()
    try:
        return mapping.map_item(item, item_history, comments, session.site, has_unreadable_links=has_unreadable_links)
    except Exception as error:  # noqa: BLE001 - an error in one item must not stop the others
        return Problem(str(item.id), f"cannot be read ({type(error).__name__}: {error})")


def _read_history(session: AzureSession, item: Item) -> history.AzureHistory:
    builder = history.HistoryBuilder(session.site.process, session.site.people)
    updates, is_complete = session.client.fetch_updates(str(item.id))
    for save in history.saves_from_updates(updates, session.site.people):
        builder.add_save(save)
    builder.result.is_complete = is_complete
    return builder.result


def _are_comments_needed(session: AzureSession, item: Item, item_history: history.AzureHistory) -> bool:
    """Whether the comments of an item have to be read: not if it is finished and this service has never saved it.

    Comments on such items are not needed, and reading them would take most of the time. Items without comments need no
    request either.
    """
    has_comments = bool(item.fields.get(history.COMMENTS))
    return has_comments and (item_history.has_own_saves or not mapping.is_finished(item, session.site))


def _read_histories_from_feed(session: AzureSession, item_ids: set[int]) -> dict[int, history.AzureHistory]:
    """Read the histories of items from the revision feed of the project.

    Incomplete histories are left out: the feed lacks the revisions of an item from before it moved to this project.
    """
    process, people = session.site.process, session.site.people
    builders: dict[int, history.HistoryBuilder] = {}
    pages = session.client.read_revisions(None, history.history_fields(process), latest_only=False)
    for page in read_ahead(pages):
        for revision in page.values:
            if revision.id in item_ids:
                builder = builders.get(revision.id)
                if builder is None:
                    builder = builders[revision.id] = history.HistoryBuilder(process, people)
                builder.add_revision(revision)
    return {item_id: builder.result for item_id, builder in builders.items() if builder.result.is_complete}
