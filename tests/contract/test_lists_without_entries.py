"""A response in place of a list is trouble, and never an empty backlog."""

import pytest

from contract.interceptor import Interceptor, Reply
from contract.seed import QUESTIONS

ODD = [b"{}", b'{"errorMessages": ["It failed."], "errors": {}, "message": "It failed."}']


@pytest.mark.parametrize("body", ODD, ids=["an empty object", "an error"])
def test_a_search_without_its_list_is_trouble(place_of, house_in, serve, body):
    place = place_of(backlog=QUESTIONS)
    house = house_in(place)
    proxy = Interceptor(place.app)
    serve(proxy)
    proxy.instead(r"/(search/jql|2/search|wiql)$", Reply(200, body), times=100)
    assert "missing required field" in house.work().trouble
    proxy.stop()
    place.clock.advance(minutes=10)
    assert house.round().open_items > 0
