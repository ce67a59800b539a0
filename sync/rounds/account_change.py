"""Notices another account behind a tracker's token: earlier comments are still ours, but may be out of reach."""

from collections.abc import Iterator
from datetime import datetime

import msgspec
from msgspec import Struct

from connectors.tracker import Account, Connection
from sync.messages import Messages
from sync.store import Transaction, rounds, writes

_FACT = "accounts"


class AccountPeriod(Struct, frozen=True):
    """An account of ours, and since when it was used."""

    id: str
    name: str
    since: datetime


def record_account(transaction: Transaction, tracker: str, account: Account, now: datetime) -> None:
    """Remember the account that is used now."""
    periods = _periods(transaction, tracker)
    if not periods or periods[-1].id != account.id:
        periods.append(AccountPeriod(account.id, account.name, now))
        rounds.save_tracker_fact(transaction, tracker, _FACT, msgspec.json.encode(periods))


def account_notes(reading: Transaction, tracker: str, connection: Connection, messages: Messages) -> Iterator[str]:
    """Say that the account changed, as long as comments of an earlier one are on items, and what is out of reach."""
    counts: dict[str, int] = {}
    periods = _periods(reading, tracker)
    for annotation in writes.annotations(reading, tracker):
        if annotation.kind == "comment":
            used = next((one for one in reversed(periods) if one.since <= annotation.written), periods[0])
            if used.id != connection.account.id:
                counts[used.name] = counts.get(used.name, 0) + 1
    for name, count in counts.items():
        yield messages.text("report.account-changed", count=count, before=name, now=connection.account.name)
    if counts and connection.only_own_comments:
        projects = messages.join(connection.only_own_comments)
        yield messages.text("report.account-limited", now=connection.account.name, projects=projects)


def _periods(reading: Transaction, tracker: str) -> list[AccountPeriod]:
    stored = rounds.tracker_fact(reading, tracker, _FACT)
    return [] if stored is None else msgspec.json.decode(stored, type=list[AccountPeriod])
