"""The checks of `steward doctor` about Slack: tokens, scopes, channels, and the layout of messages."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from connectors.errors import ConnectorError
from connectors.slack import Slack, check_app_token
from sync.inspect.check import CheckStatus, DoctorCheck
from sync.settings import SlackSettings
from sync.settings.secrets import expand

Blocks = Sequence[Mapping[str, object]]
"""The content of a Slack message, in the format of Slack's Block Kit."""

_MAX_LISTED = 3
"""The maximum number of problems found by Slack that a check lists."""


def check_slack(settings: SlackSettings | None, make_blocks: Callable[[], Iterable[Blocks]]) -> Iterator[DoctorCheck]:
    """Check the tokens, the scopes and the channels of Slack, the layout of messages, and who may answer by buttons.

    Also warn of a pulse (an anonymous survey in Slack) that cannot be asked, because it needs an app token.

    Args:
        make_blocks: Makes the blocks of a report for each channel, which Slack checks and does not send.
    """
    if settings is None:
        yield DoctorCheck(
            "slack",
            CheckStatus.WARNING,
            "Slack is not configured.",
            "Add `slack:` with a token and a channel to steward.yaml.",
        )
        return
    if settings.pulse_problem:
        yield DoctorCheck("slack.pulse", CheckStatus.WARNING, settings.pulse_problem)
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
            yield DoctorCheck("slack.admin", CheckStatus.GOOD, f"Messages for the admin go to #{channel.name}.")
        yield from _check_blocks(make_blocks, slack)
        yield from _check_app_token(settings)
    except ConnectorError as error:
        yield DoctorCheck("slack.connect", CheckStatus.BAD, error.message, error.hint)
    finally:
        slack.close()


def _check_app_token(settings: SlackSettings) -> Iterator[DoctorCheck]:
    """Check the app token and the configured people, if people can answer by buttons."""
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


def _check_blocks(make_blocks: Callable[[], Iterable[Blocks]], slack: Slack) -> Iterator[DoctorCheck]:
    """Let Slack check the layout of current reports, without sending them."""
    all_blocks = list(make_blocks())
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
