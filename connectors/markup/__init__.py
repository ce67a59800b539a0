"""Markup that trackers keep text in: each read into blocks, and written from our own documents."""

from connectors.markup import html, markdown, wiki

__all__ = ["html", "markdown", "wiki"]
