"""The plugin for Jira: its settings, its markup, and how to open it. `connectors.registry` lists it."""

import re
from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import urlencode

from connectors.jira.links import is_cloud, is_jira, parse_answer, shorten_address
from connectors.jira.settings import JiraSettings
from connectors.markup import Markup
from connectors.plugin import Plugin, ProjectName, Question, ResolvedAnswers, TrackerContext
from connectors.tracker import Tracker


def _open(settings: JiraSettings, context: TrackerContext) -> Tracker:
    from connectors.jira.source import JiraSource  # noqa: PLC0415 - imports the client library

    return JiraSource(settings, context)


def _list_projects(settings: JiraSettings, context: TrackerContext) -> Sequence[ProjectName]:
    from connectors.jira.setup import list_projects  # noqa: PLC0415 - imports the client library

    return list_projects(settings, context)


def _adapt_questions(settings: JiraSettings, context: TrackerContext) -> Sequence[Question]:
    """The questions that apply: a token of Jira Cloud needs an e-mail address, one of Data Center must not have one."""
    from connectors.jira.setup import is_cloud_site  # noqa: PLC0415 - imports the client library

    if not is_cloud_site(settings, context):
        return [question for question in _QUESTIONS if question is not _EMAIL_QUESTION]
    email_on_cloud = replace(_EMAIL_QUESTION, prompt="E-mail address of the service account", required=True)
    return [email_on_cloud if question is _EMAIL_QUESTION else question for question in _QUESTIONS]


def _resolve_answers(settings: JiraSettings, context: TrackerContext) -> ResolvedAnswers | None:
    from connectors.jira.setup import resolve_board  # noqa: PLC0415 - imports the client library

    return resolve_board(settings, context)


def _markup(settings: JiraSettings) -> Markup:
    return Markup.ADF if settings.email or is_cloud(settings.url) else Markup.WIKI


def _item_pattern(settings: JiraSettings) -> str:
    """A regular expression for the addresses of issues, with the key as its group."""
    return rf"{re.escape(settings.url)}/browse/([A-Z][A-Z0-9_]+-\d+)"


def _list_address(settings: JiraSettings, keys: Sequence[str]) -> str:
    """The address of the page that lists the issues with these keys."""
    jql = f"key in ({', '.join(keys)})"
    return f"{settings.url}/issues/?{urlencode({'jql': jql})}"


# The first text of a question describes an option of `steward init`, which Azure DevOps may share; the second one is
# what `steward init` asks for Jira.
_EMAIL_QUESTION = Question(
    "email",
    "Jira: e-mail address of the service account; empty for Data Center.",
    "E-mail address of the service account (empty for Data Center)",
    required=False,
)
_QUESTIONS = (
    Question(
        "url",
        "Address of the tracker.",
        "Address of your Jira, or a link to any page of it (https://example.atlassian.net)",
    ),
    _EMAIL_QUESTION,
    Question("ca_bundle", "File of certificate authorities to trust, such as your company's.", required=False),
    Question(
        "scope",
        "Jira: JQL that selects the items, the key of a project, or a link to a board or filter. Azure DevOps: a "
        "further condition in WIQL.",
        "Key of the project, JQL, or a link to a board or filter",
        chooses_project=True,
    ),
)

PLUGIN = Plugin(
    kind="jira",
    settings=JiraSettings,
    open=_open,
    item_pattern=_item_pattern,
    list_address=_list_address,
    scope_keys=("url", "scope", "projects"),
    markup=_markup,
    questions=_QUESTIONS,
    recognises=is_jira,
    parse_answer=parse_answer,
    adapt_questions=_adapt_questions,
    resolve_answers=_resolve_answers,
    shorten_address=shorten_address,
    list_projects=_list_projects,
    token_variable="JIRA_TOKEN",  # noqa: S106 - the name of a variable
)
