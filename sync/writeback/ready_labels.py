"""The labels that say that an item is ready for a purpose.

A readiness profile lists what an item needs before it is ready for a purpose, such as a sprint. The setting
`write.ready_labels` names the label of each profile.

Such a label is set on open items that are ready and that nobody has started. It is removed when the item has not been
ready for 24 hours, so that it survives a temporary edit. While it is not known whether an item is ready, the label
is neither set nor removed. If a person removes the label from an item, that is stored as a decision about the label,
and the label is not set there again while the decision is in force.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from msgspec import Struct, field

GRACE_PERIOD = timedelta(hours=24)
"""How long an item keeps the label after it has stopped being ready."""
_RULE_PREFIX = "ready:"
"""Distinguishes the names under which people's decisions about these labels are stored from the ids of rules."""


class ReadyLabel(Struct, frozen=True, kw_only=True):
    """The label of one profile, as of one round.

    Attributes:
        ready_ids: Ids of the items that are ready; `ready` in JSON.
        not_ready_since: The times since which items with the label have not been ready, by item id.
    """

    profile: str
    ready_ids: frozenset[str] = field(name="ready", default=frozenset())
    not_ready_since: dict[str, datetime] = field(default_factory=dict)

    @property
    def rule(self) -> str:
        """The name under which people's decisions about the label are stored, in place of a rule's id."""
        return f"{_RULE_PREFIX}{self.profile}"

    def may_stay(self, item_id: str, now: datetime) -> bool:
        """Whether the label stays on an item that has it."""
        since = self.not_ready_since.get(item_id)
        return since is None or now - since < GRACE_PERIOD


ReadyLabels = Mapping[str, ReadyLabel]
"""The labels of all profiles, by the label itself."""


def is_about_ready_label(rules: tuple[str, ...]) -> bool:
    """Whether something that the service put on an item is the label of a profile.

    Args:
        rules: Its `Annotation.rules`: ids of rules or, for the label of a profile, its `ReadyLabel.rule`.
    """
    return bool(rules) and all(rule.startswith(_RULE_PREFIX) for rule in rules)
