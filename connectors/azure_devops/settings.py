"""The settings of an Azure DevOps tracker in steward.yaml."""

from typing import Annotated, Literal, Self

from pydantic import Field, SecretStr, field_validator, model_validator

from connectors.azure_devops.links import remove_project, shorten_to_collection
from connectors.plugin import FieldNames, Section, WebAddress


class AzureDevOpsSettings(Section):
    """A team of a project in Azure DevOps, Services or Server."""

    url: Annotated[
        WebAddress,
        Field(description="Organisation or collection: https://dev.azure.com/example, https://host/tfs/Main."),
    ]
    token: Annotated[
        SecretStr | None,
        Field(
            description="Personal access token of this organisation, as ${NAME} from the environment, file:/path or "
            "command:program. Without it, set `entra`."
        ),
    ] = None
    entra: Annotated[
        Literal["service principal", "managed identity", "workload identity", "default"] | None,
        Field(
            description="Sign in through Microsoft Entra, with the settings that the Python package azure-identity "
            "finds in the environment. default: tries several ways, and uses the first one that works."
        ),
    ] = None
    project: Annotated[str, Field(description="Name of the project.")]
    projects: Annotated[
        frozenset[str],
        Field(
            description="Names of the only projects that are read and written, even if an item moves to another one."
        ),
    ] = frozenset()
    team: Annotated[str, Field(description="Name of the team; empty for the project's default team.")] = ""
    scope: Annotated[
        str, Field(description="A condition in WIQL that items of the team's backlog must also meet; empty for none.")
    ] = ""
    fields: Annotated[FieldNames, Field(description="Names or ids of the fields to read.")] = Field(
        default_factory=FieldNames
    )
    rate: Annotated[int, Field(gt=0, description="Maximum number of requests a second.")] = 20
    bots: Annotated[
        frozenset[str],
        Field(description="Unique names or ids of accounts of other programs, whose edits do not count as a person's."),
    ] = frozenset()
    not_done: Annotated[
        frozenset[str],
        Field(
            description="States and reasons of items that were closed without being done, besides usual ones such as "
            "Duplicate, Obsolete and Rejected. Sizes, durations and forecasts do not count these items."
        ),
    ] = frozenset()
    ca_bundle: Annotated[
        str | None, Field(description="File of certificate authorities to trust, besides the usual ones.")
    ] = None

    @field_validator("url")
    @classmethod
    def _check_address(cls, url: str) -> str:
        collection = shorten_to_collection(url)
        if collection != url:
            raise ValueError(
                f"this is the address of a page or project; the organisation or collection is {collection}. "
                "The project belongs under `project`"
            )
        return url

    @model_validator(mode="after")
    def _check_consistency(self) -> Self:
        collection = remove_project(self.url, self.project)
        if collection != self.url:
            raise ValueError(
                f"`url` contains the project {self.project}; the organisation or collection is {collection}. "
                "Write only that as `url`"
            )
        if (self.token is None) == (self.entra is None):
            raise ValueError("set either `token` or `entra`")
        if self.projects and self.project.casefold() not in {name.casefold() for name in self.projects}:
            raise ValueError(f"`projects` leaves out the project {self.project}")
        return self
