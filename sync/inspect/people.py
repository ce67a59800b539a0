"""Checks of `steward doctor` about people: whether roles reach anybody, and which accounts may be other programs."""

from collections import Counter
from collections.abc import Iterator, Sequence

from connectors.errors import ConnectorError
from connectors.tracker import Directory, Person
from sync.inspect.check import CheckStatus, DoctorCheck
from sync.settings.roles import Roles

SAMPLE = 100
"""How many items are looked at for accounts that write to very many of them."""
_FEW_ITEMS = 20
_MANY = 0.5


class RoleCheck:
    """Compares everybody whom the roles name with what the trackers tell about people."""

    def __init__(self, roles: Roles) -> None:
        self._members = roles.people()
        self._found: set[str] = set()
        self._asked = False

    def at(self, tracker: str, directory: Directory) -> Iterator[DoctorCheck]:
        """The checks of one tracker."""
        recognised = 0
        for member in self._members:
            try:
                people = directory.find(member)
            except ConnectorError as error:
                yield DoctorCheck(f"{tracker}.roles", CheckStatus.WARNING, f"People cannot be looked up. {error}")
                return
            self._asked = True
            if people:
                self._found.add(member)
            problem = _problem(member, people)
            if problem is not None:
                yield DoctorCheck(f"{tracker}.roles.{member}", CheckStatus.WARNING, *problem)
            elif people:
                recognised += 1
        if self._members:
            total = len(self._members)
            message = f"`roles` names {total} {'person' if total == 1 else 'people'}; {recognised} recognised here."
            yield DoctorCheck(f"{tracker}.roles", CheckStatus.GOOD, message)

    def unknown(self) -> Iterator[DoctorCheck]:
        """Those whom no tracker knows."""
        for member in self._members if self._asked else ():
            if member not in self._found:
                yield DoctorCheck(
                    f"roles.{member}",
                    CheckStatus.WARNING,
                    f"`roles` names {member}, and no tracker finds anybody by that.",
                    "Check the spelling. `steward who EMAIL` finds account ids.",
                )


def _problem(member: str, people: Sequence[Person]) -> tuple[str, str] | None:
    """Why a role does not reach the one person who was found, and what to do."""
    recognised = [one for one in people if member.casefold() in {name.casefold() for name in one.names}]
    if len(recognised) > 1:
        ids = ", ".join(one.id for one in recognised)
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


def bot_checks(tracker: str, directory: Directory, ids: Sequence[str]) -> Iterator[DoctorCheck]:
    """Name accounts that write to very many items: they may be programs that are not named under `bots`."""
    try:
        contributors = list(directory.contributors(ids[:SAMPLE])) if len(ids) >= _FEW_ITEMS else []
    except ConnectorError:
        return
    counts = Counter(person for people in contributors for person in people)
    for person, count in counts.items():
        if count >= max(_FEW_ITEMS, _MANY * len(contributors)):
            yield DoctorCheck(
                f"{tracker}.bots.{person.id}",
                CheckStatus.WARNING,
                f"The account {person.name} ({person.id}) writes to very many items.",
                f"If a program uses it, add {person.id} to `bots` of this tracker: its edits are nobody's answer.",
            )
