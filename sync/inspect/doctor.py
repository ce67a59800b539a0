"""Runs the checks of `steward doctor` on the configuration, the store and the trackers, each with an id and a hint.

A round is one pass over a tracker. In shadow mode, the service only reports what it would write.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import packages_distributions

from connectors.concurrency import bounded_map
from connectors.connection import Connection
from connectors.errors import ConnectorError
from connectors.tracker import Tracker
from sync.inspect.check import CheckStatus, DoctorCheck
from sync.inspect.doctor_slack import Blocks, check_slack
from sync.inspect.people import RoleCheck, program_checks
from sync.inspect.rules_lint import lint_stored
from sync.inspect.team_check import team_checks
from sync.mirror.unknown_comments import describe_unknown_comments, load_unknown_comments
from sync.rounds.account_change import account_notes
from sync.rounds.ready_labels import load_ready_labels
from sync.rounds.removed_trackers import describe_removed_tracker, find_removed_trackers
from sync.rounds.token_expiry import TokenExpiry
from sync.settings import Configuration, Settings, Write, notes_about_secrets
from sync.store import Database, Transaction, tracker_states
from sync.store.backlogs import ranked_open_ids

_PACKAGES = ("connectors", "rules", "sync")
"""The top-level packages that this distribution installs."""
_DISTRIBUTION = "backlog-steward"
"""The name of this distribution on PyPI."""
_MAX_TRACKERS_AT_ONCE = 8
"""How many trackers are checked at the same time."""
_FALLBACKS = {"effort": "points"}
"""The purposes of fields whose values are taken from another field if they have none of their own."""


@dataclass(frozen=True)
class DoctorContext:
    """The objects that the checks need.

    Attributes:
        database: The store, or a temporary one.
        open_tracker: Opens the tracker with this name, without connecting to it.
        temporary_store_reason: Why `database` is a temporary store without items; empty if it is the configured store.
        make_slack_blocks: Makes the blocks of a report for each Slack channel, so that Slack can check the layout.
    """

    configuration: Configuration
    database: Database
    open_tracker: Callable[[str], Tracker]
    temporary_store_reason: str = ""
    make_slack_blocks: Callable[[], Iterable[Blocks]] = lambda: ()

    @property
    def settings(self) -> Settings:
        """The settings in force."""
        return self.configuration.settings


def run_checks(context: DoctorContext) -> Iterator[DoctorCheck]:
    """Run all checks. Checks that others depend on come first."""
    yield from _check_package_names()
    yield from _check_store(context)
    roles = RoleCheck(context.settings.roles)
    yield from _check_trackers(context, roles)
    yield from roles.unknown_people()
    yield from _check_removed_trackers(context)
    yield from _check_unused_settings(context)
    yield from check_slack(context.settings.slack, context.make_slack_blocks)


def _check_unused_settings(context: DoctorContext) -> Iterator[DoctorCheck]:
    """Warn of settings about rules that have no effect (see `lint_stored`), if the store is not a temporary one."""
    if context.temporary_store_reason:
        return
    with context.database.reading() as transaction:
        issues = list(lint_stored(transaction, context.configuration, datetime.now(UTC).date()))
    for issue in issues:
        yield DoctorCheck(f"rules.{issue.id}", CheckStatus.WARNING, f"{issue.key_path}: {issue.message}")


def _check_store(context: DoctorContext) -> Iterator[DoctorCheck]:
    """Check the store and its location, name the rules in force, and warn of secrets that others can read."""
    if context.temporary_store_reason:
        yield DoctorCheck("store", CheckStatus.WARNING, context.temporary_store_reason)
    else:
        yield DoctorCheck("store", CheckStatus.GOOD, f"The store {context.database.name} is open and up to date.")
    for note in context.configuration.notes:  # about the location of the store
        yield DoctorCheck("store.place", CheckStatus.WARNING, note)
    if context.configuration.rules_note:
        yield DoctorCheck("rules", CheckStatus.GOOD, context.configuration.rules_note)
    for note in notes_about_secrets(context.configuration):
        yield DoctorCheck("secrets", CheckStatus.WARNING, note)


def _check_package_names() -> Iterator[DoctorCheck]:
    """Check that no other distribution installs packages with the same names: pip would silently overwrite files."""
    owners = packages_distributions()
    for name in _PACKAGES:
        others = sorted(set(owners.get(name, [])) - {_DISTRIBUTION})
        if others:
            yield DoctorCheck(
                "names",
                CheckStatus.BAD,
                f'Another distribution ({", ".join(others)}) also installs a package "{name}" in this environment.',
                "Install Backlog Steward into its own virtual environment.",
            )
            return
    yield DoctorCheck("names", CheckStatus.GOOD, "No other distribution installs the packages of Backlog Steward.")


def _check_trackers(context: DoctorContext, roles: RoleCheck) -> Iterator[DoctorCheck]:
    """Check all trackers at the same time, so that a tracker that does not respond does not delay the others."""
    names = list(context.settings.trackers)
    checks = dict(
        bounded_map(
            lambda name: (name, list(_check_tracker(context, name, roles))), names, max_workers=_MAX_TRACKERS_AT_ONCE
        )
    )
    for name in names:
        yield from checks[name]


def _check_tracker(context: DoctorContext, name: str, roles: RoleCheck) -> Iterator[DoctorCheck]:
    """Check one tracker. If it cannot be reached, only the expiry of its token and the connection are checked."""
    yield from _check_expiry(context, name)
    try:
        with closing(context.open_tracker(name)) as tracker:
            connection = tracker.connect()
            people_checks = list(_check_people(context, tracker, roles))
    except ConnectorError as error:
        yield DoctorCheck(f"{name}.connect", CheckStatus.BAD, error.message, error.hint)
        return
    yield DoctorCheck(f"{name}.connect", CheckStatus.GOOD, f"Signed in as {connection.account.name}.")
    if connection.projects:
        team = f", team {connection.team}" if connection.team else ""
        message = f"The scope covers {', '.join(connection.projects)}{team}."
        yield DoctorCheck(f"{name}.scope", CheckStatus.GOOD, message)
    yield from _check_fields(name, connection)
    with context.database.reading() as transaction:
        yield from _check_ready_labels(context, transaction, name, connection)
        yield from (DoctorCheck(f"{name}.note", CheckStatus.WARNING, note) for note in connection.notes)
        yield from people_checks
        yield from _check_stored_state(context, transaction, name, connection)


def _check_stored_state(
    context: DoctorContext, transaction: Transaction, name: str, connection: Connection
) -> Iterator[DoctorCheck]:
    """Check comments without a record in the store, the account, the write mode, the last round, and the teams."""
    messages = context.configuration.messages
    if unknown_comments := load_unknown_comments(transaction, name):
        message = describe_unknown_comments(unknown_comments, messages)
        yield DoctorCheck(f"{name}.ledger", CheckStatus.WARNING, message)
    for note in account_notes(transaction, name, connection, messages):
        yield DoctorCheck(f"{name}.account", CheckStatus.WARNING, note)
    mode_message = f"Write mode: {_describe_write_kinds(context.settings.write)}."
    if context.settings.mode_of(name) == "shadow":
        mode_message = "Shadow mode: nothing is written. Set `mode: write` under `write:` when the plan looks right."
    yield DoctorCheck(f"{name}.mode", CheckStatus.GOOD, mode_message)
    state = tracker_states.load(transaction, name)
    if state.trouble:
        yield DoctorCheck(f"{name}.fresh", CheckStatus.WARNING, f"The last round failed: {state.trouble}")
    elif state.last_good is None:
        yield DoctorCheck(f"{name}.fresh", CheckStatus.WARNING, "No round has run yet.", "Run `steward plan`.")
    else:
        last_good = context.settings.format_time(state.last_good)
        yield DoctorCheck(f"{name}.fresh", CheckStatus.GOOD, f"Last successful round: {last_good}.")
        if context.settings.teams:
            yield from team_checks(transaction, name, context.settings.team_map)


def _describe_write_kinds(write: Write) -> str:
    """What the settings allow the service to write."""
    kinds = [
        "comments" if write.comment else "",
        "labels" if write.label or write.ready_labels else "",
        f"fields ({', '.join(write.fields.values())})" if write.fields else "",
    ]
    return ", ".join(kind for kind in kinds if kind) or "nothing, because comments, labels and fields are all off"


def _check_removed_trackers(context: DoctorContext) -> Iterator[DoctorCheck]:
    """Warn of removed trackers whose items still have comments, labels or field values of the service."""
    with context.database.reading() as transaction:
        removed_trackers = find_removed_trackers(transaction, context.settings)
    for removed in removed_trackers:
        message = describe_removed_tracker(removed, context.configuration.messages)
        yield DoctorCheck(f"{removed.tracker}.orphaned", CheckStatus.WARNING, message)


def _check_expiry(context: DoctorContext, name: str) -> Iterator[DoctorCheck]:
    """Check whether a tracker's token expires soon, if the settings say when."""
    expiry = TokenExpiry.for_tracker(name, context.configuration, datetime.now(UTC).date())
    if expiry.expires_on is not None:
        status = CheckStatus.BAD if expiry.has_passed else CheckStatus.WARNING if expiry.warning else CheckStatus.GOOD
        yield DoctorCheck(f"{name}.expires", status, expiry.warning or f"The token expires on {expiry.expires_on}.")


def _check_people(context: DoctorContext, tracker: Tracker, roles: RoleCheck) -> Iterator[DoctorCheck]:
    """Check whether the tracker finds the people in `roles`, and which accounts may be programs."""
    if tracker.directory is None:
        return
    yield from roles.check_tracker(tracker.name, tracker.directory)
    with context.database.reading() as transaction:
        ids = ranked_open_ids(transaction, tracker.name)
    yield from program_checks(tracker.name, tracker.directory, ids, context.settings.roles.people())


def _check_ready_labels(
    context: DoctorContext, transaction: Transaction, name: str, connection: Connection
) -> Iterator[DoctorCheck]:
    """Check that labels for ready items can be written, and say how many items should have each.

    `write.ready_labels` names a label for each readiness profile, which is a list of what an item needs for a purpose.
    """
    if not context.settings.write.ready_labels:
        return
    if not connection.capabilities.can_label:
        yield DoctorCheck(
            f"{name}.ready-labels",
            CheckStatus.WARNING,
            "Labels cannot be written on this tracker.",
            "Remove `ready_labels` from steward.yaml, or give the account the right to edit items.",
        )
        return
    for label, ready_label in load_ready_labels(transaction, context.configuration, name).items():
        count = len(ready_label.ready_ids)
        items_are = "1 open item is" if count == 1 else f"{count} open items are"
        yield DoctorCheck(
            f"{name}.ready-labels", CheckStatus.GOOD, f"Label {label}: {items_are} ready for {ready_label.profile}."
        )


def _check_fields(name: str, connection: Connection) -> Iterator[DoctorCheck]:
    """List the fields that were found, that were not found, and that can be written."""
    for purpose, fields in connection.fields.items():
        if fields:
            yield DoctorCheck(f"{name}.fields.{purpose}", CheckStatus.GOOD, f"{purpose}: {', '.join(fields)}.")
    missing = [
        purpose
        for purpose, fields in connection.fields.items()
        if not fields and not connection.fields.get(_FALLBACKS.get(purpose, ""))
    ]
    if missing:
        yield DoctorCheck(
            f"{name}.fields",
            CheckStatus.GOOD,
            f"Optional fields not found: {', '.join(missing)}.",
            "If your site has them under other names, name them under `fields:`.",
        )
    if connection.capabilities.writable_fields:
        writable = ", ".join(connection.capabilities.writable_fields)
        yield DoctorCheck(f"{name}.write_fields", CheckStatus.GOOD, f"Fields that can be written: {writable}.")
