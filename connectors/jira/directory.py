"""Looks up people in Jira, for roles and to find other programs."""

from collections.abc import Callable, Iterator, Sequence

from msgspec import Struct

from connectors import lenient_json
from connectors.errors import Gone, Refused
from connectors.jira import payloads
from connectors.jira.connect import JiraSession
from connectors.tracker import Author, Person

_AT_ONCE = 100


class _Discussed(Struct):
    comment: payloads.CommentPage | None = None


class _WrittenIssue(Struct):
    fields: _Discussed
    changelog: payloads.Changelog | None = None


class JiraDirectory:
    """The people of one Jira."""

    def __init__(self, session: Callable[[], JiraSession]) -> None:
        self._open_session = session

    def find(self, text: str) -> Sequence[Person]:
        """People by id, name or e-mail address. Cloud may find an address that it does not show."""
        client = self._open_session().client
        wanted = text.casefold()
        found = [
            user for user in client.users(text) if "@" in text or wanted in {name.casefold() for name in user.names}
        ]
        if not found:
            try:
                found = [client.user(text)]
            except (Gone, Refused):
                return ()
        return tuple(self._person(user) for user in found)

    def contributors(self, ids: Sequence[str]) -> Iterator[frozenset[Person]]:
        """For each item, the people who changed it or commented on it."""
        client, people = self._open_session().client, self._open_session().site.people
        for start in range(0, len(ids), _AT_ONCE):
            issues, _ = lenient_json.decode_entries(
                client.bulk_fetch(ids[start : start + _AT_ONCE], ["comment"]).issues, _WrittenIssue
            )
            for issue in issues:
                comments, _ = payloads.read_comments(issue.fields.comment.comments if issue.fields.comment else ())
                changes, _ = lenient_json.decode_entries(
                    issue.changelog.histories if issue.changelog else (), payloads.History
                )
                users = [comment.author for comment in comments] + [change.author for change in changes]
                yield frozenset(
                    self._person(user) for user in users if user is not None and people.author(user) is Author.PERSON
                )

    def _person(self, user: payloads.User) -> Person:
        hidden = {user.email_address} if self._open_session().client.hides_addresses else set()
        return Person(
            id=user.account_id or user.key or user.name or "",
            name=user.display_name or "",
            names=user.names - hidden,
            is_program=user.account_type == "app",
        )
