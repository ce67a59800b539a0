"""Markup that trackers keep text in: each read into blocks, and written from our own documents."""

from connectors.markup import html, markdown, wiki
from connectors.markup.words import commands, plain

__all__ = ["commands", "html", "markdown", "plain", "wiki"]
