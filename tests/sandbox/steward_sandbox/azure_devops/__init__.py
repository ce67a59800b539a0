"""A pretended Azure DevOps, Services or Server: `AzureDevOps(build_world(read_backlog(path)))` is an ASGI app."""

from steward_sandbox.azure_devops.actor import Actor
from steward_sandbox.azure_devops.app import AzureDevOps
from steward_sandbox.azure_devops.behaviour import Behaviour, RateLimit
from steward_sandbox.azure_devops.collection import Collection
from steward_sandbox.azure_devops.process_names import process_named
from steward_sandbox.azure_devops.processes import Process, inherited, renamed
from steward_sandbox.azure_devops.seeding import build_world
from steward_sandbox.azure_devops.snapshot import snapshot
from steward_sandbox.azure_devops.world import World
from steward_sandbox.lag import Lag

__all__ = [
    "Actor",
    "AzureDevOps",
    "Behaviour",
    "Collection",
    "Lag",
    "Process",
    "RateLimit",
    "World",
    "build_world",
    "inherited",
    "process_named",
    "renamed",
    "snapshot",
]
