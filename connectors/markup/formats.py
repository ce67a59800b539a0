"""The markup formats in which a comment can be written."""

from collections.abc import Callable
from enum import StrEnum
from typing import Any

from connectors.document import Document
from connectors.markup import adf, html, markdown, wiki


class Markup(StrEnum):
    """A markup format of comments."""

    ADF = "adf"
    """Atlassian Document Format."""
    WIKI = "wiki"
    """Jira's wiki markup."""
    HTML = "html"
    MARKDOWN = "markdown"
    TEXT = "text"


_RENDERERS: dict[Markup, Callable[[Document], Any]] = {
    Markup.ADF: adf.render,
    Markup.WIKI: wiki.render,
    Markup.HTML: html.render,
    Markup.MARKDOWN: markdown.render,
    Markup.TEXT: lambda document: document.plain_text,
}


def render(document: Document, markup: Markup) -> Any:
    """Convert a document to a markup format: to text, or to a mapping for ADF, which is JSON."""
    return _RENDERERS[markup](document)
