"""The accounts of a Jira site: people of the backlog, other programs, and whoever calls the API."""

import re

from steward_sandbox import ids
from steward_sandbox.backlog import AccountType
from steward_sandbox.jira.model import Account


class Accounts:
    """All accounts, by id and by e-mail address; a new caller is in `caller_zone`."""

    def __init__(self, *, caller_zone: str) -> None:
        self.by_id: dict[str, Account] = {}
        self._by_email: dict[str, Account] = {}
        self._caller_zone = caller_zone

    def named(self, name: str, kind: AccountType = "atlassian", *, email: str | None = "") -> Account:
        """The account of this name, made if there is none; an e-mail of None is hidden from others."""
        slug = re.sub(r"[^a-z0-9]+", ".", name.casefold()).strip(".") or ids.account_id(name)
        address = email or f"{slug}@example.com"
        known = self._by_email.get(address)
        return known or self._add(
            Account(ids.account_id(address), name, address, kind, email_visible=email is not None)
        )

    def caller(self, email: str) -> Account:
        """The account behind the address in a credential."""
        address = email.casefold()
        known = self._by_email.get(address)
        if known is not None:
            return known
        name = " ".join(word.capitalize() for word in re.split(r"[._+-]+", email.partition("@")[0]) if word)
        account = Account(
            ids.account_id(address), name or email, address, time_zone=self._caller_zone, through_api=True
        )
        return self._add(account)

    def _add(self, account: Account) -> Account:
        self.by_id[account.id] = account
        self._by_email[account.email] = account
        return account
