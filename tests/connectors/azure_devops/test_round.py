"""Whole rounds as the service runs them, with a configuration file, a store, and a harbour's backlog."""

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from steward_sandbox.azure_devops import snapshot
from steward_sandbox.commands.loop import SAMPLES
from sync.rounds.context import RoundContext, WriteAuthority
from sync.rounds.result import RoundResult
from sync.rounds.round import run_round
from sync.rounds.trackers import open_tracker
from sync.rounds.undo import UndoResult, run_undo
from sync.settings import load
from sync.store import Database, migrate

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
STEWARD = """\
trackers:
  platform:
    kind: azure-devops
    url: {url}
    token: any-token
    project: HRB
    fields: {{risk_reduction: RROE}}
    rate: 5000
write:
  mode: write
  fields: {{wsjf: WSJF}}
  label: needs-refinement
  budget: {{per_round: 1000}}
  surprise: null
  baseline: false
  quiet: {{hours: always}}
store: sqlite:///{store}
"""


@dataclass
class House:
    """An installation that looks after the harbour's backlog."""

    here: object
    folder: Path
    database: Database
    configuration: object

    @property
    def seen(self):
        return snapshot(self.here.world)

    def _with(self, act: Callable, **how):
        context = RoundContext(configuration=self.configuration, database=self.database, clock=self.here.clock)
        with closing(open_tracker("platform", self.configuration.settings, self.database, **how)) as tracker:
            return act(tracker, context)

    def round(self, writing: WriteAuthority = WriteAuthority.BY_PERSON) -> RoundResult:
        outcome = self._with(lambda tracker, context: run_round(tracker, context, writing))
        assert not outcome.trouble
        return outcome

    def undo(self, round_id: str | None = None) -> UndoResult:
        undone = self._with(lambda tracker, context: run_undo(tracker, context, round_id), allow_writes=True)
        assert not undone.trouble
        return undone


@pytest.fixture
def house(serve, tmp_path):
    opened = []

    def build(**how) -> House:
        backlog = (SAMPLES / "harbour.jsonl").read_text("utf-8")
        here = serve(backlog, now=MONDAY, **how)
        (tmp_path / "steward.yaml").write_text(STEWARD.format(url=here.url, store=tmp_path / "steward.db"))
        configuration = load(tmp_path / "steward.yaml")
        database = Database(configuration.settings.store)
        opened.append(database)
        migrate(database)
        return House(here, tmp_path, database, configuration)

    yield build
    for database in opened:
        database.close()


@pytest.mark.parametrize(
    ("process", "server"),
    [("Inherited Scrum", None), ("Agile in German", "2022")],
)
def test_applied_once_nothing_is_left_to_do_and_everything_can_be_taken_back(house, process, server):
    one = house(process=process, server=server)
    before = one.seen
    first = one.round()
    assert first.applied.comments_created > 0
    assert first.applied.labels_changed > 0
    assert first.applied.not_written == []
    assert first.pulled.skipped == []
    assert one.seen != before
    second = one.round()
    assert (second.writes, second.pulled.moved, second.pulled.gone) == (0, 0, 0)
    assert not second.pulled.mass_deletion_warning
    one.here.clock.advance(minutes=30)
    third = one.round()
    assert (third.writes, third.pulled.read) == (0, 0)
    undone = one.undo()
    assert undone.applied.not_written == []
    assert one.seen == before


def keys_with_ours(one):
    return [item.key for item in one.here.world.items.values() if "needs-refinement" in item.tags]


def our_comments(one, key):
    us = one.here.world.collection.accounts.named("Steward").id
    return [said for said in one.here.world.item(key).comments if said.versions[0].by == us and not said.now.deleted]


@pytest.fixture
def spoken(house):
    """After a first round, with an item that has a comment of ours."""
    one = house(process="Inherited Scrum")
    one.round()
    one.key = next(key for key in keys_with_ours(one) if our_comments(one, key))
    return one


def test_a_score_is_written_where_the_process_has_a_field_for_it(spoken):
    scored = [item for item in spoken.here.world.items.values() if "Custom.WSJF" in item.fields]
    assert scored
    assert all(item.fields["Custom.WSJF"] > 0 for item in scored)


def test_an_item_that_moves_away_loses_what_we_wrote_and_nothing_else(spoken):
    robot = spoken.here.actor("Ana Silva")
    robot.move(spoken.key, "ELSEWHERE")
    outcome = spoken.round()
    assert outcome.pulled.moved == 1
    spoken.here.clock.advance(minutes=1)
    spoken.round()
    assert our_comments(spoken, spoken.key) == []
    assert "needs-refinement" not in spoken.here.world.item(spoken.key).tags
    assert spoken.here.world.item(spoken.key).rev > 1


def test_deleted_and_destroyed_items_are_confirmed_and_forgotten_and_come_back(spoken):
    ana = spoken.here.actor()
    others = [key for key in keys_with_ours(spoken) if key != spoken.key][:1]
    ana.delete(spoken.key)
    ana.destroy(others[0])
    outcome = spoken.round()
    assert (outcome.pulled.gone, outcome.pulled.mass_deletion_warning) == (2, "")
    ana.restore(spoken.key)
    again = spoken.round()
    assert (again.pulled.gone, again.pulled.read) == (0, 1)
    assert len(our_comments(spoken, spoken.key)) == 1


def test_a_mass_disappearance_keeps_the_mirror(spoken):
    for item in list(spoken.here.world.items.values())[::2]:
        spoken.here.world.hide(item.id)
    outcome = spoken.round()
    assert "missing at once" in outcome.pulled.mass_deletion_warning
    assert outcome.pulled.gone == 0


def test_a_comment_that_a_person_rewrote_is_theirs(spoken):
    (ours,) = our_comments(spoken, spoken.key)
    spoken.here.actor().edit_comment(spoken.key, ours.id, "I know, thank you.")
    spoken.here.clock.advance(minutes=1)
    spoken.round()
    spoken.undo()
    (kept,) = our_comments(spoken, spoken.key)
    assert kept.now.text == "I know, thank you."


def test_a_comment_that_a_person_deleted_does_not_come_back(spoken):
    (ours,) = our_comments(spoken, spoken.key)
    spoken.here.actor().delete_comment(spoken.key, ours.id)
    for _ in range(2):
        spoken.here.clock.advance(hours=1)
        spoken.round()
    assert our_comments(spoken, spoken.key) == []


def test_a_label_that_a_person_took_away_stays_away(spoken):
    spoken.here.actor().tag(spoken.key, remove=["needs-refinement"])
    spoken.here.clock.advance(hours=1)
    spoken.round()
    assert "needs-refinement" not in spoken.here.world.item(spoken.key).tags


def test_a_new_parent_is_in_the_mirror_after_the_next_round(spoken):
    epic = next(item for item in spoken.here.world.items.values() if item.type in ("Epic", "Feature"))
    child = next(key for key in keys_with_ours(spoken) if key != epic.key)
    spoken.here.actor().reparent(child, epic.id)
    outcome = spoken.round()
    assert outcome.pulled.read >= 1
    assert outcome.items[str(spoken.here.world.item(child).id)].parent == str(epic.id)


@pytest.mark.slow
@pytest.mark.parametrize("fault", ["drop-after#1@POST */comments", "500#2@PATCH *"])
def test_trouble_in_the_middle_leaves_exactly_one_comment(house, fault):
    one = house(process="Inherited Scrum", granted=frozenset({"SUPPRESS_NOTIFICATIONS"}))
    before = one.seen
    one.here.app.faults.add(fault)
    for _ in range(3):
        one._with(lambda tracker, context: run_round(tracker, context, WriteAuthority.BY_PERSON))
        one.here.clock.advance(minutes=5)
    one.here.app.faults.clear()
    assert one.round().writes == 0
    assert {len(our_comments(one, item.key)) for item in one.here.world.items.values()} <= {0, 1}
    one.undo()
    assert one.seen == before


def test_nobody_gets_mail_for_tags_and_fields_where_we_may_keep_quiet(house):
    one = house(process="Inherited Scrum", granted=frozenset({"SUPPRESS_NOTIFICATIONS"}))
    one.round()
    assert set(one.here.world.mails) == {"comment"}
