"""Sends the configured reports to Slack. If one channel fails, the others still get theirs.

A pulse is an anonymous survey of a team about its refinement.
"""

import threading
from collections.abc import Iterator
from datetime import datetime
from functools import partial

import msgspec
import structlog
from msgspec import Struct, field

from connectors.errors import ConnectorError
from connectors.redaction import redact
from connectors.slack import Slack
from sync.report.digest import Digest, make_digest
from sync.report.full_digest import complete_digest
from sync.report.pulse import close_ended_pulses, find_due_period, sample_pulse
from sync.report.refinement import find_due_refinement
from sync.report.slack import send
from sync.report.slack_layout import make_message
from sync.report.slack_parts import Audience, Block, MessageLayout, ReportChannel
from sync.rounds.trackers import list_address
from sync.settings import Configuration
from sync.store import Database, slack_messages, stored_values

_log = structlog.get_logger(__name__)


class SentReports(Struct):
    """The result of sending the reports.

    Attributes:
        channels: What was done, by channel: "posted", "edited", "unchanged", "not editable" or "nothing" (because there
            is no message to edit).
        errors: The reasons why messages could not be sent; `troubles` in JSON.
    """

    channels: dict[str, str] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list, name="troubles")


def send_reports(
    configuration: Configuration,
    database: Database,
    now: datetime,
    stop: threading.Event,
    *,
    answered_tracker: str = "",
) -> SentReports:
    """Post today's message in each channel, or edit the latest one.

    Args:
        stop: Set to stop waiting for Slack.
        answered_tracker: The tracker of an item about which somebody has just answered in Slack. If given, only
            messages about this tracker are edited, and nothing new is posted.
    """
    sent, settings = SentReports(), configuration.settings
    local = now.astimezone(settings.time_zone)
    close_ended_pulses(database, local.date())
    if settings.slack is None:
        return sent
    with database.writing() as transaction:
        installation_id = stored_values.ensure_installation_id(transaction)
    try:
        slack = Slack(
            settings.slack.token.get_secret_value(),
            installation=installation_id,
            base_url=settings.slack.url + "/",
            stop=stop,
            time_zone=settings.time_zone,
        )
    except ConnectorError as error:
        sent.errors.append(str(error))
        return sent
    try:
        for channel, trackers in _configured_channels(configuration, local):
            if answered_tracker and (answered_tracker not in trackers or channel.audience is Audience.ADMIN):
                continue
            try:
                digest = make_digest(database, configuration, trackers, local)
                if channel.audience is not Audience.ADMIN:
                    # Only the team gets suggested moves, alerts about sprints, results of pulses, and runways.
                    digest = complete_digest(digest, database, configuration, local)
                    team_results = tuple(result for result in digest.pulses if result.team == channel.pulse_team)
                    digest = msgspec.structs.replace(digest, pulses=team_results)
                elif not _has_news_for_admin(database, channel.name, digest):
                    continue
                sent.channels[channel.name] = send(
                    slack, database, channel, digest, configuration.messages, now=local, may_post=not answered_tracker
                )
            except ConnectorError as error:
                sent.errors.append(f"{channel.name}: {error}")
                _log.info("report not sent", channel=channel.name, reason=str(error))
            except Exception as error:  # noqa: BLE001 - one channel never stops the others
                sent.errors.append(f"{channel.name}: {type(error).__name__}: {redact(str(error))}")
                _log.exception("report not sent", channel=channel.name)
    finally:
        slack.close()
    return sent


def make_channel_blocks(configuration: Configuration, database: Database, now: datetime) -> Iterator[list[Block]]:
    """Yield the blocks (parts, in Slack's terms) of a sample of each message and reply, for Slack to check.

    The samples show the digest of today, with buttons and a pulse even if no message would have these today.
    """
    settings = configuration.settings
    local = now.astimezone(settings.time_zone)
    for channel, trackers in _configured_channels(configuration, local):
        layout = MessageLayout(
            now=local,
            messages=configuration.messages,
            channel=msgspec.structs.replace(channel, has_buttons=True),
            pulse=sample_pulse(local.date()) if channel.pulse_team else None,
        )
        digest = make_digest(database, configuration, trackers, local)
        message = make_message(complete_digest(digest, database, configuration, local), layout)
        yield message.blocks
        yield from (reply.blocks for reply in message.replies)


def _configured_channels(
    configuration: Configuration, now: datetime
) -> Iterator[tuple[ReportChannel, tuple[str, ...]]]:
    """Yield the configured channels, each with its trackers. `now` is in the team's time zone."""
    settings = configuration.settings
    slack, schedule = settings.slack, settings.schedule
    if slack is None:
        return
    all_trackers = tuple(settings.trackers)
    for report in slack.reports:
        pulse_team = slack.pulse.team_of(report.channel) if slack.pulse is not None else ""
        channel = ReportChannel(
            name=report.channel,
            audience=Audience.TEAM if slack.admin_channel else Audience.EVERYBODY,
            due_refinement=find_due_refinement(report.refinement or schedule.refinement, now, schedule.days_off),
            has_buttons=slack.app_token is not None,
            mentions=report.mentions,
            page_url=slack.page_url or "",
            list_address=partial(list_address, settings),
            pulse_team=pulse_team,
            due_pulse=find_due_period(settings, pulse_team, configuration.experiments, now.date()),
        )
        yield channel, report.trackers or all_trackers
    if slack.admin_channel:
        yield ReportChannel(name=slack.admin_channel, audience=Audience.ADMIN), all_trackers


def _has_news_for_admin(database: Database, channel: str, digest: Digest) -> bool:
    """Whether there is something for the admin to do, or a message posted today that has to be updated."""
    with database.reading() as transaction:
        is_posted = slack_messages.load(transaction, channel, digest.day.isoformat()) is not None
    return digest.has_admin_tasks or is_posted
