"""Finds the items with the most similar words, by TF-IDF and cosine similarity.

TF-IDF (term frequency, inverse document frequency) weighs a term higher the more often an item contains it, and the
fewer items contain it. The terms of an item are its words, and the trigrams (three characters in a row) of its title,
so that "log in" is similar to "login". The similarity of two items is a fixed share of that of their words, plus a
fixed share of that of their trigrams, even if an item has no words or no trigrams.

A query compares an item only with candidates, which are items that share rare terms with it. So the cost of a query
does not grow with the backlog.
"""

import math
import re
from array import array
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import NamedTuple

_WORD = re.compile(r"[^\W_]+")
_CAMEL_CASE_BOUNDARY = re.compile(r"(?<=[a-z])(?=[A-Z])")
_TRIGRAM_SHARE = 0.2
"""The share of trigrams in the similarity of two items. That of words is the rest."""
_MAX_TEXT_LENGTH = 2000
"""The number of characters of a text that are compared. The rest is mostly logs."""
_MAX_ITEMS_WITH_TERM = 200
"""The maximum number of items that contain a rare term."""
_MAX_QUERY_TERMS = 30
"""The maximum number of terms of an item that lead to candidates: those with the largest weights."""
_CANDIDATES_PER_MATCH = 10
"""The number of candidates that are compared in full for each requested match."""
_TRIGRAM_LENGTH = 3
_TRIGRAM_MARK = "#"
_ROUNDING_ERROR = 1e-9
"""A sum of squares below this is zero, apart from rounding errors."""
_MAX_COUNT = 65535
"""The largest count that an array of the type "H" (unsigned short) can hold."""


class Match(NamedTuple):
    """A similar item.

    Attributes:
        number: The position of the item in the index, from 0.
        score: The cosine similarity, from 0 to 1.
    """

    number: int
    score: float


class SimilarityIndex:
    """An index of items by their terms. The items are numbered from 0 in the order in which they are added.

    Add all items before the first query: later ones are not found.

    Attributes:
        _term_ids: A number for each term.
        _terms: The term numbers of each item.
        _counts: How often each item contains each of its terms, in the order of `_terms`.
        _item_counts: The number of items that contain each term.
        _weights: The weight of each term of each item, in the order of `_terms`; empty before the first query.
        _items_by_term: The numbers of the items that contain each rare term.
    """

    def __init__(self) -> None:
        self._term_ids: dict[str, int] = {}
        self._terms: list[array[int]] = []
        self._counts: list[array[int]] = []
        self._item_counts: Counter[int] = Counter()
        self._weights: list[array[float]] = []
        self._items_by_term: dict[int, array[int]] = {}

    def add(self, title: str, text: str) -> None:
        """Add an item with this title and text."""
        counts = Counter[int]()
        for term, count in _count_terms(title, text).items():
            counts[self._term_ids.setdefault(term, len(self._term_ids))] = count
        self._item_counts.update(counts.keys())
        self._terms.append(array("I", counts.keys()))
        self._counts.append(array("H", (min(count, _MAX_COUNT) for count in counts.values())))

    def most_similar(self, number: int, limit: int = 1) -> Sequence[Match]:
        """Return at most `limit` items that are similar to the item with this number, the most similar one first."""
        if not self._weights:
            self._compute_weights()
        weight_by_term = dict(zip(self._terms[number], self._weights[number], strict=True))
        estimates: dict[int, float] = defaultdict(float)
        rare_terms = (term for term in weight_by_term if term in self._items_by_term)
        query_terms = sorted(rare_terms, key=lambda term: -weight_by_term[term])
        for term in query_terms[:_MAX_QUERY_TERMS]:
            estimate = weight_by_term[term] * weight_by_term[term]  # As if the term had this weight in the other item
            for candidate in self._items_by_term[term]:
                estimates[candidate] += estimate
        estimates.pop(number, None)
        candidates = sorted(estimates, key=lambda candidate: (-estimates[candidate], candidate))
        matches = (
            Match(candidate, self._cosine_similarity(weight_by_term, candidate))
            for candidate in candidates[: _CANDIDATES_PER_MATCH * limit]
        )
        return sorted(matches, key=lambda match: (-match.score, match.number))[:limit]

    def _cosine_similarity(self, weight_by_term: dict[int, float], candidate: int) -> float:
        """Return the cosine similarity of an item with these term weights to the item with the number `candidate`."""
        pairs = zip(self._terms[candidate], self._weights[candidate], strict=True)
        return sum(weight_by_term[term] * weight for term, weight in pairs if term in weight_by_term)

    def _compute_weights(self) -> None:
        """Compute the weight of each item's terms, and index the items by their rare terms.

        The squares of the weights of an item's words, and those of its trigrams, add up to their shares, so that the
        scalar product of two items is their similarity. A term that no other item has gets the weight 0.
        """
        trigrams = {number for term, number in self._term_ids.items() if term.startswith(_TRIGRAM_MARK)}
        item_count = len(self._terms)
        rarity = {term: math.log((item_count + 1) / (count + 1)) for term, count in self._item_counts.items()}
        for number, (terms, counts) in enumerate(zip(self._terms, self._counts, strict=True)):
            weights = [
                (1 + math.log(count)) * rarity[term] if self._item_counts[term] > 1 else 0.0
                for term, count in zip(terms, counts, strict=True)
            ]
            trigram_square = sum(w * w for term, w in zip(terms, weights, strict=True) if term in trigrams)
            word_square = sum(w * w for w in weights) - trigram_square
            word_scale = math.sqrt((1 - _TRIGRAM_SHARE) / word_square) if word_square > _ROUNDING_ERROR else 0.0
            trigram_scale = math.sqrt(_TRIGRAM_SHARE / trigram_square) if trigram_square > _ROUNDING_ERROR else 0.0
            self._weights.append(
                array(
                    "f",
                    (w * (trigram_scale if t in trigrams else word_scale) for t, w in zip(terms, weights, strict=True)),
                )
            )
            for term in terms:
                if 1 < self._item_counts[term] <= _MAX_ITEMS_WITH_TERM:
                    self._items_by_term.setdefault(term, array("I")).append(number)


def _count_terms(title: str, text: str) -> Counter[str]:
    """Count the terms of an item. A trigram begins with a mark, which distinguishes it from a word."""
    counts = Counter(_split_words(f"{title} {text[:_MAX_TEXT_LENGTH]}"))
    letters = f" {' '.join(_WORD.findall(title.lower()))} "
    counts.update(
        f"{_TRIGRAM_MARK}{letters[start : start + _TRIGRAM_LENGTH]}"
        for start in range(len(letters) - _TRIGRAM_LENGTH + 1)
    )
    return counts


def _split_words(text: str) -> list[str]:
    """Return the words of a text in lower case, and the parts of names such as `DataNode`."""
    words = _WORD.findall(text)
    parts = [
        part for word in words if not (word.islower() or word.isdigit()) for part in _CAMEL_CASE_BOUNDARY.split(word)
    ]
    return [word.lower() for word in words] + [part.lower() for part in parts if part not in words]
