"""Authentication: personal access tokens, and Entra tokens that expire."""

from datetime import datetime, timedelta

from starlette.requests import Request

from steward_sandbox import access
from steward_sandbox.azure_devops.collection import Collection
from steward_sandbox.azure_devops.model import Account
from steward_sandbox.azure_devops.responses import AzureError
from steward_sandbox.clock import Clock
from steward_sandbox.ids import stable_uuid

SERVICE = "Steward"
"""Whose tokens are that come without a user."""


class Authentication:
    """Finds the account behind a credential; `clock` tells when Entra tokens expire."""

    def __init__(self, collection: Collection, clock: Clock) -> None:
        self._collection = collection
        self._clock = clock
        self._issued: dict[str, tuple[str, datetime]] = {}

    def issue(self, name: str, lifetime: timedelta) -> str:
        """An Entra token for a service of this name."""
        token = "eyJ0." + stable_uuid("token", name, str(len(self._issued)))
        self._issued[token] = (name, self._clock() + lifetime)
        return token

    def caller(self, request: Request) -> Account:
        """Who sends a request.

        Raises:
            AzureError: The credential is missing, wrong or expired.
        """
        scheme, credential = access.credentials(request)
        if scheme == "bearer":
            name, until = self._issued.get(credential, ("", self._clock()))
            if until <= self._clock() or self._collection.server is not None:
                raise AzureError("unauthorized")
            return self._collection.accounts.caller(name)
        if scheme != "basic":
            raise AzureError("anonymous")
        user, token = access.user_and_secret(credential)
        if access.is_wrong(token):
            raise AzureError("unauthorized")
        return self._collection.accounts.caller(user or SERVICE)
