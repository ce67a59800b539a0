"""The base class of rules, and their registration.

A rule lives in a module of its own under `rules/checks/`, named after the pattern it flags. The module's docstring is
its manual page, and the examples in it are its tests: see `docs/add-a-rule.md`.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any, ClassVar, Generic, Literal, NamedTuple, TypeVar

from msgspec import Struct, field
from pydantic import BaseModel, ConfigDict, Field

from rules.context import HIDDEN_ATTRIBUTES, Input, RuleContext
from rules.message_templates import MessageTemplate, TemplateError, Words, fill
from rules.model import Backlog, Facts, ItemKind, Severity, WorkItem

Mode = Literal["shadow", "write"]
"""shadow: findings are only reported. write: they are also written to items."""


class Message(NamedTuple):
    """The three sentences of a variant of a rule, as templates; see `rules.message_templates`."""

    evidence: str
    question: str
    resolution: str

    def fill(self, facts: Facts, words: Words | None = None) -> "Message":
        """Fill in the facts, in English."""
        return Message(*(fill(sentence, facts, words=words) for sentence in self))


class Hit(Struct, frozen=True, kw_only=True):
    """One match of a rule on an item.

    Attributes:
        variant: The variant, which selects the message.
        facts: The values of the message's placeholders, and others that explain the hit.
        place: The part of the item; empty for the whole item.
        at_most: The highest severity of this hit, even if a higher one is configured.
    """

    variant: str
    facts: Facts = field(default_factory=dict)
    place: str = ""
    at_most: Severity = Severity.WARNING


class Unjudged(Struct, frozen=True, kw_only=True):
    """A reason why a rule could not judge something.

    Attributes:
        text: The reason in English, as one sentence.
        variant: The key in the rule's `limits`; empty if the sentence is not translated.
        facts: The values of its placeholders.
    """

    text: str
    variant: str = ""
    facts: Facts = field(default_factory=dict)

    def __str__(self) -> str:
        return self.text


class RuleOptions(BaseModel):
    """The options of every rule in rules.yaml."""

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
        """How far back the rule considers finished items."""
        return timedelta()


AskedRole = Literal["product-owner", "developers", "reporter"]
"""Who usually knows the answer to a rule's question."""

Options = TypeVar("Options", bound=RuleOptions)

ALWAYS_NEEDED = frozenset({"category", "kind"})
"""The attributes that all rules need."""

NOT_KNOWN = "not-known"
"""The variant of `Unjudged` for items with an unknown attribute."""

_ATTRIBUTE_NAMES = {
    "category": "status",
    "criteria": "content of the field for acceptance criteria",
    "due": "due date",
    "kind": "type",
    "links": "links",
    "points": "size",
    "priority": "priority",
    "rank": "rank",
    "sprints": "sprint",
    "text": "description",
}


def not_known(attribute: str, items: int) -> Unjudged:
    """Make the reason why a rule did not judge items with an unknown attribute."""
    name = _ATTRIBUTE_NAMES.get(attribute, attribute)
    return Unjudged(
        text=f"The {name} of {items} open {'item' if items == 1 else 'items'} is not known.",
        variant=NOT_KNOWN,
        facts={"attribute": attribute, "items": items},
    )


class Rule(ABC, Generic[Options]):
    """One rule with one team's options, ready to judge a backlog.

    Class attributes:
        id: Its name in rules.yaml, comments and reports. It names the pattern, not the remedy.
        title: The pattern in a few words, for lists.
        subject: The subject of its questions, in one word, for the label of its findings. If empty, the id is used.
        options: The model of its settings.
        messages: The messages in English, by variant. Each says how to clear the finding.
        whole: The question to the team if the rule flags most of the items that it judges, with {flagged} and {judged}.
        limits: Sentences about what cannot be judged, by variant.
        asks: The role that is asked, unless `asks` in steward.yaml names another one.
        words: Texts for the codes in facts, by the name of the fact. Facts are numbers, codes or text of the item, so
            that evidence does not depend on the language.
        unshown: Facts by variant that no shipped sentence shows; a team's own texts may show them.
        kinds: The kinds it judges when the team does not configure types.
        inputs: The inputs that it may access in addition to the item.
        judges_started_work: Whether it also judges items that somebody works on.
        needs: Attributes of an item without which the rule says nothing about it.
        drifting: Facts that change without an edit of the item, such as n and its window. A comment is not rewritten
            if only these change.
        version: Raise it only if the findings change, because a rule with a new version begins in shadow mode. New
            wording does not need a new version.
    """

    id: ClassVar[str]
    title: ClassVar[str]
    subject: ClassVar[str] = ""
    options: ClassVar[type[RuleOptions]] = RuleOptions
    messages: ClassVar[Mapping[str, Message]]
    whole: ClassVar[str]
    asks: ClassVar[AskedRole] = "product-owner"
    limits: ClassVar[Mapping[str, str]] = {}
    words: ClassVar[Words] = {}
    unshown: ClassVar[Mapping[str, frozenset[str]]] = {}
    kinds: ClassVar[frozenset[ItemKind]] = frozenset({ItemKind.STORY})
    inputs: ClassVar[frozenset[Input]] = frozenset()
    judges_started_work: ClassVar[bool] = False
    needs: ClassVar[frozenset[str]] = frozenset()
    drifting: ClassVar[frozenset[str]] = frozenset()
    version: ClassVar[int] = 1

    context: RuleContext
    """The inputs that it may access. Available after `prepare`."""

    def __init__(self, options: Options) -> None:
        self.settings = options

    def prepare(self, backlog: Backlog, now: datetime) -> tuple[Unjudged, ...]:
        """Take in what the rule may look at of a backlog, and let it learn, before any item is judged.

        Returns:
            What the rule cannot judge, and why.
        """
        self.context = RuleContext(self.inputs, backlog, now)
        return tuple(Unjudged(text=reason) if isinstance(reason, str) else reason for reason in self.study())

    def judge(self, item: WorkItem) -> tuple[Hit, ...]:
        """Check one item of the backlog that the rule was prepared for."""
        return tuple(self.check(self.context.visible(item)))

    def judges(self, item: WorkItem) -> bool:
        """Whether the rule applies to this item, and all attributes that it needs are known."""
        return not self.unknown(item) and self.applies(item)

    def unknown(self, item: WorkItem) -> tuple[str, ...]:
        """The attributes that the rule needs and that are unknown."""
        return tuple(sorted(name for name in self.needs | ALWAYS_NEEDED if not item.is_known(name)))

    def applies(self, item: WorkItem) -> bool:
        """Whether the rule may apply to this item: its kind matches, and work on it has not begun if that matters."""
        if not item.is_open or (item.has_begun and not self.judges_started_work):
            return False
        if "kind" in item.unknown:
            return True
        if not self.settings.types:
            return item.kind in self.kinds
        types = {name.casefold() for name in self.settings.types}
        return item.kind.value in types or item.type.casefold() in types

    @classmethod
    def message(cls, hit: Hit) -> Message:
        """The message for a hit, in English."""
        return cls.messages[hit.variant].fill(hit.facts, cls.words)

    @classmethod
    def unjudged(cls, variant: str, **facts: str | float | bool | None) -> Unjudged:
        """Fill in one of the rule's `limits`."""
        return Unjudged(text=fill(cls.limits[variant], facts, words=cls.words), variant=variant, facts=facts)

    def study(self) -> tuple[Unjudged | str, ...]:
        """Learn from `context`, once, before any item is checked.

        Returns:
            What the rule cannot judge and why ("not enough data (n=7): ..."), see `unjudged`; a plain string stays
            English in every language. A rule yields no hits for what it cannot judge.
        """
        return ()

    def conclude(self) -> tuple[Unjudged, ...]:
        """Report what it could not judge of the items it has checked, once, after all of them."""
        return ()

    @abstractmethod
    def check(self, item: WorkItem) -> Iterator[Hit]:
        """Yield the hits on one item. Attributes for which the rule has not declared an input are hidden."""


_registry: dict[str, type[Rule[Any]]] = {}


def register(rule: type[Rule[Any]]) -> type[Rule[Any]]:
    """Register a rule under its id; a class decorator."""
    if rule.id in _registry:
        raise ValueError(f"two rules are named {rule.id!r}: {_registry[rule.id].__module__} and {rule.__module__}")
    if unresolved := [variant for variant, message in rule.messages.items() if not message.resolution.strip()]:
        raise ValueError(f"rule {rule.id!r} does not say how to clear {', '.join(unresolved)}")
    for name in HIDDEN_ATTRIBUTES.keys() & rule.needs:
        if HIDDEN_ATTRIBUTES[name] not in rule.inputs:
            raise ValueError(f"rule {rule.id!r} needs {name!r}: add Input.{HIDDEN_ATTRIBUTES[name].name} to its inputs")
    _check_texts(rule)
    _registry[rule.id] = rule
    return rule


_RESERVED = frozenset({"whole", "limits", "words"})
"""Keys that are not variants in the files of texts."""


def _check_texts(rule: type[Rule[Any]]) -> None:
    if reserved := _RESERVED & rule.messages.keys():
        raise ValueError(f"rule {rule.id!r}: a variant cannot be called {', '.join(sorted(reserved))}")
    texts = [rule.whole, *rule.limits.values(), *(text for codes in rule.words.values() for text in codes.values())]
    for text in (*texts, *(sentence for message in rule.messages.values() for sentence in message)):
        try:
            MessageTemplate(text)
        except TemplateError as error:
            raise ValueError(f"rule {rule.id!r}: {error}") from None


def registered() -> Mapping[str, type[Rule[Any]]]:
    """The rules that have been registered so far, by id. `rules.registry` returns all of them."""
    return dict(sorted(_registry.items()))
