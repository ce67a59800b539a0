"""What a rule is, and the register of all of them.

A rule lives in a module of its own under `rules/checks/`, named after the pattern it flags. The module's docstring is
its manual page, and the examples in it are its tests: see `docs/add-a-rule.md`.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any, ClassVar, Generic, Literal, NamedTuple, TypeVar

from msgspec import Struct, field
from pydantic import BaseModel, ConfigDict, Field

from rules.model import Backlog, Category, Facts, Kind, Severity, WorkItem

Mode = Literal["shadow", "write"]
"""Whether findings are only reported, or also written to items."""


class Message(NamedTuple):
    """The sentences of one variant of a rule, with {placeholders} for facts."""

    evidence: str
    question: str
    resolution: str


class Hit(Struct, frozen=True, kw_only=True):
    """One thing a rule noticed about an item.

    Attributes:
        variant: Which of the rule's messages applies.
        facts: Values for the message's placeholders, and whatever else explains the verdict.
        place: Where in the item; empty for the whole.
        at_most: Caps the severity that the team configured: some variants are worth no warning.
    """

    variant: str
    facts: Facts = field(default_factory=dict)
    place: str = ""
    at_most: Severity = Severity.WARNING


class RuleOptions(BaseModel):
    """What can be set for every rule in rules.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    severity: Annotated[
        Literal["info", "warning", "off"],
        Field(description="How much a finding matters: info is label and field only, warning may become a comment."),
    ] = "info"
    types: Annotated[
        tuple[str, ...],
        Field(
            description="Which items are judged: story, bug, task, sub-task, feature, epic, initiative, other, "
            "or a type as your tracker names it. Empty: whatever the rule judges by itself."
        ),
    ] = ()
    mode: Annotated[
        Mode | None,
        Field(description="shadow reports findings of this rule and writes none of them. The strictest mode wins."),
    ] = None

    @property
    def period(self) -> timedelta:
        """How far back the rule looks at finished items."""
        return timedelta()


Options = TypeVar("Options", bound=RuleOptions)


class Rule(ABC, Generic[Options]):
    """One rule with one team's options, ready to judge a backlog.

    Class attributes:
        id: Name in rules.yaml, comments and reports; names the pattern, never the remedy.
        title: The pattern in a few words, for lists.
        options: Shape of the rule's settings.
        messages: Sentences by variant. Every variant says how to clear it.
        whole: The one question put to the team when the rule flags most of what it judges; placeholders {flagged}
            and {judged}.
        kinds: Kinds judged where the team names no types.
        drifting: Facts that change without anybody touching the item, such as n and its window. They alone are no news:
            a comment is not rewritten for them.
        version: Raised when the verdicts or sentences of this rule change; a changed rule starts in shadow again.
    """

    id: ClassVar[str]
    title: ClassVar[str]
    options: ClassVar[type[RuleOptions]] = RuleOptions
    messages: ClassVar[Mapping[str, Message]]
    whole: ClassVar[str]
    kinds: ClassVar[frozenset[Kind]] = frozenset({Kind.STORY})
    drifting: ClassVar[frozenset[str]] = frozenset()
    version: ClassVar[int] = 1

    def __init__(self, options: Options) -> None:
        self.settings = options

    def judges(self, item: WorkItem) -> bool:
        """Whether this item is of a kind the rule speaks about, and still to be started."""
        if not item.is_open or item.category is Category.IN_PROGRESS:
            return False
        if not self.settings.types:
            return item.kind in self.kinds
        wanted = {name.casefold() for name in self.settings.types}
        return item.kind.value in wanted or item.type.casefold() in wanted

    def study(self, backlog: Backlog, now: datetime) -> tuple[str, ...]:
        """Learns what it needs from the whole backlog, once, before any item is checked.

        Returns:
            What the rule cannot judge here and why, one sentence each ("not enough data (n=7): ..."). A rule yields
            nothing for what it cannot judge.
        """
        del backlog, now
        return ()

    @abstractmethod
    def check(self, item: WorkItem) -> Iterator[Hit]:
        """What is noticed about one item that the rule judges."""


_registry: dict[str, type[Rule[Any]]] = {}


def register(rule: type[Rule[Any]]) -> type[Rule[Any]]:
    """Class decorator that makes a rule known under its id."""
    if rule.id in _registry:
        raise ValueError(f"two rules are named {rule.id!r}: {_registry[rule.id].__module__} and {rule.__module__}")
    if stuck := [variant for variant, message in rule.messages.items() if not message.resolution.strip()]:
        raise ValueError(f"rule {rule.id!r} does not say how to clear {', '.join(stuck)}")
    _registry[rule.id] = rule
    return rule


def all_rules() -> Mapping[str, type[Rule[Any]]]:
    """Every rule by id, in alphabetical order."""
    import rules.checks  # noqa: F401, PLC0415 - importing them registers them

    return dict(sorted(_registry.items()))
