"""Long texts of Jira: ADF on Cloud, wiki markup on Data Center."""

from connectors.jira.payloads import JiraText
from connectors.markup import adf, wiki, words
from rules.model import RichText


def read(body: JiraText, *, mark_code: bool = False) -> RichText:
    """Rendered blocks of a stored text; none for an empty one."""
    if isinstance(body, str):
        return wiki.read(body, mark_code=mark_code)
    return adf.read(body, mark_code=mark_code) if body is not None else ()


def plain(body: JiraText) -> str:
    """The words of a stored text, one block a line."""
    return words.plain(read(body))


def commands(body: JiraText) -> tuple[str, ...]:
    """Lines addressed to the service."""
    return words.commands(read(body, mark_code=True))
