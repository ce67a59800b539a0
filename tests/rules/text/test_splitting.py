"""Where items can be split, and which words only look like it."""

import pytest

from rules.model import WorkItem
from rules.text import find_split, from_shorthand


def pattern(title: str, text: str = "", criteria: str | None = None) -> str | None:
    split = find_split(
        WorkItem(
            tracker="t",
            id="1",
            key="T-1",
            title=title,
            text=from_shorthand(text),
            criteria=None if criteria is None else from_shorthand(criteria),
        )
    )
    return split.pattern.value if split else None


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Import/export of roles", "operations"),
        ("Add create() and delete() to the client", "operations"),
        ("Bestellungen anlegen und löschen", "operations"),
        ("Admins can manage certificates", "operations"),
        ("Choose a seat, and then pay", "workflow"),
        ("Support for CSV, PDF and XML", "data"),
        ("Order by phone via REST and shell", "interfaces"),
        ("Show prices on iOS and Android", "interfaces"),
    ],
)
def test_a_title_can_name_the_parts(title, expected):
    assert pattern(title) == expected


@pytest.mark.parametrize(
    "title",
    [
        "Update import/export to the new library",
        "Add a switch to enable/disable the preview",
        "Study how to manage the cluster",
        "Spike: import and export of roles",
        "Remove the REST endpoint",
        "Improve error handling and logging",
        "Release: final build, testing and packaging",
        'Make "Update" and "Delete" buttons green',
        "Search and rescue page",
        "Download and install the packages",
        "The total differs between iOS and Android",
        "If saving fails, show the error and then keep the dialog",
        "Manage the index through the build server",
        "",
    ],
)
def test_what_only_looks_like_parts_is_none(title):
    assert pattern(title) is None


def test_or_between_operations_is_no_operation():
    split = find_split(WorkItem(tracker="t", id="1", key="T-1", title="Anlegen oder Löschen von Kunden"))
    assert split is not None
    assert split.parts == 2


RULES = "- If it is late, a fee is charged.\n- When it is lost, the price is charged.\n- Unless it is new, half.\n"


def test_rules_are_lines_that_begin_with_a_condition():
    assert pattern("Fees", RULES) == "rules"
    assert pattern("Fees", RULES + "- Write tests\n" * 4) is None


def test_variations_follow_a_line_that_announces_them():
    assert pattern("Export", "Supported formats:\n- CSV\n- PDF\n- XML") == "data"
    assert pattern("Export", "Supported formats:\n- CSV\n- PDF") is None
    assert pattern("Export", "Supported formats:\n- Add CSV\n- Test PDF\n- Use XML") is None
    assert pattern("Export", "What is left to do:\n- CSV\n- PDF\n- XML") is None


def test_many_criteria_are_rules_and_few_are_not():
    criteria = "\n".join(f"- Case {number} is shown" for number in range(6))
    assert pattern("Export", criteria=criteria) == "rules"
    assert pattern("Export", f"# Acceptance criteria\n{criteria}") == "rules"
    assert pattern("Export", criteria="- One is shown\n- Two is shown") is None


def test_the_steps_of_one_scenario_are_not_several():
    one = "Given a card\nWhen it is declined\nThen the page says so"
    assert pattern("Pay", one) is None
    assert pattern("Pay", f"{one}\n{one}\n{one}") == "paths"
