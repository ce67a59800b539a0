"""Credentials and permissions, as every sandbox server reads them."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from starlette.requests import Request

EVERYWHERE = "*"
WRONG_TOKEN = "wrong"


def credentials(request: Request) -> tuple[str, str]:
    """The scheme of the Authorization header, in lower case, and the rest of it."""
    scheme, _, credential = request.headers.get("authorization", "").partition(" ")
    return scheme.casefold(), credential.strip()


def user_and_secret(credential: str) -> tuple[str, str]:
    """Both halves of basic credentials; what cannot be decoded counts as a wrong token."""
    try:
        user, _, secret = base64.b64decode(credential, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", WRONG_TOKEN
    return user, secret


def is_wrong(token: str) -> bool:
    return token.strip() in ("", WRONG_TOKEN)


@dataclass(slots=True)
class Permissions:
    """What callers may do.

    Those in `denied` are by project or `*`, such as `{"PAY": {"EDIT_ISSUES"}}`; those in `granted` are unusual ones.
    """

    unusual: ClassVar[frozenset[str]] = frozenset()
    """Permissions that the account of a service does not have on a well-kept site."""

    denied: Mapping[str, frozenset[str]] = field(default_factory=dict)
    granted: frozenset[str] = frozenset()

    def allows(self, permission: str, project: str | None = None) -> bool:
        if permission in self.granted:
            return True
        if permission in self.unusual:
            return False
        return not any(permission in self.denied.get(scope, ()) for scope in (EVERYWHERE, project or EVERYWHERE))
