"""Weighted shortest job first: a score says what went in, and a refusal says what is missing."""

import math
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.model import ItemKind, WorkItem
from rules.priority.wsjf import Refusal, Score, WideScale, WsjfOptions, find_wide_scales, wsjf

NAMES = {"value": "business value", "urgency": "time criticality", "risk": "risk reduction"}
DEFAULT = WsjfOptions()


def epic(**values):
    return WorkItem(tracker="team", id="1", key="A-1", kind=ItemKind.EPIC, type="Epic", **values)


def test_a_score_is_cost_of_delay_over_job_size():
    score = wsjf(epic(value=8, urgency=13, risk=5, effort=5), DEFAULT)
    assert isinstance(score, Score)
    assert score.value == 5.2
    assert score.inputs == {"business value": 8, "time criticality": 13, "risk reduction": 5}
    assert score.size == 5


def test_job_size_is_the_effort_and_without_one_the_points():
    assert wsjf(epic(value=1, urgency=1, risk=1, effort=1, points=3), DEFAULT).value == 3
    assert wsjf(epic(value=1, urgency=1, risk=1, points=3), DEFAULT).value == 1


@pytest.mark.parametrize("given_inputs", [set(some) for some in product([None, *NAMES], repeat=3)])
def test_a_refusal_names_every_input_that_is_blank(given_inputs):
    given_inputs -= {None}
    made = epic(**dict.fromkeys(given_inputs, 3.0), effort=2)
    result = wsjf(made, DEFAULT)
    if not given_inputs:
        assert result is None
    elif len(given_inputs) == 3:
        assert isinstance(result, Score)
    else:
        assert result.missing == tuple(name for key, name in NAMES.items() if key not in given_inputs)


def test_zero_is_a_value_and_blank_is_not():
    assert wsjf(epic(value=0, urgency=0, risk=0, effort=3), DEFAULT).value == 0
    assert isinstance(wsjf(epic(value=0, urgency=0, effort=3), DEFAULT), Refusal)


@pytest.mark.parametrize("size", [0, -0.0, -1, -5])
def test_a_job_size_that_cannot_divide_is_refused_and_not_called_blank(size):
    refusal = wsjf(epic(value=1, urgency=2, risk=3, effort=size), DEFAULT)
    assert isinstance(refusal, Refusal)
    assert refusal.has_unusable_size
    assert refusal.missing == ()


def test_a_zero_effort_is_not_replaced_by_the_points():
    assert isinstance(wsjf(epic(value=1, urgency=2, risk=3, effort=0, points=5), DEFAULT), Refusal)


def test_a_blank_job_size_is_called_blank_beside_the_others():
    refusal = wsjf(epic(value=1), DEFAULT)
    assert refusal == Refusal(("time criticality", "risk reduction", "job size"))
    assert wsjf(epic(value=1, urgency=2, risk=1), DEFAULT) == Refusal(("job size",))


@pytest.mark.parametrize(
    ("kind", "type_name", "levels", "scored"),
    [
        (ItemKind.STORY, "Story", None, False),
        (ItemKind.FEATURE, "Feature", None, True),
        (ItemKind.EPIC, "Epic", None, True),
        (ItemKind.STORY, "Story", ("story",), True),
        (ItemKind.OTHER, "Capability", ("CAPABILITY",), True),
        (ItemKind.EPIC, "Epic", (), False),
    ],
)
def test_only_the_levels_a_team_scores_are_scored(kind, type_name, levels, scored):
    options = DEFAULT if levels is None else WsjfOptions(levels=levels)
    made = WorkItem(tracker="t", id="1", key="A-1", kind=kind, type=type_name, value=1, urgency=1, risk=1, effort=1)
    assert (wsjf(made, options) is not None) is scored


@pytest.mark.parametrize("figure", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_is_refused_by_its_name(figure):
    assert wsjf(epic(value=figure, urgency=1, risk=1, effort=1), DEFAULT) == Refusal((), unreadable=("business value",))
    assert wsjf(epic(value=1, urgency=1, risk=1, effort=figure), DEFAULT) == Refusal((), unreadable=("job size",))


def test_text_in_place_of_a_number_is_refused_by_its_name():
    assert wsjf(epic(urgency=1, risk=1, effort=1, unknown=("value",)), DEFAULT) == Refusal(
        (), unreadable=("business value",)
    )
    assert wsjf(epic(unknown=("value",)), DEFAULT) is not None, "somebody wrote something"
    assert wsjf(epic(unknown=("points",)), DEFAULT) is None


def test_negative_inputs_are_refused_by_their_names():
    refusal = wsjf(epic(value=-1, urgency=2, risk=-3, effort=1), DEFAULT)
    assert refusal == Refusal((), negative=("business value", "risk reduction"))


def test_scales_too_wide_for_one_cohort_are_found_with_their_ends():
    items = [
        WorkItem(tracker="t", id=key, key=key, kind=ItemKind.EPIC, value=value, urgency=1, risk=0, effort=effort)
        for key, value, effort in (("A-1", 5, 1), ("A-2", 800, 100), ("A-3", 0, math.nan), ("A-4", 500, 2))
    ]
    assert find_wide_scales(items, DEFAULT) == (WideScale("business value", 5, 800, "A-1", "A-2"),)
    assert find_wide_scales(items[:1], DEFAULT) == ()


figures = st.integers(-10, 1000).map(float) | st.none() | st.sampled_from([5e-324, 1e-9, 1e9])


@given(figures, figures, figures, figures, figures)
def test_any_figures_give_a_finite_score_a_refusal_or_nothing(value, urgency, risk, effort, points):
    made = epic(value=value, urgency=urgency, risk=risk, effort=effort, points=points)
    result = wsjf(made, DEFAULT)
    assert result == wsjf(made, DEFAULT)
    if isinstance(result, Score):
        assert math.isfinite(result.value)
        assert min(value, urgency, risk) >= 0
    elif isinstance(result, Refusal):
        assert result.missing or result.has_unusable_size or result.negative
    else:
        assert value is urgency is risk is None


@given(st.integers(0, 100), st.integers(0, 100), st.integers(0, 100), st.integers(1, 100))
def test_a_score_can_be_recalculated_from_its_inputs(value, urgency, risk, size):
    score = wsjf(epic(value=value, urgency=urgency, risk=risk, effort=size), DEFAULT)
    assert round(sum(score.inputs.values()) / score.size, 2) == score.value
