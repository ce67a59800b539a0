"""Finds the items with the most similar words, by TF-IDF.

The terms of an item are its words, those of the title counting three times, and the trigrams of its title, so that
"log in" is similar to "login". Terms that many items have do not lead to candidates, so the cost of a query does not
grow with the backlog.
"""

import math
import re
from array import array
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import NamedTuple

_WORD = re.compile(r"[^\W_]+")
_CAMEL_CASE = re.compile(r"(?<=[a-z])(?=[A-Z])")
_TITLE_WEIGHT = 3
_MAX_TEXT_LENGTH = 2000
"""Characters of a text that are compared. The rest is mostly logs."""
_MAX_ITEMS_WITH_TERM = 50
"""Terms that more items have do not lead to candidates."""
_MAX_QUERY_TERMS = 30
"""Terms of an item that lead to candidates: those with the largest weights."""
_CANDIDATES_PER_MATCH = 3
"""Candidates that are compared in full for each match; at least ten in total."""
_TRIGRAM = 3


class Match(NamedTuple):
    """A similar item: its number in the index, and the cosine similarity, from 0 to 1."""

    number: int
    score: float


class SimilarityIndex:
    """An index of items by their terms, numbered in the order of adding. Add all items before the first query."""

    def __init__(self) -> None:
        self._ids: dict[str, int] = {}
        self._terms: list[array[int]] = []
        self._counts: list[array[int]] = []
        self._items_with: Counter[int] = Counter()
        self._weights: list[array[float]] = []
        self._postings: dict[int, array[int]] = {}

    def add(self, title: str, text: str) -> None:
        """Add an item."""
        counts = Counter[int]()
        for term, count in _count_terms(title, text).items():
            counts[self._ids.setdefault(term, len(self._ids))] = count
        self._items_with.update(counts.keys())
        self._terms.append(array("I", counts.keys()))
        self._counts.append(array("H", (min(count, 65535) for count in counts.values())))

    def most_similar(self, number: int, limit: int = 1) -> Sequence[Match]:
        """The items that are most similar to an item, in descending order."""
        if not self._weights:
            self._compute_weights()
        own = dict(zip(self._terms[number], self._weights[number], strict=True))
        scores: dict[int, float] = defaultdict(float)
        query_terms = sorted((term for term in own if term in self._postings), key=lambda term: -own[term])
        for term in query_terms[:_MAX_QUERY_TERMS]:
            weight = own[term] * own[term]
            for other in self._postings[term]:
                scores[other] += weight
        scores.pop(number, None)
        candidates = sorted(scores, key=lambda other: (-scores[other], other))[: max(_CANDIDATES_PER_MATCH * limit, 10)]
        matches = (Match(other, self._cosine(own, other)) for other in candidates)
        return sorted(matches, key=lambda match: (-match.score, match.number))[:limit]

    def _cosine(self, own: dict[int, float], other: int) -> float:
        pairs = zip(self._terms[other], self._weights[other], strict=True)
        return sum(own[term] * weight for term, weight in pairs if term in own)

    def _compute_weights(self) -> None:
        """Compute the weight of each item's terms from their rarity, and index items by term."""
        items = len(self._terms)
        rarity = {term: math.log((items + 1) / (count + 1)) for term, count in self._items_with.items()}
        for number, (terms, counts) in enumerate(zip(self._terms, self._counts, strict=True)):
            weights = [
                (1 + math.log(count)) * rarity[term] if self._items_with[term] > 1 else 0.0
                for term, count in zip(terms, counts, strict=True)
            ]
            length = math.sqrt(sum(weight * weight for weight in weights)) or 1.0
            self._weights.append(array("f", (weight / length for weight in weights)))
            for term in terms:
                if 1 < self._items_with[term] <= _MAX_ITEMS_WITH_TERM:
                    self._postings.setdefault(term, array("I")).append(number)


def _count_terms(title: str, text: str) -> Counter[str]:
    counts: Counter[str] = Counter()
    for word in _words(title):
        counts[word] += _TITLE_WEIGHT
    counts.update(_words(text[:_MAX_TEXT_LENGTH]))
    letters = f" {' '.join(_WORD.findall(title.lower()))} "
    counts.update(f"#{letters[start : start + _TRIGRAM]}" for start in range(len(letters) - _TRIGRAM + 1))
    return counts


def _words(text: str) -> list[str]:
    """The words of a text in lower case, and the parts of names such as `DataNode`."""
    whole = _WORD.findall(text)
    parts = [part for word in whole if not (word.islower() or word.isdigit()) for part in _CAMEL_CASE.split(word)]
    return [word.lower() for word in whole] + [part.lower() for part in parts if part not in whole]
