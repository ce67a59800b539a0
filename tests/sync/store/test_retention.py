"""Old rounds that wrote nothing are deleted. Everything that a comment, an undo or a trend may need stays."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import func, insert, select

from sync.store import rounds
from sync.store.statements import get_table
from sync.store.tables import LedgerRow, OutboxRow, RoundRow

NOW = datetime(2026, 6, 1, 9, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=91)


def record(connection, kind="round", *, at=LONG_AGO, writes=0, outcome="done", tracker="payments"):
    round_id = rounds.begin(connection, tracker, kind, at)
    if outcome != "running":
        rounds.end(connection, round_id, at, outcome, writes=writes, summary={})
    return round_id


def fill_every_table(connection):
    """One old row in each table."""
    values = {str: "payments", bytes: b"{}", int: 1, bool: True}
    for table in RoundRow.metadata.sorted_tables:
        connection.execute(
            insert(table).values({c.name: values.get(c.type.python_type, LONG_AGO) for c in table.columns})
        )


def count_rows(connection):
    tables = RoundRow.metadata.sorted_tables
    return {table.name: connection.execute(select(func.count()).select_from(table)).scalar_one() for table in tables}


def test_old_rounds_that_wrote_nothing_are_deleted(database):
    with database.writing() as connection:
        idle = [record(connection), record(connection, "pull"), record(connection, outcome="trouble")]
        kept = [
            record(connection, at=NOW - timedelta(days=89)),
            record(connection, writes=1),
            record(connection, outcome="running"),
            record(connection, "undo"),
            record(connection, "adopt"),
            record(connection, tracker="platform"),
        ]
        rounds.restore(connection, "known from a comment", "payments", "apply", LONG_AGO)
        assert rounds.delete_old(connection, "payments", NOW) == len(idle)
        assert all(rounds.by_id(connection, round_id) is None for round_id in idle)
        assert all(rounds.by_id(connection, round_id) for round_id in (*kept, "known from a comment"))


def test_the_last_round_that_judged_stays_however_old_it_is(database):
    with database.writing() as connection:
        judged = record(connection)
        record(connection, at=NOW, outcome="trouble")
        assert rounds.delete_old(connection, "payments", NOW) == 0
        assert rounds.latest_judged(connection, "payments").id == judged


def test_a_round_that_may_have_written_stays_although_its_count_is_zero(database):
    with database.writing() as connection:
        interrupted, written = record(connection, outcome="trouble"), record(connection, outcome="trouble")
        row = {"tracker": "payments", "item": "1", "key": "PAY-1"}
        connection.execute(
            insert(get_table(OutboxRow)).values(
                **row, round=interrupted, state="intended", payload=b"{}", created=LONG_AGO
            )
        )
        connection.execute(
            insert(get_table(LedgerRow)).values(**row, round=written, kind="comment", name="10", at=LONG_AGO)
        )
        assert rounds.delete_old(connection, "payments", NOW) == 0


def test_only_rounds_are_deleted(database):
    with database.writing() as connection:
        fill_every_table(connection)
        record(connection)
        record(connection, at=NOW)
        before = count_rows(connection)
        assert rounds.delete_old(connection, "payments", NOW) == 1
        assert count_rows(connection) == before | {"round": before["round"] - 1}
