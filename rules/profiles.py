"""The shipped profiles: what an item needs to be ready for a purpose."""

from collections.abc import Mapping

REQUIREMENTS = (
    "criteria",
    "reproduction",
    "no-open-question",
    "no-open-blocker",
    "owned-dependencies",
    "estimate",
    "usual-size",
    "benefit",
)
"""The requirements that a profile can contain, in addition to the ids of rules."""

SHIPPED_PROFILES: Mapping[str, tuple[str, ...]] = {
    "sprint": ("criteria", "no-open-question", "no-open-blocker", "usual-size"),
    "coding-agent": ("criteria", "reproduction", "no-open-question", "no-open-blocker", "usual-size"),
    "pi": ("benefit", "criteria", "estimate", "owned-dependencies"),
}
