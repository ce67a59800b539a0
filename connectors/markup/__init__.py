"""The markup formats of trackers: parsed into blocks, and rendered from documents."""

from connectors.markup import adf, html, markdown, wiki
from connectors.markup.formats import Markup, render
from connectors.markup.text import find_commands, plain_text, remove_invisible

__all__ = ["Markup", "adf", "find_commands", "html", "markdown", "plain_text", "remove_invisible", "render", "wiki"]
