"""The manual: one page for each rule, generated from its module's docstring and the schema of its options.

Everything in `docs/rules` comes from `render_pages`: the command line writes the files, and a test fails when one is
out of date.
"""

import inspect
import json
import re
import sys
from typing import Any

from msgspec import Struct

from rules.example import Example, examples
from rules.message_templates import fill
from rules.registry import all_rules
from rules.rule import Rule

HEADINGS = (
    "What it does",
    "Why it matters",
    "What it cannot see",
    "Options",
    "How to clear it",
    "Examples",
)
"""The headings of every page, in this order."""

_HEADING = re.compile(r"^## (.+)$", re.MULTILINE)


class Page(Struct, frozen=True):
    """One rule's page before it is rendered.

    Attributes:
        rule: The rule.
        summary: The first sentence of the docstring.
        sections: Text by heading.
        examples: The parsed examples.
    """

    rule: type[Rule[Any]]
    summary: str
    sections: dict[str, str]
    examples: tuple[Example, ...]


def page(rule: type[Rule[Any]]) -> Page:
    """Read the page of a rule from its module's docstring.

    Raises:
        ValueError: A heading is missing, unknown, out of order or empty, or the examples are invalid.
    """
    text = inspect.cleandoc(sys.modules[rule.__module__].__doc__ or "")
    summary, *parts = _HEADING.split(text)
    sections = dict(zip(parts[::2], (part.strip() for part in parts[1::2]), strict=True))
    if tuple(sections) != HEADINGS:
        raise ValueError(
            f"{rule.__module__}: expected the headings {', '.join(HEADINGS)}; found {', '.join(sections) or 'none'}"
        )
    if empty := [heading for heading, body in sections.items() if not body]:
        raise ValueError(f"{rule.__module__}: empty section: {', '.join(empty)}")
    try:
        parsed = examples(sections["Examples"])
    except ValueError as error:
        raise ValueError(f"{rule.__module__}: {error}") from error
    return Page(rule, summary.strip(), sections, parsed)


def pages() -> tuple[Page, ...]:
    """The pages of all rules, by id."""
    return tuple(page(rule) for rule in all_rules().values())


def render_pages() -> dict[str, str]:
    """The content of every file in `docs/rules`, by file name."""
    all_pages = pages()
    return {"README.md": _index(all_pages)} | {f"{page.rule.id}.md": _render(page) for page in all_pages}


def texts() -> dict[str, dict[str, Any]]:
    """All texts of the rules in English: by rule, then by variant, with `whole`, `limits` and `words` beside them."""
    by_rule: dict[str, dict[str, Any]] = {}
    for name, rule in all_rules().items():
        entry: dict[str, Any] = {
            variant: {
                "question": message.question,
                "evidence": message.evidence,
                "resolution": message.resolution,
            }
            for variant, message in rule.messages.items()
        }
        entry["whole"] = rule.whole
        entry["limits"] = dict(rule.limits)
        entry["words"] = {fact: dict(codes) for fact, codes in rule.words.items()}
        by_rule[name] = {key: value for key, value in entry.items() if value}
    return by_rule


_NOTE = "<!-- Generated from the rule's module. Change it there. -->\n"


def _index(all_pages: tuple[Page, ...]) -> str:
    rows = "".join(
        f"| [{page.rule.id}]({page.rule.id}.md) | {page.summary.rstrip('.')} | {_default(page.rule, 'severity')} "
        f"| {_kinds(page.rule)} |\n"
        for page in all_pages
    )
    return (
        f"{_NOTE}\n# Rules\n\nEvery rule asks a question about an item and says how to clear it. None of them blocks, "
        "closes or moves anything. Its page says what a rule cannot see.\n\n"
        "| Rule | What it points out | Severity | Judges |\n|---|---|---|---|\n"
        f"{rows}\nTo write your own, see [add a rule](../add-a-rule.md).\n"
    )


def _render(page: Page) -> str:
    rule, sections = page.rule, page.sections
    return (
        f"{_NOTE}\n# {rule.id}\n\n{page.summary}\n\n"
        f"Severity: {_default(rule, 'severity')}. Judges: {_judged(rule)}. "
        f"Version {rule.version}.\n\n"
        + "".join(f"## {heading}\n\n{sections[heading]}\n\n" for heading in HEADINGS[:3])
        + f"## Options\n\n{sections['Options']}\n\n{_options(rule)}\n"
        + f"## How to clear it\n\n{sections['How to clear it']}\n\n"
        + f"## What people read\n\n{_messages(page)}"
        + f"## Examples\n\nThey run as tests.\n\n{_examples(page)}"
    )


def _judged(rule: type[Rule[Any]]) -> str:
    return _kinds(rule) if rule.judges_started_work else f"{_kinds(rule)}, until work on it begins"


def _kinds(rule: type[Rule[Any]]) -> str:
    return ", ".join(sorted(kind.value for kind in rule.kinds))


def _default(rule: type[Rule[Any]], name: str) -> str:
    return str(rule.options.model_fields[name].default)


def _options(rule: type[Rule[Any]]) -> str:
    schema = rule.options.model_json_schema()
    rows = "".join(
        f"| `{name}` | {_values(option)} | {_code(option.get('default'))} | {option.get('description', '')} |\n"
        for name, option in schema["properties"].items()
    )
    return f"| Option | Values | Default | Meaning |\n|---|---|---|---|\n{rows}"


_BOUNDS = {
    "minimum": "at least {}",
    "exclusiveMinimum": "more than {}",
    "maximum": "at most {}",
    "exclusiveMaximum": "less than {}",
}


def _values(schema: dict[str, Any]) -> str:
    """The values that an option takes, in words, from its JSON schema."""
    if "anyOf" in schema:
        return " or ".join(_values(choice) for choice in schema["anyOf"] if choice.get("type") != "null")
    if "const" in schema:
        return f"`{schema['const']}`"
    if "enum" in schema:
        return ", ".join(f"`{value}`" for value in schema["enum"])
    if schema.get("type") == "array":
        items = schema.get("items", {})
        return f"a list of {_values(items)}" if "enum" in items else "a list"
    if "examples" in schema:
        return "such as " + " or ".join(f"`{value}`" for value in schema["examples"])
    kind = {"string": "text", "number": "a number", "integer": "a whole number", "boolean": "`true`, `false`"}
    bounds = [words.format(f"{schema[bound]:g}") for bound, words in _BOUNDS.items() if bound in schema]
    return ", ".join([kind.get(str(schema.get("type")), "any value"), *bounds])


def _code(default: object) -> str:
    return "" if default is None else f"`{default if isinstance(default, str) else json.dumps(default)}`"


def _messages(page: Page) -> str:
    """The message of every variant, filled in by the first example that has it."""
    by_variant: dict[str, str] = {}
    for example in page.examples:
        for variant, message in example.run(page.rule):
            text = f"> {message.evidence}\n>\n> **{message.question}**\n>\n> {message.resolution}\n\n"
            by_variant.setdefault(variant, text)
    asked = fill(page.rule.whole, {"flagged": 23, "judged": 40})
    return (
        "".join(by_variant.values()) + f"When most items are flagged, the team is asked once instead:\n\n> {asked}\n\n"
    )


def _examples(page: Page) -> str:
    source = page.sections["Examples"]
    blocks = re.split(r"^(?=- )", source, flags=re.MULTILINE)
    verdicts = (f"FAIL, {example.variant}" if example.variant else "PASS" for example in page.examples)
    rows = zip(page.examples, verdicts, (block.rstrip() for block in blocks if block.strip()), strict=True)
    return "\n".join(f"**{verdict}:** {example.name}\n\n```yaml\n{block}\n```\n" for example, verdict, block in rows)
