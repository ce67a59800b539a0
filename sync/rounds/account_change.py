"""Detects that a tracker's token belongs to another account than before, which may be unable to edit old comments."""

from collections.abc import Iterator
from datetime import datetime

from msgspec import Struct

from connectors.connection import Account, Connection
from sync.messages import Messages
from sync.store import Transaction, stored_values, writes

_ACCOUNTS_NAME = "accounts"
"""The name under which the store keeps the accounts that were used at a tracker."""


class AccountPeriod(Struct, frozen=True):
    """An account of the service, and the time at which its use began."""

    id: str
    name: str
    since: datetime


def record_account(transaction: Transaction, tracker: str, account: Account, now: datetime) -> None:
    """Store the account that is used now."""
    periods = _load_periods(transaction, tracker)
    if not periods or periods[-1].id != account.id:
        periods.append(AccountPeriod(account.id, account.name, now))
        stored_values.save_for_tracker(transaction, tracker, _ACCOUNTS_NAME, periods)


def account_notes(transaction: Transaction, tracker: str, connection: Connection, messages: Messages) -> Iterator[str]:
    """Yield notes for the admin about the service's comments that another account wrote, and about the projects where
    the present account cannot edit them.

    The first recorded account counts as the author of all earlier comments.
    """
    comments_by_account: dict[str, int] = {}
    periods = _load_periods(transaction, tracker)
    for annotation in writes.annotations(transaction, tracker):
        if annotation.kind == "comment" and periods:
            author = next((period for period in reversed(periods) if period.since <= annotation.written), periods[0])
            if author.id != connection.account.id:
                comments_by_account[author.name] = comments_by_account.get(author.name, 0) + 1
    for name, count in comments_by_account.items():
        yield messages.text("report.account-changed", count=count, before=name, now=connection.account.name)
    if comments_by_account and connection.projects_limited_to_own_comments:
        projects = messages.join(connection.projects_limited_to_own_comments)
        yield messages.text("report.account-limited", now=connection.account.name, projects=projects)


def _load_periods(transaction: Transaction, tracker: str) -> list[AccountPeriod]:
    """Load the accounts that were used at a tracker, oldest first."""
    return stored_values.load_for_tracker(transaction, tracker, _ACCOUNTS_NAME, list[AccountPeriod]) or []
