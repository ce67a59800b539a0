"""An Azure DevOps, Services or Server: `AzureDevOps(build_world(read_backlog(path)))` is an ASGI app."""

from steward_sandbox.azure_devops.actor import Actor
from steward_sandbox.azure_devops.app import AzureDevOps
from steward_sandbox.azure_devops.collection import Collection
from steward_sandbox.azure_devops.options import Options
from steward_sandbox.azure_devops.seeding import build_world
from steward_sandbox.azure_devops.values import snapshot
from steward_sandbox.azure_devops.world import World
from steward_sandbox.clock import Lag

__all__ = [
    "Actor",
    "AzureDevOps",
    "Collection",
    "Lag",
    "Options",
    "World",
    "build_world",
    "snapshot",
]
