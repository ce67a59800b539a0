"""The base class of the sections of steward.yaml, and types that their keys share."""

import re
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, WithJsonSchema


class Section(BaseModel):
    """A section that rejects unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


def as_tuple(value: object) -> object:
    """A single text as a tuple."""
    return (value,) if isinstance(value, str) else value


def time_zone(name: str) -> str:
    """Checks that a time zone exists."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise ValueError(f'Unknown time zone "{name}". Write one such as Europe/Berlin or UTC') from None
    return name


def _web_address(url: str) -> str:
    try:
        parts = urlsplit(url)
        usable = bool(parts.hostname) and not any(character.isspace() for character in url)
    except ValueError:
        usable = False
    if not usable or not url.startswith(("https://", "http://")):
        raise ValueError(f'"{url}" is not a web address. It has to start with https:// and name a host')
    if "@" in parts.netloc:
        raise ValueError("The address contains a user name or password. Remove it and use the keys for credentials")
    return url.rstrip("/")


def default(value: str) -> Any:
    """A default value, written as an admin would write it."""
    return Field(default=value, validate_default=True)


def _pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f'"{text}" is not a regular expression: {error}') from None
    return text


WebAddress = Annotated[str, AfterValidator(_web_address)]
Pattern = Annotated[str, AfterValidator(_pattern)]
TextSchema = WithJsonSchema({"type": "string"})
Mode = Literal["shadow", "write"]
