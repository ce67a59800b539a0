"""Looks up people in Azure DevOps, for roles and to find other programs."""

from collections.abc import Callable, Iterator, Sequence

from connectors.azure_devops.connect import AzureSession
from connectors.azure_devops.history import names
from connectors.azure_devops.payloads import Identity
from connectors.concurrency import bounded_map
from connectors.tracker import Author, Person

_AT_ONCE = 6


class AzureDirectory:
    """The members of one team, and the people who work on its items."""

    def __init__(self, session: Callable[[], AzureSession]) -> None:
        self._open_session = session

    def find(self, text: str) -> Sequence[Person]:
        """Members of the team by id, name or e-mail address."""
        wanted = text.casefold()
        session = self._open_session()
        members = session.client.team_members(session.site.process.team)
        return tuple(_person(member) for member in members if wanted in {name.casefold() for name in names(member)})

    def contributors(self, ids: Sequence[str]) -> Iterator[frozenset[Person]]:
        """For each item, the people who saved it. Writing a comment is a save."""
        session = self._open_session()
        people = session.site.people
        for updates, _ in bounded_map(session.client.updates, ids, max_workers=_AT_ONCE):
            authors = (update.revised_by for update in updates)
            yield frozenset(
                _person(author) for author in authors if author is not None and people.author(author) is Author.PERSON
            )


def _person(identity: Identity) -> Person:
    return Person(id=identity.id, name=identity.display_name, names=names(identity))
