"""`steward sandbox`: a pretended Jira, Azure DevOps or Slack on this machine."""

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sync.cli.common import complain, err, log_to_stderr

if TYPE_CHECKING:
    from steward_sandbox.jira import JiraSite

app = typer.Typer(help="Servers that behave like a tracker or Slack, on this machine only.", no_args_is_help=True)

PortOption = Annotated[int, typer.Option("--port", "-p", min=0, max=65535, help="0 takes a free one.")]
FaultOption = Annotated[
    list[str] | None,
    typer.Option("--fault", help="Something that goes wrong, such as 429:0.05 or drop-after:0.02.", show_default=False),
]
SeedOption = Annotated[int, typer.Option("--seed", help="Makes chance repeatable.")]
BacklogOption = Annotated[Path, typer.Option("--backlog", "-b", help="JSON lines, one item a line.")]
AsOfOption = Annotated[
    datetime | None,
    typer.Option("--as-of", formats=["%Y-%m-%d"], help="The backlog as it stood then.", show_default=False),
]
LatencyOption = Annotated[int, typer.Option("--latency", min=0, help="Milliseconds before every answer.")]


class ProcessName(StrEnum):
    """The system processes of Azure DevOps."""

    AGILE = "agile"
    SCRUM = "scrum"
    CMMI = "cmmi"
    BASIC = "basic"


class Flavour(StrEnum):
    """The two kinds of Jira."""

    CLOUD = "cloud"
    DATA_CENTER = "data-center"


@app.command()
def jira(
    backlog: BacklogOption,
    port: PortOption = 8080,
    as_of: AsOfOption = None,
    fault: FaultOption = None,
    latency: LatencyOption = 0,
    seed: SeedOption = 0,
    flavour: Annotated[Flavour, typer.Option("--flavour", help="Which of the two Jiras.")] = Flavour.CLOUD,
) -> None:
    """A Jira that holds a backlog file; any token but `wrong` signs in."""
    from steward_sandbox import as_of as as_of_day  # noqa: PLC0415 - same
    from steward_sandbox import backlog as files  # noqa: PLC0415 - servers are loaded when one is asked for
    from steward_sandbox.faults import FaultError, Faults  # noqa: PLC0415 - same
    from steward_sandbox.jira import CLOUD_FIELDS, JiraCloud, JiraDataCenter, Site, build_world  # noqa: PLC0415
    from steward_sandbox.server import serve_forever  # noqa: PLC0415 - same

    log_to_stderr()
    try:
        held = files.read_backlog(backlog)
        if as_of is not None:
            held = as_of_day(held, as_of.replace(tzinfo=UTC))
        faults = Faults(fault or (), latency=timedelta(milliseconds=latency), seed=seed)
        if flavour is Flavour.CLOUD:
            server: JiraSite = JiraCloud(build_world(held), faults=faults)
        else:
            server = JiraDataCenter(build_world(held, site=Site(absent_fields=CLOUD_FIELDS)), faults=faults)
    except (files.BacklogError, FaultError) as error:
        complain(str(error))
        raise typer.Exit(2) from None
    serve_forever(server, port, ready=lambda url: err.print(f"Jira with {len(held.items)} items at {url}"))


@app.command("azure-devops")
def azure_devops(
    backlog: BacklogOption,
    port: PortOption = 8082,
    process: Annotated[
        ProcessName, typer.Option("--process", help="What the project follows.", case_sensitive=False)
    ] = ProcessName.SCRUM,
    server: Annotated[
        bool, typer.Option("--server", help="A server on premises, Azure DevOps Server 2022, instead of Services.")
    ] = False,
    as_of: AsOfOption = None,
    fault: FaultOption = None,
    latency: LatencyOption = 0,
    seed: SeedOption = 0,
) -> None:
    """An Azure DevOps that holds a backlog file; any token but `wrong` signs in."""
    from steward_sandbox import as_of as as_of_day  # noqa: PLC0415 - same
    from steward_sandbox import backlog as files  # noqa: PLC0415 - see above
    from steward_sandbox.azure_devops import AzureDevOps, Collection, build_world  # noqa: PLC0415 - see above
    from steward_sandbox.clock import real_clock, running_from  # noqa: PLC0415 - see above
    from steward_sandbox.faults import FaultError, Faults  # noqa: PLC0415 - see above
    from steward_sandbox.server import serve_forever  # noqa: PLC0415 - see above

    log_to_stderr()
    called = {ProcessName.CMMI: "CMMI"}.get(process, process.title())
    collection = Collection(
        "DefaultCollection" if server else "fabrikam", process=called, server="2022" if server else None
    )
    try:
        held = files.read_backlog(backlog)
        clock = real_clock
        if as_of is not None:
            held = as_of_day(held, as_of.replace(tzinfo=UTC))
            # Here dates alone say which sprint is running.
            clock = running_from(as_of.replace(tzinfo=UTC))
        faults = Faults(fault or (), latency=timedelta(milliseconds=latency), seed=seed)
        served = AzureDevOps(build_world(held, collection=collection, clock=clock), faults=faults)
    except (files.BacklogError, FaultError) as error:
        complain(str(error))
        raise typer.Exit(2) from None
    projects = ", ".join(project.name for project in collection.projects.values())
    serve_forever(
        served,
        port,
        ready=lambda url: err.print(
            f"Azure DevOps with {len(held.items)} items at {url}{served.base_path}, project {projects}"
        ),
    )


@app.command()
def slack(
    channel: Annotated[list[str] | None, typer.Option("--channel", help="Channels that exist.")] = None,
    port: PortOption = 8081,
    fault: FaultOption = None,
    seed: SeedOption = 0,
) -> None:
    """A Slack that enforces the real limits and shows its messages; the Web API is at /api."""
    from steward_sandbox.faults import FaultError, Faults  # noqa: PLC0415 - see above
    from steward_sandbox.server import serve_forever  # noqa: PLC0415 - see above
    from steward_sandbox.slack import World, create_app  # noqa: PLC0415 - see above

    log_to_stderr()
    try:
        world = World(tuple(channel or ("general",)), faults=Faults(fault or (), seed=seed))
    except FaultError as error:
        complain(str(error))
        raise typer.Exit(2) from None
    serve_forever(create_app(world), port, ready=lambda url: err.print(f"Slack at {url}, its Web API at {url}/api"))
