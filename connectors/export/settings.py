"""The settings of an export in steward.yaml."""

from typing import Annotated

from pydantic import Field

from connectors.plugin import Section


class ExportSettings(Section):
    """An export file. It is never written to."""

    path: Annotated[
        str,
        Field(
            description="Path of the file: CSV from Jira or Azure DevOps with all fields, JSON lines (one object per "
            "item), or saved responses of their REST APIs."
        ),
    ]
