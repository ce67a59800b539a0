"""Checks of `steward doctor` about people: whether roles apply to anybody, and which accounts may be programs.

Edits by programs, such as import scripts, must not count as answers of people. `bots` in steward.yaml names their
accounts.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence

from connectors.errors import ConnectorError
from connectors.tracker import Directory, Person
from sync.inspect.check import CheckStatus, DoctorCheck
from sync.settings.roles import Roles

_SAMPLE_SIZE = 100
"""How many items are examined for accounts that write to very many of them."""
_MIN_ITEMS = 20
"""An account that wrote to fewer items is not reported."""
_PROGRAM_SHARE = 0.5
"""An account that wrote to at least this share of the items may be a program."""


class RoleCheck:
    """Checks whether the trackers find the people whom `roles` in the settings names."""

    def __init__(self, roles: Roles) -> None:
        self._members = roles.people()
        self._found: set[str] = set()
        self._has_searched = False

    def check_tracker(self, tracker: str, directory: Directory) -> Iterator[DoctorCheck]:
        """Check the people in the roles on one tracker."""
        recognised_count = 0
        for member in self._members:
            try:
                people = directory.find(member)
            except ConnectorError as error:
                yield DoctorCheck(f"{tracker}.roles", CheckStatus.WARNING, f"People cannot be looked up. {error}")
                return
            self._has_searched = True
            if people:
                self._found.add(member)
            problem = _describe_problem(member, people)
            if problem is not None:
                yield DoctorCheck(f"{tracker}.roles.{member}", CheckStatus.WARNING, *problem)
            elif people:
                recognised_count += 1
        if self._members:
            total = len(self._members)
            message = (
                f"`roles` names {total} {'person' if total == 1 else 'people'}; {recognised_count} recognised here."
            )
            yield DoctorCheck(f"{tracker}.roles", CheckStatus.GOOD, message)

    def unknown_people(self) -> Iterator[DoctorCheck]:
        """Warn of people whom no tracker finds, after all trackers were checked."""
        for member in self._members if self._has_searched else ():
            if member not in self._found:
                yield DoctorCheck(
                    f"roles.{member}",
                    CheckStatus.WARNING,
                    f"`roles` names {member}, but no tracker finds such a person.",
                    "Check the spelling. `steward who EMAIL` finds account ids.",
                )


def _describe_problem(member: str, people: Sequence[Person]) -> tuple[str, str] | None:
    """Why a role does not apply to exactly one person, and what to do; None if it does, or if nobody was found."""
    recognised = [person for person in people if member.casefold() in {name.casefold() for name in person.names}]
    if len(recognised) > 1:
        ids = ", ".join(person.id for person in recognised)
        return f"`roles` names {member}, and {len(recognised)} people are called that.", f"Use an account id: {ids}."
    if recognised and recognised[0].is_program:
        return f"`roles` names {member}, which is a program. Programs cannot decide.", "Remove it from `roles`."
    if people and not recognised:
        address = "no e-mail address" if "@" in member else "other names"
        return (
            f"`roles` names {member}. Comments of {people[0].name} show {address}, so the role never applies here.",
            f"Use the account id {people[0].id}.",
        )
    return None


def program_checks(
    tracker: str, directory: Directory, ids: Sequence[str], members: Collection[str]
) -> Iterator[DoctorCheck]:
    """Warn of accounts that write to very many items, because they may be programs that are missing from `bots`.

    Args:
        ids: Ids of items, the most important ones first.
        members: The people in `roles`, who are not programs.
    """
    people_in_roles = {member.casefold() for member in members}
    try:
        contributors = list(directory.contributors(ids[:_SAMPLE_SIZE])) if len(ids) >= _MIN_ITEMS else []
    except ConnectorError:
        return
    counts = Counter(person for people in contributors for person in people)
    for person, count in counts.items():
        if not people_in_roles.isdisjoint(name.casefold() for name in person.names):
            continue
        if count >= max(_MIN_ITEMS, _PROGRAM_SHARE * len(contributors)):
            yield DoctorCheck(
                f"{tracker}.bots.{person.id}",
                CheckStatus.WARNING,
                f"The account {person.name} ({person.id}) writes to very many items.",
                f"If a program uses it, add {person.id} to `bots` of this tracker: its edits do not count as answers. "
                "Accounts in `roles` count as people and get no such note.",
            )
