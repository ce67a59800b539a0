"""An investigation that asks no question.

## What it does

It asks what an investigation should find out, if it contains no question. A task, or an item whose type is none of the
usual ones, is an investigation, also called a spike, if its type, a label or its title says so. Stories that are spikes
are judged by `missing-acceptance-criteria` instead.

## Why it matters

A spike ends when its question is answered. Without a question, it ends when nobody wants to continue, and what was
learned is hard to use.

## What it cannot see

- A question without a question mark and without words such as "find out whether".
- The content of comments.
- Titles that name a problem, such as "Investigate slow searches". They count as asking why the problem occurs.
- A missing time limit. Many teams give every spike the same one, so this rule does not ask for it.

## How to clear it

Write the question into the item, in one sentence.

## Examples

- fail: no-question
  name: A subject, but no question
  item: {title: "Spike: search engines", kind: task, text: We look at three engines.}
- pass: A question
  item: {title: "Spike: search engines", kind: task, text: Which engine finds orders despite typing errors?}
- pass: A question without a question mark
  item: {title: "Spike: search engines", kind: task, text: Find out whether typing errors can be ignored.}
- pass: A problem in the title counts as a question
  item: {title: "Investigate slow searches", kind: task}
- pass: A question in the title
  item: {title: "Spike: which search engine ignores typing errors?", kind: task}
"""

import re
from collections.abc import Iterator
from typing import ClassVar

from rules.context import Input
from rules.model import ItemKind, WorkItem, plain_text
from rules.rule import Hit, Message, Rule, RuleOptions, register
from rules.text import LANGUAGES, SpikeStatus, compile_lexicon, is_spike, spike_status

_QUESTION_WORDS = re.compile(
    r"\b(?:how|why|whether|which|what|where|if|determine|is (?:it|this|there)|do we|can we|wie|warum|weshalb|ob"
    r"|welche\w?|was|wo|klären)\b",
    re.IGNORECASE,
)
"""Matches words of questions without a question mark, in English and German."""
_PROBLEM_WORDS = re.compile(
    r"\b(?:slow\w*|deadlock\w*|fail\w*|errors?|leak\w*|crash\w*|timeouts?|bugs?|flaky|negative|missing|broken|wrong|hangs?"
    r"|exceptions?|regressions?|unexpected\w*|langsam\w*|fehler\w*|absturz\w*|abstürze)\b",
    re.IGNORECASE,
)
"""Matches words for problems. A title that names a problem counts as asking why it occurs."""


@register
class SpikeWithoutQuestion(Rule[RuleOptions]):
    id = "spike-without-question"
    title = "An investigation without a question"
    question_subject = "question"
    kinds = frozenset({ItemKind.TASK, ItemKind.OTHER})
    inputs = frozenset({Input.TEXT})
    needed_attributes = frozenset({"text"})
    messages: ClassVar = {
        "no-question": Message(
            evidence="This is an investigation, but it asks no question.",
            question="What do we want to find out?",
            resolution="Write down the question, in one sentence, and who needs the answer.",
        )
    }
    saturation_question = (
        "{flagged} of {judged} open investigations ask no question. Is the question kept somewhere else, or should "
        "this rule be off?"
    )

    def applies(self, item: WorkItem) -> bool:
        """Whether the item is an investigation that has not been started."""
        return super().applies(item) and is_spike(item)

    def check(self, item: WorkItem) -> Iterator[Hit]:
        """Yield a hit if neither the title nor the description contains a question."""
        status = spike_status(item, compile_lexicon(tuple(LANGUAGES)))
        has_question = status in (SpikeStatus.COMPLETE, SpikeStatus.NO_TIME_LIMIT) or _PROBLEM_WORDS.search(item.title)
        if not has_question and not _QUESTION_WORDS.search(f"{item.title}\n{plain_text(item.text)}"):
            yield Hit(variant="no-question")
