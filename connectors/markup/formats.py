"""The markup formats that a comment can be written in."""

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
    """Plain text."""


_RENDERERS: dict[Markup, Callable[[Document], Any]] = {
    Markup.ADF: adf.render,
    Markup.WIKI: wiki.render,
    Markup.HTML: html.render,
    Markup.MARKDOWN: markdown.render,
    Markup.TEXT: lambda document: document.plain_text,
}


def render(document: Document, markup: Markup) -> Any:
    """Render a document in a markup format: as text, or as a mapping if the tracker accepts JSON."""
    return _RENDERERS[markup](document)
