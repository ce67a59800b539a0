"""Recognises annotations that were copied when a person cloned an item, and records them as the service's own.

An annotation is a label or field value that the service put on an item. Comments are not copied.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

import msgspec

from connectors.tracker import FetchedItem
from connectors.writes import find_label
from rules.model import WorkItem
from sync.store import Transaction, items, writes
from sync.store.records import Annotation

_CLONE_LINK = "clone"
"""Part of the names of links between clones and their originals."""


def adopt_cloned_annotations(
    transaction: Transaction, tracker: str, created: Sequence[FetchedItem], now: datetime
) -> None:
    """Record labels and field values on new items as the service's annotations if they were copied from other items.

    Args:
        created: Items that were not in scope before the pull. Those that have only returned may have annotations.
    """
    if not created:
        return
    annotations = [
        annotation for annotation in writes.annotations(transaction, tracker) if not annotation.changed_by_others
    ]
    annotated_ids = {annotation.item for annotation in annotations}
    for fetched in created:
        if fetched.item.id in annotated_ids:
            continue
        adopted_keys: set[tuple[str, str]] = set()
        for original in _find_originals(fetched, annotations):
            annotation_key = (original.kind, original.name)
            if annotation_key not in adopted_keys and _is_clone(
                fetched.item, items.item_by_id(transaction, tracker, original.item)
            ):
                adopted_keys.add(annotation_key)
                changes = {"item": fetched.item.id, "key": fetched.item.key, "before": None, "written": now}
                writes.put_annotation(transaction, msgspec.structs.replace(original, **changes))


def _find_originals(fetched: FetchedItem, annotations: Sequence[Annotation]) -> Iterator[Annotation]:
    """Yield the annotations on other items that may have been copied to a new item when it was created."""
    item = fetched.item
    for annotation in annotations:
        if item.created is None or annotation.written > item.created:
            continue
        if annotation.kind == "label" and find_label(annotation.name, item.labels) is not None:
            yield annotation
        elif annotation.kind == "field" and annotation.name not in fetched.last_editors.fields:
            value = item.fields.get(annotation.name)
            if value is not None and value == annotation.value:
                yield annotation


def _is_clone(item: WorkItem, original: WorkItem | None) -> bool:
    """Whether an item looks like a clone of the original: it has a clone link to the original, or its title."""
    if original is None:
        return False
    is_linked = any(link.target == original.key and _CLONE_LINK in link.kind.casefold() for link in item.links)
    return is_linked or (bool(original.title) and _contains_title(item.title, original.title))


def _contains_title(title: str, original_title: str) -> bool:
    """Whether a title is the original title, perhaps with words before or after it, such as "Copy of"."""
    return title == original_title or title.endswith(f" {original_title}") or title.startswith(f"{original_title} ")
