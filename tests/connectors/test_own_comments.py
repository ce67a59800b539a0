"""A comment that the ledger knows is ours, whatever account wrote it and whatever account reads it."""

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from connectors.azure_devops import mapping as azure
from connectors.azure_devops.history import AzurePeople
from connectors.azure_devops.payloads import AzureComment, Identity
from connectors.comments import Author
from connectors.jira import comment_mapping as jira
from connectors.jira.history import JiraPeople
from connectors.jira.payloads import JiraComment, User

AT = datetime(2026, 6, 1, tzinfo=UTC)
OURS, OTHERS = "7", "8"


def on_jira(ident, author, editor):
    people = JiraPeople("now", own_comment_ids=frozenset({OURS}))
    raw = JiraComment(ident, AT, AT, "Backlog Steward asks.", User(author), User(editor) if editor else None)
    return jira.map_comment(raw, people)


def on_azure(ident, author, editor):
    people = AzurePeople("now", own_comment_ids=frozenset({OURS}))
    site = SimpleNamespace(people=people, installation="inst-1")
    raw = AzureComment(
        id=int(ident),
        text="Backlog Steward asks.",
        created_by=Identity(author),
        created_date=AT,
        modified_by=Identity(editor) if editor else None,
    )
    return azure.map_comment(raw, site)


@pytest.mark.parametrize("comment", [on_jira, on_azure])
@pytest.mark.parametrize(
    ("ident", "author", "editor", "by", "edited_by"),
    [
        (OURS, "earlier", "earlier", Author.THIS_SERVICE, Author.THIS_SERVICE),
        (OURS, "earlier", None, Author.THIS_SERVICE, None),
        (OURS, "earlier", "ana", Author.THIS_SERVICE, Author.PERSON),
        (OURS, "earlier", "now", Author.THIS_SERVICE, Author.THIS_SERVICE),
        (OTHERS, "earlier", "earlier", Author.PERSON, Author.PERSON),
        (OTHERS, "now", "now", Author.THIS_SERVICE, Author.THIS_SERVICE),
    ],
)
def test_the_ledger_and_not_the_account_says_what_is_ours(comment, ident, author, editor, by, edited_by):
    found = comment(ident, author, editor)
    assert (found.author, found.edited_by) == (by, edited_by)
