"""An item says much the same as another open item.

## What it does

It compares the words of an item with those of all other open items, and names the most similar one if the two say much
the same. Of two similar items, the one that was created later gets the finding. Two items are not compared if one links
to or mentions the other, if they have the same parent, or if they were created within a week, because then somebody
knows about both.

## Why it matters

Two items about the same thing are discussed, estimated and sometimes built twice, and the people who want it are
divided between them.

## What it cannot see

- The same thing in other words, or in another language.
- Finished items, items in other trackers, and items that only some people may see.
- Duplicates within a series, such as "Translate chapter 1" and "Translate chapter 2". Titles that begin and end with
  the same words are not compared.
- Whether similar items are really duplicates. In well-kept backlogs, about half of its findings are not. So the rule is
  off by default.

## Options

`least` is how similar two items have to be, from 0 to 1.

## How to clear it

Close one of the two items, or link them; any kind of link is enough. If they are different things, say so in the title,
or waive the finding.

## Examples

- fail: similar
  name: Two items that describe the same thing
  item:
    title: Export of orders as CSV for the auditor
    text: The auditor needs all orders of a month as a CSV file.
    created: 2026-03-20
  backlog:
    above:
      - title: CSV export of orders
        text: Export all orders of a month as CSV, for the auditor.
        created: 2026-03-01
      - {title: Dark mode, text: A dark theme for the whole shop.}
      - {title: Pay by card, text: Cards of three brands are accepted.}
- pass: The two are linked
  item:
    title: Export of orders as CSV for the auditor
    text: The auditor needs all orders of a month as a CSV file.
    created: 2026-03-20
    links: [{kind: relates to, target: EX-A1}]  # the first item above it
  backlog:
    above:
      - title: CSV export of orders
        text: Export all orders of a month as CSV, for the auditor.
        created: 2026-03-01
      - {title: Dark mode, text: A dark theme for the whole shop.}
      - {title: Pay by card, text: Cards of three brands are accepted.}
- pass: One of a series
  item: {title: Translate chapter 2 of the manual into German, created: 2026-03-20}
  backlog:
    above:
      - {title: Translate chapter 1 of the manual into German, created: 2026-03-01}
      - {title: Dark mode, text: A dark theme for the whole shop.}
      - {title: Pay by card, text: Cards of three brands are accepted.}
"""

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import takewhile
from typing import Annotated, ClassVar, NamedTuple

from pydantic import Field

from rules.context import Input
from rules.model import ItemKind, WorkItem, plain_text
from rules.rule import Hit, Message, Rule, RuleOptions, SeverityOption, Unjudged, register
from rules.text import LANGUAGES, SimilarityIndex, compile_lexicon, make_quotable
from rules.text.tokens import stem_words, tokenize


class DuplicateOptions(RuleOptions):
    severity: SeverityOption = "off"
    least: Annotated[
        float, Field(ge=0.2, le=1, description="How similar two items have to be: 1 is the same words.")
    ] = 0.4


class _Entry(NamedTuple):
    """The data of an item by which it is compared with others.

    Attributes:
        stems: The stems of the words in the title, without stop words.
        created: When it was created, in seconds since 1970; 0 if unknown.
        mentioned_keys: The keys of items that it mentions or links to.
        parent: The key of its parent.
    """

    key: str
    title: str
    stems: frozenset[str]
    created: float
    mentioned_keys: frozenset[str]
    parent: str | None
    restricted: bool


@register
class LikelyDuplicate(Rule[DuplicateOptions]):
    id = "likely-duplicate"
    title = "Much the same as another item"
    version = 2
    question_subject = "duplicate"
    kinds = frozenset({ItemKind.STORY, ItemKind.BUG, ItemKind.TASK, ItemKind.OTHER})
    inputs = frozenset({Input.BACKLOG, Input.LINKS, Input.FAMILY, Input.TEXT})
    backlog_attributes = frozenset(
        {"category", "created", "kind", "links", "parent", "restricted", "text", "title", "type", "unknown"}
    )
    needed_attributes = frozenset({"text"})
    volatile_facts = frozenset({"other"})
    messages: ClassVar = {
        "similar": Message(
            evidence='It says much the same as {other}: "{span}".',
            question="Is this the same thing as {other}?",
            resolution="Close one of the two, or link them, so that both are seen together.",
        )
    }
    saturation_question = (
        "{flagged} of {judged} open items look like another one. Are many of them written from one template, or should "
        "this rule be off?"
    )

    _index: SimilarityIndex
    _entries: list[_Entry]
    """The compared items, in the order of the index."""
    _entry_numbers: dict[str, int]
    """The number of each item in the index, by the id of the item."""
    _title_counts: Counter[str]
    """The number of titles that contain each stem."""

    def learn(self) -> tuple[Unjudged, ...]:
        """Index the open items that the rule judges."""
        self._index, self._entries, self._entry_numbers = SimilarityIndex(), [], {}
        for item in self.context.items():
            if not self.applies(item) or not item.is_known("text"):
                continue
            text = plain_text(item.text)
            self._entry_numbers[item.id] = len(self._entries)
            self._entries.append(_make_entry(item, text))
            self._index.add(item.title, text)
        self._title_counts = Counter(stem for entry in self._entries for stem in entry.stems)
        return ()

    def check(self, item: WorkItem) -> Iterator[Hit]:
        """Yield a hit if the most similar item that may be a duplicate was created earlier."""
        number = self._entry_numbers.get(item.id)
        if number is None:
            return
        entry = self._entries[number]
        for match in self._index.most_similar(number, _MAX_CANDIDATES):
            candidate = self._entries[match.number]
            if match.score < self.settings.least:
                return
            score = match.score * self._shared_title_share(entry, candidate)
            if score >= self.settings.least and _may_be_duplicate(entry, candidate):
                # Otherwise the candidate, which was created later, gets the finding.
                if (candidate.created, match.number) < (entry.created, number):
                    yield Hit(variant="similar", facts={"other": candidate.key, "span": make_quotable(candidate.title)})
                return

    def _shared_title_share(self, first: _Entry, second: _Entry) -> float:
        """Return the share of the words of the shorter title that are also in the longer. Rare words count more."""

        def weigh(stems: Iterable[str]) -> float:
            return sum(math.log((len(self._entries) + 1) / self._title_counts[stem]) for stem in stems)

        return weigh(first.stems & second.stems) / (min(weigh(first.stems), weigh(second.stems)) or 1.0)


_MAX_CANDIDATES = 5
"""The number of similar items that are examined for each item."""
_MIN_SECONDS_APART = 7 * 86_400
"""The minimum number of seconds between the creation of two compared items: one week.

Items that were created closer together are often similar, and their author knows both.
"""
_ITEM_KEY = re.compile(r"\b[A-Z][A-Z0-9_]+-\d+\b|#\d+\b")


def _make_entry(item: WorkItem, text: str) -> _Entry:
    keys = {name.lstrip("#") for name in _ITEM_KEY.findall(f"{item.title}\n{text}")}
    return _Entry(
        item.key,
        item.title,
        stem_words(tokenize(item.title), compile_lexicon(tuple(LANGUAGES)).stop_words),
        item.created.timestamp() if item.created else 0.0,
        frozenset(keys | {link.target for link in item.links}),
        item.parent,
        item.restricted,
    )


def _may_be_duplicate(first: _Entry, second: _Entry) -> bool:
    """Whether two similar items may be duplicates: none is restricted, and nothing shows that somebody knows both."""
    is_related = (
        second.key in first.mentioned_keys
        or first.key in second.mentioned_keys
        or (first.parent and first.parent == second.parent)
    )
    were_created_apart = abs(first.created - second.created) >= _MIN_SECONDS_APART
    is_restricted = first.restricted or second.restricted
    return were_created_apart and not (is_related or is_restricted or _is_series(first.title, second.title))


def _is_series(first_title: str, second_title: str) -> bool:
    """Whether two titles differ only in the middle or at one end: "Translate chapter 1", "Translate chapter 2".

    They have to share at least half of the words of the shorter title.
    """
    first, second = tokenize(first_title), tokenize(second_title)
    prefix_length = _common_prefix_length(first, second)
    suffix_length = _common_prefix_length(first[prefix_length:][::-1], second[prefix_length:][::-1])
    shorter_length = min(len(first), len(second))
    return shorter_length > prefix_length + suffix_length >= shorter_length / 2


def _common_prefix_length(first: Sequence[str], second: Sequence[str]) -> int:
    """Return the number of words with which both lists begin."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(first, second, strict=False)))
