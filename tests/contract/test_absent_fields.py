"""A comment says nothing of a field that the site does not have."""

import pytest

from support import backlogs

SCORED = backlogs.SMALL.replace('"points": 3, ', '"points": 3, "business_value": 8, "time_criticality": 5, ', 1)


@pytest.mark.parametrize("has_field", [True, False])
def test_an_input_of_the_score_is_called_blank_only_where_the_site_has_its_field(place_of, house_in, has_field):
    place = place_of(backlog=SCORED)
    if has_field and not place.score:
        pytest.skip("the process has no field for it")
    house = house_in(place)
    house.configure(rules={"extends": ["scrum"], "priority": {"wsjf": {"levels": ["story"]}}})
    if not has_field:
        house.configure(tracker={"fields": {"risk_reduction": "Not on this site"}})
    outcome = house.round()
    (_, comment) = place.comments(place.id("PAY-1"))[0]
    assert ("risk reduction" in comment) is has_field
    assert any("risk reduction" in line and "blank" in line for line in outcome.scores) is has_field
    place.clock.advance(minutes=10)
    assert house.round().writes == 0
