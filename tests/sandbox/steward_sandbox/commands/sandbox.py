"""`steward sandbox`: a Jira, an Azure DevOps or a Slack on this machine."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Literal

import typer

import steward_sandbox
from steward_sandbox import Backlog, BacklogError, FaultError, Faults, read_backlog, serve_forever
from steward_sandbox import azure_devops as azure
from steward_sandbox import jira as jiras
from steward_sandbox.commands.loop import SAMPLES, AsOfOption
from steward_sandbox.slack import World, create_app
from sync.cli.logs import log_to_stderr
from sync.cli.output import err, print_error

app = typer.Typer(help="Servers that behave like a tracker or Slack, on this machine only.", no_args_is_help=True)

PortOption = Annotated[int, typer.Option("--port", "-p", min=0, max=65535, help="The port; 0 for any free one.")]
FaultOption = Annotated[
    list[str] | None,
    typer.Option("--fault", help="A fault to inject, such as 429:0.05 or drop-after:0.02.", show_default=False),
]
SeedOption = Annotated[int, typer.Option("--seed", help="Seed of the random numbers.")]
BacklogOption = Annotated[
    Path | None,
    typer.Option("--backlog", "-b", help="A backlog file. Default: the backlog of the demo.", show_default=False),
]
LatencyOption = Annotated[int, typer.Option("--latency", min=0, help="Milliseconds before every response.")]


@app.command()
def jira(
    backlog: BacklogOption = None,
    port: PortOption = 8080,
    as_of: AsOfOption = None,
    fault: FaultOption = None,
    latency: LatencyOption = 0,
    seed: SeedOption = 0,
    flavour: Annotated[
        Literal["cloud", "data-center"], typer.Option("--flavour", help="Jira Cloud or Jira Data Center.")
    ] = "cloud",
) -> None:
    """Serve a Jira with the items of a backlog file; every token except `wrong` is accepted."""
    with _usage_errors():
        items, faults = _read(backlog or SAMPLES / "harbour.jsonl", as_of), _faults(fault, seed, latency)
        cloud = flavour == "cloud"
        site = jiras.Site() if cloud else jiras.Site(absent_fields=jiras.CLOUD_FIELDS)
        world = jiras.build_world(items, site=site)
    server = (jiras.JiraCloud if cloud else jiras.JiraDataCenter)(world, faults=faults)
    serve_forever(server, port, ready=lambda url: err.print(f"Jira with {len(items.items)} items at {url}"))


@app.command("azure-devops")
def azure_devops(
    backlog: BacklogOption = None,
    port: PortOption = 8082,
    process: Annotated[
        Literal["agile", "scrum", "cmmi", "basic"], typer.Option("--process", help="The process of the project.")
    ] = "scrum",
    server: Annotated[
        bool, typer.Option("--server", help="Behave like Azure DevOps Server 2022 instead of Services.")
    ] = False,
    as_of: AsOfOption = None,
    fault: FaultOption = None,
    latency: LatencyOption = 0,
    seed: SeedOption = 0,
) -> None:
    """Serve an Azure DevOps with the items of a backlog file; every token except `wrong` is accepted."""
    name = "CMMI" if process == "cmmi" else process.title()
    collection = azure.Collection(
        "DefaultCollection" if server else "fabrikam", process=name, server="2022" if server else None
    )
    with _usage_errors():
        items, faults = _read(backlog or SAMPLES / "quay.jsonl", as_of), _faults(fault, seed, latency)
        # Here dates alone say which sprint is running.
        clock = steward_sandbox.running_from(as_of.replace(tzinfo=UTC)) if as_of else steward_sandbox.real_clock
        served = azure.AzureDevOps(azure.build_world(items, collection=collection, clock=clock), faults=faults)
    projects = ", ".join(project.name for project in collection.projects.values())
    title = f"Azure DevOps with {len(items.items)} items"
    serve_forever(served, port, ready=lambda url: err.print(f"{title} at {url}{served.base_path}, project {projects}"))


@app.command()
def slack(
    channel: Annotated[
        list[str] | None, typer.Option("--channel", help="A channel of the workspace. Can be repeated.")
    ] = None,
    port: PortOption = 8081,
    fault: FaultOption = None,
    seed: SeedOption = 0,
) -> None:
    """Serve a Slack, with its Web API at /api and a page that shows the messages."""
    with _usage_errors():
        world = World(tuple(channel or ("general",)), faults=_faults(fault, seed))
    serve_forever(create_app(world), port, ready=lambda url: err.print(f"Slack at {url}, its Web API at {url}/api"))


@contextmanager
def _usage_errors() -> Iterator[None]:
    log_to_stderr()
    try:
        yield
    except (BacklogError, FaultError) as error:
        print_error(str(error))
        raise typer.Exit(2) from None


def _read(path: Path, day: datetime | None) -> Backlog:
    backlog = read_backlog(path)
    return steward_sandbox.as_of(backlog, day.replace(tzinfo=UTC)) if day else backlog


def _faults(specs: list[str] | None, seed: int, latency: int = 0) -> Faults:
    return Faults(specs or (), latency=timedelta(milliseconds=latency), seed=seed)
