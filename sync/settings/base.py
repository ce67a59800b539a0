"""Types that the sections of steward.yaml share."""

import difflib
from datetime import UTC, tzinfo
from typing import Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

import tzlocal
from pydantic import Field
from pydantic_core import InitErrorDetails


def get_time_zone(name: str) -> tzinfo:
    """Get a time zone by its name. UTC works without time-zone data."""
    return UTC if name.upper() == "UTC" else ZoneInfo(name)


def check_time_zone(name: str) -> str:
    """Check that a time zone exists, and return its name.

    Raises:
        ValueError: There is no such time zone, or this machine has no time-zone data.
    """
    try:
        get_time_zone(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        if not available_timezones():
            raise ValueError(
                f'The time zone "{name}" cannot be read: this machine has no time-zone data. Install it with '
                "`pip install tzdata`, or with the package tzdata of the system; or write UTC"
            ) from None
        similar = _find_similar_zone(name)
        remedy = f'Did you mean "{similar}"?' if similar else "Write one such as Europe/Berlin or UTC"
        raise ValueError(f'Unknown time zone "{name}". {remedy}') from None
    return name


def _find_similar_zone(name: str) -> str:
    """The time zone with the most similar name, or with the most similar name of its city; empty if there is none."""
    zones_by_text: dict[str, str] = {}
    # Shorter names come last, so that "Europe/Vienna" wins over a longer name that ends with the same city.
    for zone in sorted(available_timezones(), key=len, reverse=True):
        # Not abbreviations, nor offsets such as Etc/GMT+1, which is an hour behind UTC.
        if "/" in zone and not zone.startswith("Etc/"):
            zones_by_text |= {zone.casefold(): zone, zone.rpartition("/")[2].casefold(): zone}
    text = name.strip().replace(" ", "_").casefold()
    similar = difflib.get_close_matches(text, zones_by_text, n=1, cutoff=0.85)
    return zones_by_text[similar[0]] if similar else ""


def system_time_zone() -> str:
    """The time zone of this machine; UTC if it cannot be found."""
    try:
        name = check_time_zone(tzlocal.get_localzone_name() or "UTC")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return "UTC"
    return "UTC" if name == "Etc/UTC" else name


def check_store_address(text: str) -> str:
    """Check the address of the store, and return it.

    Raises:
        ValueError: The address is invalid. The message does not repeat it, because it may contain a password.
    """
    scheme = text.partition(":")[0]
    if scheme in ("postgres", "postgresql"):
        raise ValueError(f'Write "postgresql+psycopg://" instead of "{scheme}://"')
    if not text.startswith(("sqlite://", "postgresql+psycopg://")):
        raise ValueError("Not a database address. Write sqlite:///steward.db or postgresql+psycopg://…")
    return text


def check_host_and_port(address: str | None) -> str | None:
    """Check an address on which a server listens, and return it.

    Raises:
        ValueError: The address is not a host and a port.
    """
    host, _, port = (address or "").rpartition(":")
    if address is not None and not (host and port.isascii() and port.isdecimal() and int(port) < 65536):
        raise ValueError(f'"{address}" is not an address to listen on. Write host and port, such as 127.0.0.1:8470')
    return address


def make_value_error(path: tuple[str | int, ...], message: str, value: str) -> InitErrorDetails:
    """Make the details of a validation error about the value at a path."""
    return InitErrorDetails(type="value_error", loc=path, input=value, ctx={"error": ValueError(message)})


def default(value: str) -> Any:
    """Declare a default value as an admin would write it. It is parsed like a configured value."""
    return Field(default=value, validate_default=True)


Mode = Literal["shadow", "write"]
"""In shadow mode, the service only reports what it would write."""
