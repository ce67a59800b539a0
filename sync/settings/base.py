"""What the sections of steward.yaml share: strictness, and values as people write them."""

import re
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, WithJsonSchema


class Section(BaseModel):
    """A section that knows its keys and no others."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


def one_or_more(value: object) -> object:
    """A single text where a list of them is as good."""
    return (value,) if isinstance(value, str) else value


def zone(name: str) -> str:
    """A time zone that exists."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise ValueError(f'"{name}" is no time zone; write one such as Europe/Berlin or UTC') from None
    return name


def _web_address(url: str) -> str:
    try:
        parts = urlsplit(url)
        usable = bool(parts.hostname) and not any(character.isspace() for character in url)
    except ValueError:
        usable = False
    if not usable or not url.startswith(("https://", "http://")):
        raise ValueError(f'"{url}" is no web address; it begins with https:// and names a host')
    if "@" in parts.netloc:
        raise ValueError("an address holds no user name or password; there are keys of their own for them")
    return url.rstrip("/")


def said(phrase: str) -> Any:
    """A default in the words that an admin would use."""
    return Field(default=phrase, validate_default=True)


def _pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f'"{text}" is no regular expression: {error}') from None
    return text


WebAddress = Annotated[str, AfterValidator(_web_address)]
Pattern = Annotated[str, AfterValidator(_pattern)]
Phrase = WithJsonSchema({"type": "string"})
Mode = Literal["shadow", "write"]
