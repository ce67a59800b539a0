"""The database schema as SQLModel tables. All times are in UTC. No table is about people.

Reads and writes use SQLAlchemy Core. The models do not validate data, because it has been validated before. In every
table, `tracker` is the tracker's name in the settings, `item` is an item's id in its tracker, `key` is its key, such as
PAY-12, and `payload` is a whole object as JSON; other columns repeat the parts that queries search for.
"""

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import Index, LargeBinary, MetaData, Text
from sqlmodel import Field, SQLModel

from sync.store.types import UtcDateTime

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class _Table(SQLModel):
    """The base of all tables."""

    metadata: ClassVar[MetaData] = metadata


def _timestamp(**options: Any) -> Any:
    """A column for a time in UTC."""
    return Field(sa_type=UtcDateTime, **options)


def _text(**options: Any) -> Any:
    """A column for a text of any length."""
    return Field(sa_type=Text, **options)


class StoredValueRow(_Table, table=True):
    """A small value that is stored under a name; see `stored_values`. Earlier versions called it a fact."""

    __tablename__: ClassVar[str] = "fact"

    name: str = Field(primary_key=True)
    value: str = _text()


class TrackerStateRow(_Table, table=True):
    """How far a tracker has been read; see `tracker_states.TrackerState`."""

    __tablename__: ClassVar[str] = "tracker_state"

    tracker: str = Field(primary_key=True)
    fingerprint: str
    position: str | None = _text(default=None)
    first_round: datetime | None = _timestamp(default=None)
    last_good: datetime | None = _timestamp(default=None)
    trouble: str | None = _text(default=None)
    trouble_since: datetime | None = _timestamp(default=None)
    rank_order: bytes = Field(sa_type=LargeBinary, default=b"[]")
    """Ids of the items in scope in rank order, as a JSON list."""
    ordered: bool = True
    """Whether people see the items in this order in the tracker."""
    on_backlog: bytes | None = Field(sa_type=LargeBinary, default=None)
    """Ids of the items on some board or backlog, as a JSON list; null if unknown."""
    approved: str | None = None
    """Hash of the settings under which a person last approved writing, or `tracker_states.APPROVAL_REVOKED`."""


class ItemRow(_Table, table=True):
    """A work item: columns to search for, and the whole item as JSON."""

    __tablename__: ClassVar[str] = "work_item"
    __table_args__: ClassVar[Any] = (
        Index("ix_work_item_state", "tracker", "gone", "is_open", "id", "version"),
        Index("ix_work_item_key", "key"),
    )

    tracker: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    key: str
    version: str
    is_open: bool
    resolved: datetime | None = _timestamp(default=None)
    payload: bytes = Field(sa_type=LargeBinary)
    gone: str | None = None
    """Why it is no longer in scope: "gone" (deleted, or hidden from the service) or "moved" (out of the scope)."""
    gone_since: datetime | None = _timestamp(default=None)
    history: bytes | None = Field(sa_type=LargeBinary, default=None)
    """Its changes, oldest first, as a JSON list of `FieldChange`; null if there are none."""


class FindingRow(_Table, table=True):
    """A finding of a rule, with its status in the last round, which is the last pass over the tracker."""

    __tablename__: ClassVar[str] = "finding"
    __table_args__: ClassVar[Any] = (Index("ix_finding_item", "tracker", "item"),)

    id: str = Field(primary_key=True)
    tracker: str
    item: str
    key: str
    rule: str
    severity: str
    state: str
    """A `FindingState`."""
    because: str = _text(default="")
    """The reason for the state, in one sentence."""
    evidence_hash: str
    """A hash of the facts that the finding is about. It changes when there is new evidence."""
    payload: bytes = Field(sa_type=LargeBinary)
    """A `Finding`."""
    first_seen: datetime = _timestamp()
    last_seen: datetime = _timestamp()
    """When the row was last written. A row that does not change is not written, although the finding is still there."""
    cleared: datetime | None = _timestamp(default=None)
    stands: bool = True
    """Whether the last round found it."""
    baseline: bool = False
    """Whether it was found in the first round at this tracker, so that it is older than the service's work there."""
    since: datetime | None = _timestamp(default=None)
    """When it entered its state; null if it was stored before this column existed."""


class RoundRow(_Table, table=True):
    """One round (one pass over a tracker), with its times and its outcome."""

    __tablename__: ClassVar[str] = "round"
    __table_args__: ClassVar[Any] = (Index("ix_round_tracker_started", "tracker", "started"),)

    id: str = Field(primary_key=True)
    tracker: str
    kind: str
    """What was run: "round" for a whole round, "pull" for reading and judging without writing (earlier versions),
    "apply" for the writes of a plan, "undo" for taking writes back, or "adopt" for recording the service's comments
    that the store lacked."""
    started: datetime = _timestamp()
    ended: datetime | None = _timestamp(default=None)
    outcome: str = "running"
    """One of "running", "done", "stopped" (ended early, with a plan) and "trouble" (any other early end)."""
    writes: int = 0
    """Number of changes in the tracker."""
    summary: bytes = Field(sa_type=LargeBinary, default=b"{}")
    """A `RoundSummary` as JSON: counts and messages for reports."""


class OutboxRow(_Table, table=True):
    """A call that changes an item: stored before it is sent, and settled (its outcome is stored) after its reply."""

    __tablename__: ClassVar[str] = "outbox"
    __table_args__: ClassVar[Any] = (Index("ix_outbox_state", "tracker", "state"),)

    id: int | None = Field(default=None, primary_key=True)
    round: str
    tracker: str
    item: str
    key: str
    state: str = "intended"
    """One of "intended", "done", "refused" (by the tracker) and "abandoned" (it did not take effect)."""
    payload: bytes = Field(sa_type=LargeBinary)
    """A `Call`."""
    created: datetime = _timestamp()
    settled: datetime | None = _timestamp(default=None)


class LedgerRow(_Table, table=True):
    """One change that the service made to an item. Rows are added and never changed."""

    __tablename__: ClassVar[str] = "ledger"
    __table_args__: ClassVar[Any] = (
        Index("ix_ledger_round", "round"),
        Index("ix_ledger_item", "tracker", "item"),
        Index("ix_ledger_kind", "kind", "tracker", "at"),
    )

    id: int | None = Field(default=None, primary_key=True)
    round: str
    tracker: str
    item: str
    key: str
    kind: str
    """One of "comment", "label" and "field"."""
    name: str
    """Id of the comment, the label itself, or id of the field."""
    before: bytes | None = Field(sa_type=LargeBinary, default=None)
    """The former `Value` as JSON; the JSON null if there was none. No row has a database null here or in `after`."""
    after: bytes | None = Field(sa_type=LargeBinary, default=None)
    """The new `Value` as JSON; the JSON null if it was removed."""
    at: datetime = _timestamp()


class AnnotationRow(_Table, table=True):
    """An annotation that is on an item at present: a comment, label or field value that the service wrote.

    Earlier versions called it a mark.
    """

    __tablename__: ClassVar[str] = "mark"

    tracker: str = Field(primary_key=True)
    item: str = Field(primary_key=True)
    kind: str = Field(primary_key=True)
    name: str = Field(primary_key=True)
    key: str
    payload: bytes = Field(sa_type=LargeBinary)
    written: datetime = _timestamp()


class DecisionRow(_Table, table=True):
    """An entry of the decision log."""

    __tablename__: ClassVar[str] = "decision"
    __table_args__: ClassVar[Any] = (Index("ix_decision_item", "tracker", "item"),)

    id: str = Field(primary_key=True)
    tracker: str
    item: str
    at: datetime = _timestamp()
    reply: str | None = _text(default=None)
    """Id of the comment that it was read from."""
    payload: bytes = Field(sa_type=LargeBinary)


class PromotionRow(_Table, table=True):
    """A promoted rule, which may write. Rows are added and never changed."""

    __tablename__: ClassVar[str] = "promotion"

    rule: str = Field(primary_key=True)
    fingerprint: str = Field(primary_key=True)
    """A hash of the rule's version and settings."""
    at: datetime = _timestamp()
    how: str
    """How it was promoted: a command, or "first writing" if it was in force when the service first wrote."""


class LeaseRow(_Table, table=True):
    """A lease: the right of a process to work for a limited time. The token increases with every new holder."""

    __tablename__: ClassVar[str] = "lease"

    name: str = Field(primary_key=True)
    holder: str
    token: int
    expires: datetime = _timestamp()


class SlackMessageRow(_Table, table=True):
    """The message of a channel on one day; see `slack_messages.SlackMessage`."""

    __tablename__: ClassVar[str] = "slack_message"

    channel: str = Field(primary_key=True)
    day: str = Field(primary_key=True)
    channel_id: str
    ts: str
    hash: str
    details: bytes | None = Field(sa_type=LargeBinary, default=None)
    """What it announced and the replies in its thread, as JSON; null if it was posted before this column existed."""


class SnapshotRow(_Table, table=True):
    """A day's counts of a tracker's backlog, from which trends are drawn."""

    __tablename__: ClassVar[str] = "snapshot"

    tracker: str = Field(primary_key=True)
    day: str = Field(primary_key=True)
    payload: bytes = Field(sa_type=LargeBinary)


class VerdictRow(_Table, table=True):
    """What each rule found in an open item (its verdict), as in `rules.remembered.RememberedItem`."""

    __tablename__: ClassVar[str] = "verdict"

    tracker: str = Field(primary_key=True)
    item: str = Field(primary_key=True)
    basis: bytes = Field(sa_type=LargeBinary)
    """The digests of the item and of its relatives: its parent, its children and the items that it is linked to."""
    outcomes: bytes = Field(sa_type=LargeBinary)
    """The `RuleOutcome` of each rule, encoded."""
    hits: bytes = Field(sa_type=LargeBinary)
    """The hits of the rules on the item, encoded; empty if there are none."""
