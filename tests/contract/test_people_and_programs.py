"""People and programs at work for five rounds, in every place: nobody's answer is made up or lost, and writing ends."""

import json

import pytest

from contract.seed import HOME, QUESTIONS
from sync.rounds.context import WriteAuthority

RULE = "missing-acceptance-criteria"
ROUNDS = 5
MANY = 12


@pytest.fixture
def place(place_of):
    return place_of(backlog=QUESTIONS)


@pytest.fixture
def house(place, house_in):
    """An installation that has written its comments and labels."""
    return working(place, house_in)


def working(place, house_in):
    house = house_in(place)
    house.configure(tracker={"bots": sorted(place.programs())}, rules=only_criteria())
    assert house.round().applied.comments_created
    return house


def only_criteria():
    return {"extends": ["scrum"], "rules": {"unranked-item": "off", "oversized-story": "off"}}


def annotated(house, kind):
    """Our annotations of a kind, by item id."""
    found = {}
    for annotation in house.annotations():
        if annotation.kind == kind and not annotation.changed_by_others:
            found.setdefault(annotation.item, []).append(annotation.name)
    return found


def five_rounds(place, house, act):
    """Answers and writes of each round; before each of them somebody does something."""
    seen = []
    for number in range(ROUNDS):
        place.clock.advance(minutes=10)
        act(number)
        outcome = house.round(WriteAuthority.BY_SERVICE)
        seen.append((sorted((one.key, one.kind.value) for one in outcome.answers), outcome.writes))
    place.clock.advance(minutes=10)
    assert house.round(WriteAuthority.BY_SERVICE).writes == 0, "writing ends"
    return [answers for answers, _ in seen], [writes for _, writes in seen]


def test_a_clone_answers_nothing(place, house):
    person = place.person()
    source, *_ = annotated(house, "comment")
    person.label(source, "steward-snooze-30d")
    scored = annotated(house, "field")
    values = {person.labels: ["steward-snooze-30d", *annotated(house, "label")[source]]}

    def act(number):
        if number == 1:
            person.actor.create(HOME, f"CLONE - {place.shown()[source].title}", **values)
            if scored:
                person.actor.create(HOME, "CLONE - Cards", type="Epic", wsjf=place.held(next(iter(scored)), "score"))

    answers, _ = five_rounds(place, house, act)
    (key,) = {one.key for one in house.items().values() if one.id == source}
    assert answers == [[(key, "snooze")], [], [], [], []]


def test_a_program_that_synchronises_everything_answers_nothing(place, house):
    items = list(annotated(house, "label"))
    place.clock.advance(minutes=1)
    reply = place.person().comment(items[0], f"/steward waive {RULE} until 2024-05-20")

    def act(number):
        place.clock.advance(days=5)
        program = place.program()
        if number:  # what a program changed before the service read it is nobody's answer
            program.edit_comment(items[0], reply, f"/steward waive {RULE} until 2024-05-20\n\nSynchronised {number}.")
        for item, labels in annotated(house, "label").items():
            program.label(item, remove=tuple(labels))
            program.comment(item, f"Synchronised {number}.")

    answers, writes = five_rounds(place, house, act)
    assert [len(taken) for taken in answers] == [1, 0, 0, 0, 0]
    assert writes[3:] == [0, 0], "a label is put back once"


def test_an_item_that_moves_away_and_back_answers_nothing(place, house):
    item, *_ = annotated(house, "comment")

    def act(number):
        if number in (0, 2):
            place.person().move(item, "OPS" if number == 0 else HOME)

    answers, _ = five_rounds(place, house, act)
    assert answers == [[]] * ROUNDS


def test_an_item_that_is_deleted_and_restored_answers_nothing(place, house):
    if "restore" in place.lacks:
        pytest.skip("what is deleted is gone for good")
    item, *_ = annotated(house, "comment")

    def act(number):
        if number == 0:
            place.person().delete(item)
        elif number == 2:
            place.person().restore(item)

    answers, _ = five_rounds(place, house, act)
    assert answers == [[]] * ROUNDS
    assert sum(author == "Steward" for author, _ in place.comments(item)) == 1


@pytest.mark.parametrize("ends", ["by its finding", "by an undo"])
def test_a_comment_that_a_person_saved_without_a_change_is_still_ours(place, house, ends):
    item, (comment,) = next(iter(annotated(house, "comment").items()))
    (text,) = [words for author, words in place.comments(item) if author == "Steward"]
    place.clock.advance(minutes=10)
    place.person().edit_comment(item, comment, text)
    place.clock.advance(minutes=10)
    assert (house.round().answers, house.round().writes) == ([], 0)
    if ends == "by an undo":
        assert house.undo().applied.not_written == []
    else:
        place.person().describe(item, "Acceptance criteria:\n* it is paid in two parts")
        place.clock.advance(days=8)
        assert house.round().applied.not_written == []
    assert comment not in place.comment_ids(item)


@pytest.mark.slow
def test_a_bulk_edit_is_one_question(place_of, house_in):
    place = place_of(backlog=many_questions())
    house = working(place, house_in)
    labelled = annotated(house, "label")
    assert len(labelled) == MANY

    def act(number):
        for item, labels in labelled.items() if number == 0 else ():
            place.person().label(item, remove=tuple(labels))

    answers, writes = five_rounds(place, house, act)
    assert (answers, writes) == ([[]] * ROUNDS, [0] * ROUNDS)
    place.clock.advance(minutes=10)
    assert len({one.key for one in house.round().answers}) == MANY, "a person said yes"


def many_questions():
    """Items that have no criteria, and more that do: few enough not to be one question to the team."""
    item = {"created": "2024-03-01T09:00:00Z", "sprint": "Sprint 2", "reporter": "Kim Berg"}
    ready = item | {"description": "Acceptance criteria:\n* it is paid\n* it is booked"}
    sprint = {"name": "Sprint 2", "state": "active", "start": "2024-04-29", "end": "2024-05-12"}
    flagged = [item | {"key": f"PAY-{number}", "title": f"Story {number}"} for number in range(1, MANY + 1)]
    others = [ready | {"key": f"PAY-{number}", "title": f"Story {number}"} for number in range(20, 36)]
    return "\n".join(json.dumps(line) for line in ({"sprints": [sprint]}, *flagged, *others))


def test_it_is_known_when_a_description_was_rewritten_where_histories_contain_texts(place, house_in):
    person, house = place.person(), house_in(place)
    item = person.create("Pay by card")
    person.describe(item, "All cards are accepted.")
    house.round()
    assert house.items()[item].text_changed is None
    place.clock.advance(minutes=10)
    person.describe(item, "Cards of three brands are accepted.")
    place.clock.advance(minutes=10)
    house.round()
    is_known = house.items()[item].text_changed is not None
    assert is_known == (house.configuration.settings.trackers["tracker"].kind != "azure-devops")
