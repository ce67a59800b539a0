"""Determines the team of an item, from the section `teams` of steward.yaml. Without it, each tracker is one team."""

from collections.abc import Callable, Mapping
from typing import Annotated

from msgspec import Struct
from pydantic import BaseModel, ConfigDict, Field

from rules.model import Sprint, WorkItem, boards_of
from rules.where import Names, is_below_any, matches_any


class TeamEvidence(Struct, frozen=True, gc=False):
    """The attributes of a stored item that determine its team. They are those of `WorkItem`."""

    tracker: str = ""
    project: str = ""
    area: str | None = None
    components: tuple[str, ...] = ()
    sprints: tuple[Sprint, ...] = ()
    team_field: str | None = None

    @property
    def boards(self) -> tuple[str, ...]:
        """The ids of the boards to which its sprints belong."""
        return boards_of(self.sprints)


_Item = WorkItem | TeamEvidence


class TeamSection(BaseModel):
    """Which items belong to a team. Every given key must match; `*` matches any text within a name."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    tracker: Annotated[Names, Field(description="Name of the tracker.")] = ()
    project: Annotated[Names, Field(description="Project key or name.")] = ()
    area: Annotated[Names, Field(description="Area path; includes the areas below it.")] = ()
    component: Annotated[Names, Field(description="Component.")] = ()
    board: Annotated[Names, Field(description="Id of the Jira board that the item's sprints belong to.")] = ()
    team_field: Annotated[Names, Field(description="Value of Jira's Team field.")] = ()

    def matches(self, item: _Item) -> bool:
        """Whether an item belongs to the team."""
        return (
            matches_any(self.tracker, item.tracker)
            and matches_any(self.project, item.project)
            and is_below_any(self.area, item.area)
            and matches_any(self.component, *item.components)
            and matches_any(self.board, *item.boards)
            and matches_any(self.team_field, item.team_field or "")
        )


class Teams:
    """The configured teams.

    Args:
        sections: The section of each team, by its name. If several match an item, the first one counts.
    """

    def __init__(self, sections: Mapping[str, TeamSection] | None = None) -> None:
        self._sections = dict(sections or {})

    def __bool__(self) -> bool:
        """Whether any team is configured."""
        return bool(self._sections)

    def matches(self, item: _Item) -> bool:
        """Whether an item belongs to a configured team."""
        return any(section.matches(item) for section in self._sections.values())

    def make_filter(self, team: str | None) -> Callable[[_Item], bool]:
        """Return a predicate that is true for the items of a team; for all items if the team is None."""
        return lambda item: team is None or self.find_team(item) == team

    def find_team(self, item: _Item) -> str:
        """Find the team of an item; the name of its tracker if no team matches."""
        return next((name for name, section in self._sections.items() if section.matches(item)), item.tracker)
