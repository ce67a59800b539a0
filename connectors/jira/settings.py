"""The settings of a Jira tracker in steward.yaml."""

from typing import Annotated, Self

from pydantic import Field, SecretStr, ValidationInfo, field_validator, model_validator
from pydantic_core import PydanticCustomError

from connectors.jira.links import shorten_to_site
from connectors.plugin import FieldNames, Section, WebAddress


class JiraSettings(Section):
    """A Jira site, and the items to look after."""

    url: Annotated[WebAddress, Field(description="Address of the site, such as https://example.atlassian.net.")]
    email: Annotated[
        str,
        Field(
            description="E-mail address of the account that created `token`, on Jira Cloud. Left out with a personal "
            "access token of Data Center."
        ),
    ] = ""
    client_id: Annotated[
        str, Field(description="OAuth 2.0 client id of a service account, with `client_secret` instead of `token`.")
    ] = ""
    client_secret: Annotated[
        SecretStr | None, Field(description="Its client secret, as ${NAME}, file:/path or command:program.")
    ] = None
    token: Annotated[
        SecretStr | None,
        Field(
            validate_default=True,
            description="API token, or personal access token of Data Center, as ${NAME} from the environment, "
            "file:/path or command:program.",
        ),
    ] = None
    scope: Annotated[str, Field(description="JQL of the items to look after, such as project = PAY.")]
    projects: Annotated[
        frozenset[str],
        Field(
            description="Keys of the only projects that are read and written, whatever `scope` and the account allow."
        ),
    ] = frozenset()
    fields: Annotated[FieldNames, Field(description="Names or ids of the fields to read.")] = Field(
        default_factory=FieldNames
    )
    rate: Annotated[int, Field(gt=0, description="Maximum number of requests a second.")] = 20
    bots: Annotated[
        frozenset[str],
        Field(
            description="Account ids (on Data Center names) of other programs, whose edits do not count as a person's."
        ),
    ] = frozenset()
    not_done: Annotated[
        frozenset[str],
        Field(
            description="Resolutions and statuses of issues that were closed without being done, besides usual ones "
            "such as Won't Do, Duplicate and Cancelled. Sizes, durations and forecasts do not count these issues."
        ),
    ] = frozenset()
    internal_comments: Annotated[
        bool, Field(description="Write internal comments in service-desk projects, instead of nothing.")
    ] = False
    ca_bundle: Annotated[
        str | None, Field(description="File of certificate authorities to trust, besides the usual ones.")
    ] = None
    gateway: Annotated[
        WebAddress, Field(description='Atlassian\'s gateway, for tokens with limited permissions ("scoped tokens").')
    ] = "https://api.atlassian.com"
    sign_in: Annotated[WebAddress, Field(description="Where Atlassian issues tokens for service accounts.")] = (
        "https://auth.atlassian.com"
    )

    @field_validator("url")
    @classmethod
    def _check_address(cls, url: str) -> str:
        site = shorten_to_site(url)
        if site != url:
            raise ValueError(f"this is the address of a page; the site is {site}. Issues are chosen by `scope`")
        return url

    @field_validator("token")
    @classmethod
    def _require_token(cls, token: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        if token is None and not info.data.get("client_id"):
            raise PydanticCustomError("missing", "Field required")
        return token

    @model_validator(mode="after")
    def _check_credentials(self) -> Self:
        if bool(self.client_id) != (self.client_secret is not None):
            raise ValueError("`client_id` and `client_secret` belong together")
        if self.client_id and self.token is not None:
            raise ValueError("set either `token` or `client_id` and `client_secret`")
        return self
