"""Gone is believed slowly: what is not shown for a moment loses nothing, and a person has the last word."""

import msgspec
import pytest

from connectors.tracker import ScopeIds, Whereabouts
from sync.rounds.context import WriteAuthority
from sync.rounds.trackers import scope_fingerprint
from sync.settings import load

LABEL = "needs-refinement"


class Shown:
    """A tracker of which some answers are changed."""

    def __init__(self, tracker, **changed):
        self._tracker, self._changed = tracker, changed

    def __getattr__(self, name):
        real = getattr(self._tracker, name)
        return (lambda *given: self._changed[name](real, *given)) if name in self._changed else real


def poorer(tracker):
    """The account sees fewer fields, which changes how the connection identifies itself."""
    return Shown(tracker, connect=lambda real: msgspec.structs.replace(real(), fingerprint="fewer fields"))


def lagging(tracker, *ids, fetch=lambda real, wanted: real(wanted)):
    """The index leaves items out of every search, although they are where they were."""
    return Shown(
        tracker,
        list_ids=lambda real: ScopeIds(tuple(ident for ident in real().ids if ident not in ids)),
        locate=lambda real, wanted: real(wanted) | dict.fromkeys(set(ids) & set(wanted), Whereabouts.MOVED),
        fetch=fetch,
    )


@pytest.fixture
def many(desk_of):
    lines = (f'{{"key": "PAY-{n}", "title": "Item {n}", "created": "2024-03-01"}}' for n in range(1, 11))
    return desk_of("\n".join(lines))


def pull(desk, tracker):
    outcome = desk.round(WriteAuthority.NOBODY, tracker=tracker)
    assert not outcome.trouble, outcome.trouble
    return outcome.pulled


# ---- the mass-deletion guard


def test_an_account_that_loses_fields_and_items_at_once_does_not_lift_the_guard(many, clock):
    many.pull()
    clock.advance(minutes=10)
    for number in (1, 2, 3):
        many.person().hide(f"PAY-{number}")
    pulled = pull(many, poorer(many.open()))
    assert "3 of 10 items are missing at once" in pulled.mass_deletion_warning
    assert "steward confirm-gone team" in pulled.mass_deletion_warning
    assert (pulled.gone, pulled.items) == (0, 10)


@pytest.mark.on_jira
def test_a_scope_that_was_changed_in_the_file_lifts_it_once(many, clock):
    many.pull()
    many.configure(tracker={"scope": "project = PAY AND key < PAY-4"})
    clock.advance(minutes=10)
    assert many.pull().mass_deletion_warning == ""
    clock.advance(minutes=10)
    for number in (2, 3):
        many.person().hide(f"PAY-{number}")
    assert many.pull().mass_deletion_warning


@pytest.mark.on_jira
def test_a_pull_that_fails_does_not_use_up_a_change_of_scope(many, clock):
    many.pull()
    many.configure(tracker={"scope": "project = PAY AND key < PAY-4"})
    many.faults.add("500@*/search/jql")
    clock.advance(minutes=10)
    many.round(WriteAuthority.NOBODY)
    many.faults.clear()
    clock.advance(minutes=10)
    assert many.pull().mass_deletion_warning == ""


@pytest.mark.parametrize(
    ("change", "lifts"),
    [
        ({"scope": "project = OPS"}, True),
        ({"url": "https://elsewhere.example"}, True),
        ({"rate": 7}, False),
        ({"bots": ["robot"]}, False),
        ({"fields": {"points": "Business Value"}}, False),
        ({"vanish_limit": "30%"}, False),
    ],
)
def test_only_address_and_scope_select_the_items(desk, change, lifts):
    before = scope_fingerprint("team", load(desk.file).settings)
    desk.configure(tracker=change)
    assert (scope_fingerprint("team", load(desk.file).settings) != before) is lifts


# ---- a person confirms


@pytest.fixture
def hidden(many, clock):
    many.pull()
    clock.advance(minutes=10)
    for number in (1, 2, 3):
        many.person().hide(f"PAY-{number}")
    assert many.pull().mass_deletion_warning
    clock.advance(minutes=10)
    return many


def test_a_person_confirms_what_is_gone(hidden, command):
    done = command("confirm-gone", "team", "--json")
    assert done == {"tracker": "team", "left": ["PAY-1", "PAY-2", "PAY-3"], "kept": [], "trouble": ""}
    assert hidden.order() == [f"PAY-{number}" for number in range(4, 11)]
    assert hidden.pull().mass_deletion_warning == ""


def test_a_confirmation_covers_nothing_that_vanished_later(hidden, command):
    for number in (4, 5, 6):
        hidden.person().hide(f"PAY-{number}")
    hidden.person().unhide("PAY-3")
    done = command("confirm-gone", "team", "--json")
    assert (done["left"], done["kept"]) == (["PAY-1", "PAY-2"], ["PAY-3"])
    assert "PAY-6" in hidden.order()
    assert "3 of 8 items" in hidden.pull().mass_deletion_warning


def test_where_nothing_is_kept_there_is_nothing_to_confirm(many, command):
    many.pull()
    assert command("confirm-gone", "team", "--json")["left"] == []
    assert "There is no tracker" in command("confirm-gone", "other", code=2)


# ---- a first read


@pytest.mark.parametrize("what", ["nothing", "everything unreadable"])
def test_a_first_read_that_brings_none_of_the_listed_items_is_trouble(desk, clock, what):
    def fetch(real, wanted):
        for batch in real(wanted):
            yield msgspec.structs.replace(batch, items=())

    broken = Shown(desk.open(), fetch=(lambda _real, _wanted: iter(())) if what == "nothing" else fetch)
    outcome = desk.round(tracker=broken)
    assert "the tracker lists 6 items, but none of them could be read" in outcome.trouble
    assert outcome.writes == 0
    clock.advance(minutes=10)
    assert desk.pull().items == 6


@pytest.mark.on_jira
def test_an_empty_scope_is_no_trouble(desk):
    desk.configure(tracker={"scope": "project = PAY AND labels = nothing"})
    assert desk.pull().items == 0


# ---- an index that is behind


@pytest.fixture
def written(desk, clock):
    desk.round()
    (comment,) = desk.ours("PAY-1")
    clock.advance(minutes=10)
    return desk, desk.id("PAY-1"), comment


def test_an_item_that_an_index_leaves_out_once_keeps_what_it_has(written, clock):
    desk, ident, comment = written
    outcome = desk.round(tracker=lagging(desk.open(), ident))
    assert (outcome.pulled.moved, outcome.pulled.gone, outcome.pulled.items) == (0, 0, 6)
    assert outcome.pulled.missing == {ident}
    assert outcome.answers == []
    assert desk.ours("PAY-1") == [comment]
    clock.advance(minutes=10)
    back = desk.round()
    assert (back.pulled.moved, back.pulled.missing, back.writes) == (0, frozenset(), 0)
    clock.advance(minutes=10)
    assert desk.round(tracker=lagging(desk.open(), ident)).pulled.moved == 0, "it is missed for the first time again"


def test_what_two_rounds_have_missed_is_let_go(written, clock):
    desk, ident, _ = written
    desk.round(tracker=lagging(desk.open(), ident))
    clock.advance(minutes=10)
    assert desk.round(tracker=lagging(desk.open(), ident)).pulled.moved == 1
    assert desk.ours("PAY-1") == []
    assert LABEL not in desk.labels("PAY-1")


def test_what_a_direct_read_shows_elsewhere_is_let_go_at_once(written):
    desk, _, _ = written
    desk.person().move("PAY-1", "OPS")
    assert desk.round().pulled.moved == 1


def test_an_item_that_moved_and_is_left_out_of_one_read_is_not_gone(written, clock):
    desk, ident, _ = written
    desk.person().move("PAY-1", "OPS")
    key = desk.world.issue(ident).key

    def fetch(real, wanted):
        return real([one for one in wanted if one != ident])

    desk.round(WriteAuthority.NOBODY, tracker=Shown(desk.open()))
    clock.advance(minutes=10)
    desk.round(WriteAuthority.NOBODY, tracker=Shown(desk.open(), fetch=fetch))
    clock.advance(minutes=10)
    desk.round()
    assert desk.ours(key) == []
