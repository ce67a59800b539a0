"""Jira as a plugin."""

import re
from urllib.parse import urlsplit

from connectors.jira.settings import JiraSettings
from connectors.markup import Markup
from connectors.plugin import Plugin, Question, TrackerContext
from connectors.tracker import Tracker

_CLOUD = (".atlassian.net", ".jira.com")


def _open(settings: JiraSettings, context: TrackerContext) -> Tracker:
    from connectors.jira.source import JiraSource  # noqa: PLC0415 - imports the client library

    return JiraSource(settings, context)


def _markup(settings: JiraSettings) -> Markup:
    host = urlsplit(settings.url).hostname or ""
    return Markup.ADF if settings.email or host.endswith(_CLOUD) else Markup.WIKI


PLUGIN = Plugin(
    kind="jira",
    settings=JiraSettings,
    open=_open,
    item_pattern=lambda settings: rf"{re.escape(settings.url)}/browse/([A-Z][A-Z0-9_]+-\d+)",
    scope_keys=("url", "scope", "projects"),
    markup=_markup,
    questions=(
        Question("url", "Address of the tracker.", "Address of your Jira (https://example.atlassian.net)"),
        Question(
            "email",
            "Jira: e-mail address of the service account; empty for Data Center.",
            "E-mail address of the service account (empty for Data Center)",
            required=False,
        ),
        Question("scope", "Jira: JQL that selects the items.", "JQL that selects the items (project = PAY)"),
    ),
    token_variable="JIRA_TOKEN",  # noqa: S106 - the name of a variable
)
