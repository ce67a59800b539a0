"""Looks up people in Jira: accounts by name, and those who edited an issue or commented on it."""

from collections.abc import Callable, Iterator, Sequence

from msgspec import Struct

from connectors import lenient_json
from connectors.comments import Author
from connectors.errors import Gone, Refused
from connectors.jira import payloads
from connectors.jira.session import JiraSession
from connectors.tracker import Person

_ISSUES_PER_REQUEST = 100
"""The maximum number of issues in a bulk read."""


class _IssueWithAuthors(Struct):
    fields: payloads.FieldsWithComments
    changelog: payloads.Changelog | None = None


class JiraDirectory:
    """Looks up people who have an account at the site."""

    def __init__(self, open_session: Callable[[], JiraSession]) -> None:
        self._open_session = open_session

    def find(self, text: str) -> Sequence[Person]:
        """Find people by id, name or e-mail address. Cloud also finds accounts by addresses that it does not show."""
        client = self._open_session().client
        searched_name = text.casefold()
        users = [
            user
            for user in client.find_users(text)
            if "@" in text or searched_name in {name.casefold() for name in user.names}
        ]
        if not users:
            try:
                users = [client.fetch_user(text)]
            except (Gone, Refused):
                return ()
        return tuple(self._make_person(user) for user in users)

    def contributors(self, ids: Sequence[str]) -> Iterator[frozenset[Person]]:
        """Yield, for each issue that can be read, the people who changed it or commented on it.

        Changes and comments that a bulk read leaves out do not count.
        """
        client, people = self._open_session().client, self._open_session().site.people
        for start in range(0, len(ids), _ISSUES_PER_REQUEST):
            issues, _ = lenient_json.decode_entries(
                client.bulk_fetch(ids[start : start + _ISSUES_PER_REQUEST], ["comment"]).issues, _IssueWithAuthors
            )
            for issue in issues:
                comments, _ = payloads.decode_comments(issue.fields.comment.comments if issue.fields.comment else ())
                changes, _ = lenient_json.decode_entries(
                    issue.changelog.histories if issue.changelog else (), payloads.History
                )
                users = [comment.author for comment in comments] + [change.author for change in changes]
                yield frozenset(
                    self._make_person(user)
                    for user in users
                    if user is not None and people.author(user) is Author.PERSON
                )

    def _make_person(self, user: payloads.User) -> Person:
        # A search returns the e-mail address, but comments do not, so their author cannot be recognised by it.
        hidden_names = {user.email_address} if self._open_session().client.hides_email_addresses else set()
        return Person(
            id=user.account_id or user.key or user.name or "",
            name=user.display_name or "",
            names=user.names - hidden_names,
            is_program=user.account_type == "app",
        )
