"""What an admin tells us about a Jira."""

from collections.abc import Callable
from dataclasses import dataclass, field

from connectors.field_names import FieldNames


@dataclass(frozen=True)
class JiraConfig:
    """One Jira with one scope and one set of credentials.

    Attributes:
        name: What the configuration calls this tracker.
        url: Address of the site, as people open it.
        email: With a token: Jira Cloud. Empty with a personal access token of Data Center.
        token: API token, classic or scoped; or a personal access token.
        scope: JQL of the items to look after, without an order.
        fields: Names of fields.
        write_fields: Names of the fields that may be written, by what goes into them ("wsjf").
        installation: Id of this installation, carried by our comments.
        writing: Whether writes may leave.
        before_write: Called right before every write; raises when this process may not write any more.
        internal_comments: Whether service-desk projects are written to, every comment marked as internal. Without
            it they are refused.
        bots: Account ids, or on Data Center names or keys, of other automation, whose doings are not a person's.
        rate: Requests a second.
        gateway: Address of Atlassian's gateway, for scoped tokens.
        ca_bundle: File of certificate authorities to trust.
    """

    name: str
    url: str
    email: str
    token: str = field(repr=False)
    scope: str
    fields: FieldNames = field(default_factory=FieldNames)
    write_fields: dict[str, str] = field(default_factory=dict)
    installation: str = ""
    writing: bool = False
    before_write: Callable[[], None] = lambda: None
    internal_comments: bool = False
    bots: frozenset[str] = frozenset()
    rate: int = 20
    gateway: str = "https://api.atlassian.com"
    ca_bundle: str | None = None
