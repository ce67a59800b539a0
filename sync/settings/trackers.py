"""The trackers of steward.yaml, one shape a kind."""

from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Discriminator, Field, SecretStr, Tag, model_validator

from sync.settings.base import Mode, Pattern, Section, WebAddress, as_tuple, default
from sync.settings.human_values import Share


class Fields(Section):
    """Names of a tracker's fields, where they cannot be found by their schema."""

    points: Annotated[str, Field(description="The field for story points.")] = ""
    acceptance_criteria: Annotated[
        tuple[str, ...],
        BeforeValidator(as_tuple, json_schema_input_type=str | tuple[str, ...]),
        Field(description="Fields kept for acceptance criteria."),
    ] = ()
    business_value: Annotated[str, Field(description="First input of WSJF.")] = ""
    time_criticality: Annotated[str, Field(description="Second input of WSJF.")] = ""
    risk_reduction: Annotated[
        str, Field(description="Third input of WSJF: risk reduction, opportunity enablement.")
    ] = ""
    effort: Annotated[str, Field(description="Job size, where it is kept apart from points.")] = ""


class _Tracker(Section):
    """What every tracker has."""

    mode: Annotated[Mode | None, Field(description="For this tracker; the strictest mode wins.")] = None
    keys: Annotated[
        Pattern | None,
        Field(description=r"How this tracker's items are named in others, as a regular expression: AB#(\d+)."),
    ] = None
    vanish_limit: Annotated[
        Share, Field(description="If more items than this vanish at once, the mirror is kept and it is reported.")
    ] = default("20%")


class Jira(_Tracker):
    """A Jira, with what to look after there."""

    kind: Literal["jira"] = "jira"
    url: Annotated[WebAddress, Field(description="Address of the site, such as https://example.atlassian.net.")]
    email: Annotated[
        str, Field(description="With a token: Jira Cloud. Left out with a personal access token of Data Center.")
    ] = ""
    token: Annotated[SecretStr, Field(description="${NAME} from the environment, file:/path or command:program.")]
    scope: Annotated[str, Field(description="JQL of the items to look after, such as project = PAY.")]
    fields: Annotated[Fields, Field(description="Names of fields.")] = Field(default_factory=Fields)
    rate: Annotated[int, Field(gt=0, description="Requests a second.")] = 20
    bots: Annotated[
        frozenset[str],
        Field(description="Account ids, on Data Center names, of other automation, whose edits are not a person's."),
    ] = frozenset()
    internal_comments: Annotated[
        bool, Field(description="Write internal comments in service-desk projects, instead of nothing.")
    ] = False
    ca_bundle: Annotated[str | None, Field(description="File of certificate authorities to trust.")] = None
    gateway: Annotated[WebAddress, Field(description="Atlassian's gateway for scoped tokens.")] = (
        "https://api.atlassian.com"
    )


class AzureDevOps(_Tracker):
    """A team of a project in Azure DevOps, Services or Server."""

    kind: Literal["azure-devops"]
    url: Annotated[
        WebAddress,
        Field(description="Organisation or collection: https://dev.azure.com/example, https://host/tfs/Main."),
    ]
    token: Annotated[
        SecretStr | None, Field(description="Personal access token of this organisation; or sign in by `entra`.")
    ] = None
    entra: Annotated[
        Literal["service principal", "managed identity", "workload identity", "default"] | None,
        Field(
            description="Sign in through Microsoft Entra, with the settings azure-identity finds in the environment."
        ),
    ] = None
    project: Annotated[str, Field(description="Name of the project.")]
    team: Annotated[str, Field(description="Name of the team; empty for the project's default team.")] = ""
    scope: Annotated[str, Field(description="A further condition in WIQL.")] = ""
    fields: Annotated[Fields, Field(description="Names of fields.")] = Field(default_factory=Fields)
    rate: Annotated[int, Field(gt=0, description="Requests a second.")] = 20
    bots: Annotated[
        frozenset[str], Field(description="Unique names or ids of other automation, whose edits are not a person's.")
    ] = frozenset()
    ca_bundle: Annotated[str | None, Field(description="File of certificate authorities to trust.")] = None

    @model_validator(mode="after")
    def _one_way_in(self) -> Self:
        if (self.token is None) == (self.entra is None):
            raise ValueError("either `token` or `entra` says how to sign in")
        return self


class Export(_Tracker):
    """An export file that is judged and never written to."""

    kind: Literal["export"]
    path: Annotated[str, Field(description="CSV from Jira or Azure DevOps with all fields, or JSON lines.")]


def _kind(value: object) -> str:
    """Which of the three; Jira where nothing is said."""
    if isinstance(value, dict):
        return str(value.get("kind", "jira"))
    return str(getattr(value, "kind", "jira"))


Tracker = Annotated[
    Annotated[Jira, Tag("jira")] | Annotated[AzureDevOps, Tag("azure-devops")] | Annotated[Export, Tag("export")],
    Discriminator(_kind),
]
