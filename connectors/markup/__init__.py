"""Markup of trackers: read into blocks, and written from documents."""

from connectors.markup import adf, html, markdown, wiki
from connectors.markup.formats import Markup, render
from connectors.markup.words import commands, plain, visible

__all__ = ["Markup", "adf", "commands", "html", "markdown", "plain", "render", "visible", "wiki"]
