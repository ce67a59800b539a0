"""The Slack app's manifest asks for what `doctor` checks."""

import json

from ruamel.yaml import YAML
from typer.testing import CliRunner

from connectors.slack.account import NEEDED_SCOPES
from sync.cli import app


def test_the_manifest_has_every_scope_that_is_needed_and_what_answers_in_slack_need():
    printed = CliRunner().invoke(app, ["slack", "manifest"])
    assert printed.exit_code == 0
    manifest = YAML(typ="safe").load(printed.stdout)
    assert set(NEEDED_SCOPES) <= set(manifest["oauth_config"]["scopes"]["bot"])
    assert "commands" in manifest["oauth_config"]["scopes"]["bot"]
    assert manifest["settings"]["socket_mode_enabled"] is True
    assert manifest["settings"]["interactivity"] == {"is_enabled": True}
    assert [command["command"] for command in manifest["features"]["slash_commands"]] == ["/steward"]
    assert "event_subscriptions" not in manifest["settings"], "nothing that people write is read"
    assert json.loads(CliRunner().invoke(app, ["slack", "manifest", "--json"]).stdout) == manifest
