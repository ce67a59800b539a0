"""The plugin for Azure DevOps: its settings, its markup, and how to open it. `connectors.registry` lists it."""

import re
from collections.abc import Sequence
from urllib.parse import quote

from connectors.azure_devops.links import is_azure_devops, is_services, parse_answer
from connectors.azure_devops.settings import AzureDevOpsSettings
from connectors.markup import Markup
from connectors.plugin import Plugin, ProjectName, Question, ResolvedAnswers, TrackerContext
from connectors.tracker import Tracker


def _open(settings: AzureDevOpsSettings, context: TrackerContext) -> Tracker:
    from connectors.azure_devops.library import import_package  # noqa: PLC0415 - imports the client library
    from connectors.azure_devops.source import AzureSource  # noqa: PLC0415 - as above

    import_package()
    return AzureSource(settings, context)


def _list_projects(settings: AzureDevOpsSettings, context: TrackerContext) -> Sequence[ProjectName]:
    from connectors.azure_devops.setup import list_projects  # noqa: PLC0415 - imports the client library

    return list_projects(settings, context)


def _list_teams(settings: AzureDevOpsSettings, context: TrackerContext) -> Sequence[str]:
    from connectors.azure_devops.setup import list_teams  # noqa: PLC0415 - imports the client library

    return list_teams(settings, context)


def _resolve_answers(settings: AzureDevOpsSettings, context: TrackerContext) -> ResolvedAnswers | None:
    from connectors.azure_devops.setup import resolve_query  # noqa: PLC0415 - imports the client library

    return resolve_query(settings, context)


def _markup(settings: AzureDevOpsSettings) -> Markup:
    """The markup of comments, as far as the address shows it. Some servers accept Markdown too."""
    return Markup.MARKDOWN if is_services(settings.url) else Markup.HTML


def _item_pattern(settings: AzureDevOpsSettings) -> str:
    """A regular expression for addresses of items, with the id of the item as its group."""
    return rf"(?i:{re.escape(settings.url)})/[^\s?#]*?_workitems/edit/(\d+)"


def _list_address(settings: AzureDevOpsSettings, keys: Sequence[str]) -> str:
    """The address of a page that lists items with a query in WIQL.

    Source: https://learn.microsoft.com/azure/devops/boards/queries/wiql-syntax.
    """
    columns = "[System.Id], [System.Title], [System.State]"
    wiql = f"SELECT {columns} FROM WorkItems WHERE [System.Id] IN ({', '.join(keys)})"  # noqa: S608 - only a link
    return f"{settings.url}/{quote(settings.project)}/_workitems?_a=query&wiql={quote(wiql)}"


PLUGIN = Plugin(
    kind="azure-devops",
    settings=AzureDevOpsSettings,
    open=_open,
    item_pattern=_item_pattern,
    list_address=_list_address,
    scope_keys=("url", "project", "team", "scope"),
    markup=_markup,
    questions=(
        Question(
            "url",
            "Address of the tracker.",
            "Address of the organisation or collection, or a link to any page of it (https://dev.azure.com/example)",
        ),
        Question("ca_bundle", "File of certificate authorities to trust, such as your company's.", required=False),
        Question("project", "Azure DevOps: the project.", "Name of the project", chooses_project=True),
        Question("team", "Azure DevOps: the team; empty for the default team of the project.", required=False),
        Question("scope", "Azure DevOps: a further condition in WIQL, or a link to a query.", required=False),
    ),
    recognises=is_azure_devops,
    parse_answer=parse_answer,
    resolve_answers=_resolve_answers,
    list_projects=_list_projects,
    list_teams=_list_teams,
    token_variable="AZURE_DEVOPS_TOKEN",  # noqa: S106 - the name of a variable
)
