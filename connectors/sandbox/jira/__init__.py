"""A pretended Jira Cloud: `JiraCloud(build_world(read_backlog(path)))` is an ASGI app, ready to be served."""

from connectors.sandbox.jira.actor import Actor
from connectors.sandbox.jira.app import JiraCloud
from connectors.sandbox.jira.behaviour import Behaviour, Lag
from connectors.sandbox.jira.seeding import build_world
from connectors.sandbox.jira.site import Site
from connectors.sandbox.jira.snapshot import snapshot
from connectors.sandbox.jira.world import World

__all__ = ["Actor", "Behaviour", "JiraCloud", "Lag", "Site", "World", "build_world", "snapshot"]
