"""The accounts of a pretended site: people of the backlog, other bots, and whoever calls the API."""

import re

import msgspec

from steward_sandbox import ids
from steward_sandbox.backlog import AccountType
from steward_sandbox.jira.model import Account


class Accounts:
    """Everybody with an account, by id and by e-mail address.

    Args:
        caller_zone: Time zone in the profile of whoever calls with an address nobody has used before.
    """

    def __init__(self, *, caller_zone: str) -> None:
        self.by_id: dict[str, Account] = {}
        self._by_email: dict[str, Account] = {}
        self._caller_zone = caller_zone

    def named(self, name: str, kind: AccountType = "atlassian") -> Account:
        """The account of somebody with this name, made when there is none."""
        slug = re.sub(r"[^a-z0-9]+", ".", name.casefold()).strip(".") or ids.account_id(name)
        email = f"{slug}@example.com"
        return self._by_email.get(email) or self._add(Account(ids.account_id(email), name, email, kind))

    def caller(self, email: str) -> Account:
        """The account behind the address in a credential."""
        known = self._by_email.get(email.casefold())
        if known is not None:
            return known
        words = re.split(r"[._+-]+", email.partition("@")[0])
        name = " ".join(word.capitalize() for word in words if word) or email
        return self._add(
            Account(
                ids.account_id(email.casefold()),
                name,
                email.casefold(),
                time_zone=self._caller_zone,
                through_api=True,
            )
        )

    def set_zone(self, email: str, zone: str) -> Account:
        """Changes the time zone in somebody's profile, in which Jira reads the times of their queries."""
        return self._add(msgspec.structs.replace(self.caller(email), time_zone=zone))

    def _add(self, account: Account) -> Account:
        self.by_id[account.id] = account
        self._by_email[account.email] = account
        return account
