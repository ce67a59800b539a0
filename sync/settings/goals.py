"""The goals file: the vision, objectives, personas, stages of the customer's journey, and results of sprint goals."""

from typing import Annotated

import msgspec
from pydantic import Field

from connectors.plugin import Section
from rules.priority.goals import Goals, SprintGoalOutcome


class ImpactSection(Section):
    """What somebody has to do differently so that the objective is reached."""

    actor: Annotated[str, Field(min_length=1, description="Who.")]
    impact: Annotated[str, Field(min_length=1, description="What they do differently.")]
    items: Annotated[
        tuple[str, ...], Field(description="Keys of items that serve it. All items below them serve it too.")
    ] = ()
    label: Annotated[str, Field(description="Label of items that serve it.")] = ""


class ObjectiveSection(Section):
    """One objective."""

    name: Annotated[str, Field(min_length=1, description="The objective.")]
    measure: Annotated[str, Field(description="What is measured.")] = ""
    baseline: Annotated[float | None, Field(description="The value at the start.")] = None
    target: Annotated[float | None, Field(description="The value to reach.")] = None
    impacts: Annotated[
        tuple[ImpactSection, ...], Field(description="What people have to do differently so that it is reached.")
    ] = ()
    expand_if: Annotated[
        str, Field(description="What has to be true before more than its Must items (MoSCoW) are built.")
    ] = ""


class PersonaSection(Section):
    """Somebody for whom the product is made."""

    name: Annotated[str, Field(min_length=1, description="The name of the persona or of the role.")]
    aliases: Annotated[tuple[str, ...], Field(description="Other words for it in user stories.")] = ()


class StageSection(Section):
    """A stage of the customer's journey."""

    name: Annotated[str, Field(min_length=1, description="The name of the stage.")]
    labels: Annotated[
        tuple[str, ...], Field(description="Labels and components of items about it. Empty: the name of the stage.")
    ] = ()


class GoalsFile(Section):
    """The content of the file."""

    vision: Annotated[str, Field(description="Where the product goes, in one sentence.")] = ""
    objectives: Annotated[tuple[ObjectiveSection, ...], Field(description="The objectives.")] = ()
    personas: Annotated[tuple[PersonaSection, ...], Field(description="The people for whom the product is made.")] = ()
    stages: Annotated[tuple[StageSection, ...], Field(description="The stages of the customer's journey.")] = ()
    sprint_goals: Annotated[
        dict[str, SprintGoalOutcome], Field(description="Whether the goal of a sprint was met: {Sprint 12: met}.")
    ] = Field(default_factory=dict)

    @property
    def goals(self) -> Goals:
        """The content of the file, in the form in which items are compared with it."""
        return msgspec.convert(self.model_dump(), Goals)
