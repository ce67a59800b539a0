"""People and other programs work on the items between five rounds: the last rounds write nothing, and nobody's answer
is made up or lost.
"""

from collections.abc import Callable

import pytest

from contract.places import IN_CI, PLACES
from contract.seed import ELSEWHERE, HOME, STORIES
from sync.store import decisions

pytestmark = pytest.mark.slow

LABEL = "needs-refinement"


def clone(place, number):
    """Somebody copies an item with its labels, its score and our words."""
    item = place.id("PAY-2")
    if number == 0:
        person = place.person()
        made = person.create("Show the price before tax (copy)", *place.labels(item), "steward-waive-oversized-story")
        for author, words in place.comments(item):
            if author == "Steward":
                person.comment(made, words)


def sync_program(place, number):
    """A program mirrors items into another system: it labels, comments and rewrites them again and again."""
    program = place.program()
    item = place.id("PAY-2")
    program.label(item, "synced")
    if number < 2:
        program.comment(item, f"Synchronised {number}")


def program_takes_our_label(place, _number):
    place.program().label(place.id("PAY-2"), remove=(LABEL,))


def program_deletes_our_comment(place, _number):
    item = place.id("PAY-2")
    for ident, (author, _) in zip(place.comment_ids(item), place.comments(item), strict=True):
        if author == "Steward":
            place.program().delete_comment(item, ident)


def shared_account(place, number):
    """Another integration that signs in as our account appends to our comment."""
    item = place.id("PAY-2")
    ours = [
        one
        for one, (author, _) in zip(place.comment_ids(item), place.comments(item), strict=True)
        if author == "Steward"
    ]
    if number == 0 and ours:
        words = place.comments(item)[place.comment_ids(item).index(ours[0])][1]
        place.person("Steward").edit_comment(item, ours[0], f"{words}\n\nSynchronised by another program.")


def move_away_and_back(place, number):
    if number in (0, 1):
        place.person().move(place.id("PAY-2"), (ELSEWHERE, HOME)[number])


def bin_and_restore(place, number):
    if "restore" not in place.lacks and number in (0, 1):
        person, item = place.person(), place.id("PAY-2")
        person.delete(item) if number == 0 else person.restore(item)


def bulk_edit(place, number):
    """Somebody labels all items at once."""
    if number == 0:
        for key in STORIES:
            place.person().label(place.id(key), "q3")


SCENARIOS: tuple[Callable[..., None], ...] = (
    clone,
    sync_program,
    program_takes_our_label,
    program_deletes_our_comment,
    shared_account,
    move_away_and_back,
    bin_and_restore,
    bulk_edit,
)


@pytest.fixture(params=IN_CI)
def place(request, serve):
    return PLACES[request.param](serve)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.__name__)
def test_the_last_rounds_write_nothing_and_nobodys_answer_is_made_up(place, house_in, scenario):
    house = house_in(place, label=LABEL)
    house.configure(tracker={"bots": sorted(place.programs())})
    first = house.round()
    assert first.writes > 0
    ids = {key: place.id(key) for key in STORIES}
    writes, answers = [], []
    for number in range(5):
        place.clock.advance(hours=1)
        scenario(place, number)
        place.clock.advance(minutes=5)
        outcome = house.round()
        writes.append(outcome.writes)
        answers += outcome.answers
    assert answers == []
    with house.database.reading() as reading:
        assert decisions.all_of(reading, "tracker") == {}
    if scenario is clone:
        assert writes[2:] == [0, 0, 0], writes
    else:
        assert writes[3:] == [0, 0], writes
    for ident in ids.values():
        if place.exists(ident):
            assert len([author for author, _ in place.comments(ident) if author == "Steward"]) <= 1


def test_a_label_taken_off_all_items_at_once_is_one_question(place, house_in):
    house = house_in(place, label=LABEL)
    house.round()
    labelled = [place.id(key) for key in STORIES if LABEL in place.labels(place.id(key))]
    place.clock.advance(hours=1)
    for item in labelled:
        place.person().label(item, remove=(LABEL,))
    outcome = house.round()
    with house.database.reading() as reading:
        decided = decisions.all_of(reading, "tracker")
    assert len(decided) in (0, len(labelled))
    assert decided == {} or len(labelled) < 5
    assert outcome.writes <= len(labelled)
