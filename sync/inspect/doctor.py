"""The checks of `steward doctor`: credentials, permissions, fields and side effects, each with an id and a hint."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import packages_distributions

from connectors.concurrency import bounded_map
from connectors.document import Document, Paragraph, Span
from connectors.errors import ConnectorError
from connectors.slack import Slack, check_app_token
from connectors.tracker import CommentTag, Connection, Edit, Target, Tracker
from sync.inspect.check import CheckStatus, DoctorCheck
from sync.inspect.people import RoleCheck, program_checks
from sync.inspect.rules_lint import lint_stored
from sync.inspect.team_check import team_checks
from sync.mirror.unknown_comments import describe_unknown_comments, load_unknown_comments
from sync.rounds.account_change import account_notes
from sync.rounds.expiry import TokenExpiry
from sync.rounds.ready_labels import load_ready_labels
from sync.rounds.removed_trackers import describe_removed_tracker, find_removed_trackers
from sync.settings import Configuration, Settings, SlackSettings, secret_notes
from sync.settings.secrets import expand
from sync.store import Database, tracker_states
from sync.store.backlogs import ranked_open_ids

Blocks = Sequence[Mapping[str, object]]
PACKAGES = ("connectors", "rules", "sync")
"""The top-level packages that this distribution installs."""
_DISTRIBUTION = "backlog-steward"
"""The name of this distribution on PyPI."""
_MAX_LISTED = 3
"""How many of the problems that Slack finds are shown."""
_MAX_TRACKERS_AT_ONCE = 8
_REHEARSAL_LABEL = "steward-rehearsal"
"""The label that is set and removed when writes are tried on a test item."""


@dataclass(frozen=True)
class DoctorContext:
    """Everything that the checks need.

    Attributes:
        configuration: The settings, rules and messages in force.
        database: The store, or a temporary one.
        open_tracker: Opens the tracker with this name, without connecting to it.
        no_store: Why `database` is a temporary, empty store; empty if it is the configured one.
        make_slack_blocks: Makes the blocks of each message that would be sent to Slack now.
    """

    configuration: Configuration
    database: Database
    open_tracker: Callable[[str], Tracker]
    no_store: str = ""
    make_slack_blocks: Callable[[], Iterable[Blocks]] = lambda: ()

    @property
    def settings(self) -> Settings:
        """The settings in force."""
        return self.configuration.settings


def run_checks(context: DoctorContext) -> Iterator[DoctorCheck]:
    """Run all checks. Checks that others depend on come first."""
    yield from check_package_names()
    yield from _check_store(context)
    roles = RoleCheck(context.settings.roles)
    yield from _check_trackers(context, roles)
    yield from roles.unknown_people()
    yield from _check_removed_trackers(context)
    yield from _check_unused_settings(context)
    yield from _check_slack(context)


def _check_unused_settings(context: DoctorContext) -> Iterator[DoctorCheck]:
    """Warn of overrides and waivers that no item needs, once items were read."""
    if context.no_store:
        return
    with context.database.reading() as transaction:
        issues = list(lint_stored(transaction, context.configuration, datetime.now(UTC).date()))
    for issue in issues:
        yield DoctorCheck(f"rules.{issue.id}", CheckStatus.WARNING, f"{issue.key_path}: {issue.message}")


def _check_store(context: DoctorContext) -> Iterator[DoctorCheck]:
    """Check the store, its location, and secrets that others can read."""
    if context.no_store:
        yield DoctorCheck("store", CheckStatus.WARNING, context.no_store)
    else:
        yield DoctorCheck("store", CheckStatus.GOOD, f"The store {context.database.name} is open and up to date.")
    for note in context.configuration.notes:
        yield DoctorCheck("store.place", CheckStatus.WARNING, note)
    if context.configuration.rules_note:
        yield DoctorCheck("rules", CheckStatus.GOOD, context.configuration.rules_note)
    for note in secret_notes(context.configuration):
        yield DoctorCheck("secrets", CheckStatus.WARNING, note)


def check_package_names() -> Iterator[DoctorCheck]:
    """Check that no other distribution installs packages of the same names. pip would overwrite files unnoticed."""
    owners = packages_distributions()
    for name in PACKAGES:
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
    """Check all trackers at the same time, so that one that does not respond delays no other."""
    names = list(context.settings.trackers)
    checks = dict(
        bounded_map(
            lambda name: (name, list(_check_tracker(context, name, roles))), names, max_workers=_MAX_TRACKERS_AT_ONCE
        )
    )
    for name in names:
        yield from checks[name]


def _check_tracker(context: DoctorContext, name: str, roles: RoleCheck) -> Iterator[DoctorCheck]:
    """Check one tracker: connection, scope, fields, people, the service's comments, the mode and the last round."""
    yield from _check_expiry(context, name)
    tracker = context.open_tracker(name)
    try:
        connection = tracker.connect()
        people_checks = list(_check_people(context, tracker, roles))
    except ConnectorError as error:
        yield DoctorCheck(f"{name}.connect", CheckStatus.BAD, error.message, error.hint)
        return
    finally:
        tracker.close()
    yield DoctorCheck(f"{name}.connect", CheckStatus.GOOD, f"Signed in as {connection.account.name}.")
    if connection.projects:
        yield DoctorCheck(f"{name}.scope", CheckStatus.GOOD, f"The scope covers {', '.join(connection.projects)}.")
    yield from _check_fields(name, connection)
    yield from _check_ready_labels(context, name, connection)
    yield from (DoctorCheck(f"{name}.note", CheckStatus.WARNING, note) for note in connection.notes)
    yield from people_checks
    yield from _check_unknown_comments(context, name)
    with context.database.reading() as transaction:
        notes = list(account_notes(transaction, name, connection, context.configuration.messages))
    yield from (DoctorCheck(f"{name}.account", CheckStatus.WARNING, note) for note in notes)
    mode = context.settings.mode_of(name)
    shadow = "Shadow mode: nothing is written. Set `mode: write` under `write:` when the plan looks right."
    yield DoctorCheck(
        f"{name}.mode", CheckStatus.GOOD, shadow if mode == "shadow" else "Write mode: comments, labels and fields."
    )
    with context.database.reading() as transaction:
        state = tracker_states.load(transaction, name)
    if state.trouble:
        yield DoctorCheck(f"{name}.fresh", CheckStatus.WARNING, f"The last round failed: {state.trouble}")
    elif state.last_good is None:
        yield DoctorCheck(f"{name}.fresh", CheckStatus.WARNING, "No round has run yet.", "Run `steward plan`.")
    else:
        yield DoctorCheck(
            f"{name}.fresh", CheckStatus.GOOD, f"Last successful round: {state.last_good:%Y-%m-%d %H:%M} UTC."
        )
        if context.settings.teams:
            with context.database.reading() as transaction:
                yield from team_checks(transaction, name, context.settings.team_map)


def _check_removed_trackers(context: DoctorContext) -> Iterator[DoctorCheck]:
    """Warn of trackers that are no longer configured while the service's comments or labels are on their items."""
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


def _check_unknown_comments(context: DoctorContext, name: str) -> Iterator[DoctorCheck]:
    """Warn of the service's comments that the store does not know, such as after the store was lost."""
    with context.database.reading() as transaction:
        unknown = load_unknown_comments(transaction, name)
    if unknown:
        message = describe_unknown_comments(unknown, context.configuration.messages)
        yield DoctorCheck(f"{name}.ledger", CheckStatus.WARNING, message)


def _check_people(context: DoctorContext, tracker: Tracker, roles: RoleCheck) -> Iterator[DoctorCheck]:
    """Check whether the tracker finds the people in `roles`, and which accounts may be programs."""
    if tracker.directory is None:
        return
    yield from roles.check_tracker(tracker.name, tracker.directory)
    with context.database.reading() as transaction:
        ids = ranked_open_ids(transaction, tracker.name)
    yield from program_checks(tracker.name, tracker.directory, ids)


def _check_ready_labels(context: DoctorContext, name: str, connection: Connection) -> Iterator[DoctorCheck]:
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
    with context.database.reading() as transaction:
        labels = load_ready_labels(transaction, context.configuration, name)
    for label, ready in labels.items():
        items_are = "1 open item is" if len(ready.ready) == 1 else f"{len(ready.ready)} open items are"
        yield DoctorCheck(
            f"{name}.ready-labels", CheckStatus.GOOD, f"Label {label}: {items_are} ready for {ready.profile}."
        )


def _check_fields(name: str, connection: Connection) -> Iterator[DoctorCheck]:
    """List the fields that were found, that were not found, and that can be written."""
    for purpose, fields in connection.fields.items():
        if fields:
            yield DoctorCheck(f"{name}.fields.{purpose}", CheckStatus.GOOD, f"{purpose}: {', '.join(fields)}.")
    missing = [purpose for purpose, fields in connection.fields.items() if not fields]
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


def _check_slack(context: DoctorContext) -> Iterator[DoctorCheck]:
    """Check the token, the scopes and the channels of Slack."""
    settings = context.settings.slack
    if settings is None:
        yield DoctorCheck(
            "slack",
            CheckStatus.WARNING,
            "Slack is not configured.",
            "Add `slack:` with a token and a channel to steward.yaml.",
        )
        return
    token = settings.token.get_secret_value()
    try:
        expand(token)
    except ValueError as error:
        hint = "Without the token, reports cannot be sent; the trackers do not need it."
        yield DoctorCheck("slack.connect", CheckStatus.BAD, f"Slack's token is missing. {error}.", hint)
        return
    slack = Slack(token, installation="", base_url=settings.url + "/", allow_writes=False)
    try:
        account = slack.connect()
        yield DoctorCheck("slack.connect", CheckStatus.GOOD, f"Signed in to {account.team} as {account.name}.")
        if account.missing_scopes:
            yield DoctorCheck(
                "slack.scopes",
                CheckStatus.BAD,
                f"The token lacks {', '.join(account.missing_scopes)}.",
                "Add these scopes to the Slack app and install it again.",
            )
        for report in settings.reports:
            channel = slack.channel(report.channel)
            yield DoctorCheck("slack.channel", CheckStatus.GOOD, f"Reports go to #{channel.name}.")
        if settings.admin_channel:
            channel = slack.channel(settings.admin_channel)
            yield DoctorCheck("slack.admin", CheckStatus.GOOD, f"What is for the admin goes to #{channel.name}.")
        yield from _check_slack_blocks(context, slack)
        yield from _check_slack_answers(settings)
    except ConnectorError as error:
        yield DoctorCheck("slack.connect", CheckStatus.BAD, error.message, error.hint)
    finally:
        slack.close()


def _check_slack_answers(settings: SlackSettings) -> Iterator[DoctorCheck]:
    """Check what answers by buttons need, if they are configured."""
    if settings.app_token is None:
        return
    token = settings.app_token.get_secret_value()
    try:
        expand(token)
    except ValueError as error:
        yield DoctorCheck("slack.answers", CheckStatus.BAD, f"Slack's app token is missing. {error}.")
        return
    try:
        check_app_token(token, settings.url + "/")
    except ConnectorError as error:
        yield DoctorCheck("slack.answers", CheckStatus.BAD, error.message, error.hint)
        return
    if settings.people:
        yield DoctorCheck(
            "slack.answers", CheckStatus.GOOD, f"People who may answer by buttons: {len(settings.people)}."
        )
    else:
        yield DoctorCheck(
            "slack.answers",
            CheckStatus.WARNING,
            "Messages have buttons, but nobody may use them.",
            "Name people and their groups under `slack.people`.",
        )


def _check_slack_blocks(context: DoctorContext, slack: Slack) -> Iterator[DoctorCheck]:
    """Let Slack check the messages that would be sent now, without sending them."""
    all_blocks = list(context.make_slack_blocks())
    try:
        errors = [error for blocks in all_blocks for error in slack.find_layout_errors(blocks)]
    except ConnectorError as error:
        yield DoctorCheck("slack.blocks", CheckStatus.WARNING, f"Slack did not check our messages. {error}")
        return
    if errors:
        listed = "; ".join(errors[:_MAX_LISTED])
        yield DoctorCheck(
            "slack.blocks", CheckStatus.BAD, f"Slack would refuse a message: {listed}.", "Report this as a bug."
        )
    elif all_blocks:
        yield DoctorCheck("slack.blocks", CheckStatus.GOOD, f"Slack accepts our messages ({len(all_blocks)} checked).")


def rehearse_writes(target: Target, item: str, installation: str) -> Iterator[DoctorCheck]:
    """Try every kind of write on a test item, and undo each.

    Args:
        target: The target of a connected tracker that may write.
        item: The item's id.
        installation: Id of this installation, which is put into the hidden tag of the comment.
    """
    snapshot_before = target.get_snapshot(item)
    yield from _rehearse("label", lambda: _rehearse_label(target, item))
    yield from _rehearse("comment", lambda: _rehearse_comment(target, item, installation))
    after = target.get_snapshot(item)
    if (snapshot_before.labels, snapshot_before.fields, len(snapshot_before.own_comments)) == (
        after.labels,
        after.fields,
        len(after.own_comments),
    ):
        yield DoctorCheck("rehearse.restored", CheckStatus.GOOD, "The item is back in its original state.")
    else:
        yield DoctorCheck(
            "rehearse.restored", CheckStatus.BAD, "The item is not in its original state.", "Check it by hand."
        )


def _rehearse(kind: str, write: Callable[[], str]) -> Iterator[DoctorCheck]:
    """Try one kind of write. `write` returns a sentence about its result."""
    try:
        yield DoctorCheck(f"rehearse.{kind}", CheckStatus.GOOD, write())
    except ConnectorError as error:
        yield DoctorCheck(f"rehearse.{kind}", CheckStatus.BAD, error.message, error.hint)


def _rehearse_label(target: Target, item_id: str) -> str:
    """Add a label and remove it, also one that was left by an interrupted rehearsal."""
    if _REHEARSAL_LABEL in target.get_snapshot(item_id).labels:
        target.edit(target.get_snapshot(item_id), Edit(remove_labels=(_REHEARSAL_LABEL,)))
    written = target.edit(target.get_snapshot(item_id), Edit(add_labels=(_REHEARSAL_LABEL,)))
    target.edit(target.get_snapshot(item_id), Edit(remove_labels=(_REHEARSAL_LABEL,)))
    return f"A label can be added and removed (mail: {written.notification.value})."


def _rehearse_comment(target: Target, item_id: str, installation: str) -> str:
    """Add a comment, edit it, and delete it."""
    first, second = _rehearsal_text("1 of 2"), _rehearsal_text("2 of 2")
    tags = [CommentTag(installation, "rehearsal", target.content_key(document)) for document in (first, second)]
    snapshot = target.get_snapshot(item_id)
    written = target.add_comment(snapshot, first, tags[0])
    edited = target.replace_comment(snapshot, written.comment_id, second, tags[1])
    target.delete_comment(snapshot, written.comment_id)
    return f"A comment can be written, edited (mail: {edited.notification.value}) and deleted."


def _rehearsal_text(part: str) -> Document:
    """The text of the comment that is written and edited."""
    sentence = f"Backlog Steward is testing its permissions ({part}); this comment is deleted at once."
    return Document((Paragraph((Span(sentence),)),))
