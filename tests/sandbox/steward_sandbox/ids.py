"""Identifiers as trackers hand them out: stable for the same input, so that a seeded world is always the same."""

import hashlib
import uuid


def account_id(name: str) -> str:
    """An opaque account id, as long as Atlassian's older ones; the same name gives the same id."""
    return "5f" + hashlib.sha256(f"account {name}".encode()).hexdigest()[:22]


def stable_uuid(*parts: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, "sandbox:" + ":".join(parts)))
