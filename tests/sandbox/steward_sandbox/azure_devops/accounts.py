"""The accounts of an organisation: people of the backlog, other programs, and whoever calls the API."""

import re

from msgspec.structs import replace

from steward_sandbox.azure_devops.model import Account, AccountKind
from steward_sandbox.ids import stable_uuid


class Accounts:
    """All accounts, by id and by name; with a Windows domain, unique names are no e-mail addresses."""

    def __init__(self, *, domain: str = "") -> None:
        self.by_id: dict[str, Account] = {}
        self._by_name: dict[str, Account] = {}
        self._domain = domain

    def named(self, name: str, kind: AccountKind = "person", *, email: str | None = "") -> Account:
        """The account of this name, made if there is none; an e-mail of None is hidden."""
        known = self._by_name.get(name.casefold())
        if known is not None:
            return known
        slug = re.sub(r"[^a-z0-9]+", ".", name.casefold()).strip(".") or stable_uuid("account", name)[:8]
        unique = f"{self._domain}\\{slug}" if self._domain else email or f"{slug}@example.com"
        return self._add(
            Account(stable_uuid("account", name.casefold()), name, unique if email is not None else "", kind)
        )

    def caller(self, name: str) -> Account:
        """The account behind the name or the address beside a token."""
        known = self.find(name)
        if known is not None:
            return known
        words = re.split(r"[._+-]+", name.rpartition("\\")[2].partition("@")[0])
        made = self.named(" ".join(word.capitalize() for word in words if word), "service")
        return self._add(replace(made, through_api=True))

    def find(self, name: str) -> Account | None:
        wanted = name.casefold()
        known = (found for found in self.by_id.values() if found.unique_name.casefold() == wanted)
        return self._by_name.get(wanted) or next(known, None)

    def _add(self, account: Account) -> Account:
        self.by_id[account.id] = account
        self._by_name[account.name.casefold()] = account
        return account
