"""Who said something or put a tag there is told by every name they have, and by nobody else's."""

from datetime import datetime
from types import SimpleNamespace

import pytest

from connectors.azure_devops.history import TAGS, AzurePeople, HistoryBuilder, Save, account_names
from connectors.azure_devops.payloads import Identity
from connectors.comments import Author
from sync.decisions.commands_to_decisions import read_answers
from sync.settings.roles import Roles

OWNERS = {"groups": {"owners": ["ana@example.com"]}, "decide": "owners"}


def test_names_are_the_id_the_unique_name_and_the_name_that_is_shown():
    assert account_names(Identity("7", "ana@example.com", "Ana Silva")) == {"7", "ana@example.com", "Ana Silva"}
    assert account_names(None) == frozenset()


@pytest.fixture
def life():
    """A life of tags: what each save leaves, and who it was by."""

    def follow(*saves):
        process = SimpleNamespace(rank_field="rank", types={})
        told, before = HistoryBuilder(process, AzurePeople("us")), ""
        for number, (author, tags) in enumerate(saves, 1):
            at = f"2026-03-{number:02}T09:00:00+00:00"
            changes = {TAGS: (before, tags)}
            told.add_save(
                Save(
                    datetime.fromisoformat(at), author, changes, may_change_content=True, names=frozenset({str(number)})
                )
            )
            before = tags
        return {tag: (hand.at.day, hand.author, hand.names) for tag, hand in told.result.label_changes.items()}

    return follow


def test_a_tag_is_by_whoever_put_it_there_last_and_others_tags_are_nobodys_business(life):
    person, robot = Author.PERSON, Author.OTHER_PROGRAM
    assert life((person, "ops; steward-waive")) == {"steward-waive": (1, person, {"1"})}
    assert life((person, "ops"), (robot, "ops; Steward-Snooze-14d")) == {"Steward-Snooze-14d": (2, robot, {"2"})}
    again = life((person, "steward-waive"), (person, ""), (robot, "steward-waive"), (person, "a; steward-waive"))
    assert again == {"steward-waive": (3, robot, {"3"})}


def test_a_tag_and_a_reply_decide_for_whoever_is_named(serve):
    here = serve('{"key": "PAY-1", "title": "One"}\n{"key": "PAY-2", "title": "Two"}')
    here.actor("Ana").tag("PAY-1", "steward-decide-no")
    here.actor("Ana").comment("PAY-2", "/steward decide no because it is done")
    here.actor("Tom Berg").tag("PAY-2", "steward-decide-accept")
    tracker = here.connected()
    for one, refused in zip(here.read(tracker, "PAY-1", "PAY-2").values(), (0, 1), strict=True):
        answers = read_answers(one, (), Roles.model_validate(OWNERS), ())
        assert [(str(said.kind), said.by) for said in answers.decisions] == [("no", "owners")]
        assert len(answers.notices) == refused


def test_a_tag_from_creation_is_told_from_one_that_was_added_later():
    reader = HistoryBuilder(SimpleNamespace(rank_field="rank", types={}), AzurePeople("us"))
    for day, before, after in ((1, "", "steward-waive"), (2, "steward-waive", "steward-waive; steward-snooze")):
        at = datetime.fromisoformat(f"2026-03-{day:02}T09:00:00+00:00")
        reader.add_save(Save(at, Author.PERSON, {TAGS: (before, after)}, may_change_content=True))
    changes = {tag: change.at_creation for tag, change in reader.result.label_changes.items()}
    assert changes == {"steward-waive": True, "steward-snooze": False}


def test_a_long_list_of_tags_is_read_to_its_end():
    reader = HistoryBuilder(SimpleNamespace(rank_field="rank", types={}), AzurePeople("us"))
    many = "; ".join(f"team-with-a-long-name-{number}" for number in range(20))
    for day, before, after in ((1, "", many), (2, many, f"{many}; steward-waive"), (3, f"{many}; ours", many)):
        at = datetime.fromisoformat(f"2026-03-{day:02}T09:00:00+00:00")
        reader.add_save(Save(at, Author.PERSON, {TAGS: (before, after)}, may_change_content=True))
    assert reader.result.label_changes.keys() == {"steward-waive"}
    assert reader.result.last_editors.removed_labels.keys() == {"ours"}
