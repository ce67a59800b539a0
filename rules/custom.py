"""The rules that an admin writes in rules.yaml, as expressions."""

from collections.abc import Iterator
from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from rules.context import Input
from rules.expression import ExpressionError, compile_predicate, find_attributes, get_example_values, get_values
from rules.model import ItemKind, WorkItem
from rules.registry import all_rules
from rules.rule import Hit, Message, Rule, RuleOptions, Unjudged
from rules.where import Where

MAX_CUSTOM_RULES = 50
"""The maximum number of rules that an admin can write. Each of them is evaluated for each open item."""


class CustomRuleOptions(RuleOptions):
    """The options of a rule that an admin wrote: its entry under `custom` in rules.yaml."""

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
    def _check_examples(self) -> Self:
        """Compile the expression, and try it on the examples."""
        if self.id in all_rules():
            raise ValueError(f'"{self.id}" is the id of a shipped rule. Choose another id')
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
                raise ValueError(
                    f"The expression {'flags' if is_flagged else 'does not flag'} example {number}, which says "
                    f"`flagged: {'false' if is_flagged else 'true'}`"
                )
        return self


class _CustomRule(Rule[CustomRuleOptions]):
    """A rule that evaluates an expression. `make_custom_rule` makes a subclass for each rule that an admin wrote."""

    kinds = frozenset(ItemKind)
    inputs = frozenset(Input)

    def applies(self, item: WorkItem) -> bool:
        """Whether the rule judges this item. Items in progress are judged as well."""
        if not item.is_open or not self.settings.where.matches(item):
            return False
        return not self.settings.types or self.settings.names_type(item)

    @classmethod
    def message(cls, hit: Hit) -> Message:
        """Return the admin's texts, which have no placeholders."""
        return cls.messages[hit.variant]

    def check(self, item: WorkItem) -> Iterator[Hit]:
        """Evaluate the expression. An item for which it has no result is counted, and not flagged."""
        try:
            is_flagged = compile_predicate(self.settings.when)(get_values(item, self.context))
        except ExpressionError as error:
            self.count(str(error))
            return
        if is_flagged:
            yield Hit(variant="matched")

    def report_unjudged(self) -> tuple[Unjudged, ...]:
        """Report the number of items for which the expression had no result, by the reason."""
        return tuple(
            Unjudged(text=f"The expression has no answer for {count} items: {reason}.")
            for reason, count in sorted(self.counts.items())
        )


def check_unique_ids(rules: tuple[CustomRuleOptions, ...]) -> tuple[CustomRuleOptions, ...]:
    """Check that no two rules have the same id. Used as a validator of pydantic."""
    ids = [rule.id for rule in rules]
    if repeated := next((rule_id for rule_id in ids if ids.count(rule_id) > 1), None):
        raise ValueError(f'Two rules have the id "{repeated}"')
    return rules


def make_custom_rule(options: CustomRuleOptions) -> type[Rule[Any]]:
    """Make the class of a rule from its entry in rules.yaml."""
    evidence = options.evidence or f"It matches the team's own rule: {options.when}"
    question_template = options.question.replace("{", "{{").replace("}", "}}")
    return type(
        "CustomRule",
        (_CustomRule,),
        {
            "id": options.id,
            "title": options.question,
            "messages": {"matched": Message(evidence, options.question, options.resolution)},
            "needed_attributes": find_attributes(options.when),
            "saturation_question": f"{question_template} ({{flagged}} of {{judged}} items)",
        },
    )
