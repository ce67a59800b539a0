"""The settings of an Acme in steward.yaml."""

from typing import Annotated

from pydantic import Field

from connectors.plugin import Section


class AcmeSettings(Section):
    """An Acme, which keeps its items in a JSON file."""

    path: Annotated[str, Field(description="The JSON file with the items.")]
