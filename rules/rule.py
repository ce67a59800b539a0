"""The base class of rules, and their registration.

A rule looks for one pattern in single items, such as a story without acceptance criteria. A match on an item is a hit,
from which `rules.engine` makes a finding. A rule can have several variants, each with a message of its own.

Each rule is a module under `rules/checks/`, named after the pattern. The docstring of the module is the manual page of
the rule, and the examples in it are run as tests; see `docs/add-a-rule.md`.
"""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from difflib import get_close_matches
from typing import Annotated, Any, ClassVar, Generic, Literal, NamedTuple, TypeVar, get_args, get_origin

from msgspec import Struct, field
from pydantic import BaseModel, ConfigDict, Field

from rules.context import INPUT_BY_ATTRIBUTE, Input, RuleContext
from rules.message_templates import CodeTexts, TemplateError, fill, parse_template
from rules.model import Backlog, Facts, FinishedItem, HierarchyLevel, ItemKind, Severity, WorkItem

Mode = Literal["shadow", "write"]
"""Whether findings are only reported ("shadow") or also written to items ("write")."""


class Message(NamedTuple):
    """The three sentences of a finding, as templates of `rules.message_templates`.

    Attributes:
        evidence: What was found.
        question: The question to the team.
        resolution: How to clear the finding.
    """

    evidence: str
    question: str
    resolution: str


class Hit(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One match of a rule on an item.

    Attributes:
        variant: The variant of the rule, which determines the message.
        facts: The values of the placeholders of the message, and others that explain the hit.
        part: A text that identifies the part of the item that matches, because each part has a finding of its own;
            empty for the whole item.
        max_severity: The highest severity of the finding, even if a higher one is configured.
    """

    variant: str
    facts: Facts = field(default_factory=dict)
    part: str = ""
    max_severity: Severity = Severity.WARNING


class Unjudged(Struct, frozen=True, kw_only=True):
    """A reason why a rule could not judge some or all items.

    Attributes:
        text: The reason in English, as one sentence.
        variant: The key of the sentence in the rule's `unjudged_messages`, or `NOT_KNOWN`; empty if it is not
            translated.
        facts: The values of its placeholders.
    """

    text: str
    variant: str = ""
    facts: Facts = field(default_factory=dict)

    def __str__(self) -> str:
        return self.text


SeverityOption = Annotated[
    Literal["info", "warning", "off"],
    Field(
        description="How much a finding matters. info: it is counted in reports and may set a label. warning: it "
        "may also become a comment. off: the rule judges nothing."
    ),
]
"""The type of the option `severity`. Rules with a default other than "info" declare the option again."""


class RuleOptions(BaseModel):
    """The options of every rule in rules.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    severity: SeverityOption = "info"
    types: Annotated[
        tuple[str, ...],
        Field(
            description="Which items are judged: story, bug, task, sub-task, feature, epic, initiative, other, "
            "or a type as your tracker names it. Empty: what the rule judges by default."
        ),
    ] = ()
    mode: Annotated[
        Mode | None,
        Field(
            description="shadow reports findings of this rule and writes none of them. The strictest of this, the "
            "tracker's `mode` and `write.mode` wins."
        ),
    ] = None

    def names_type(self, item: WorkItem | FinishedItem) -> bool:
        """Whether the option `types` names the kind of an item, or its type in the tracker."""
        return not {name.casefold() for name in self.types}.isdisjoint((item.kind.value, item.type.casefold()))


class OffByDefaultOptions(RuleOptions):
    """The options of a rule that is off unless the settings enable it."""

    severity: SeverityOption = "off"


def start_of_day(now: datetime) -> datetime:
    """Return the start, in UTC, of the day that contains a time."""
    return now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


AskedRole = Literal["product-owner", "developers", "reporter"]
"""The role that usually knows the answer to a rule's question."""

Options = TypeVar("Options", bound=RuleOptions)

ALWAYS_NEEDED = frozenset({"category", "kind"})
"""The attributes that all rules need."""

NOT_KNOWN = "not-known"
"""The variant of `Unjudged` for items with an unknown value of a needed attribute."""

_ATTRIBUTE_NAMES = {
    "assigned": "assignee",
    "category": "status",
    "components": "list of components",
    "created": "date of creation",
    "criteria": "content of the field for acceptance criteria",
    "due": "due date",
    "flagged": "flag",
    "kind": "type",
    "labels": "list of labels",
    "links": "list of links",
    "points": "size",
    "priority": "priority",
    "rank": "rank",
    "sprints": "sprint",
    "text": "description",
    "updated": "date of the last change",
}
"""The names of attributes in sentences."""


def make_not_known_reason(attribute: str, items: int) -> Unjudged:
    """Return the reason why a rule did not judge a number of items whose value of an attribute is unknown."""
    name = _ATTRIBUTE_NAMES.get(attribute, attribute)
    return Unjudged(
        text=f"The {name} of {items} open {'item' if items == 1 else 'items'} is not known.",
        variant=NOT_KNOWN,
        facts={"attribute": attribute, "items": items},
    )


class Rule(ABC, Generic[Options]):
    """A rule with its settings.

    To judge a backlog, call `prepare` once, then `judge` for each item for which `judges` is true, then
    `report_unjudged`. Subclasses implement `check`, and `learn` if they have to look at the whole backlog first.

    Class attributes:
        id: Its name in rules.yaml, comments and reports. It names the pattern, and not what to do about it.
        title: The pattern in a few words, for lists.
        question_subject: What its questions are about, in one word. It becomes part of the label that is set for a
            finding. If it is empty, the id is used.
        options: The class of its settings, from the base class: `Rule[MyOptions]`.
        messages: The messages in English, by variant.
        saturation_question: The question that the team is asked once if the rule flags most of the items that it
            judges, instead of a finding on each of them. Its placeholders are {flagged} and {judged}, two numbers of
            items.
        saturation_question_of_all: The question if the rule flags each of them. Its placeholder is {judged}. If it is
            empty, `saturation_question` is asked.
        asked_role: The role that is asked, unless `asks` in steward.yaml names another one.
        unjudged_messages: Sentences about what the rule cannot judge, by the variant of `Unjudged`.
        code_texts: English texts for the codes in facts, by the name of the fact and the code. Facts are numbers, codes
            or text of the item, so that they do not depend on the language of the message.
        facts_not_shown: Facts that no shipped sentence of a variant shows, by variant. A team's own texts may show
            them.
        kinds: The kinds of items that it judges if the team does not configure types.
        inputs: What it may access in addition to the item; see `rules.context`.
        backlog_attributes: The attributes of other open items that it looks at, if it looks at the backlog, in addition
            to their ids, keys, levels and order. After a change in other attributes, it does not judge all items again.
        judges_only_story_level: Whether it only judges items on the level of stories, which teams plan into sprints.
        judges_started_work: Whether it also judges items that somebody is working on.
        needed_attributes: Attributes of an item without which the rule cannot judge it.
        volatile_facts: Facts that can change without an edit of the item, such as an age. If only these change, the
            comment on the item is not rewritten.
        rules_with_similar_question: If a person has waived, dismissed or snoozed a finding of one of these rules, this
            rule does not ask its question either.
        question_covered_by: Rules whose question covers the question of this rule, the preferred one first. If such a
            rule flags the same item, people read only its question, with the evidence of both.
        version: Raise it only if the findings change, because a rule with a new version begins in shadow mode. New
            wording does not need a new version.

    Attributes:
        settings: Its options, with the values that are configured for the items that it judges.
    """

    id: ClassVar[str]
    title: ClassVar[str]
    question_subject: ClassVar[str] = ""
    options: ClassVar[type[RuleOptions]] = RuleOptions
    messages: ClassVar[Mapping[str, Message]]
    saturation_question: ClassVar[str]
    saturation_question_of_all: ClassVar[str] = ""
    asked_role: ClassVar[AskedRole] = "product-owner"
    unjudged_messages: ClassVar[Mapping[str, str]] = {}
    code_texts: ClassVar[CodeTexts] = {}
    facts_not_shown: ClassVar[Mapping[str, frozenset[str]]] = {}
    kinds: ClassVar[frozenset[ItemKind]] = frozenset({ItemKind.STORY})
    inputs: ClassVar[frozenset[Input]] = frozenset()
    backlog_attributes: ClassVar[frozenset[str]] = frozenset()
    judges_only_story_level: ClassVar[bool] = False
    judges_started_work: ClassVar[bool] = False
    needed_attributes: ClassVar[frozenset[str]] = frozenset()
    volatile_facts: ClassVar[frozenset[str]] = frozenset()
    rules_with_similar_question: ClassVar[frozenset[str]] = frozenset()
    question_covered_by: ClassVar[tuple[str, ...]] = ()
    version: ClassVar[int] = 1

    context: RuleContext
    """The part of the backlog that the rule may access. Available after `prepare`."""

    def __init_subclass__(cls) -> None:
        """Take the class of the options from the base class, unless the rule declares it."""
        super().__init_subclass__()
        for base in vars(cls).get("__orig_bases__", ()):
            if get_origin(base) is Rule and "options" not in vars(cls):
                (cls.options,) = get_args(base)

    def __init__(self, options: Options) -> None:
        self.settings = options
        self.counts: Counter[str] = Counter()
        """The number of calls of `count`, by name. In `report_unjudged`, those for items with remembered verdicts are
        included."""
        self.counted: list[str] = []
        """What `check` has counted about the item that was judged last."""

    def prepare(self, backlog: Backlog, now: datetime) -> tuple[Unjudged, ...]:
        """Prepare the rule for a backlog, before any item is judged.

        The rule only gets the start of the day in UTC, so that its verdicts do not change within a day.

        Returns:
            The reasons why the rule cannot judge some or all items.
        """
        self.counts = Counter()
        self.context = RuleContext(self.inputs, backlog, start_of_day(now), self.backlog_attributes)
        return self.learn()

    def judge(self, item: WorkItem) -> tuple[Hit, ...]:
        """Return the hits on one item of the backlog for which the rule was prepared."""
        self.counted = []
        self.context.judged = item
        self.context.looked_at_day = False
        hits = tuple(self.check(self.context.hide_undeclared(item)))
        self.counts.update(self.counted)
        return hits

    def count(self, name: str) -> None:
        """Add 1 to the count with this name, for `report_unjudged`.

        A rule must not keep counts in its own attributes: items whose verdicts are remembered are not checked again.
        """
        self.counted.append(name)

    def judges(self, item: WorkItem) -> bool:
        """Whether the rule applies to this item, and all attributes that it needs are known."""
        return self.applies(item) and not self.unknown_attributes(item)

    def unknown_attributes(self, item: WorkItem) -> tuple[str, ...]:
        """Return the attributes that the rule needs and whose values are unknown."""
        return tuple(sorted(name for name in self.needed_attributes | ALWAYS_NEEDED if not item.is_known(name)))

    def applies(self, item: WorkItem) -> bool:
        """Whether the rule is meant for the item, by the item's type, its level, and whether work on it has begun.

        An item of unknown kind counts as one that the rule may be meant for.
        """
        if not item.is_open or (item.has_begun and not self.judges_started_work):
            return False
        if self.judges_only_story_level and item.level is not HierarchyLevel.REQUIREMENT:
            return False
        if "kind" in item.unknown:
            return True
        return self.settings.names_type(item) if self.settings.types else item.kind in self.kinds

    @classmethod
    def message(cls, hit: Hit) -> Message:
        """Return the message for a hit, in English."""
        sentences = (fill(sentence, hit.facts, code_texts=cls.code_texts) for sentence in cls.messages[hit.variant])
        return Message(*sentences)

    @classmethod
    def make_unjudged(cls, variant: str, **facts: str | float | bool | None) -> Unjudged:
        """Make a reason from one of the rule's `unjudged_messages` and its facts."""
        return Unjudged(
            text=fill(cls.unjudged_messages[variant], facts, code_texts=cls.code_texts), variant=variant, facts=facts
        )

    def learn(self) -> tuple[Unjudged, ...]:
        """Learn from the whole backlog, which is in `context`. Called once, before any item is checked.

        Returns:
            The reasons why the rule cannot judge some or all items, such as "Not enough data (n=7): …". For items that
            it cannot judge, `check` yields no hits.
        """
        return ()

    def report_unjudged(self) -> tuple[Unjudged, ...]:
        """Return the reasons why some of the checked items could not be judged, from `counts`.

        Called once, after all items.
        """
        return ()

    @abstractmethod
    def check(self, item: WorkItem) -> Iterator[Hit]:
        """Yield the hits on one item. Attributes that need an input that the rule has not declared are empty."""


_registry: dict[str, type[Rule[Any]]] = {}


def register(rule: type[Rule[Any]]) -> type[Rule[Any]]:
    """Register the class of a rule under its id. Used as a decorator.

    Raises:
        ValueError: The id is taken, a message is invalid, or a declaration is missing or unknown.
    """
    if rule.id in _registry:
        raise ValueError(f"two rules are named {rule.id!r}: {_registry[rule.id].__module__} and {rule.__module__}")
    _check_names(rule)
    if unresolved := [variant for variant, message in rule.messages.items() if not message.resolution.strip()]:
        raise ValueError(f"rule {rule.id!r} does not say how to clear {', '.join(unresolved)}")
    for use, attributes in (("needs", rule.needed_attributes), ("looks at", rule.backlog_attributes)):
        for name in INPUT_BY_ATTRIBUTE.keys() & attributes:
            if (needed := INPUT_BY_ATTRIBUTE[name]) not in rule.inputs:
                raise ValueError(f"rule {rule.id!r} {use} {name!r}: add Input.{needed.name} to its inputs")
    if unknown := rule.backlog_attributes - set(WorkItem.__struct_fields__):
        raise ValueError(f"rule {rule.id!r} looks at {', '.join(sorted(unknown))}, which no item has")
    _check_texts(rule)
    _registry[rule.id] = rule
    return rule


def _check_names(rule: type[Rule[Any]]) -> None:
    """Check that a rule declares nothing that is unknown. A misspelt declaration would have no effect.

    A rule's own attributes and methods begin with an underscore.
    """
    known = {name for name in (*dir(Rule), *Rule.__annotations__) if not name.startswith("_")}
    annotated = {name for base in rule.__mro__ for name in vars(base).get("__annotations__", ())}
    for name in sorted({*dir(rule), *annotated} - known):
        if not name.startswith("_"):
            similar = get_close_matches(name, known, 1)
            meant = f" Did you mean {similar[0]!r}?" if similar else ""
            raise ValueError(
                f"rule {rule.id!r}: a rule has no {name!r}.{meant} Names of its own begin with an underscore."
            )


_RESERVED_KEYS = frozenset({"whole", "whole-of-all", "limits", "words"})
"""Keys of a rule in the message files that are not variants: its saturation questions, its `unjudged_messages` and its
`code_texts`."""


def _check_texts(rule: type[Rule[Any]]) -> None:
    """Check that all texts of a rule are valid templates."""
    if reserved := _RESERVED_KEYS & rule.messages.keys():
        raise ValueError(f"rule {rule.id!r}: a variant cannot be called {', '.join(sorted(reserved))}")
    texts = [
        rule.saturation_question,
        rule.saturation_question_of_all,
        *rule.unjudged_messages.values(),
        *(text for codes in rule.code_texts.values() for text in codes.values()),
    ]
    for text in (*texts, *(sentence for message in rule.messages.values() for sentence in message)):
        try:
            parse_template(text)
        except TemplateError as error:
            raise ValueError(f"rule {rule.id!r}: {error}") from None


def registered_rules() -> Mapping[str, type[Rule[Any]]]:
    """Return the rules that have been registered so far, by id. `rules.registry` returns all of them."""
    return dict(sorted(_registry.items()))
