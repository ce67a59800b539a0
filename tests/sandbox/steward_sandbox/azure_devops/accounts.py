"""The identities of a pretended organisation: people of the backlog, other services, and whoever calls the API."""

import re
from collections.abc import Mapping

import msgspec

from steward_sandbox.azure_devops.model import Account, AccountKind
from steward_sandbox.ids import stable_uuid

_COMBINED = re.compile(r"(?P<name>[^<>]*)<(?P<unique>[^<>]+)>\s*")


class Accounts:
    """Everybody with an identity.

    Attributes:
        version: Grows with every change.

    Args:
        caller: Whose the tokens are that are not named.
        tokens: Whose each token is, by its text.
        caller_zone: Time zone in the profile of whoever calls.
        domain: The Windows domain of a server; without one, names are e-mail addresses.
    """

    def __init__(
        self, *, caller: str, tokens: Mapping[str, str] | None = None, caller_zone: str = "Etc/UTC", domain: str = ""
    ) -> None:
        self.by_id: dict[str, Account] = {}
        self.version = 0
        self._by_name: dict[str, Account] = {}
        self._caller = caller
        self._tokens = dict(tokens or {})
        self._caller_zone = caller_zone
        self._domain = domain

    def named(self, name: str, kind: AccountKind = "person") -> Account:
        """The account of somebody with this name, made when there is none."""
        known = self._by_name.get(name.casefold())
        if known is not None:
            return known
        slug = re.sub(r"[^a-z0-9]+", ".", name.casefold()).strip(".") or stable_uuid("account", name)[:8]
        unique = f"{self._domain}\\{slug}" if self._domain else f"{slug}@example.com"
        return self._add(Account(stable_uuid("account", name.casefold()), name, unique, kind))

    def caller(self, user: str, token: str) -> Account:
        """Whose a token is: as told, else of the user named beside it, else of the service."""
        name = self._tokens.get(token) or self._owner(user) or self._caller
        known = self._by_name.get(name.casefold())
        if known is not None:
            return known
        made = self.named(name, "service")
        return self._add(msgspec.structs.replace(made, time_zone=self._caller_zone, through_api=True))

    def known(self, said: object) -> Account | None:
        """The account that a caller names: by id, by name, by unique name, as `Name <unique name>`, or as an object."""
        if isinstance(said, Mapping):
            found = (self.known(said.get(key)) for key in ("id", "uniqueName", "displayName"))
            return next((account for account in found if account is not None), None)
        if not isinstance(said, str):
            return None
        combined = _COMBINED.fullmatch(said.strip())
        text = (combined["unique"] if combined else said).strip().casefold()
        for account in self.by_id.values():
            if text in (account.id, account.name.casefold(), account.unique_name.casefold()):
                return account
        return None

    def change(self, name: str, **values: str) -> Account:
        """Changes an account, such as its `time_zone`, or its `unique_name` to nothing."""
        return self._add(msgspec.structs.replace(self.named(name), **values))

    def _owner(self, user: str) -> str:
        if not user:
            return ""
        account = self.known(user)
        words = re.split(r"[._+-]+", user.rpartition("\\")[2].partition("@")[0])
        return account.name if account else " ".join(word.capitalize() for word in words if word)

    def _add(self, account: Account) -> Account:
        self.version += 1
        self.by_id[account.id] = account
        self._by_name[account.name.casefold()] = account
        return account


def combined(account: Account) -> str:
    """How the feed of revisions names somebody."""
    return f"{account.name} <{account.unique_name}>" if account.unique_name else account.name
