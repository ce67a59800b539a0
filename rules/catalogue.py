"""Generates the manual page of each rule, from the docstring of its module and the schema of its options.

`render_pages` returns the content of the folder docs/rules. `steward rules docs` writes the files, and a test fails if
one of them is outdated.
"""

import inspect
import json
import re
import sys
from typing import Any

from msgspec import Struct

from rules.example import Example, parse_examples
from rules.message_templates import fill
from rules.registry import all_rules
from rules.rule import Rule, RuleOptions

HEADINGS = ("What it does", "Why it matters", "What it cannot see", "Options", "How to clear it", "Examples")
"""The headings in the docstring of every rule's module, in this order. A rule without options needs no "Options"."""

_HEADING_PATTERN = re.compile(r"^## (.+)$", re.MULTILINE)


class RulePage(Struct, frozen=True):
    """The manual page of a rule, before it is rendered as Markdown.

    Attributes:
        summary: The text before the first heading, which is one sentence.
        sections: The text under each heading, by heading.
    """

    rule: type[Rule[Any]]
    summary: str
    sections: dict[str, str]
    examples: tuple[Example, ...]


class RulePageError(ValueError):
    """The docstring of a rule's module is not a valid manual page."""

    def __init__(self, rule: type[Rule[Any]], problem: str) -> None:
        super().__init__(f"{rule.__module__}: {problem}")


def parse_page(rule: type[Rule[Any]]) -> RulePage:
    """Parse the manual page of a rule from the docstring of its module.

    Raises:
        RulePageError: A heading is missing, unknown, out of order or empty, or an example is invalid.
    """
    text = inspect.cleandoc(sys.modules[rule.__module__].__doc__ or "")
    summary, *parts = _HEADING_PATTERN.split(text)
    sections = dict(zip(parts[::2], (part.strip() for part in parts[1::2]), strict=True))
    has_options = "Options" in sections or rule.options.model_fields.keys() != RuleOptions.model_fields.keys()
    expected = [heading for heading in HEADINGS if heading != "Options" or has_options]
    if list(sections) != expected:
        raise RulePageError(rule, f"expected the headings {', '.join(expected)}; found {', '.join(sections) or 'none'}")
    if empty := [heading for heading, body in sections.items() if not body]:
        raise RulePageError(rule, f"empty section: {', '.join(empty)}")
    try:
        examples = parse_examples(sections["Examples"])
    except ValueError as error:
        raise RulePageError(rule, str(error)) from error
    return RulePage(rule, summary.strip(), sections, examples)


def parse_pages() -> tuple[RulePage, ...]:
    """Parse the manual pages of all rules, in the order of their ids."""
    return tuple(parse_page(rule) for rule in all_rules().values())


def render_pages() -> dict[str, str]:
    """Return the content of every file in the folder docs/rules, by file name."""
    pages = parse_pages()
    return {"README.md": _render_index(pages)} | {f"{page.rule.id}.md": _render_page(page) for page in pages}


def collect_texts() -> dict[str, dict[str, Any]]:
    """Collect the English texts of all rules, in the structure of the message files in config/messages.

    The keys are the ids of the rules. Below them are the variants of messages; `whole` and `whole-of-all` for the
    questions to the team if a rule flags most items, or all; `limits` for the messages about what a rule could not
    judge; and `words` for the texts that are shown for codes, by the name of the fact and the code.
    """
    by_rule: dict[str, dict[str, Any]] = {}
    for name, rule in all_rules().items():
        entry: dict[str, Any] = {
            variant: {"question": message.question, "evidence": message.evidence, "resolution": message.resolution}
            for variant, message in rule.messages.items()
        }
        entry["whole"] = rule.saturation_question
        entry["whole-of-all"] = rule.saturation_question_of_all
        entry["limits"] = dict(rule.unjudged_messages)
        entry["words"] = {fact: dict(codes) for fact, codes in rule.code_texts.items()}
        by_rule[name] = {key: value for key, value in entry.items() if value}
    return by_rule


_GENERATED_NOTE = "<!-- Generated from the rule's module. Change it there. -->\n"


def _render_index(pages: tuple[RulePage, ...]) -> str:
    rows = "".join(
        f"| [{page.rule.id}]({page.rule.id}.md) | {page.summary.rstrip('.')} | {_default_severity(page.rule)} "
        f"| {_list_kinds(page.rule)} |\n"
        for page in pages
    )
    return (
        f"{_GENERATED_NOTE}\n# Rules\n\nEvery rule asks a question about an item and says how to clear it. None of "
        "them blocks, closes or moves anything. The page of each rule says what it cannot see.\n\n"
        "| Rule | What it points out | Severity without a preset | Judges |\n|---|---|---|---|\n"
        f"{rows}\nTo write your own, see [add a rule](../add-a-rule.md).\n"
    )


def _render_page(page: RulePage) -> str:
    rule, sections = page.rule, page.sections
    judged_items = _list_kinds(rule) if rule.judges_started_work else f"{_list_kinds(rule)}, until work on it begins"
    return (
        f"{_GENERATED_NOTE}\n# {rule.id}\n\n{page.summary}\n\n"
        f"Severity without a preset: {_default_severity(rule)}. Judges: {judged_items}. "
        f"Version {rule.version}.\n\n"
        + "".join(f"## {heading}\n\n{sections[heading]}\n\n" for heading in HEADINGS[:3])
        + f"## Options\n\n{sections.get('Options', 'It has none of its own.')}\n\n{_render_options(rule)}\n"
        + f"## How to clear it\n\n{sections['How to clear it']}\n\n"
        + f"## What people read\n\n{_render_messages(page)}"
        + f"## Examples\n\nThey run as tests.\n\n{_render_examples(page)}"
    )


def _list_kinds(rule: type[Rule[Any]]) -> str:
    return ", ".join(sorted(kind.value for kind in rule.kinds))


def _default_severity(rule: type[Rule[Any]]) -> str:
    """Return the severity of a rule if neither rules.yaml nor a preset that it extends sets one."""
    return str(rule.options.model_fields["severity"].default)


def _render_options(rule: type[Rule[Any]]) -> str:
    schema = rule.options.model_json_schema()
    rows = "".join(
        f"| `{name}` | {_describe_values(option)} | {_format_default(option.get('default'))} "
        f"| {option.get('description', '')} |\n"
        for name, option in schema["properties"].items()
    )
    return f"| Option | Values | Default | Meaning |\n|---|---|---|---|\n{rows}"


_BOUND_TEXTS = {
    "minimum": "at least {}",
    "exclusiveMinimum": "more than {}",
    "maximum": "at most {}",
    "exclusiveMaximum": "less than {}",
}
"""Templates that describe a bound of a number, by the key of the bound in the JSON schema."""


def _describe_values(schema: dict[str, Any]) -> str:
    """Describe the values of an option, from its JSON schema."""
    if "anyOf" in schema:
        return " or ".join(_describe_values(choice) for choice in schema["anyOf"] if choice.get("type") != "null")
    if "const" in schema:
        return f"`{schema['const']}`"
    if "enum" in schema:
        return ", ".join(f"`{value}`" for value in schema["enum"])
    if schema.get("type") == "array":
        items = schema.get("items", {})
        return f"a list of {_describe_values(items)}" if "enum" in items else "a list"
    if "examples" in schema:
        return "such as " + " or ".join(f"`{value}`" for value in schema["examples"])
    type_texts = {"string": "text", "number": "a number", "integer": "a whole number", "boolean": "`true`, `false`"}
    bounds = [text.format(f"{schema[bound]:g}") for bound, text in _BOUND_TEXTS.items() if bound in schema]
    return ", ".join([type_texts.get(str(schema.get("type")), "any value"), *bounds])


def _format_default(default: object) -> str:
    return "" if default is None else f"`{default if isinstance(default, str) else json.dumps(default)}`"


def _render_messages(page: RulePage) -> str:
    """Render the message of each variant, with the facts of the first example that has this variant."""
    by_variant: dict[str, str] = {}
    for example in page.examples:
        for hit in example.hits(page.rule):
            message = page.rule.message(hit)
            text = f"> {message.evidence}\n>\n> **{message.question}**\n>\n> {message.resolution}\n\n"
            by_variant.setdefault(hit.variant, text)
    # Plausible numbers, as an example.
    question = fill(page.rule.saturation_question, {"flagged": 23, "judged": 40})
    return (
        "".join(by_variant.values())
        + f"When most items are flagged, the team is asked once instead:\n\n> {question}\n\n"
    )


def _render_examples(page: RulePage) -> str:
    """Render each example as it is written, under its result."""
    source = page.sections["Examples"]
    blocks = re.split(r"^(?=- )", source, flags=re.MULTILINE)
    results = (f"FAIL, {example.variant}" if example.variant else "PASS" for example in page.examples)
    rows = zip(page.examples, results, (block.rstrip() for block in blocks if block.strip()), strict=True)
    return "\n".join(f"**{result}:** {example.name}\n\n```yaml\n{block}\n```\n" for example, result, block in rows)
