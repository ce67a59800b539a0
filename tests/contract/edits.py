"""Two hundred things that people do to a backlog behind the service's back, drawn by a seed."""

import random
from collections.abc import Callable
from typing import Any

from contract.seed import BACKLOG, ELSEWHERE, SPRINTS

SIZE = 120
_WORDS = ["invoice", "card", "refund", "tax", "price", "buyer", "cart", "ledger", "export", "import", "limit", "notice"]


def larger_backlog(size: int = SIZE) -> str:
    """The seeded backlog with many more stories, so that there is something to edit."""
    lines = [
        f'{{"key": "PAY-{number}", "title": "{_WORDS[number % 12].title()} number {number}", '
        f'"created": "2024-03-{number % 28 + 1:02}T09:00:00Z", "reporter": "Kim Berg"'
        + (f', "points": {number % 5 + 1}' if number % 3 else "")
        + (f', "sprint": "Sprint {2 + number % 2}"' if number % 4 == 0 else "")
        + (f', "parent": "PAY-{8 + number % 2}"' if number % 5 == 0 else "")
        + (f', "links": [{{"kind": "relates to", "target": "PAY-{number - 2}"}}]' if number % 6 == 0 else "")
        + "}"
        for number in range(11, size)
    ]
    return BACKLOG + "\n".join(lines) + "\n"


class Team:
    """People at work. Remembers who is where, so that everything they do is possible."""

    def __init__(self, place: Any, seed: int) -> None:
        self.place = place
        self.chance = random.Random(seed)
        self.person = place.person()
        self.away: list[str] = []
        self.binned: list[str] = []
        self.hidden: list[str] = []
        self.said: list[tuple[str, str]] = []
        self.done: list[str] = []

    def work(self, edits: int) -> None:
        acts = [(name, act) for name, act in self._acts() if name not in self.place.lacks]
        until = len(self.done) + edits
        while len(self.done) < until:
            name, act = self.chance.choice(acts)
            if act() is not False:
                self.done.append(name)
                self.place.clock.advance(seconds=self.chance.choice((0, 0, 1, 20, 90)))

    def _acts(self) -> list[tuple[str, Callable[[], Any]]]:
        one, story, words = self._one, self._story, self._words
        person, pick = self.person, self.chance.choice
        return [
            ("title", lambda: person.retitle(one(), words(3))),
            ("description", lambda: person.describe(one(), words(9))),
            ("points", lambda: person.estimate(story(), pick((None, 0, 1, 2, 3, 5, 8)))),
            ("labels", lambda: person.label(one(), pick(("tax", "ui", "soon")), remove=(pick(("checkout", "tax")),))),
            ("sprint", lambda: person.plan(story(), pick((*SPRINTS[1:], None)))),
            ("parent", lambda: person.put_under(story(), pick((*self._epics(), None)))),
            ("type", lambda: person.retype(story(), pick(self.place.kinds))),
            ("status", lambda: person.take_up(story(), pick(("To Do", "In Progress", "In Progress", "Done")))),
            ("assignee", lambda: person.assign(one(), pick(("Ana Silva", "Kim Berg", None)))),
            ("priority", lambda: person.prioritise(story(), pick(self.place.priorities))),
            ("link", self._link),
            ("rank", self._drag),
            ("rank", self._drag),
            ("new", lambda: person.create(words(3))),
            ("away", self._away),
            ("back", lambda: bool(self.away) and self.person.move(self._taken(self.away), "PAY")),
            ("delete", self._delete),
            ("destroy", lambda: self._rarely() and person.destroy(story())),
            ("restore", lambda: bool(self.binned) and self.person.restore(self._taken(self.binned))),
            ("hide", self._hide),
            ("unhide", lambda: bool(self.hidden) and self.person.unhide(self._taken(self.hidden))),
            ("sprint begins or ends", self._turn),
            ("comment", self._comment),
            ("comment edited", lambda: bool(self._spoken()) and person.edit_comment(*pick(self._spoken()), words(4))),
            ("comment deleted", self._unsay),
        ]

    def _one(self) -> str:
        return self.chance.choice(sorted(self.place.shown(), key=int))

    def _story(self) -> str:
        return self.chance.choice(self.place.order())

    def _epics(self) -> list[str]:
        there = self.place.shown()
        return [ident for key in ("PAY-8", "PAY-9") if (ident := self._known(key)) in there]

    def _known(self, key: str) -> str:
        return self.place.id(key)

    def _words(self, count: int) -> str:
        return " ".join(self.chance.choices(_WORDS, k=count)).capitalize()

    def _taken(self, some: list[str]) -> str:
        return some.pop(self.chance.randrange(len(some)))

    def _rarely(self) -> bool:
        return self.chance.random() < 0.5

    def _drag(self) -> None:
        moved, before = self.chance.sample(self.place.order(), 2)
        self.person.drag(moved, before)

    def _turn(self) -> Any:
        if "sprint begins or ends" in self.done:
            return False
        self.person.close_sprint(SPRINTS[1])
        return self.person.start_sprint(SPRINTS[2])

    def _link(self) -> Any:
        one, other = self.chance.sample(self.place.order(), 2)
        if self.place.linked(one, other):
            return False
        return self.person.link(one, other)

    def _away(self) -> None:
        self.away.append(self._story())
        self.person.move(self.away[-1], ELSEWHERE)

    def _delete(self) -> None:
        gone = self._story()
        self.person.delete(gone)
        self.said = [(item, comment) for item, comment in self.said if item != gone]
        if "restore" not in self.place.lacks:
            self.binned.append(gone)

    def _hide(self) -> None:
        self.hidden.append(self._story())
        self.person.hide(self.hidden[-1])

    def _comment(self) -> None:
        item = self._one()
        self.said.append((item, self.person.comment(item, self._words(5))))

    def _spoken(self) -> list[tuple[str, str]]:
        there = self.place.shown()
        return [(item, comment) for item, comment in self.said if item in there]

    def _unsay(self) -> Any:
        if not self._spoken():
            return False
        gone = self.chance.choice(self._spoken())
        self.said.remove(gone)
        return self.person.delete_comment(*gone)
