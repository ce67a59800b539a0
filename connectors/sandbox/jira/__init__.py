"""A pretended Jira: `JiraCloud(build_world(read_backlog(path)))` is an ASGI app, ready to be served.

`JiraDataCenter` takes the same worlds; `CLOUD_FIELDS` names the fields that a site of its kind has not got.
"""

from connectors.sandbox.jira.actor import Actor
from connectors.sandbox.jira.app import JiraCloud, JiraDataCenter, JiraSite
from connectors.sandbox.jira.behaviour import Behaviour
from connectors.sandbox.jira.data_center import CLOUD_FIELDS
from connectors.sandbox.jira.seeding import build_world
from connectors.sandbox.jira.site import Site
from connectors.sandbox.jira.snapshot import snapshot
from connectors.sandbox.jira.world import World
from connectors.sandbox.lag import Lag

__all__ = [
    "CLOUD_FIELDS",
    "Actor",
    "Behaviour",
    "JiraCloud",
    "JiraDataCenter",
    "JiraSite",
    "Lag",
    "Site",
    "World",
    "build_world",
    "snapshot",
]
