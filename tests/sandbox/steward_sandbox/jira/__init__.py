"""A Jira: `JiraCloud(build_world(read_backlog(path)))` is an ASGI app, ready to be served.

`JiraDataCenter` takes the same worlds; `CLOUD_FIELDS` names the fields that such a site does not have.
"""

from steward_sandbox.clock import Lag as Lag
from steward_sandbox.jira.actor import Actor as Actor
from steward_sandbox.jira.app import JiraCloud as JiraCloud
from steward_sandbox.jira.app import JiraDataCenter as JiraDataCenter
from steward_sandbox.jira.app import JiraSite as JiraSite
from steward_sandbox.jira.deployment import CLOUD_FIELDS as CLOUD_FIELDS
from steward_sandbox.jira.options import Options as Options
from steward_sandbox.jira.seeding import build_world as build_world
from steward_sandbox.jira.site import Site as Site
from steward_sandbox.jira.world import World as World
from steward_sandbox.jira.world import snapshot as snapshot
