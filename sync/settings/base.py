"""Types that the sections of steward.yaml share."""

from typing import Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, WithJsonSchema


def time_zone(name: str) -> str:
    """Check that a time zone exists."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise ValueError(f'Unknown time zone "{name}". Write one such as Europe/Berlin or UTC') from None
    return name


def host_and_port(address: str | None) -> str | None:
    """Check an address to listen on."""
    host, _, port = (address or "").rpartition(":")
    if address is not None and not (host and port.isascii() and port.isdecimal() and int(port) < 65536):
        raise ValueError(f'"{address}" is not an address to listen on. Write host and port, such as 127.0.0.1:8470')
    return address


def default(value: str) -> Any:
    """A default value, written as an admin would write it."""
    return Field(default=value, validate_default=True)


TextSchema = WithJsonSchema({"type": "string"})
Mode = Literal["shadow", "write"]
