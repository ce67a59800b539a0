"""The goals file: the vision and the objectives that work is measured by, kept under version control."""

from typing import Annotated

from pydantic import Field

from connectors.plugin import Section
from rules.priority.goals import Goals, Impact, Objective


class ImpactSection(Section):
    """What somebody does differently when the objective is reached."""

    actor: Annotated[str, Field(min_length=1, description="Who.")]
    impact: Annotated[str, Field(min_length=1, description="What they do differently.")]
    items: Annotated[tuple[str, ...], Field(description="Keys of items that serve it, with all items below them.")] = ()
    label: Annotated[str, Field(description="Label of items that serve it.")] = ""


class ObjectiveSection(Section):
    """One objective."""

    name: Annotated[str, Field(min_length=1, description="The objective.")]
    measure: Annotated[str, Field(description="What is measured.")] = ""
    baseline: Annotated[float | None, Field(description="The value today.")] = None
    target: Annotated[float | None, Field(description="The wanted value.")] = None
    impacts: Annotated[tuple[ImpactSection, ...], Field(description="How it is reached.")] = ()


class GoalsFile(Section):
    """The content of the file."""

    vision: Annotated[str, Field(description="Where the product goes, in one sentence.")] = ""
    objectives: Annotated[tuple[ObjectiveSection, ...], Field(description="The objectives.")] = ()

    @property
    def goals(self) -> Goals:
        """The vision and the objectives, in the form in which items are compared with them."""
        return Goals(
            self.vision,
            tuple(
                Objective(
                    objective.name,
                    objective.measure,
                    objective.baseline,
                    objective.target,
                    tuple(Impact(part.actor, part.impact, part.items, part.label) for part in objective.impacts),
                )
                for objective in self.objectives
            ),
        )
