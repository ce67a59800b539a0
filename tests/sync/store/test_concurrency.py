"""Writers at the same time lose nothing; a reader waits for nobody and sees one moment."""

import subprocess
import sys
import threading
import time

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from sync.store import StoreError
from sync.store.statements import insert_new, upsert
from sync.store.tables import StoredValueRow

COUNTER = "INSERT INTO fact (name, value) VALUES ('counter', '0')"

ADD_ONE = """
import sys
from sqlalchemy import text
from sync.store import Database
database = Database(sys.argv[1])
for _ in range(int(sys.argv[2])):
    with database.writing() as connection:
        value = connection.execute(text("SELECT value FROM fact WHERE name = 'counter' FOR UPDATE"
                                        if database.url.get_backend_name() != "sqlite" else
                                        "SELECT value FROM fact WHERE name = 'counter'")).scalar()
        connection.execute(text("UPDATE fact SET value = :value WHERE name = 'counter'"), {"value": str(int(value) + 1)})
database.close()
"""


def counted(database):
    with database.reading() as connection:
        return int(connection.execute(text("SELECT value FROM fact WHERE name = 'counter'")).scalar())


def test_threads_that_write_lose_nothing(database):
    def write(worker):
        for number in range(25):
            with database.writing() as connection:
                insert_new(connection, StoredValueRow, [{"name": f"{worker}-{number}", "value": "x"}])
                upsert(connection, StoredValueRow, [{"name": "last", "value": f"{worker}-{number}"}])

    threads = [threading.Thread(target=write, args=(worker,)) for worker in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.reading() as connection:
        assert connection.execute(text("SELECT count(*) FROM fact")).scalar() == 4 * 25 + 1


@pytest.mark.slow
def test_processes_that_read_and_then_write_lose_nothing(database):
    with database.writing() as connection:
        connection.execute(text(COUNTER))
    url = database.url.render_as_string(hide_password=False)
    workers = [subprocess.Popen([sys.executable, "-c", ADD_ONE, url, "40"]) for _ in range(3)]
    assert [worker.wait(60) for worker in workers] == [0, 0, 0]
    assert counted(database) == 120


def test_a_reader_does_not_wait_for_a_writer(database):
    with database.writing() as writing:
        writing.execute(text(COUNTER))
        began = time.monotonic()
        with database.reading() as transaction:
            assert transaction.execute(text("SELECT count(*) FROM fact")).scalar() == 0
        assert time.monotonic() - began < 20  # a lock is waited for during thirty seconds
    assert counted(database) == 0


def test_a_writer_does_not_wait_for_a_reader(database):
    with database.reading() as transaction:
        transaction.execute(text("SELECT count(*) FROM fact")).scalar()
        began = time.monotonic()
        with database.writing() as writing:
            writing.execute(text(COUNTER))
        assert time.monotonic() - began < 20  # a lock is waited for during thirty seconds


def test_what_is_read_is_of_one_moment(database):
    with database.writing() as connection:
        connection.execute(text(COUNTER))
    with database.reading() as transaction:
        before = transaction.execute(text("SELECT value FROM fact")).scalar()
        with database.writing() as writing:
            writing.execute(text("UPDATE fact SET value = '1'"))
        assert transaction.execute(text("SELECT value FROM fact")).scalar() == before
    assert counted(database) == 1


def test_nothing_can_be_written_while_reading(database):
    with pytest.raises((StoreError, DBAPIError)), database.reading() as transaction:
        transaction.execute(text(COUNTER))
    with database.reading() as transaction:
        assert transaction.execute(text("SELECT count(*) FROM fact")).scalar() == 0
    with database.writing() as writing:  # the connection goes back into the pool as it was
        writing.execute(text(COUNTER))
    assert counted(database) == 0


def test_a_row_that_is_new_is_put_in_and_one_that_is_known_replaced(database):
    with database.writing() as connection:
        upsert(connection, StoredValueRow, ({"name": str(number), "value": "old"} for number in range(4500)))
        upsert(connection, StoredValueRow, ({"name": str(number), "value": "new"} for number in range(4000, 5000)))
    with database.reading() as connection:
        found = dict(connection.execute(text("SELECT value, count(*) FROM fact GROUP BY value")).all())
    assert found == {"old": 4000, "new": 1000}


def test_a_row_that_is_known_is_left_alone_where_only_new_ones_count(database):
    rows = [{"name": "a", "value": "1"}, {"name": "b", "value": "1"}, {"name": "a", "value": "2"}]
    with database.writing() as connection:
        assert insert_new(connection, StoredValueRow, rows) == 2
        assert insert_new(connection, StoredValueRow, rows) == 0
        assert connection.execute(text("SELECT value FROM fact WHERE name = 'a'")).scalar() == "1"


def test_a_row_that_stands_twice_in_one_go_is_kept_as_it_came_last(database):
    with database.writing() as connection:
        upsert(connection, StoredValueRow, [{"name": "a", "value": "1"}, {"name": "a", "value": "2"}])
        assert connection.execute(text("SELECT value FROM fact")).scalar() == "2"
