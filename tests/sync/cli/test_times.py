"""People read times in the time zone of their team, with its name; JSON has UTC."""

import pytest


@pytest.fixture
def steward_in_tokyo(desk, steward_fresh):
    desk.configure(schedule={"timezone": "Asia/Tokyo"})
    desk.round()
    return steward_fresh


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (("status",), "last complete round 2024-05-06 18:00 Asia/Tokyo"),
        (("rounds",), "2024-05-06 18:00 Asia/Tokyo"),
        (("audit",), "When (Asia/Tokyo)"),
        (("audit",), "2024-05-06 18:00"),
        (("explain", "PAY-1"), "Last judged on 2024-05-06 18:00 Asia/Tokyo."),
        (("explain", "PAY-1"), "comment since 2024-05-06 18:00 Asia/Tokyo"),
    ],
)
def test_a_time_is_printed_in_the_zone_of_the_team(steward_in_tokyo, words, text):
    assert text in steward_in_tokyo(*words)


def test_json_has_utc(steward_in_tokyo):
    [tracker] = steward_in_tokyo.json("status")["trackers"]
    assert tracker["last_good"] == "2024-05-06T09:00:00Z"
    assert steward_in_tokyo.json("audit")[0]["at"].startswith("2024-05-06T09:00")
