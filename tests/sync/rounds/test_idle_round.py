"""A round without changes writes next to nothing, however large the backlog is."""

from contextlib import contextmanager

from sqlalchemy import event
from sqlalchemy.engine import Engine

from sync.rounds.context import WriteAuthority


@contextmanager
def written_statements():
    """The statements that change rows, and the sizes of their longest parameters."""
    statements = []

    def note(_connection, cursor, statement, parameters, *_):
        if cursor.rowcount > 0 and statement.split()[0] in ("INSERT", "UPDATE", "DELETE"):
            sizes = [len(value) for value in parameters if isinstance(value, (str, bytes))]
            statements.append((" ".join(statement.split()[:3]), max(sizes)))

    event.listen(Engine, "after_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(Engine, "after_cursor_execute", note)


def test_an_idle_round_records_only_itself_and_the_time(desk, clock):
    for _ in range(2):
        desk.round(WriteAuthority.BY_SERVICE)
        clock.advance(minutes=10)
    with written_statements() as statements:
        outcome = desk.round(WriteAuthority.BY_SERVICE)
    assert (outcome.trouble, outcome.pulled.read) == ("", 0)
    assert sorted(name for name, _ in statements) == [
        "INSERT INTO round",
        "UPDATE round SET",
        "UPDATE tracker_state SET",
    ]
    assert max(size for _, size in statements) < 1_000
