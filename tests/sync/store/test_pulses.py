"""A pulse counts everybody once, also where people answer at the same time."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date

from sync.store import pulses
from sync.store.pulses import AnswerOutcome

DAY, END = date(2026, 11, 2), date(2026, 11, 9)


def answer(database, person):
    with database.writing() as transaction:
        return pulses.add_answers(transaction, "payments", "2026-11", person, (1, 2, 3, 4), today=DAY)


def test_answers_at_the_same_time_are_all_counted_and_a_person_once(database):
    with database.writing() as transaction:
        pulses.open_pulse(transaction, "payments", "2026-11", DAY, END)
    people = [f"U{number % 12}" for number in range(24)]
    with ThreadPoolExecutor(8) as threads:
        outcomes = list(threads.map(lambda person: answer(database, person), people))
    assert outcomes.count(AnswerOutcome.RECORDED) == outcomes.count(AnswerOutcome.ALREADY_ANSWERED) == 12
    with database.writing() as transaction:
        pulses.close_pulse(transaction, "payments", END)
        (closed,) = pulses.load_closed(transaction, "payments")
    assert closed.counts == ((12, 0, 0, 0, 0), (0, 12, 0, 0, 0), (0, 0, 12, 0, 0), (0, 0, 0, 12, 0))


def test_a_pulse_is_asked_once_and_one_at_a_time(database):
    with database.writing() as transaction:
        pulses.open_pulse(transaction, "payments", "2026-11", DAY, END)
        pulses.open_pulse(transaction, "payments", "2026-12", DAY, END)
        opened = pulses.load_open(transaction, "payments")
        pulses.close_pulse(transaction, "payments", DAY)
        assert pulses.load_open(transaction, "payments") == opened, "it has not ended"
        pulses.close_pulse(transaction, "payments", END)
        pulses.open_pulse(transaction, "payments", "2026-11", END, date(2026, 11, 16))
        assert pulses.load_open(transaction, "payments") is None
    assert opened.period == "2026-11"
    assert answer(database, "U1") is AnswerOutcome.CLOSED
