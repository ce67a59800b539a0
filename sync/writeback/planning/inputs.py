"""What planning depends on: for a whole tracker, and for one item.

An annotation is a comment, label or field value that the service put on an item. A `Refusal` is the reason why an item
has no WSJF score (weighted shortest job first: the cost of delay divided by the job size). All other refusals are the
tracker's.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from connectors.connection import Capabilities
from rules.lifecycle import FindingStatus
from rules.model import Decision, WorkItem
from rules.priority.wsjf import Refusal, Score, WsjfOptions, wsjf
from sync.messages import Messages
from sync.opt_in_fields.fields import OptInField
from sync.settings import Write
from sync.store.records import Annotation
from sync.writeback.labels import LabelSetting
from sync.writeback.planning.plan import SkippedWrite
from sync.writeback.ready_labels import ReadyLabels
from sync.writeback.refusals import ProjectRefusal

NOT_KEPT_TWICE = "The tracker accepted it twice and did not keep it, so it is not tried again."
EDIT_WAR = "It was undone twice after we wrote it, so it is not written again."
"""Sentences for `SkippedWrite.reason` that several modules use: about a comment, label or field value that the tracker
accepted but that was not on the item afterwards, and about one that others kept undoing."""


@dataclass(frozen=True)
class PlanInputs:
    """Everything that a plan depends on. The mappings from `statuses` to `notices` are by item id.

    Attributes:
        tracker: The tracker's name in the settings.
        items: The items to plan: open ones in rank order, then others with annotations.
        statuses: The findings, with their states.
        decisions: Decisions in force at `now`.
        annotations: The service's annotations.
        edit_wars: Kinds of annotation that are no longer written ("label", "field", "comment"), because others undid
            them twice.
        notices: Lines for the service's comments that say why commands in people's replies or labels were rejected.
        refused_items: Ids of items on which the tracker has refused a write within the last day. They are planned last.
        missing_items: Ids of items that were missing when the tracker was last read. Nothing is written to them.
        bulk_changed_items: Ids of items on which somebody made the same change to many of the service's annotations at
            once. The team is asked what it means, and nothing is written to them until it answers.
        project_refusals: What the tracker has refused in a whole project. It is not written there.
        capabilities: The operations that the tracker supports.
        write: The settings for writing.
        label_setting: Whether labels are written, and which.
        ready_labels: The labels of readiness profiles, and which items are ready. Such a profile lists what an item
            needs before it is ready for a purpose, such as a sprint.
        opt_in_fields: The fields that may be written, by their name in the configuration.
        wsjf: Which kinds of items get a WSJF score.
        absent_score_inputs: Names of the inputs of the WSJF score for which the tracker has no field, such as "job
            size".
        rule_pages_url: The base address of the rules' pages; None if they are not published.
    """

    tracker: str
    now: datetime
    items: Sequence[WorkItem]
    statuses: Mapping[str, Sequence[FindingStatus]]
    decisions: Mapping[str, Sequence[Decision]]
    annotations: Mapping[str, Sequence[Annotation]]
    edit_wars: Mapping[str, Collection[str]]
    notices: Mapping[str, Sequence[str]]
    refused_items: Collection[str]
    missing_items: Collection[str]
    bulk_changed_items: Collection[str]
    project_refusals: Sequence[ProjectRefusal]
    capabilities: Capabilities
    write: Write
    label_setting: LabelSetting
    ready_labels: ReadyLabels
    opt_in_fields: Mapping[str, OptInField]
    wsjf: WsjfOptions
    absent_score_inputs: Collection[str]
    rule_pages_url: str | None
    messages: Messages

    def wsjf_score_to_show(self, item: WorkItem) -> Score | Refusal | None:
        """Return the WSJF score of an item, or why it has none; None if it needs none.

        It also needs none if an input is missing for which the tracker has no field, because nobody could fill it in.
        """
        score = wsjf(item, self.wsjf)
        is_hidden = isinstance(score, Refusal) and not set(score.missing).isdisjoint(self.absent_score_inputs)
        return None if is_hidden else score

    def start_draft(self, item: WorkItem) -> "ItemDraft":
        """Start the draft of one item, with the part of the inputs that is about it."""
        return ItemDraft(
            item,
            self.annotations.get(item.id, ()),
            self.statuses.get(item.id, ()),
            self.decisions.get(item.id, ()),
            self.edit_wars.get(item.id, ()),
            self.notices.get(item.id, ()),
        )

    def is_refused_in_project(self, item: WorkItem, part: str) -> bool:
        """Whether the tracker refuses a part of a write in the item's project; see `ProjectRefusal.part`."""
        return any((refusal.project, refusal.part) == (item.project, part) for refusal in self.project_refusals)


@dataclass
class ItemDraft:
    """One item while it is planned: the inputs about it, and the writes that are skipped.

    Attributes:
        annotations, statuses, decisions, edit_wars, notices: As in `PlanInputs`, for this item.
        skipped_writes: What is not written to the item; planning adds to it.
    """

    item: WorkItem
    annotations: Sequence[Annotation]
    statuses: Sequence[FindingStatus]
    decisions: Sequence[Decision]
    edit_wars: Collection[str]
    notices: Sequence[str]
    skipped_writes: list[SkippedWrite] = field(default_factory=list)

    def find_annotation(self, kind: str, name: str | None = None) -> Annotation | None:
        """The first annotation of this kind and, unless it is None, this name; None if there is none."""
        matching = (
            annotation for annotation in self.annotations if annotation.kind == kind and name in (None, annotation.name)
        )
        return next(matching, None)

    @property
    def comments(self) -> list[Annotation]:
        """The service's comments that are on the item and that nobody else has changed."""
        return [
            annotation
            for annotation in self.annotations
            if annotation.kind == "comment"
            and annotation.value is not None
            and not (annotation.changed_by_others or annotation.is_missing)
        ]

    def skip(self, what: str, reason: str) -> None:
        """Record that something is not written, and why."""
        self.skipped_writes.append(SkippedWrite(self.item.key, what, reason))
