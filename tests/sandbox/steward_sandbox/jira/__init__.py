"""A Jira: `JiraCloud(build_world(read_backlog(path)))` is an ASGI app, ready to be served.

`JiraDataCenter` takes the same worlds; `CLOUD_FIELDS` names the fields that such a site does not have.
"""

from steward_sandbox.clock import Lag
from steward_sandbox.jira.actor import Actor
from steward_sandbox.jira.app import JiraCloud, JiraDataCenter, JiraSite
from steward_sandbox.jira.deployment import CLOUD_FIELDS
from steward_sandbox.jira.options import Options
from steward_sandbox.jira.seeding import build_world
from steward_sandbox.jira.site import Site
from steward_sandbox.jira.world import World, snapshot

__all__ = [
    "CLOUD_FIELDS",
    "Actor",
    "JiraCloud",
    "JiraDataCenter",
    "JiraSite",
    "Lag",
    "Options",
    "Site",
    "World",
    "build_world",
    "snapshot",
]
