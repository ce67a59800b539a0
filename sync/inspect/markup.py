"""A document in the markup of a tracker, to be looked at.

The connectors are loaded when their markup is asked for: the official clients take a moment.
"""

from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from connectors.document import Document
from connectors.markup import html, markdown
from sync.settings import AzureDevOps, Export, Jira, Settings

_SERVICES = ("dev.azure.com", ".visualstudio.com")


class Markup(StrEnum):
    """The ways in which a comment can be written down."""

    ADF = "adf"
    """Atlassian's documents, for Jira Cloud."""
    WIKI = "wiki"
    """Wiki markup, for Jira Data Center."""
    HTML = "html"
    """For Azure DevOps Server."""
    MARKDOWN = "markdown"
    """For Azure DevOps Services."""
    TEXT = "text"
    """Only the words."""


def native(settings: Settings, tracker: str) -> Markup:
    """The markup that a tracker is written to in, as far as its configuration tells."""
    match settings.trackers[tracker]:
        case Jira(email=email):
            return Markup.ADF if email else Markup.WIKI
        case AzureDevOps(url=url):
            host = urlsplit(url).hostname or ""
            return Markup.MARKDOWN if host.endswith(_SERVICES) else Markup.HTML
        case Export():
            return Markup.TEXT


def marked_up(document: Document, markup: Markup) -> Any:
    """A document in a markup: text, or a mapping where the tracker takes JSON."""
    from connectors.jira import rich_text  # noqa: PLC0415 - see above

    match markup:
        case Markup.ADF:
            return rich_text.adf(document)
        case Markup.WIKI:
            return rich_text.wiki_markup(document)
        case Markup.HTML:
            return html.write(document)
        case Markup.MARKDOWN:
            return markdown.write(document)
        case Markup.TEXT:
            return document.plain
