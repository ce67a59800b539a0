"""Parses the long texts of Jira: ADF on Cloud, wiki markup on Data Center."""

from connectors.jira.payloads import JiraText
from connectors.markup import adf, text, wiki
from rules.model import RichText


def parse(body: JiraText, *, mark_code: bool = False) -> RichText:
    """Parse a long text into blocks. `mark_code` is as in `connectors.markup`."""
    if isinstance(body, str):
        return wiki.parse(body, mark_code=mark_code)
    return adf.parse(body, mark_code=mark_code) if body is not None else ()


def plain_text(body: JiraText) -> str:
    """The text without markup, one block per line."""
    return text.plain_text(parse(body))


def find_commands(body: JiraText) -> tuple[str, ...]:
    """Find the lines that are commands to this service."""
    return text.find_commands(parse(body, mark_code=True))
