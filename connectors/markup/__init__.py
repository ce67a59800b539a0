"""Markup of trackers: read into blocks, and written from documents."""

from connectors.markup import adf, html, markdown, wiki
from connectors.markup.formats import Markup, render
from connectors.markup.words import find_commands, plain_text, remove_invisible

__all__ = ["Markup", "adf", "find_commands", "html", "markdown", "plain_text", "remove_invisible", "render", "wiki"]
