"""WSJF, MoSCoW and value matrices: worked examples, calculated by hand."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.model import ItemKind, Link, WorkItem
from rules.priority.moscow import Moscow, classify, moscow_class, moscow_shares, rate_moscow
from rules.priority.stability import MODIFIED_FIBONACCI, rate_wsjf, step_down, step_up
from rules.priority.value_matrix import Quadrant, rate_matrix
from rules.priority.wsjf import WsjfOptions

FEATURES = WsjfOptions()


@pytest.fixture
def feature(item):
    def make(number, value, urgency, risk, size):
        return item(number, kind=ItemKind.FEATURE, value=value, urgency=urgency, risk=risk, effort=size)

    return make


# ---- WSJF: how far a number can be trusted


def test_steps_of_the_scale():
    assert [step_up(value) for value in (0, 1, 4, 20, 21, 100)] == [0.5, 2, 5, 40, 40, 200]
    assert [step_down(value) for value in (0, 0.5, 1, 4, 21, 300)] == [0, 0.5, 0.5, 3, 20, 150]


@given(st.sampled_from(MODIFIED_FIBONACCI))
def test_a_step_up_and_down_is_where_it_began(value):
    assert step_down(step_up(value)) == value


def test_numbers_that_survive_a_step_on_any_input(feature):
    """(20+8+5)/1 = 33, at least 33/2 = 16.5; 15/5 = 3 (2.6 to 5); 12/5 = 2.4 (at most 12/3 = 4)."""
    ratings = rate_wsjf([feature(1, 5, 5, 5, 5), feature(2, 20, 8, 5, 1), feature(3, 8, 2, 2, 5)], FEATURES)
    assert [(rating.item.id, rating.result, rating.best, rating.worst) for rating in ratings] == [
        ("2", "33", 1, 1),
        ("1", "3", 2, 3),
        ("3", "2.4", 2, 3),
    ]


def test_a_blank_is_named_and_comes_last(feature):
    (scored, refused) = rate_wsjf([feature(1, 5, None, 5, 5), feature(2, 1, 1, 1, 1)], FEATURES)
    assert (scored.item.id, refused.item.id, refused.missing, refused.score) == ("2", "1", ("time criticality",), None)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(*[st.sampled_from([1.0, 2.0, 3.0, 5.0, 8.0, 13.0, 20.0])] * 4), min_size=1, max_size=8),
    st.data(),
)
def test_more_value_never_lowers_a_score(rows, data):
    def items(changed):
        return [
            WorkItem(tracker="t", id=str(n), key=f"T-{n}", kind=ItemKind.FEATURE, value=value, urgency=urgency, risk=risk, effort=size)
            for n, (value, urgency, risk, size) in enumerate(changed)
        ]  # fmt: skip

    place = data.draw(st.integers(0, len(rows) - 1))
    value, *others = rows[place]
    raised = [*rows[:place], (step_up(value), *others), *rows[place + 1 :]]
    before, after = (
        {rating.item.id: rating for rating in rate_wsjf(items(changed), FEATURES)} for changed in (rows, raised)
    )
    assert after[str(place)].score > before[str(place)].score
    assert all(rating.best <= rating.worst for rating in after.values())


# ---- MoSCoW


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"labels": ("Must-have",)}, Moscow.MUST),
        ({"labels": ("moscow:should",)}, Moscow.SHOULD),
        ({"priority": "Could have"}, Moscow.COULD),
        ({"priority": "Won't"}, Moscow.WONT),
        ({"priority": "High", "labels": ("mustard",)}, None),
    ],
)
def test_a_class_is_read_from_a_label_or_the_priority(item, values, expected):
    assert moscow_class(item(**values)) is expected


@pytest.fixture
def classed(item):
    def make(*rows):
        return [
            item(number, labels=(f"{need}-have",), points=points, **(more[0] if more else {}))
            for number, (need, points, *more) in enumerate(rows, start=1)
        ]

    return make


def test_too_much_must_names_the_weakest(classed):
    """37 of 50 points are Must: 74 %, and 60 % are 30. The last two Must items make up for the 7 too many."""
    items = classed(("must", 20), ("must", 8), ("should", 8), ("must", 5), ("could", 5), ("must", 4), ("wont", 100))
    shares = moscow_shares(map(classify, items))
    assert (shares.must, shares.should, shares.could, shares.total) == (37, 8, 5, 50)
    assert (shares.excess, shares.weakest) == (7, ("PAY-6", "PAY-4"))


def test_what_another_must_waits_for_is_not_weak(classed):
    items = classed(("must", 5, {"links": (Link("is blocked by", "PAY-2"),)}), ("must", 5), ("could", 1))
    assert moscow_shares(map(classify, items)).weakest == ("PAY-1",)


def test_sixty_percent_is_not_too_much(classed):
    shares = moscow_shares(map(classify, classed(("must", 6), ("should", 2), ("could", 2))))
    assert (shares.excess, shares.weakest) == (0, ())


def test_an_item_without_a_size_is_in_no_figure_and_named(classed):
    shares = moscow_shares(map(classify, classed(("must", None), ("should", 3))))
    assert (shares.must, shares.total, shares.unsized) == (0, 3, ("PAY-1",))
    assert [rating.missing for rating in rate_moscow(classed(("must", None), ("should", 3)))] == [("effort",), ()]


# ---- value against effort and risk


@pytest.fixture
def valued(item):
    def make(*rows, **more):
        return [
            item(number, value=value, points=points, **more) for number, (value, points) in enumerate(rows, start=1)
        ]

    return make


def test_quadrants_with_their_thresholds(valued):
    """The median value is 6.5 and the median effort 4.5; what is within a factor of 1.25 of one is borderline."""
    (matrix,) = rate_matrix(valued((13, 1), (20, 13), (1, 1), (2, 20), (8, 8), (5, 1), (13, 5), (3, 8), (5, 4)))
    assert (matrix.value, matrix.effort) == (5, 5)
    assert {rating.item.id: rating.result for rating in matrix.ratings} == {
        "1": Quadrant.QUICK_WIN,
        "2": Quadrant.BIG_BET,
        "3": Quadrant.FILL_IN,
        "4": Quadrant.MONEY_PIT,
        "5": Quadrant.BIG_BET,
        "6": Quadrant.BORDERLINE,
        "7": Quadrant.BORDERLINE,
        "8": Quadrant.MONEY_PIT,
        "9": Quadrant.BORDERLINE,
    }
    assert [rating.item.id for rating in matrix.ratings[:3]] == ["1", "2", "5"]


def test_an_item_without_effort_is_in_no_quadrant(valued):
    (matrix,) = rate_matrix(valued((13, None), (8, 2), (1, 3), (2, 5)))
    assert [(rating.item.id, rating.missing) for rating in matrix.ratings if not rating.result] == [("1", ("effort",))]


def test_an_item_with_a_negative_value_does_not_move_a_threshold(valued):
    rows = ((13, 1), (8, 2), (1, 3), (2, 5))
    assert rate_matrix(valued(*rows, (-1, 100))) == rate_matrix(valued(*rows))


def test_matrices_are_in_the_order_of_their_first_items_even_if_these_have_no_value(item, valued):
    rows = ((13, 1), (8, 2), (1, 3), (2, 5))
    items = [item(9), *valued(*rows, tracker="other"), *valued(*rows)]
    assert [matrix.tracker for matrix in rate_matrix(items)] == ["team", "other"]


def test_a_median_of_three_says_nothing(valued):
    assert rate_matrix(valued((13, 1), (8, 2), (1, 3))) == []


def test_risk_is_read_from_labels_and_never_guessed(item):
    labels = [("high-risk",), ("risk-low",), (), ("high-risk", "low-risk"), ("high-risk",)]
    values = [20, 20, 20, 1, 1]
    items = [item(number, value=value, labels=label, risk=13.0) for number, (value, label) in enumerate(zip(values, labels, strict=True))]  # fmt: skip
    (matrix,) = rate_matrix([*items, *(item(number, value=3) for number in (5, 6))], by_risk=True)
    results = {rating.item.id: (rating.result, rating.missing) for rating in matrix.ratings}
    assert (matrix.value, results["0"], results["1"], results["4"]) == (3, (Quadrant.RISKY_FIRST, ()), (Quadrant.SAFE_NEXT, ()), (Quadrant.AVOID, ()))  # fmt: skip
    assert results["2"] == results["3"] == ("", ("risk",))


def test_items_near_a_threshold_of_risk_follow_those_in_a_quadrant(item):
    values = [3, 20, 20, 1, 1]
    items = [item(number, value=value, labels=("high-risk",)) for number, value in enumerate(values)]
    (matrix,) = rate_matrix(items, by_risk=True)
    assert [rating.result for rating in matrix.ratings] == [
        *[Quadrant.RISKY_FIRST] * 2,
        *[Quadrant.AVOID] * 2,
        Quadrant.BORDERLINE,
    ]
