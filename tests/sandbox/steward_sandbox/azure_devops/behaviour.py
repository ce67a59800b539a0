"""How the pretended organisation behaves: its limits, its lateness, its moods. May be changed while it runs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from steward_sandbox.lag import Lag

EVERYWHERE = "*"
UNUSUAL = frozenset({"BYPASS_RULES", "SUPPRESS_NOTIFICATIONS", "DESTROY_ITEMS", "EDIT_OTHERS_COMMENTS"})
"""Permissions that the account of a service has not got, unless they are granted."""


@dataclass(frozen=True, slots=True)
class RateLimit:
    """How much callers may ask, counted in requests by the machine's clock.

    Attributes:
        near: From this request on within the window, answers carry `Retry-After` and the X-RateLimit headers.
        limit: From this request on, there is nothing but 429 and TF400733; None is never.
        window: Seconds that a request counts.
        wait: What `Retry-After` says.
        headers: Whether a 429 carries any of these headers; some do not.
    """

    near: int
    limit: int | None = None
    window: float = 300.0
    wait: float = 1.0
    headers: bool = True


@dataclass(slots=True)
class Behaviour:
    """Everything that a test or a demo may want otherwise.

    Attributes:
        sign_in: What an unknown credential gets instead of an answer: 203 with a page, or 302 to one.
        scopes: What tokens may do, by their text, such as `{"narrow": {"vso.work_write"}}`; others may do all.
        scope_status: Status for a call that the token's scopes do not cover.
        rate: How much callers may ask.
        stopped: Whether the collection is stopped: 503 TF24668 for everything.
        denied: Permissions that callers do not have, by project or `*`, such as `{"PAY": {"WRITE"}}`: READ, WRITE,
            SAVE_COMMENT, CREATE_TAGS, DELETE_ITEMS.
        granted: Permissions that callers have although they are unusual, see `UNUSUAL`.
        revisions_lag, links_lag: How far behind the two feeds are.
        revisions_a_page, links_a_page: How much of a feed is looked through for one page; what a filter leaves out
            makes pages short or empty.
        feed_slack: How many older revisions a feed from a date begins with.
        stuck_feed: Whether the feed of revisions gives back the token it was sent and never ends.
        query_cap: Most items that a query may find without `$top`.
        batch_cap: Most ids in one batch.
        comments_a_page, projects_a_page: Sizes of pages that are not asked for.
        comments_an_item: How many comments fit on an item.
        tags_an_item, links_an_item: How many tags and links fit on an item.
        tags_add: Whether `add` on tags unions them with those that are there, or replaces them.
        empty_saves: Whether a save that changes nothing makes a revision.
        race_status: Status of a save that loses against another one.
        old_comment_ids: Whether comments are named by `commentId`, as examples and old servers have it.
        late_comments: Whether a comment is refused on an item that breaks a rule.
    """

    sign_in: Literal[203, 302] = 203
    scopes: Mapping[str, frozenset[str]] = field(default_factory=dict)
    scope_status: int = 401
    rate: RateLimit | None = None
    stopped: bool = False
    denied: Mapping[str, frozenset[str]] = field(default_factory=dict)
    granted: frozenset[str] = frozenset()
    revisions_lag: Lag = field(default_factory=Lag)
    links_lag: Lag = field(default_factory=Lag)
    revisions_a_page: int = 200
    links_a_page: int = 200
    feed_slack: int = 3
    stuck_feed: bool = False
    query_cap: int = 20_000
    batch_cap: int = 200
    comments_a_page: int = 200
    projects_a_page: int = 100
    comments_an_item: int = 1000
    tags_an_item: int = 100
    links_an_item: int = 1000
    tags_add: Literal["union", "replace"] = "union"
    empty_saves: bool = False
    race_status: Literal[409, 412] = 409
    old_comment_ids: bool = False
    late_comments: bool = False

    def allows(self, permission: str, project: str | None) -> bool:
        """Whether callers have this permission in a project, or anywhere."""
        if permission in self.granted:
            return True
        if permission in UNUSUAL:
            return False
        return not any(permission in self.denied.get(scope, ()) for scope in (EVERYWHERE, project or EVERYWHERE))
