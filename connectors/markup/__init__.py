"""The markup formats of trackers. Texts of items are parsed into blocks, and comments are written from documents.

Parsers have a parameter `for_commands`, for comments in which commands such as "/steward snooze" are searched for:
whether to put a character before inline code, so that commands in code are not followed, and around mentions, so that
commands after a mention are.
"""

from connectors.markup import adf, html, markdown, wiki
from connectors.markup.formats import Markup, render
from connectors.markup.text import find_commands, plain_text, remove_invisible

__all__ = ["Markup", "adf", "find_commands", "html", "markdown", "plain_text", "remove_invisible", "render", "wiki"]
