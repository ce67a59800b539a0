"""The title of an item says that something gets better, but not what.

## What it does

It asks what will be different if the title only says that something is improved, reworked or refactored, and the
description, if there is one, does not say more. A number, a purpose ("so that", "to", "instead of") or acceptance
criteria are enough.

## Why it matters

"Improve the search" can be finished tomorrow or never. Items with such titles take longer than others, because people
decide what is enough only while they work on them.

## What it cannot see

- A team's own abbreviations. "Refactor login" may be clear to everybody who was in the meeting.
- A vague word after the third word of the title, unless it is the last word.
- Words in languages other than English and German.
- Whether a description says what is meant. One with five words that the title does not contain is assumed to.

## How to clear it

Say in the title what will be different ("Find orders by phone number"), or say in one sentence how somebody would
notice.

## Examples

- fail: vague
  name: It does not say what will be better
  item: {title: Improve the search}
- fail: vague
  name: A description that says no more
  item: {title: Refactor the exporter, text: The code has grown over the years.}
- pass: It names a purpose
  item: {title: Improve the search so that typing errors do not matter}
- pass: A number that can be checked
  item: {title: Improve the search to 200 ms}
- pass: The description says when it is done
  item:
    title: Improve the search
    text: |
      ## Acceptance criteria
      - Orders are found by the customer's phone number.
- pass: It says what will be different
  item: {title: Find orders by phone number}
"""

import re
from collections.abc import Iterator, Sequence
from typing import ClassVar

from rules.context import Input
from rules.model import BlockKind, ItemKind, WorkItem, plain_text
from rules.rule import Hit, Message, Rule, RuleOptions, register
from rules.text import LANGUAGES, CriteriaStatus, compile_lexicon, find_criteria, is_spike, make_quotable
from rules.text.tokens import stem_words, tokenize
from rules.text.vocabulary.vocabulary import phrases

_VAGUE_WORDS = frozenset(
    phrases("""
        improve, improving, improvement, improvements, enhance, enhancing, enhancement, enhancements, optimize,
        optimise, optimizing, optimization, refactor, refactoring, rework, polish, streamline, simplify, tweak, tweaks,
        modernize, rethink, overhaul, verbessern, verbesserung, verbesserungen, optimieren, optimierung, überarbeiten,
        überarbeitung, vereinfachen, modernisieren, aufräumen
    """)
)
"""Words that say that something gets better, but not in what way."""
_DETAIL_WORDS = frozenset(
    phrases("""
        to, into, so, by, from, instead, when, if, using, with, without, via, as, because, damit, um, durch, ohne,
        statt, mit, wenn, als, create, add, remove, extract, replace, move, rename, split, merge
    """)
)
"""Words in a title that introduce a purpose, a method or a change."""
_CHANGE_VERBS = frozenset(phrases("add, remove, create, replace, use, make, move, show, split, merge, rename"))
"""The first words of descriptions that say what to change."""
_MIN_BULLETS = 2
"""The minimum number of bullets in a list that says what is meant."""
_PICTURE_WORDS = re.compile(
    r"\b(?:attach\w+|screenshots?|mock-?ups?|wireframes?|figma|anhang|bildschirmfoto)\b", re.IGNORECASE
)
"""Matches words for a picture or a file that shows what is meant."""
_PERCENTAGE = re.compile(r"\d\s?%")
"""Matches a percentage, which says how much better something becomes."""
_DOCUMENTATION_WORDS = frozenset(phrases("document, doc, docs, test, dokumentieren"))
"""The first words of titles about documents or tests of an improvement, such as "Document the refactoring"."""
_SEARCHED_WORDS = 3
"""The number of words at the start of a title among which a vague one is looked for: "UI: Improve the search"."""
_MIN_NEW_WORDS = 5
"""The minimum number of words in a description, not counting those in the title, that say what is meant."""
_MAX_TITLE_WORDS = 8
"""The maximum number of words in a vague title. A longer one is assumed to say what is meant."""
_MAX_QUOTED_CHARACTERS = 80


@register
class VagueTitle(Rule[RuleOptions]):
    id = "vague-title"
    title = "Says that something gets better, but not what"
    question_subject = "title"
    kinds = frozenset({ItemKind.STORY, ItemKind.TASK, ItemKind.OTHER})
    inputs = frozenset({Input.TEXT})
    needed_attributes = frozenset({"text", "criteria"})
    messages: ClassVar = {
        "vague": Message(
            evidence='The title says "{span}", and nothing says what will be different.',
            question="What will be different, and how would somebody notice?",
            resolution="Put what will be different into the title, or add one sentence that somebody else could check.",
        )
    }
    saturation_question = (
        "{flagged} of {judged} open items have a title that says that something gets better, but not what. Is that "
        "agreed somewhere else, or should this rule be off?"
    )

    def check(self, item: WorkItem) -> Iterator[Hit]:
        """Yield a hit if the title contains a vague word, and nothing says more."""
        words = tokenize(item.title)
        index = next((index for index, word in enumerate(words[:_SEARCHED_WORDS]) if word in _VAGUE_WORDS), None)
        # In a German title, the verb is the last word, so the details are before it.
        if index is None and words and words[-1] in _VAGUE_WORDS:
            index = 0
        if index is None or len(words) > _MAX_TITLE_WORDS or words[0] in _DOCUMENTATION_WORDS:
            return
        following_words = words[index + 1 :]
        if not _DETAIL_WORDS.isdisjoint(following_words) or any(word[0].isdigit() for word in following_words):
            return
        description = plain_text(item.text)
        description_words = tokenize(description)
        if (
            _says_more(description_words, words)
            or (description_words and description_words[0] in _CHANGE_VERBS)
            or _PERCENTAGE.search(description)
            or _PICTURE_WORDS.search(description)
            or any(block.kind is BlockKind.MEDIA for block in item.text)
            or sum(block.kind is BlockKind.BULLET for block in item.text) >= _MIN_BULLETS
            or is_spike(item)
            or find_criteria(item).status in _STATUSES_WITH_CRITERIA
        ):
            return
        yield Hit(variant="vague", facts={"span": make_quotable(item.title, _MAX_QUOTED_CHARACTERS)})


_STATUSES_WITH_CRITERIA = (CriteriaStatus.STATED, CriteriaStatus.IMPLIED, CriteriaStatus.UNKNOWN)
"""With these statuses, an item has criteria, which say what is meant, or may have some in an unreadable part."""


def _says_more(description_words: Sequence[str], title_words: Sequence[str]) -> bool:
    """Whether a description has enough words, apart from stop words and vague words, that are not in the title."""
    stop_words = compile_lexicon(tuple(LANGUAGES)).stop_words | _VAGUE_WORDS
    return len(stem_words(description_words, stop_words) - stem_words(title_words, stop_words)) >= _MIN_NEW_WORDS
