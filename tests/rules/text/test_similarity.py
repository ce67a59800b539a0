"""Which items are most alike, measured on labelled duplicates of a real project."""

import csv
import gzip
import math
import time
from pathlib import Path

import pytest

from rules.text import SimilarityIndex


def index(*items: tuple[str, str]) -> SimilarityIndex:
    made = SimilarityIndex()
    for title, text in items:
        made.add(title, text)
    return made


FILLER = [(f"Subject {number}", f"words about {number * 7} and {number * 11}") for number in range(30)]


def test_the_most_similar_item_comes_first_and_never_the_item_itself():
    made = index(("Export orders", "as a CSV file"), ("Export of orders", "a file, CSV"), *FILLER)
    assert made.most_similar(0)[0].number == 1
    assert 0.5 < made.most_similar(0)[0].score <= 1.0001


def test_the_same_words_are_alike_in_full_and_other_words_not_at_all():
    made = index(("Export orders", "CSV"), ("Export orders", "CSV"), ("Dark mode", "theme"), *FILLER)
    assert math.isclose(made.most_similar(0)[0].score, 1, rel_tol=1e-4)
    assert all(match.number != 2 for match in made.most_similar(0, 5))


def test_a_name_is_found_by_its_parts_and_a_title_by_its_letters():
    made = index(("NameNode restarts", ""), ("name node is restarted", ""), *FILLER)
    assert made.most_similar(0)[0].number == 1


def test_an_item_without_words_is_like_no_other():
    made = index(("", ""), ("", ""), ("!", "?"), *FILLER)
    assert made.most_similar(0) == []


@pytest.mark.slow
def test_labelled_duplicates_are_among_the_first_ten(shared: Path):
    folder = shared / "data" / "4_duplicates"
    if not folder.is_dir():
        pytest.skip("../shared/data is not here")
    with gzip.open(folder / "hadoop_bugs.csv.gz", "rt", encoding="utf-8") as file:
        bugs = list(csv.DictReader(file))
    number = {bug["Issue id"]: place for place, bug in enumerate(bugs)}
    same: dict[int, set[int]] = {}
    with (folder / "hadoop_duplicate_pairs.csv").open(encoding="utf-8") as table:
        for row in csv.DictReader(table):
            for other in row["Duplicate id"].split(","):
                pair = number.get(row["Issue id"].strip()), number.get(other.strip())
                if pair[0] is not None and pair[1] is not None:
                    same.setdefault(pair[0], set()).add(pair[1])
                    same.setdefault(pair[1], set()).add(pair[0])
    made = index(*((bug["Summary"], bug["Description"]) for bug in bugs))
    found = sum(bool(others & {match.number for match in made.most_similar(bug, 10)}) for bug, others in same.items())
    assert len(same) == 121
    assert found / len(same) >= 0.785


def test_a_query_does_not_take_longer_in_a_larger_backlog():
    def query_time(copies: int) -> float:
        made = index(*((f"{title} {copy}", f"{text} {copy}") for copy in range(copies) for title, text in FILLER))
        made.most_similar(0)
        start = time.process_time()
        for number in range(60):
            made.most_similar(number)
        return time.process_time() - start

    assert query_time(40) < 6 * max(query_time(4), 0.002)
