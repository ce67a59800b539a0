"""Rules of an admin, written in rules.yaml as expressions."""

from collections.abc import Iterator
from typing import Annotated, Any, ClassVar, Self

from pydantic import Field, model_validator

from rules.context import Input
from rules.expression import ExpressionError, compile_predicate, get_example_values, get_values
from rules.model import ItemKind, WorkItem
from rules.registry import all_rules
from rules.rule import Hit, Message, Rule, RuleOptions, Unjudged
from rules.where import Where

MAX_CUSTOM_RULES = 50


class CustomRuleOptions(RuleOptions):
    """One rule of an admin."""

    id: Annotated[
        str,
        Field(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$", max_length=60, description="Its name, in words with hyphens."),
    ]
    when: Annotated[str, Field(description="The expression in CEL: item.position <= 10 && item.assigned == false.")]
    question: Annotated[str, Field(min_length=1, max_length=300, description="What the team is asked.")]
    resolution: Annotated[str, Field(min_length=1, max_length=300, description="How to clear it.")]
    evidence: Annotated[str, Field(max_length=300, description="What was seen; default: the expression.")] = ""
    where: Annotated[Where, Field(description="Which items it judges; default: all.")] = Where()
    examples: Annotated[
        tuple[dict[str, Any], ...],
        Field(min_length=1, description="Values of items, with `flagged: true` or `false`. One of each is required."),
    ]

    @model_validator(mode="after")
    def _check(self) -> Self:
        """Compile the expression, and try it on the examples."""
        if self.id in all_rules():
            raise ValueError(f'"{self.id}" is a rule that is shipped. Choose another id')
        predicate = compile_predicate(self.when)
        expected = [example.get("flagged") for example in self.examples]
        if True not in expected or False not in expected:
            raise ValueError("Give an example with `flagged: true`, and one with `flagged: false`")
        for number, example in enumerate(self.examples, start=1):
            values = {name: value for name, value in example.items() if name != "flagged"}
            try:
                is_flagged = predicate(get_example_values(values))
            except ExpressionError as error:
                raise ValueError(f"Example {number} cannot be judged: {error}") from None
            if is_flagged is not example.get("flagged"):
                raise ValueError(f"Example {number} is {'' if is_flagged else 'not '}flagged, against what it says")
        return self


class _CustomRule(Rule[CustomRuleOptions]):
    """A rule with an expression instead of code."""

    options: ClassVar[type[RuleOptions]] = CustomRuleOptions
    kinds = frozenset(ItemKind)
    inputs = frozenset(Input)
    drifting = frozenset({"matched"})

    def applies(self, item: WorkItem) -> bool:
        """Whether the rule may apply: also items in progress are judged."""
        if not item.is_open or not self.settings.where.matches(item):
            return False
        wanted = {name.casefold() for name in self.settings.types}
        return not wanted or item.kind.value in wanted or item.type.casefold() in wanted

    @classmethod
    def message(cls, hit: Hit) -> Message:
        """The texts of the admin, as they are."""
        return cls.messages[hit.variant]

    def study(self) -> tuple[Unjudged | str, ...]:
        """Forget what could not be judged before."""
        self._failures: dict[str, int] = {}
        return ()

    def check(self, item: WorkItem) -> Iterator[Hit]:
        """Evaluate the expression. An item for which it has no answer is not flagged, and counted."""
        try:
            is_flagged = compile_predicate(self.settings.when)(get_values(item, self.context))
        except ExpressionError as error:
            self._failures[str(error)] = self._failures.get(str(error), 0) + 1
            return
        if is_flagged:
            yield Hit(variant="matched")

    def conclude(self) -> tuple[Unjudged, ...]:
        """Report the items for which the expression has no answer."""
        return tuple(
            Unjudged(text=f"The expression has no answer for {count} items: {reason}.")
            for reason, count in sorted(self._failures.items())
        )


def check_ids(rules: tuple[CustomRuleOptions, ...]) -> tuple[CustomRuleOptions, ...]:
    """Check that every rule has an id of its own."""
    ids = [rule.id for rule in rules]
    if repeated := next((rule_id for rule_id in ids if ids.count(rule_id) > 1), None):
        raise ValueError(f'Two rules have the id "{repeated}"')
    return rules


def make_custom_rule(options: CustomRuleOptions) -> type[Rule[Any]]:
    """Make the class of an admin's rule."""
    evidence = options.evidence or f"It matches the team's own rule: {options.when}"
    return type(
        "CustomRule",
        (_CustomRule,),
        {
            "id": options.id,
            "title": options.question,
            "messages": {"matched": Message(evidence, options.question, options.resolution)},
            "whole": f"{options.question.replace('{', '{{').replace('}', '}}')} ({{flagged}} of {{judged}} items)",
        },
    )
