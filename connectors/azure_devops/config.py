"""What an admin tells us about an Azure DevOps organisation or collection."""

from collections.abc import Callable
from dataclasses import dataclass, field

from connectors.field_names import FieldNames


@dataclass(frozen=True)
class AzureConfig:
    """One team of one project, with one set of credentials.

    Attributes:
        name: What the configuration calls this tracker.
        url: Organisation or collection: https://dev.azure.com/example, https://host/tfs/Collection.
        project: Name of the project.
        team: Name of the team whose areas, sprints and backlog are looked after; empty for the project's default team.
        token: Personal access token of this organisation; empty to sign in through Microsoft Entra.
        entra: How to sign in through Entra: "service principal", "managed identity", "workload identity" or "default".
        scope: A further condition in WIQL.
        fields: Names of fields.
        write_fields: Names of the fields that may be written, by what goes into them ("wsjf").
        label: The tag that may be written. The tracker takes tags in any letter case for the same, and keeps the first.
        installation: Id of this installation.
        writing: Whether writes may leave.
        before_write: Called right before every write; raises when this process may not write any more.
        bots: Unique names or ids of other automation, whose doings are not a person's.
        rate: Requests a second.
        ca_bundle: File of certificate authorities to trust; servers on premises often have their own.
    """

    name: str
    url: str
    project: str
    team: str = ""
    token: str = field(default="", repr=False)
    entra: str = ""
    scope: str = ""
    fields: FieldNames = field(default_factory=FieldNames)
    write_fields: dict[str, str] = field(default_factory=dict)
    label: str = ""
    installation: str = ""
    writing: bool = False
    before_write: Callable[[], None] = lambda: None
    bots: frozenset[str] = frozenset()
    rate: int = 20
    ca_bundle: str | None = None
