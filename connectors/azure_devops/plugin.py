"""Azure DevOps as a plugin."""

import re
from urllib.parse import urlsplit

from connectors.azure_devops.settings import AzureDevOpsSettings
from connectors.markup import Markup
from connectors.plugin import Plugin, Question, TrackerContext
from connectors.tracker import Tracker

_SERVICES = ("dev.azure.com", ".visualstudio.com")


def _open(settings: AzureDevOpsSettings, context: TrackerContext) -> Tracker:
    from connectors.azure_devops.source import AzureSource  # noqa: PLC0415 - imports the client library

    return AzureSource(settings, context)


def _markup(settings: AzureDevOpsSettings) -> Markup:
    host = urlsplit(settings.url).hostname or ""
    return Markup.MARKDOWN if host.endswith(_SERVICES) else Markup.HTML


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
