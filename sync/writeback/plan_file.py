"""The plan file: saves plans for a review, and determines which parts of them can still be applied later.

`steward plan -o FILE` writes it, and `steward apply FILE` reads it. The scope is the items that the settings select.
"""

import hashlib
from collections.abc import Mapping
from datetime import datetime

import msgspec
from msgspec import Struct

from rules.model import WorkItem
from sync.store.records import CommentCall
from sync.writeback.planning.plan import ItemPlan, Plan, SkippedWrite

_FORMAT = "backlog-steward plan"
"""The value of `format`, by which a plan file is recognised."""
_VERSION = 1
"""The version of the file format."""


class PlanFileError(ValueError):
    """The file cannot be applied; the message says why."""


class PlanFile(Struct, frozen=True, kw_only=True):
    """The content of a plan file.

    Attributes:
        made: When the plans were made, UTC.
        installation: Id of the installation that made the plans. No other installation may apply them.
        digest: A hash of the plans, to detect manual edits.
        plans: One plan for each tracker.
    """

    format: str = _FORMAT
    version: int = _VERSION
    made: datetime
    installation: str
    digest: str
    plans: tuple[Plan, ...]


class _Header(Struct):
    """The part of a plan file that is decoded first, because the format of the rest depends on the version."""

    format: str = ""
    version: int = 0
    plans: msgspec.Raw = msgspec.Raw()


def encode_plan_file(plans: tuple[Plan, ...], installation: str, made: datetime) -> bytes:
    """Encode a plan file."""
    file = PlanFile(made=made, installation=installation, digest=_digest(msgspec.json.encode(plans)), plans=plans)
    return msgspec.json.format(msgspec.json.encode(file), indent=2) + b"\n"


def decode_plan_file(content: bytes, installation: str) -> PlanFile:
    """Decode a plan file.

    Raises:
        PlanFileError: It is not a plan file, is from another version or installation, or was edited.
    """
    try:
        header = msgspec.json.decode(content, type=_Header)
    except msgspec.DecodeError:
        header = _Header()
    if header.format != _FORMAT:
        raise PlanFileError("This is not a plan file. Create one with `steward plan -o FILE`.")
    if header.version != _VERSION:
        raise PlanFileError(
            f"The plan file has version {header.version}, but this version of the service reads version {_VERSION}. "
            "Make a new one with `steward plan -o FILE`."
        )
    try:
        file = msgspec.json.decode(content, type=PlanFile)
    except msgspec.DecodeError as error:
        raise PlanFileError(f"The plan file cannot be read: {error}.") from None
    if file.installation != installation:
        raise PlanFileError(
            "The plan was made by another installation of the service, which has its own store. Apply it there, or "
            "make a new one here with `steward plan -o FILE`."
        )
    if file.digest != _digest(header.plans):
        raise PlanFileError(
            "The plan file was edited after it was written. Make a new one with `steward plan -o FILE`."
        )
    return file


def _digest(plans: bytes | msgspec.Raw) -> str:
    """A hash of the plans as they are in the file, so that fields added in later versions do not change it."""
    # The indent -1 removes the white space.
    return hashlib.sha256(msgspec.json.format(bytes(plans), indent=-1)).hexdigest()


def revalidate_plan(saved: Plan, current: Plan, items: Mapping[str, WorkItem]) -> tuple[Plan, list[SkippedWrite]]:
    """Return the part of a saved plan that would be planned again now, unchanged, and why the rest would not.

    Args:
        current: A plan made now, without a limit on the number of items.
        items: Current items by id, without those that have left the scope.
    """
    replanned = {planned.item: planned for planned in current.items}
    valid: list[ItemPlan] = []
    outdated: list[SkippedWrite] = []
    for planned in saved.items:
        reason = _why_outdated(planned, replanned.get(planned.item), items.get(planned.item), current)
        if reason:
            outdated.append(SkippedWrite(planned.key, "changed since the plan", reason))
        else:
            valid.append(planned)
    return Plan(tracker=saved.tracker, items=tuple(valid), skipped_writes=saved.skipped_writes), outdated


def _why_outdated(saved: ItemPlan, replanned: ItemPlan | None, item: WorkItem | None, current: Plan) -> str:
    """Why the saved plan of an item can no longer be applied, as a sentence; empty if it can."""
    if item is None:
        return "The item was deleted or has left the scope."
    if item.version != saved.version:
        return "The item has changed since the plan was made."
    if replanned is None:
        skip_reason = next((skipped.reason for skipped in current.skipped_writes if skipped.key == saved.key), "")
        return f"Nothing would be written on it now. {skip_reason}".rstrip()
    if replanned.edit != saved.edit or _comparable_parts(replanned.comment) != _comparable_parts(saved.comment):
        return "The plan would be different now: a decision, a rule or what the service wrote there has changed."
    return ""


def _comparable_parts(call: CommentCall | None) -> tuple[str | None, ...]:
    """The parts of a planned request about the service's comment that have to be equal; empty if there is none.

    Of the new and the old content, only the basis counts: a hash of what the text is made from. It leaves out numbers
    that change from day to day.
    """
    if call is None:
        return ()
    bases = (content.basis if content is not None else None for content in (call.content, call.before))
    return (call.action, call.comment_id, *bases)
