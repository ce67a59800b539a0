"""The manual: one page for each rule, made from the docstring of its module and the shape of its options.

Nothing in `docs/rules` is written by hand. `write_pages` says what each file must hold; the command line writes them
and a test says when one is stale.
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
    """One rule's page before it is laid out.

    Attributes:
        rule: The rule.
        summary: The first sentence of the docstring.
        sections: Text by heading.
        examples: The examples, ready to run.
    """

    rule: type[Rule[Any]]
    summary: str
    sections: dict[str, str]
    examples: tuple[Example, ...]


def page(rule: type[Rule[Any]]) -> Page:
    """Reads the page of a rule out of its module.

    Raises:
        ValueError: A heading is missing, unknown or out of order, or the examples cannot be read.
    """
    text = inspect.cleandoc(sys.modules[rule.__module__].__doc__ or "")
    summary, *parts = _HEADING.split(text)
    found = dict(zip(parts[::2], (part.strip() for part in parts[1::2]), strict=True))
    if tuple(found) != HEADINGS:
        raise ValueError(f"{rule.__module__}: the headings are {', '.join(found)}, and not {', '.join(HEADINGS)}")
    if empty := [heading for heading, body in found.items() if not body]:
        raise ValueError(f"{rule.__module__}: nothing stands under {', '.join(empty)}")
    try:
        ready = examples(found["Examples"])
    except ValueError as error:
        raise ValueError(f"{rule.__module__}: {error}") from error
    return Page(rule, summary.strip(), found, ready)


def pages() -> tuple[Page, ...]:
    """The pages of all rules, by id."""
    return tuple(page(rule) for rule in all_rules().values())


def write_pages() -> dict[str, str]:
    """Every file of `docs/rules` by name, with what it must hold."""
    every = pages()
    return {"README.md": _index(every)} | {f"{one.rule.id}.md": _laid_out(one) for one in every}


def texts() -> dict[str, dict[str, Any]]:
    """All that the rules say, in English: by rule, then by variant, with `whole`, `limits` and `words` beside them."""
    said: dict[str, dict[str, Any]] = {}
    for name, rule in all_rules().items():
        kept: dict[str, Any] = {
            variant: {
                "question": message.question,
                "evidence": message.evidence,
                "resolution": message.resolution,
            }
            for variant, message in rule.messages.items()
        }
        kept["whole"] = rule.whole
        kept["limits"] = dict(rule.limits)
        kept["words"] = {fact: dict(codes) for fact, codes in rule.words.items()}
        said[name] = {key: value for key, value in kept.items() if value}
    return said


_NOTE = "<!-- Generated from the rule's module. Change it there. -->\n"


def _index(every: tuple[Page, ...]) -> str:
    rows = "".join(
        f"| [{one.rule.id}]({one.rule.id}.md) | {one.summary.rstrip('.')} | {_default(one.rule, 'severity')} "
        f"| {_kinds(one.rule)} |\n"
        for one in every
    )
    return (
        f"{_NOTE}\n# Rules\n\nEvery rule asks a question about an item and says how to clear it. None of them blocks, "
        "closes or moves anything. What each one cannot see stands on its page.\n\n"
        "| Rule | What it points out | Severity | Judges |\n|---|---|---|---|\n"
        f"{rows}\nA rule of your own: [add a rule](../add-a-rule.md).\n"
    )


def _laid_out(one: Page) -> str:
    rule, sections = one.rule, one.sections
    return (
        f"{_NOTE}\n# {rule.id}\n\n{one.summary}\n\n"
        f"Severity: {_default(rule, 'severity')}. Judges: {_kinds(rule)}, while still to be started. "
        f"Version {rule.version}.\n\n"
        + "".join(f"## {heading}\n\n{sections[heading]}\n\n" for heading in HEADINGS[:3])
        + f"## Options\n\n{sections['Options']}\n\n{_options(rule)}\n"
        + f"## How to clear it\n\n{sections['How to clear it']}\n\n"
        + f"## What people read\n\n{_read(one)}"
        + f"## Examples\n\nThey run as tests.\n\n{_examples(one)}"
    )


def _kinds(rule: type[Rule[Any]]) -> str:
    return ", ".join(sorted(kind.value for kind in rule.kinds))


def _default(rule: type[Rule[Any]], name: str) -> str:
    return str(rule.options.model_fields[name].default)


def _options(rule: type[Rule[Any]]) -> str:
    schema = rule.options.model_json_schema()
    rows = "".join(
        f"| `{name}` | {_values(shape)} | {_shown(shape.get('default'))} | {shape.get('description', '')} |\n"
        for name, shape in schema["properties"].items()
    )
    return f"| Option | Values | Default | Meaning |\n|---|---|---|---|\n{rows}"


_BOUNDS = {
    "minimum": "at least {}",
    "exclusiveMinimum": "more than {}",
    "maximum": "at most {}",
    "exclusiveMaximum": "less than {}",
}


def _values(shape: dict[str, Any]) -> str:
    """What may stand in an option, in words, from its JSON schema."""
    if "anyOf" in shape:
        return " or ".join(_values(one) for one in shape["anyOf"] if one.get("type") != "null")
    if "const" in shape:
        return f"`{shape['const']}`"
    if "enum" in shape:
        return ", ".join(f"`{value}`" for value in shape["enum"])
    if shape.get("type") == "array":
        items = shape.get("items", {})
        return f"a list of {_values(items)}" if "enum" in items else "a list"
    if "examples" in shape:
        return "such as " + " or ".join(f"`{value}`" for value in shape["examples"])
    kind = {"string": "text", "number": "a number", "integer": "a whole number", "boolean": "`true`, `false`"}
    said = [words.format(f"{shape[bound]:g}") for bound, words in _BOUNDS.items() if bound in shape]
    return ", ".join([kind.get(str(shape.get("type")), "any value"), *said])


def _shown(default: object) -> str:
    return "" if default is None else f"`{default if isinstance(default, str) else json.dumps(default)}`"


def _read(one: Page) -> str:
    """The sentences of every variant, as the first example that shows it makes them."""
    shown: dict[str, str] = {}
    for example in one.examples:
        for said in example.run(one.rule):
            shown.setdefault(said.variant, f"> {said.evidence}\n>\n> **{said.question}**\n>\n> {said.resolution}\n\n")
    whole = fill(one.rule.whole, {"flagged": 23, "judged": 40})
    return "".join(shown.values()) + f"Where most items are flagged, the team is asked once instead:\n\n> {whole}\n\n"


def _examples(one: Page) -> str:
    source = one.sections["Examples"]
    blocks = re.split(r"^(?=- )", source, flags=re.MULTILINE)
    verdicts = (f"FAIL, {example.variant}" if example.variant else "PASS" for example in one.examples)
    named = zip(one.examples, verdicts, (block.rstrip() for block in blocks if block.strip()), strict=True)
    shown = [f"**{verdict}:** {example.name}\n\n```yaml\n{block}\n```\n" for example, verdict, block in named]
    return "\n".join(shown)
