"""An Azure DevOps, Services or Server: `AzureDevOps(build_world(read_backlog(path)))` is an ASGI app."""

from steward_sandbox.azure_devops.actor import Actor as Actor
from steward_sandbox.azure_devops.app import AzureDevOps as AzureDevOps
from steward_sandbox.azure_devops.collection import Collection as Collection
from steward_sandbox.azure_devops.options import Options as Options
from steward_sandbox.azure_devops.seeding import build_world as build_world
from steward_sandbox.azure_devops.values import snapshot as snapshot
from steward_sandbox.azure_devops.world import World as World
from steward_sandbox.clock import Lag as Lag
