"""`steward slack manifest`: prints the manifest from which Slack creates the app."""

import sys

import typer
from ruamel.yaml import YAML

from connectors.slack import manifest as app_manifest
from sync.cli.options import JsonOption
from sync.cli.output import print_json

app = typer.Typer()
group = typer.Typer(help="Create the Slack app.", no_args_is_help=True)
app.add_typer(group, name="slack")


@group.command()
def manifest(as_json: JsonOption = False) -> None:
    """Print the manifest from which Slack creates the app: api.slack.com/apps, "Create New App", "From a manifest"."""
    if as_json:
        print_json(app_manifest())
        return
    yaml = YAML(typ="safe")
    yaml.default_flow_style = False
    yaml.dump(app_manifest(), sys.stdout)
