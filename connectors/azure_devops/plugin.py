"""Azure DevOps as a plugin."""

import re

from connectors.azure_devops.settings import AzureDevOpsSettings, is_services
from connectors.markup import Markup
from connectors.plugin import Plugin, Question, TrackerContext
from connectors.tracker import Tracker


def _open(settings: AzureDevOpsSettings, context: TrackerContext) -> Tracker:
    from connectors.azure_devops.source import AzureSource  # noqa: PLC0415 - imports the client library

    return AzureSource(settings, context)


def _markup(settings: AzureDevOpsSettings) -> Markup:
    return Markup.MARKDOWN if is_services(settings.url) else Markup.HTML


PLUGIN = Plugin(
    kind="azure-devops",
    settings=AzureDevOpsSettings,
    open=_open,
    item_pattern=lambda settings: rf"(?i:{re.escape(settings.url)})/[^\s?#]*?_workitems/edit/(\d+)",
    scope_keys=("url", "project", "team", "scope"),
    markup=_markup,
    questions=(
        Question(
            "url",
            "Address of the tracker.",
            "Address of the organisation or collection (https://dev.azure.com/example)",
        ),
        Question("project", "Azure DevOps: the project.", "Name of the project"),
        Question("team", "Azure DevOps: the team.", required=False),
    ),
    token_variable="AZURE_DEVOPS_TOKEN",  # noqa: S106 - the name of a variable
)
