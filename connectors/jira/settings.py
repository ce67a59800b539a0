"""The settings of a Jira in steward.yaml."""

from typing import Annotated

from pydantic import Field, SecretStr

from connectors.plugin import FieldNames, Section, WebAddress


class JiraSettings(Section):
    """A Jira, with what to look after there."""

    url: Annotated[WebAddress, Field(description="Address of the site, such as https://example.atlassian.net.")]
    email: Annotated[
        str, Field(description="With a token: Jira Cloud. Left out with a personal access token of Data Center.")
    ] = ""
    token: Annotated[SecretStr, Field(description="${NAME} from the environment, file:/path or command:program.")]
    scope: Annotated[str, Field(description="JQL of the items to look after, such as project = PAY.")]
    fields: Annotated[FieldNames, Field(description="Names of fields.")] = Field(default_factory=FieldNames)
    rate: Annotated[int, Field(gt=0, description="Requests a second.")] = 20
    bots: Annotated[
        frozenset[str],
        Field(description="Account ids, on Data Center names, of other automation, whose edits are not a person's."),
    ] = frozenset()
    not_done: Annotated[
        frozenset[str],
        Field(
            description="Resolutions and statuses of issues that were closed without being done, besides usual ones "
            "such as Won't Do, Duplicate and Cancelled. Nothing is learned from these issues."
        ),
    ] = frozenset()
    internal_comments: Annotated[
        bool, Field(description="Write internal comments in service-desk projects, instead of nothing.")
    ] = False
    ca_bundle: Annotated[str | None, Field(description="File of certificate authorities to trust.")] = None
    gateway: Annotated[WebAddress, Field(description="Atlassian's gateway for scoped tokens.")] = (
        "https://api.atlassian.com"
    )
