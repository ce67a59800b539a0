"""Rounds and commands find rows of growing tables by an index, so that they do not slow down over the years."""

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine

GROWING = ("decision", "finding", "ledger", "round", "snapshot", "verdict", "work_item")


@pytest.fixture
def statements():
    """The statements that are sent to the store, each with the parameters of its first use."""
    sent = {}

    def record(_connection, _cursor, statement, parameters, _context, is_many):
        if statement.lstrip().upper().startswith(("SELECT", "UPDATE", "DELETE")):
            sent.setdefault(statement, parameters[0] if is_many else parameters)

    event.listen(Engine, "before_cursor_execute", record)
    yield sent
    event.remove(Engine, "before_cursor_execute", record)


def test_rounds_and_commands_read_growing_tables_by_an_index(steward, statements):
    steward.desk.configure(write={"mode": "write"})
    for command in ("apply", "apply", "plan", "status", "next", "priorities", "forecast", "goals", "report --preview"):
        steward(*command.split())
    for command in ("explain", "preview"):
        steward(command, "PAY-1")
    with steward.desk.database.reading() as connection:
        plans = {
            statement: connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).scalars(3).all()
            for statement, parameters in list(statements.items())
        }
    assert len(plans) > 40
    (recent_changes,) = (plan for statement, plan in plans.items() if "ledger.at >" in statement)
    assert any("at>?" in step for step in recent_changes)
    scans = tuple(f"SCAN {table}" for table in GROWING)
    assert not {statement: plan for statement, plan in plans.items() if any(step.startswith(scans) for step in plan)}
