"""A user story is for somebody who is not among the team's personas.

## What it does

It compares the role in a user story ("As a clerk I want …") with the personas in `goals.yaml`, and asks who is meant if
none of them has that name. A role may have further words: "logged-in clerk" is a "clerk". If the team lists no
personas, the rule says nothing.

## Why it matters

"As a user" can be anybody, so that nobody can be asked whether the story helps. A role that is on no list may be a
group of customers that the team has not thought of, or only another word for a known one.

## What it cannot see

- Whether the story helps its persona.
- Stories that name nobody. `steward goals` counts them, and how many stories each persona has.
- Roles in sentences of another form than "As a … I want …", or in a language other than English, German, French,
  Spanish, Portuguese, Italian, Dutch, Polish, Japanese and Chinese.

## Options

It has none of its own. The personas and their other names are in `goals.yaml`:

    personas:
      - {name: clerk, aliases: [office clerk, accountant]}

## How to clear it

Name one of the personas in the story, or add the role to `goals.yaml`, as a persona or as another name of one.

## Examples

- fail: unknown
  name: A role that no persona has
  item: {title: As a user I want to export orders}
  backlog: {personas: [clerk, auditor]}
- pass: A persona with further words
  item: {title: As a logged-in clerk I want to export orders}
  backlog: {personas: [clerk, auditor]}
- pass: The team lists no personas
  item: {title: As a user I want to export orders}
- pass: Nobody is named
  item: {title: Export orders}
  backlog: {personas: [clerk, auditor]}
"""

from collections.abc import Iterator
from typing import ClassVar

from rules.context import Input
from rules.model import WorkItem
from rules.rule import Hit, Message, OffByDefaultOptions, Rule, register
from rules.text import make_quotable
from rules.text.story_role import find_personas, story_role

_MAX_QUOTED_CHARACTERS = 60


@register
class UnknownPersona(Rule[OffByDefaultOptions]):
    id = "unknown-persona"
    title = "For somebody who is not among the personas"
    question_subject = "persona"
    inputs = frozenset({Input.TEXT, Input.PERSONAS})
    needed_attributes = frozenset({"text"})
    messages: ClassVar = {
        "unknown": Message(
            evidence='The story is for "{role}", and no persona has that name.',
            question="Who is meant: a known persona, or somebody new?",
            resolution="Name a persona in the story, or add this role to the personas in goals.yaml.",
        )
    }
    saturation_question = (
        "{flagged} of {judged} stories are for somebody who is not among the personas. Is the list complete, or should "
        "this rule be off?"
    )

    def check(self, item: WorkItem) -> Iterator[Hit]:
        """Yield a hit if the story names a role that no persona has."""
        personas = self.context.personas
        role = story_role(item) if personas else ""
        if role and next(find_personas(role, personas), None) is None:
            yield Hit(variant="unknown", facts={"role": make_quotable(role, _MAX_QUOTED_CHARACTERS)})
