"""Looks up people in Azure DevOps: the members of a team, and those who edited an item."""

from collections.abc import Callable, Iterator, Sequence

from connectors.azure_devops.connect import AzureSession
from connectors.azure_devops.history import account_names
from connectors.azure_devops.payloads import Identity
from connectors.comments import Author
from connectors.concurrency import bounded_map
from connectors.tracker import Person

_MAX_WORKERS = 6
"""The number of items whose histories are read at the same time."""


class AzureDirectory:
    """Finds the members of one team, and the people who edited its items."""

    def __init__(self, open_session: Callable[[], AzureSession]) -> None:
        self._open_session = open_session

    def find(self, text: str) -> Sequence[Person]:
        """Find members of the team by id, name or e-mail address."""
        searched_name = text.casefold()
        session = self._open_session()
        members = session.client.fetch_team_members(session.site.process.team)
        return tuple(
            _to_person(member)
            for member in members
            if searched_name in {name.casefold() for name in account_names(member)}
        )

    def contributors(self, ids: Sequence[str]) -> Iterator[frozenset[Person]]:
        """Yield, for each item in any order, the people who saved it. Writing a comment counts as saving the item."""
        session = self._open_session()
        people = session.site.people
        for updates, _is_complete in bounded_map(session.client.fetch_updates, ids, max_workers=_MAX_WORKERS):
            authors = (update.revised_by for update in updates)
            yield frozenset(
                _to_person(author)
                for author in authors
                if author is not None and people.author(author) is Author.PERSON
            )


def _to_person(identity: Identity) -> Person:
    return Person(id=identity.id, name=identity.display_name, names=account_names(identity))
