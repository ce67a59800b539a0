"""What a test or a demo may want otherwise: limits, feed lag, and what callers may do. May be changed at any time."""

from dataclasses import dataclass, field
from typing import ClassVar, Literal

from steward_sandbox.access import Permissions
from steward_sandbox.clock import Lag


@dataclass(slots=True)
class Options(Permissions):
    """The options of an organisation.

    Attributes:
        denied: Of READ, WRITE, SAVE_COMMENT, CREATE_TAGS and DELETE_ITEMS.
        throttled_from: The request from which on replies carry `Retry-After` and the X-RateLimit headers.
        stopped: Whether the collection is stopped: 503 TF24668 for everything.
        revisions_lag, links_lag: How far behind the two feeds are.
        revisions_a_page, links_a_page: How much of a feed is looked through for one page; what a filter leaves out
            makes pages short or empty.
        stuck_feed: Whether the revision feed gives back the token it was sent and never ends.
        query_cap: Most items that a query may find without `$top`.
        tags_add: Whether `add` on tags joins them with those that are there, or replaces them.
        race_status: Status of a save that loses against another one.
        old_comment_ids: Whether comments are named by `commentId`, as examples and old servers have it.
    """

    unusual: ClassVar[frozenset[str]] = frozenset({"SUPPRESS_NOTIFICATIONS", "EDIT_OTHERS_COMMENTS"})

    throttled_from: int | None = None
    throttled_wait: float = 1.0
    stopped: bool = False
    revisions_lag: Lag = field(default_factory=Lag)
    links_lag: Lag = field(default_factory=Lag)
    revisions_a_page: int = 200
    links_a_page: int = 200
    stuck_feed: bool = False
    query_cap: int = 20_000
    comments_a_page: int = 200
    comments_an_item: int = 1000
    tags_add: Literal["union", "replace"] = "union"
    race_status: Literal[409, 412] = 409
    old_comment_ids: bool = False
