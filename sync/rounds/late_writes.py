"""Records the service's writes that took effect after they had seemed to fail, for example because of a slow proxy."""

from connectors.bulk_reads import is_request_specific
from connectors.errors import ConnectorError
from sync.mirror.unknown_comments import UnknownComment, save_unknown_comments
from sync.rounds.result import RoundResult
from sync.store import writes
from sync.writeback.outbox import Outbox


def record_late_writes(outbox: Outbox, result: RoundResult) -> None:
    """Record the service's labels, fields and comments that are on items but not in the ledger, the record of writes.

    If nothing was ever written to the tracker from this store, no write can be late, and the service's comments there
    stay unknown. They also stay unknown if the store does not know the round that wrote them, because the store was
    then restored from an older backup.
    """
    outbox.record_late_edits()
    unknown, name = result.pulled.unknown, outbox.tracker.name
    with outbox.database.reading() as transaction:
        has_written = writes.has_written(transaction, name)
    # A comment has a `round_id` only if the store does not know that round.
    if not unknown or not has_written or any(comment.round_id for comment in unknown):
        return
    still_unknown: list[UnknownComment] = []
    for comment in unknown:
        adopted_ids = adopt_late_comments(outbox, comment.item_id, comment.key)
        if adopted_ids is None:
            still_unknown.append(comment)
        elif adopted_ids:
            result.notes.append(f"{comment.key}: an earlier write took effect late. Its comment is recorded as ours.")
    with outbox.database.writing() as transaction:
        save_unknown_comments(transaction, name, still_unknown)
    # Unknown comments would stop all writes of the round. An item that cannot be read is not written either, so its
    # comments cannot be duplicated, and the other items may be written.
    result.pulled.unknown = ()


def adopt_late_comments(outbox: Outbox, item_id: str, key: str) -> list[str] | None:
    """Record the service's comments on an item that are not in the ledger.

    Returns:
        The ids of the comments that were recorded; None if the item cannot be read.
    """
    try:
        return outbox.adopt(key, outbox.target.get_snapshot(item_id))
    except ConnectorError as error:
        if not is_request_specific(error):
            raise
        return None
