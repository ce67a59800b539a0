"""The shipped profiles. A profile lists the requirements that an item has to meet to be ready for a purpose."""

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
"""The requirements that a profile can contain, in addition to the ids of rules. `rules.readiness` checks them.

"owned-dependencies": somebody is assigned to every open item that the item waits for. "usual-size": it is not larger
than what the team finishes without delay. "benefit": a feature or an epic states a benefit or has a business value.
"""

SHIPPED_PROFILES: Mapping[str, tuple[str, ...]] = {
    "sprint": ("criteria", "no-open-question", "no-open-blocker", "usual-size"),
    "coding-agent": ("criteria", "reproduction", "no-open-question", "no-open-blocker", "usual-size"),
    "pi": ("benefit", "criteria", "estimate", "owned-dependencies"),
}
"""The requirements by profile. The profile "pi" is for the program increments of SAFe."""
