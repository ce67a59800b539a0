"""Sends the configured reports. A channel that fails does not stop the others."""

import threading
from datetime import datetime

import structlog
from msgspec import Struct, field

from connectors.errors import ConnectorError
from connectors.redaction import redact
from connectors.slack import Slack
from rules.priority import WsjfOptions
from sync.messages import Messages
from sync.report.digest import Digest, add_moves, make_digest
from sync.report.slack import Audience, send
from sync.settings import Settings
from sync.settings.base import get_time_zone
from sync.store import Database, rounds

_log = structlog.get_logger(__name__)


class SentReports(Struct):
    """What happened to each channel's message: "posted", "edited", "unchanged" or "not editable"; and the errors."""

    channels: dict[str, str] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list, name="troubles")


def local_time(settings: Settings, now: datetime) -> datetime:
    """A time in the team's time zone."""
    return now.astimezone(get_time_zone(settings.schedule.timezone))


def local_midnight(settings: Settings, now: datetime) -> datetime:
    """The start of the day in the team's time zone."""
    return local_time(settings, now).replace(hour=0, minute=0, second=0, microsecond=0)


def send_reports(
    settings: Settings,
    database: Database,
    now: datetime,
    stop: threading.Event,
    messages: Messages | None = None,
    *,
    options: WsjfOptions | None = None,
) -> SentReports:
    """Post or update today's message in each channel.

    Args:
        settings: Which channels there are.
        database: The store.
        now: The present time.
        stop: Ends waiting for Slack.
        messages: The texts to use; English by default.
        options: Which items have a WSJF score.
    """
    sent = SentReports()
    if settings.slack is None:
        return sent
    with database.writing() as transaction:
        installation = rounds.installation(transaction)
    token = settings.slack.token.get_secret_value()
    try:
        slack = Slack(token, installation=installation, base_url=settings.slack.url + "/", stop=stop)
    except ConnectorError as error:
        sent.errors.append(str(error))
        return sent
    local, midnight = local_time(settings, now), local_midnight(settings, now)
    admin_channel = settings.slack.admin_channel
    channels = [
        (report.channel, report.trackers, Audience.TEAM if admin_channel else Audience.EVERYBODY)
        for report in settings.slack.reports
    ]
    if admin_channel:
        channels.append((admin_channel, (), Audience.ADMIN))
    try:
        for channel, trackers, audience in channels:
            try:
                names = trackers or tuple(settings.trackers)
                digest = make_digest(database, names, midnight, messages, settings.asks)
                if audience is Audience.ADMIN and not _is_wanted_by_admin(database, channel, digest):
                    continue
                if audience is not Audience.ADMIN:
                    digest = add_moves(digest, database, now, messages, teams=settings.team_map, options=options)
                sent.channels[channel] = send(
                    slack, database, channel, digest, now=local, messages=messages, audience=audience
                )
            except ConnectorError as error:
                sent.errors.append(f"{channel}: {error}")
                _log.info("report not sent", channel=channel, reason=str(error))
            except Exception as error:  # noqa: BLE001 - one channel never stops the others
                sent.errors.append(f"{channel}: {type(error).__name__}: {redact(str(error))}")
                _log.exception("report not sent", channel=channel)
    finally:
        slack.close()
    return sent


def _is_wanted_by_admin(database: Database, channel: str, digest: Digest) -> bool:
    """Whether there is something for the admin, or a message of today that is no longer true."""
    with database.reading() as reading:
        is_posted = rounds.slack_message(reading, channel, digest.day.isoformat()) is not None
    return digest.has_admin_matters or is_posted
