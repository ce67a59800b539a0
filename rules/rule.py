"""What a rule is, and how it is made known.

A rule lives in a module of its own under `rules/checks/`, named after the pattern it flags. The module's docstring is
its manual page, and the examples in it are its tests: see `docs/add-a-rule.md`.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any, ClassVar, Generic, Literal, NamedTuple, TypeVar

from msgspec import Struct, field
from pydantic import BaseModel, ConfigDict, Field

from rules.message_templates import MessageTemplate, TemplateError, Words, fill
from rules.model import Backlog, Facts, ItemKind, Severity, StatusCategory, WorkItem

Mode = Literal["shadow", "write"]
"""Whether findings are only reported, or also written to items."""


class Message(NamedTuple):
    """The sentences of one variant of a rule, with {places} for facts: see `rules.message_templates`."""

    evidence: str
    question: str
    resolution: str

    def fill(self, facts: Facts, words: Words | None = None) -> "Message":
        """The same with the facts in their places, in English."""
        return Message(*(fill(sentence, facts, words=words) for sentence in self))


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


class Unjudged(Struct, frozen=True, kw_only=True):
    """Something that a rule could not judge, and why.

    Attributes:
        text: In one English sentence.
        variant: Which of the rule's `limits` says it; empty for a sentence that is no other language's.
        facts: Values for its places.
    """

    text: str
    variant: str = ""
    facts: Facts = field(default_factory=dict)

    def __str__(self) -> str:
        return self.text


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
        messages: Sentences by variant, in English. Every variant says how to clear it.
        whole: The one question put to the team when the rule flags most of what it judges; placeholders {flagged}
            and {judged}.
        limits: Sentences by variant about what cannot be judged.
        words: What the codes in facts are called, by the fact's name. Facts hold figures, codes and words of the item;
            nothing of any language, so that the same evidence is the same in all of them.
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
    limits: ClassVar[Mapping[str, str]] = {}
    words: ClassVar[Words] = {}
    kinds: ClassVar[frozenset[ItemKind]] = frozenset({ItemKind.STORY})
    drifting: ClassVar[frozenset[str]] = frozenset()
    version: ClassVar[int] = 1

    def __init__(self, options: Options) -> None:
        self.settings = options

    def judges(self, item: WorkItem) -> bool:
        """Whether this item is of a kind the rule speaks about, and still to be started."""
        if not item.is_open or item.category is StatusCategory.IN_PROGRESS:
            return False
        if not self.settings.types:
            return item.kind in self.kinds
        wanted = {name.casefold() for name in self.settings.types}
        return item.kind.value in wanted or item.type.casefold() in wanted

    @classmethod
    def says(cls, hit: Hit) -> Message:
        """What people read about a hit, in English."""
        return cls.messages[hit.variant].fill(hit.facts, cls.words)

    @classmethod
    def unjudged(cls, variant: str, **facts: str | float | bool | None) -> Unjudged:
        """One of the rule's `limits` with its facts."""
        return Unjudged(text=fill(cls.limits[variant], facts, words=cls.words), variant=variant, facts=facts)

    def study(self, backlog: Backlog, now: datetime) -> tuple[Unjudged | str, ...]:
        """Learns what it needs from the whole backlog, once, before any item is checked.

        Returns:
            What the rule cannot judge here and why ("not enough data (n=7): ..."), see `unjudged`; a plain sentence
            stays English everywhere. A rule yields nothing for what it cannot judge.
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
    _readable(rule)
    _registry[rule.id] = rule
    return rule


_TAKEN = frozenset({"whole", "limits", "words"})
"""What else stands beside the variants of a rule where its texts are kept."""


def _readable(rule: type[Rule[Any]]) -> None:
    if taken := _TAKEN & rule.messages.keys():
        raise ValueError(f"rule {rule.id!r}: a variant cannot be called {', '.join(sorted(taken))}")
    said = [rule.whole, *rule.limits.values(), *(text for codes in rule.words.values() for text in codes.values())]
    for text in (*said, *(sentence for message in rule.messages.values() for sentence in message)):
        try:
            MessageTemplate(text)
        except TemplateError as error:
            raise ValueError(f"rule {rule.id!r}: {error}") from None


def registered() -> Mapping[str, type[Rule[Any]]]:
    """The rules made known so far by id, in alphabetical order; `rules.registry` has all of them."""
    return dict(sorted(_registry.items()))
