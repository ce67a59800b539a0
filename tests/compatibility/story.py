"""What happened in the ten days after which the installation was stored: rounds, and what people did between them."""

import shutil
from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path

from compatibility.installation import DATA, Installation, moment, time_stands
from compatibility.people import Person, everywhere
from compatibility.trackers import AZURE, CENTER, CLOUD

TRACKERS = ("cloud", "center", "azure")
CRITERIA = "Acceptance criteria:\n- A reminder is sent once.\n- It names the amount."
FIRST, LAST = moment("02 09:00"), moment("11 11:00")
CALM = (moment("11 12:00"), moment("12 09:00"))
"""When the two rounds are run in which nothing is to be written."""
CHANGED, PLANNED, APPLIED = moment("12 10:00"), moment("13 12:00"), moment("13 13:00")
"""When people went on, when that was planned, and when the plan is applied."""
LATER = (
    (PLANNED, "plan", "-o", "plan.json"),
    (APPLIED, "once", "--tracker", "center"),
    (APPLIED, "apply", "plan.json", "--tracker", "cloud"),
    (APPLIED, "apply", "plan.json", "--tracker", "azure"),
)
"""What the service did then: by itself on one tracker, and by a plan that a person had looked at on two."""


def tell(this: Installation) -> None:
    """The whole story, up to the moment at which the installation was stored."""
    steward = partial(_steward, this)
    begin(this)
    steward("03 10:00", "decide", "PAY-12", "not-now", "--reason", "after the summer", "--review", "2026-09-01")
    steward("03 10:01", "decide", "PAY-13", "not-in-this-form", "--reason", "too rare", "--instead", "bank transfer")
    steward("03 10:02", "decide", "PAY-10", "accept", "--reason", "wanted", "--tracker", "cloud")
    steward("03 10:03", "wrong", "PAY-14", "missing-acceptance-criteria", "--reason", "it is a legal duty")
    steward("03 10:04", "snooze", "PAY-15", "--until", "2026-04-01")
    steward("03 10:05", "waive", "PAY-17", "oversized-story", "--reason", "never mind")
    steward("03 10:06", "resume", "PAY-17", "--reason", "it does matter")
    (this.folder / "decisions.csv").write_text(
        "key,verdict,rule,reason,review,tracker\nPAY-20,no,,nobody sees it,2027-01-01,cloud\n"
        "PAY-8,waive,unranked-item,not needed,2026-12-01,center\n",
        encoding="utf-8",
    )
    steward("03 10:07", "decisions", "import", "decisions.csv")
    steward("03 14:00", "once")
    _set(this.folder, "above: 13", "above: 12")
    steward("04 09:00", "once")
    steward("04 09:30", "rules", "promote", "oversized-story")
    steward("04 10:00", "once")
    steward("05 09:00", "undo", "--item", "PAY-17")
    _by_people(this, moment("05 10:00"), _new_items)
    steward("06 11:30", "once")
    [(last,)] = this.rows("SELECT id FROM round WHERE tracker = 'azure' AND writes > 0 ORDER BY started DESC LIMIT 1")
    steward("09 08:30", "undo", "--round", last)
    steward("09 09:00", "apply", "--tracker", "azure")
    _set(this.folder, "unranked-item: {severity: info}", "unranked-item: {severity: warning}")
    _by_people(this, moment("10 09:00"), _one_more)
    this.hub.losing |= {CLOUD, CENTER, AZURE}
    steward("11 11:00", "once", code=3)
    this.hub.recover()


def begin(this: Installation) -> None:
    """The first day, up to the first round that answers to people."""
    shutil.copy(DATA / "rules.first.yaml", this.folder / "rules.yaml")
    _steward(this, "02 08:00", "pull")
    _steward(this, "02 09:00", "apply")
    _by_people(this, moment("02 15:00"), _first_answers)
    _steward(this, "03 09:30", "once")


def go_on(this: Installation) -> None:
    """What people did after the installation was stored, so that there is something to plan."""
    _by_people(this, CHANGED, _later)


def _steward(this: Installation, at: str, *arguments: str, code: int = 0) -> None:
    done = this.steward(moment(at), *arguments)
    assert done.returncode == code, f"{arguments}: {done.returncode}\n{done.stdout}\n{done.stderr}"


def _by_people(this: Installation, at: datetime, work: Callable[[Person], None]) -> None:
    with time_stands(at):
        for person in everywhere(this.hub):
            work(person)


def _first_answers(ana: Person) -> None:
    item = ana.item
    ana.comment(item(1), "/steward waive missing-acceptance-criteria until 2026-12-31 because it is one call")
    ana.label(item(2), "steward-waive-oversized-story")
    ana.comment(item(5), "/steward decide not-now because there is no budget, instead: a note on the page")
    ana.delete_comment(item(6))
    ana.edit_comment(item(7), "We know. Leave it.")
    ana.label(item(8), remove=("needs-refinement",))
    ana.edit(item(9), wsjf=77)
    ana.edit(item(10), description=CRITERIA)
    ana.comment(item(11), "Done, see the description.")
    ana.edit(item(11), description=CRITERIA)


def _new_items(ana: Person) -> None:
    ana.create("Pay by telephone", points=34)
    ana.create("Pay by fax", sprint=False, points=34)
    ana.create("Pay in kind")


def _one_more(ana: Person) -> None:
    ana.create("Pay by post", points=40)


def _later(ana: Person) -> None:
    ana.create("Pay by pigeon", points=55)
    ana.edit(ana.item(4), business_value=13)
    ana.edit(ana.item(3), points=2, description=CRITERIA)


def _set(folder: Path, before: str, after: str) -> None:
    """Changes the rules."""
    rules = folder / "rules.yaml"
    text = rules.read_text(encoding="utf-8")
    assert before in text
    rules.write_text(text.replace(before, after), encoding="utf-8")
