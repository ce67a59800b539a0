"""Parses the long texts of Jira: ADF (Atlassian Document Format) on Cloud, wiki markup on Data Center."""

from connectors.jira.payloads import JiraText
from connectors.markup import adf, text, wiki
from rules.model import RichText


def parse(body: JiraText, *, for_commands: bool = False) -> RichText:
    """Parse a long text into blocks. With `for_commands`, inline code and mentions are marked for `find_commands`."""
    if isinstance(body, str):
        return wiki.parse(body, for_commands=for_commands)
    return adf.parse(body, for_commands=for_commands) if body is not None else ()


def plain_text(body: JiraText) -> str:
    """The text without markup, one block per line."""
    return text.plain_text(parse(body))


def read_comment(body: JiraText) -> tuple[str, tuple[str, ...]]:
    """Return the text of a comment without markup, and its lines that are commands to this service."""
    plain = plain_text(body)
    # In wiki markup, `for_commands` inserts characters before the text is parsed, which can change what is parsed as
    # markup. So commands can be found even if `plain`, which is parsed without it, contains none.
    if isinstance(body, str) or text.may_contain_commands(plain):
        return plain, text.find_commands(parse(body, for_commands=True))
    return plain, ()
