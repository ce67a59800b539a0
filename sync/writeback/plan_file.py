"""A plan in a file: looked at today, applied tomorrow, and only where nothing has moved in between."""

import hashlib
from collections.abc import Mapping
from datetime import datetime

import msgspec
from msgspec import Struct

from rules.model import WorkItem
from sync.store.records import CommentCall, CommentContent
from sync.writeback.plan import HeldBack, ItemPlan, Plan

FORMAT = "backlog-steward plan"
VERSION = 1


class PlanFileError(ValueError):
    """A file that cannot be applied; the message says why."""


class PlanFile(Struct, frozen=True, kw_only=True):
    """What stands in a plan file.

    Attributes:
        format, version: Of the file.
        made: When.
        installation: Which installation of the service made it; no other may apply it.
        digest: Of the plans, so that an edit by hand is noticed.
        plans: One a tracker.
    """

    format: str = FORMAT
    version: int = VERSION
    made: datetime
    installation: str
    digest: str
    plans: tuple[Plan, ...]


class _Head(Struct):
    """What is looked at first: files of other versions may hold anything else."""

    format: str = ""
    version: int = 0
    plans: msgspec.Raw = msgspec.Raw()


def to_file(plans: tuple[Plan, ...], installation: str, made: datetime) -> bytes:
    """The content of a plan file."""
    held = PlanFile(made=made, installation=installation, digest=_digest(msgspec.json.encode(plans)), plans=plans)
    return msgspec.json.format(msgspec.json.encode(held), indent=2) + b"\n"


def from_file(content: bytes, installation: str) -> PlanFile:
    """Reads a plan file.

    Raises:
        PlanFileError: It is none, of another version or installation, or was changed since it was written.
    """
    try:
        head = msgspec.json.decode(content, type=_Head)
    except msgspec.DecodeError:
        head = _Head()
    if head.format != FORMAT:
        raise PlanFileError("This is no plan; `steward plan -o FILE` writes one.")
    if head.version != VERSION:
        raise PlanFileError(f"The plan is of version {head.version}, and this version of the service reads {VERSION}.")
    try:
        held = msgspec.json.decode(content, type=PlanFile)
    except msgspec.DecodeError as error:
        raise PlanFileError(f"The plan cannot be read: {error}.") from None
    if held.installation != installation:
        raise PlanFileError("The plan was made by another installation of the service, with another store.")
    if held.digest != _digest(head.plans):
        raise PlanFileError("The plan was changed since it was written; make a new one.")
    return held


def _digest(plans: bytes | msgspec.Raw) -> str:
    """The hash of plans as they stand in the file, so that a field of a later version changes no file's hash."""
    return hashlib.sha256(msgspec.json.format(bytes(plans), indent=-1)).hexdigest()


def still_wanted(given: Plan, fresh: Plan, items: Mapping[str, WorkItem]) -> tuple[Plan, list[HeldBack]]:
    """What of a plan would be planned again now, word by word as it stands there, and why the rest would not.

    Args:
        given: The plan as it was made.
        fresh: What would be planned now, without a budget.
        items: Items as they are now, by id; those that left the scope are missing.
    """
    now = {item.item: item for item in fresh.items}
    kept: list[ItemPlan] = []
    refused: list[HeldBack] = []
    for planned in given.items:
        why = _moved(planned, now.get(planned.item), items.get(planned.item), fresh)
        if why:
            refused.append(HeldBack(planned.key, "moved since the plan", why))
        else:
            kept.append(planned)
    return Plan(tracker=given.tracker, items=tuple(kept), held=given.held), refused


def _moved(planned: ItemPlan, now: ItemPlan | None, item: WorkItem | None, fresh: Plan) -> str:
    if item is None:
        return "The item is gone, or is no longer looked after."
    if item.version != planned.version:
        return "The item was changed since the plan was made."
    if now is None:
        because = next((held.because for held in fresh.held if held.key == planned.key), "")
        return f"It would not be written any more. {because}".rstrip()
    if now.edit != planned.edit or not _same(now.comment, planned.comment):
        return "Something else would be written now: a decision, a rule or what we wrote there has changed."
    return ""


def _same(one: CommentCall | None, other: CommentCall | None) -> bool:
    """Whether two calls mean the same; figures in a text that drift by themselves make no difference."""
    if one is None or other is None:
        return one is other
    return (one.action, one.comment, _basis(one.content), _basis(one.before)) == (
        other.action,
        other.comment,
        _basis(other.content),
        _basis(other.before),
    )


def _basis(content: CommentContent | None) -> str | None:
    return content.basis if content is not None else None
