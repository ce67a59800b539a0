"""Parses the long texts of Jira: ADF on Cloud, wiki markup on Data Center."""

from connectors.jira.payloads import JiraText
from connectors.markup import adf, text, wiki
from rules.model import RichText


def parse(body: JiraText, *, mark_code: bool = False) -> RichText:
    """Parse a long text into blocks. With `mark_code`, code is marked, so that `text.find_commands` can ignore it."""
    if isinstance(body, str):
        return wiki.parse(body, mark_code=mark_code)
    return adf.parse(body, mark_code=mark_code) if body is not None else ()


def plain_text(body: JiraText) -> str:
    """The text without markup, one block per line."""
    return text.plain_text(parse(body))


def read_comment(body: JiraText) -> tuple[str, tuple[str, ...]]:
    """Return the text of a comment without markup, and its lines that are commands to this service."""
    plain = plain_text(body)
    # In wiki markup, marking code can change what is markup, and so which lines are commands.
    if isinstance(body, str) or text.may_contain_commands(plain):
        return plain, text.find_commands(parse(body, mark_code=True))
    return plain, ()
