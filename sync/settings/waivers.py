"""The waivers file: findings that a team accepts, kept under version control beside the configuration."""

from datetime import date
from typing import Annotated

from pydantic import Field

from connectors.plugin import Section


class Waiver(Section):
    """One finding that is accepted as it is."""

    item: Annotated[str, Field(description="Key of the item.")]
    rule: Annotated[str, Field(description="Id of the rule.")]
    reason: Annotated[str, Field(min_length=1, description="Why it is accepted.")]
    until: Annotated[date | None, Field(description="The first day on which the waiver no longer holds.")] = None
    tracker: Annotated[str | None, Field(description="Name of the tracker, if several have this key.")] = None

    def __str__(self) -> str:
        return f"the waiver of {self.rule} on {self.item}"


class WaiversFile(Section):
    """The content of the file."""

    waivers: Annotated[tuple[Waiver, ...], Field(description="The waivers.")] = ()
