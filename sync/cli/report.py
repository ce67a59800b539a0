"""`steward report`: sends the report to Slack, prints it, or writes it as a page.

A digest is the content of a report, and a message is a digest laid out for Slack. A view is the parts of the report for
one kind of reader, such as the product owner.
"""

from pathlib import Path
from typing import Annotated

import typer

from sync.cli.exit_codes import ExitCode
from sync.cli.options import ConfigOption, JsonOption, VerboseOption
from sync.cli.output import out, print_error, print_json, printable
from sync.cli.session import LEASE_TIMEOUT, Session, open_session
from sync.report.digest import Digest, make_digest
from sync.report.full_digest import complete_digest
from sync.report.markdown import as_markdown
from sync.report.page import render_page
from sync.report.page_content import load_page_content
from sync.report.sending import SentReports, send_reports
from sync.report.slack_layout import make_message
from sync.report.slack_parts import MessageLayout, ReportMessage
from sync.report.slack_plain_text import as_text
from sync.report.view_page import render_view
from sync.report.views import RECENT_PERIOD, View, make_view
from sync.run.lease import hold_slack_lease
from sync.store import items

app = typer.Typer()


@app.command()
def report(
    html: Annotated[
        Path | None, typer.Option("--html", help="Write the report as a page to this file.", show_default=False)
    ] = None,
    markdown: Annotated[
        Path | None,
        typer.Option("--markdown", help="Write the message as Markdown to this file.", show_default=False),
    ] = None,
    preview: Annotated[bool, typer.Option("--preview", help="Print the message instead of sending it.")] = False,
    view: Annotated[
        View | None, typer.Option("--view", help="Print the report for one kind of reader.", show_default=False)
    ] = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
    verbose: VerboseOption = 0,
) -> None:
    """Post or update today's report in each Slack channel, or write it as a page.

    `--html`, `--markdown`, `--preview` and `--view` do not need Slack. With both `--view` and `--html`, the page
    is for this kind of reader.
    """
    is_sent = html is None and markdown is None and not preview and view is None
    with open_session(config, sends_reports=is_sent, verbose=verbose) as session:
        if html is not None and view is None:
            write_page(session, html)
        if markdown is not None:
            _write("message", markdown, as_markdown(_make_message(session)))
        if preview:
            if as_json:
                print_json(_make_digest(session))
            else:
                text = as_text(_make_message(session), session.configuration.messages)
                out.print(printable(text, keep_line_breaks=True))
        if view is not None:
            _show_view(session, view, html, as_json=as_json)
        if is_sent:
            _send(session, as_json=as_json)


def send_session_reports(session: Session, *, answered_tracker: str = "") -> SentReports:
    """Post or update today's message in each channel of the session's configuration.

    Args:
        answered_tracker: The tracker of an item about which somebody has just answered in Slack. If given, only
            messages about this tracker are edited, and nothing new is posted.

    Raises:
        LeaseUnavailableError: Another process is sending.
    """
    with hold_slack_lease(session.database, timeout=LEASE_TIMEOUT):
        return send_reports(
            session.configuration, session.database, session.clock(), session.stop, answered_tracker=answered_tracker
        )


def render_session_page(session: Session) -> str:
    """The HTML of the report page."""
    content = load_page_content(session.database, session.configuration, session.local_now())
    return render_page(content, session.configuration.messages)


def write_page(session: Session, file: Path) -> None:
    """Write the report page to a file, and print where it is."""
    _write("page", file, render_session_page(session))


def _write(what: str, file: Path, text: str) -> None:
    """Write a page or message to a file, and print where it is."""
    file.write_text(text, encoding="utf-8")
    out.print(f"The {what} is in {printable(str(file))}.")


def _make_digest(session: Session) -> Digest:
    """Make the digest of all trackers, with the changes since midnight."""
    configuration, now = session.configuration, session.local_now()
    digest = make_digest(session.database, configuration, tuple(configuration.settings.trackers), now)
    return complete_digest(digest, session.database, configuration, now)


def _make_message(session: Session) -> ReportMessage:
    """Make the message about all trackers, without buttons."""
    layout = MessageLayout(now=session.local_now(), messages=session.configuration.messages)
    return make_message(_make_digest(session), layout)


def _show_view(session: Session, view: View, html: Path | None, *, as_json: bool) -> None:
    """Print the report for one kind of reader, or write it as a page."""
    configuration = session.configuration
    now = session.local_now()
    content = load_page_content(session.database, configuration, now)
    with session.database.reading() as transaction:
        finished = [
            item
            for name in configuration.settings.trackers
            for item in items.finished_since(transaction, name, now - RECENT_PERIOD)
        ]
    sections = make_view(content, view, finished, configuration.messages)
    if html is not None:
        _write("page", html, render_view(content, view, sections, configuration.messages))
    elif as_json:
        print_json(sections)
    else:
        for number, section in enumerate(sections):
            out.print(f"\n{section.heading}" if number else section.heading)
            for line in section.lines:
                out.print(f"  {printable(line)}")


def _send(session: Session, *, as_json: bool) -> None:
    """Send the reports, print the result for each channel, and exit."""
    if session.configuration.settings.slack is None:
        print_error(
            "Slack is not configured. Add `slack:` with a token and a channel to steward.yaml, "
            "or use --preview or --html FILE."
        )
        raise typer.Exit(ExitCode.MISCONFIGURED)
    sent = send_session_reports(session)
    if as_json:
        print_json(sent)
    else:
        for channel, outcome in sent.channels.items():
            out.print(f"{channel}: {outcome}")
    for error in sent.errors:
        print_error(error)
    raise typer.Exit(ExitCode.UNREACHABLE if sent.errors else ExitCode.DONE)
