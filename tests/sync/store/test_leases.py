"""One holder at a time, and a token that only grows."""

import threading
import time
from datetime import timedelta

from sync.store import leases

LONG = timedelta(minutes=2)
SHORT = timedelta(milliseconds=150)


def take(database, holder, length=LONG, name="work"):
    with database.writing() as connection:
        return leases.acquire(connection, name, holder, length)


def renew(database, lease, length=LONG):
    with database.writing() as connection:
        return leases.renew(connection, lease, length)


def held(database, name="work"):
    with database.reading() as connection:
        return leases.current(connection, name)


def release(database, lease):
    with database.writing() as connection:
        leases.release(connection, lease)


def test_one_holder_at_a_time(database):
    first = take(database, "a")
    assert first.holder == "a"
    assert take(database, "b") is None
    assert held(database) == first


def test_leases_of_other_names_are_other_leases(database):
    take(database, "a")
    assert take(database, "b", name="other").holder == "b"


def test_a_holder_who_takes_again_keeps_the_token(database):
    first = take(database, "a")
    again = take(database, "a")
    assert again.token == first.token
    assert again.expires >= first.expires


def test_the_token_grows_with_every_new_holder(database):
    tokens = []
    for holder in ("a", "b", "a", "c"):
        lease = take(database, holder)
        tokens.append(lease.token)
        release(database, lease)
        assert held(database) is None
    assert tokens == [1, 2, 3, 4]


def test_a_lease_that_ran_out_is_free(database):
    first = take(database, "a", SHORT)
    time.sleep(0.2)
    assert held(database) is None
    second = take(database, "b")
    assert second.token > first.token


def test_a_lease_that_is_renewed_does_not_run_out(database):
    lease = take(database, "a", timedelta(seconds=0.5))
    for _ in range(4):
        time.sleep(0.2)
        assert renew(database, lease, timedelta(seconds=0.5))
    assert take(database, "b") is None


def test_a_frozen_holder_cannot_renew_after_somebody_took_over(database):
    frozen = take(database, "a", SHORT)
    time.sleep(0.2)
    assert take(database, "b") is not None
    assert not renew(database, frozen)
    assert held(database).holder == "b"


def test_a_frozen_holder_cannot_renew_what_ran_out_even_if_nobody_took_it(database):
    frozen = take(database, "a", SHORT)
    time.sleep(0.2)
    assert not renew(database, frozen)
    assert held(database) is None


def test_a_holder_of_the_same_name_with_an_old_token_holds_nothing(database):
    old = take(database, "a", SHORT)
    time.sleep(0.2)
    new = take(database, "a")
    assert new.token > old.token
    assert not renew(database, old)
    release(database, old)
    assert held(database) == new


def test_a_lease_that_was_given_back_is_not_renewed(database):
    lease = take(database, "a")
    release(database, lease)
    assert not renew(database, lease)
    assert take(database, "b") is not None


def test_of_many_who_ask_at_once_one_gets_it(database):
    together = threading.Barrier(8)
    got = []

    def ask(number):
        together.wait()
        lease = take(database, f"holder {number}")
        if lease is not None:
            got.append(lease)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == 1
    assert held(database) == got[0]
