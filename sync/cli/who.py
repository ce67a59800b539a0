"""`steward who`: finds the account id and names of a person, for `roles` and `bots` in steward.yaml."""

from collections.abc import Sequence
from contextlib import closing
from typing import Annotated

import typer
from msgspec import Struct

from connectors.errors import ConnectorError
from sync.cli.exit_codes import ExitCode
from sync.cli.options import ConfigOption, JsonOption, TrackerOption, VerboseOption
from sync.cli.output import out, print_error, print_json, print_table
from sync.cli.session import Session, open_session

app = typer.Typer()


class FoundPerson(Struct, frozen=True, kw_only=True):
    """One account.

    Attributes:
        names: Everything by which `roles` can name the person: the id, the e-mail address and the name that
            comments show.
    """

    tracker: str
    id: str
    name: str
    names: tuple[str, ...]
    is_program: bool


@app.command()
def who(
    text: Annotated[str, typer.Argument(metavar="EMAIL", help="An e-mail address, a name or an account id.")],
    config: ConfigOption = None,
    tracker: TrackerOption = None,
    as_json: JsonOption = False,
    verbose: VerboseOption = 0,
) -> None:
    """Find a person's account id, and the names by which `roles` can recognise the person."""
    with open_session(config, without_store="use a temporary one", verbose=verbose) as session:
        people: list[FoundPerson] = []
        has_failed = False
        for name in session.tracker_names(tracker):
            try:
                people += _find_people(session, name, text)
            except ConnectorError as error:
                has_failed = True
                print_error(f"{name}: {error}")
    if as_json:
        print_json(people)
    elif people:
        rows = (
            (person.tracker, person.id, person.name, ", ".join(person.names), "program" if person.is_program else "")
            for person in people
        )
        print_table(rows, header=("Tracker", "Account id", "Name", "Recognised by", ""))
        out.print("\nThe account id is safest: people cannot change it.")
    elif not has_failed:
        print_error(
            f"Nobody was found for {text}. Some sites find e-mail addresses only if profiles show them; try a name."
        )
    if has_failed:
        raise typer.Exit(ExitCode.UNREACHABLE)
    raise typer.Exit(ExitCode.DONE if people else ExitCode.REFUSED)


def _find_people(session: Session, tracker: str, text: str) -> Sequence[FoundPerson]:
    """Find the people at a tracker by a name, an e-mail address or an account id."""
    with closing(session.tracker(tracker, allow_writes=False)) as connector:
        if connector.directory is None:
            return ()
        connector.connect()
        return [
            FoundPerson(
                tracker=tracker,
                id=person.id,
                name=person.name,
                names=tuple(sorted(person.names)),
                is_program=person.is_program,
            )
            for person in connector.directory.find(text)
        ]
