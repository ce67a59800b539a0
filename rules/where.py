"""Conditions in the configuration that select items: the key `where` of overrides, and the teams.

An override in rules.yaml changes the settings of rules for some of the items.
"""

import re
from functools import cache
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from rules.model import WorkItem


def _wrap_single_name(value: object) -> object:
    return (value,) if isinstance(value, str) else value


Names = Annotated[tuple[str, ...], BeforeValidator(_wrap_single_name, json_schema_input_type=str | tuple[str, ...])]
"""The type of a setting that is one name or several."""


class Where(BaseModel):
    """A condition for items. Every given key must match; `*` matches any text within a name."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    tracker: Annotated[Names, Field(description="Name of the tracker in steward.yaml.")] = ()
    project: Annotated[Names, Field(description="Project key or name.")] = ()
    area: Annotated[Names, Field(description="Area path; includes the areas below it.")] = ()
    type: Annotated[Names, Field(description="Type as the tracker names it, or story, bug, epic ...")] = ()
    label: Annotated[Names, Field(description="Label or tag.")] = ()
    component: Annotated[Names, Field(description="Component.")] = ()
    team: Annotated[Names, Field(description="Team, see `teams` in steward.yaml.")] = ()

    def matches(self, item: WorkItem) -> bool:
        """Whether an item meets the condition."""
        return (
            matches_any(self.tracker, item.tracker)
            and matches_any(self.project, item.project)
            and is_below_any(self.area, item.area)
            and matches_any(self.type, item.type, item.kind.value)
            and matches_any(self.label, *item.labels)
            and matches_any(self.component, *item.components)
            and matches_any(self.team, item.team)
        )


def matches_any(patterns: tuple[str, ...], *names: str) -> bool:
    """Whether one of the names matches one of the patterns. Without patterns, every name matches."""
    return not patterns or any(
        _compile_pattern(pattern).fullmatch(name.casefold()) for pattern in patterns for name in names
    )


def is_below_any(patterns: tuple[str, ...], area: str | None) -> bool:
    """Whether an area path matches one of the patterns, or is below one that does.

    Without patterns, every area matches.
    """
    return not patterns or any(_is_below(area or "", pattern) for pattern in patterns)


def _is_below(area: str, pattern: str) -> bool:
    area, pattern = area.casefold(), pattern.rstrip("\\")
    return bool(_compile_pattern(pattern).fullmatch(area) or _compile_pattern(pattern + "\\*").fullmatch(area))


@cache
def _compile_pattern(pattern: str) -> re.Pattern[str]:
    """Compile a pattern. Only `*` is special, because names may contain brackets and question marks."""
    return re.compile(".*".join(re.escape(part) for part in pattern.casefold().split("*")), re.DOTALL)
