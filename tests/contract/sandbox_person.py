"""Somebody who works in a sandbox, as far as that is the same for every tracker."""

from typing import Any

from contract.seed import HOME


class SandboxPerson:
    """Edits through the sandbox's actor; what trackers call otherwise is left to each."""

    def __init__(self, actor: Any) -> None:
        self.actor = actor
        self.world = actor.world

    labels = "labels"
    """What the sandbox calls labels."""

    def create(self, title: str, *labels: str) -> str:
        return str(self.actor.create(HOME, title, **({self.labels: labels} if labels else {})).id)

    def retitle(self, item: str, title: str) -> None:
        self.actor.edit(item, title=title)

    def describe(self, item: str, text: str) -> None:
        self.actor.edit(item, description=text)

    def estimate(self, item: str, points: float | None) -> None:
        self.actor.edit(item, points=points)

    def score(self, item: str, value: float | None) -> None:
        self.actor.edit(item, wsjf=value)

    def value(self, item: str, value: float | None) -> None:
        self.actor.edit(item, business_value=value)

    def assign(self, item: str, who: str | None) -> None:
        self.actor.edit(item, assignee=who)

    def link(self, item: str, other: str) -> None:
        self.actor.link(item, "blocks", other)

    def move(self, item: str, project: str) -> None:
        self.actor.move(item, project)

    def delete(self, item: str) -> None:
        self.actor.delete(item)

    def hide(self, item: str) -> None:
        self.actor.hide(item)

    def comment(self, item: str, text: str) -> str:
        return str(self.actor.comment(item, text).id)
