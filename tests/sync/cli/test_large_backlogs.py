"""Commands on a large backlog keep its items as bytes, and unpack few of them at the same time."""

import pytest

from support import large_backlogs

COMMANDS = (
    "explain PAY-104",
    "ready PAY-104",
    "priorities",
    "priorities --json",
    "priorities --model wsjf",
    "priorities --model moscow",
    "goals",
    "forecast",
    "what-if PAY-350",
)


@pytest.fixture
def desk(desk_of):
    return desk_of(large_backlogs.lines())


def test_commands_unpack_few_items_at_the_same_time(steward, monkeypatch):
    peaks = []
    for command in COMMANDS:
        counted = large_backlogs.unpack_counted(monkeypatch)
        steward(*command.split(), code=1 if command.startswith("ready") else 0)
        assert counted.peak < large_backlogs.MOST_UNPACKED, command
        peaks.append(counted.peak)
    assert any(peaks)
