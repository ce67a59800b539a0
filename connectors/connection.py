"""Describes a connection to a tracker: the account, the operations that the tracker supports, and its fields."""

from msgspec import Struct, field


class Account(Struct, frozen=True):
    """The account to which the credentials belong."""

    id: str
    name: str


_STORED_NAMES = {
    "can_comment": "comments",
    "can_label": "labels",
    "writable_fields": "fields",
    "missing_fields": "absent",
    "is_ordered": "ordered",
}
"""The names of attributes of `Capabilities` in its JSON, which is stored."""


class Capabilities(Struct, frozen=True, kw_only=True, rename=_STORED_NAMES):
    """The operations that a tracker supports, with the given credentials and configuration.

    Attributes:
        can_label: Whether items have labels or tags that can be written.
        comment_limit: The maximum length of a comment, in characters of plain text.
        writable_fields: Ids of the fields that can be written, by their purpose: the key under `write.fields` in the
            configuration, such as "wsjf".
        missing_fields: Configured names of fields that the tracker does not have, by their key in the configuration.
        is_ordered: Whether `Source.list_ids` returns the items in rank order.
        rank_changes_version: Whether a re-ranked item gets a new version. Otherwise only `Source.list_ids` shows the
            change.
        can_verify: Whether the tracker can check an edit without saving it. Otherwise `Target.verify` does nothing.
        comment_edit_changes_version: Whether an item gets a new version when a comment on it is edited. Otherwise
            `Source.comments` has to be called to see such changes.
    """

    can_comment: bool = True
    can_label: bool = True
    comment_limit: int = 30_000
    writable_fields: dict[str, str] = field(default_factory=dict)
    missing_fields: dict[str, str] = field(default_factory=dict)
    is_ordered: bool = True
    rank_changes_version: bool = False
    can_verify: bool = False
    comment_edit_changes_version: bool = False


class Connection(Struct, frozen=True, kw_only=True):
    """The data about a tracker that `connect` discovered.

    Attributes:
        fingerprint: A hash that changes if the configuration selects other items or fields. Then all items are read
            again, and a person has to approve writing again.
        mapping_version: Changes if the connector reads more of an item, or reads it differently. Then all items are
            read again too, but writing needs no new approval by a person.
        fields: Descriptions of the fields that are read for each purpose, such as "points"; empty if no field was
            found.
        projects: The keys or names of the projects in scope.
        scope: The query, in the language of the tracker, that selects the items; empty if there is none.
        team: The team whose backlog is read; empty if the tracker does not divide projects into teams.
        projects_limited_to_own_comments: The projects in which the account may edit and delete only comments that it
            wrote itself.
        notes: Sentences for the admin about what was found.
        discovery_state: What was discovered, in the connector's own format. It is stored, and the next connection uses
            it if the same data cannot be read.
        cache: The responses that were read while connecting, for the next process; empty if none are kept.
        time_zone: The name of the time zone of the account or the site; empty if it is unknown.
    """

    account: Account
    capabilities: Capabilities
    fingerprint: str
    mapping_version: str = ""
    fields: dict[str, tuple[str, ...]] = field(default_factory=dict)
    projects: tuple[str, ...] = ()
    scope: str = ""
    team: str = ""
    projects_limited_to_own_comments: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    discovery_state: str = ""
    cache: str = ""
    time_zone: str = ""
