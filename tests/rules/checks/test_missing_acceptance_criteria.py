"""What missing-acceptance-criteria makes of an item, beyond the examples on its page."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from rules.checks.missing_acceptance_criteria import CriteriaOptions, MissingAcceptanceCriteria
from rules.model import Block, BlockKind, ItemKind, Severity, StatusCategory, WorkItem
from rules.rule import Hit
from rules.text import from_shorthand


def item(text: str = "", *, criteria: str | None = None, **given: Any) -> WorkItem:
    given = {"title": "Export orders", "kind": ItemKind.STORY, "category": StatusCategory.TO_DO, **given}
    field = None if criteria is None else from_shorthand(criteria)
    return WorkItem(tracker="t", id="1", key="T-1", text=from_shorthand(text), criteria=field, **given)


def hit(one: WorkItem, **options: Any) -> Hit | None:
    found = list(MissingAcceptanceCriteria(CriteriaOptions(**options)).check(one))
    assert len(found) <= 1
    return found[0] if found else None


def evidence(one: WorkItem) -> str:
    found = hit(one)
    assert found
    return MissingAcceptanceCriteria.message(found).evidence


def test_it_warns_about_stories_unless_told_otherwise() -> None:
    rule = MissingAcceptanceCriteria(CriteriaOptions())
    assert rule.settings.severity == "warning"
    assert rule.judges(item())
    assert not rule.judges(item(kind=ItemKind.BUG))
    assert not rule.judges(item(category=StatusCategory.IN_PROGRESS))
    assert MissingAcceptanceCriteria(CriteriaOptions(types=("bug",))).judges(item(kind=ItemKind.BUG))


def test_the_evidence_names_every_place_that_was_looked_at() -> None:
    assert evidence(item("A wish.")) == "I found no acceptance criteria in the description or a checklist."
    assert evidence(item("A wish.", criteria="")) == (
        "I found no acceptance criteria in the description, the field or a checklist."
    )
    assert evidence(item("", criteria="")).startswith("The description and the field for acceptance criteria are empty")


def test_a_picture_alone_is_a_description() -> None:
    one = WorkItem(tracker="t", id="1", key="T-1", text=(Block(BlockKind.MEDIA, ""),), criteria=())
    found = hit(one)
    assert found
    assert found.variant == "none"


@pytest.mark.parametrize(
    ("text", "criteria", "variant"),
    [
        ("The file must contain one line for each sale.", None, "implied"),
        ("A wish.", "The orders are exported", "title-again"),
    ],
)
def test_what_may_be_enough_is_never_a_warning(text: str, criteria: str | None, variant: str) -> None:
    found = hit(item(text, criteria=criteria))
    assert found
    assert (found.variant, found.max_severity) == (variant, Severity.INFO)


def test_quoted_text_is_short_and_on_one_line() -> None:
    found = hit(item("The file must contain " + "differentwords " * 20 + "in the end."))
    assert found
    span = str(found.facts["span"])
    assert len(span) <= 120
    assert span.endswith("…")


@pytest.mark.parametrize(
    ("text", "evidence"),
    [
        ("## AC\nsee epic", 'Under "AC" it only points to "see epic".'),
        ("## AC\n!mockup.png|thumbnail!", 'Under "AC" it only points to a picture or a file.'),
    ],
)
def test_a_pointer_names_its_target(text: str, evidence: str) -> None:
    found = hit(item(text))
    assert found
    assert MissingAcceptanceCriteria.message(found).evidence == evidence


def test_a_sentence_that_cannot_be_quoted_caps_the_severity() -> None:
    found = hit(item("This should be visible in both of the windows."))
    assert found
    assert (found.variant, found.max_severity) == ("none", Severity.INFO)


@pytest.mark.parametrize(
    ("title", "silent"),
    [
        ("Replace log4j by logback", True),
        ("Remove the module of the old importer", True),
        ("Upgrade Spring to 6.1", True),
        ("Bump jackson from 2.14 to 2.17", True),
        ("Bibliothek X durch Y ersetzen", True),
        ("Rename Customer to Client in the API", True),
        ("Update the dashboard", False),
        ("Replace the ugly start page by a better one", False),
        ("Remove", False),
        ("Export orders", False),
    ],
)
def test_a_chore_whose_title_says_when_it_is_done_needs_no_criteria(title: str, silent: bool) -> None:
    assert (hit(item("Because of the licence.", title=title)) is None) is silent
    assert hit(item("As a clerk I want this.", title=title))


def test_braces_in_item_text_do_no_harm() -> None:
    assert '"TBD {0} {x}"' in evidence(item("## Acceptance criteria\nTBD {0} {x}"))


@pytest.mark.parametrize("text", ["Time-box: 2 days.", "Which one?", "Look around."])
def test_an_investigation_is_asked_for_what_it_lacks(text: str) -> None:
    found = hit(item(text, title="Spike: formats"))
    assert found
    assert found.variant == "spike"


def test_languages_can_be_set() -> None:
    text = "Critères d'acceptation: le fichier s'ouvre"
    assert not hit(item(text))
    assert not hit(item(text), languages=("en", "fr"))
    assert hit(item(text), languages=("en", "de"))
    with pytest.raises(ValidationError, match="languages"):
        CriteriaOptions(languages=("tlh",))


@given(st.text(max_size=300), st.none() | st.text(max_size=100), st.text(max_size=60))
def test_any_item_gives_at_most_one_hit_whose_sentences_fill(text: str, criteria: str | None, title: str) -> None:
    one = item(text, criteria=criteria, title=title)
    found = hit(one)
    assert found == hit(one)
    if found:
        for sentence in MissingAcceptanceCriteria.messages[found.variant]:
            assert "\n" not in sentence.format_map(found.facts)


@pytest.mark.parametrize(
    ("title", "severity"),
    [
        ("Import fails on Windows", Severity.INFO),
        ("For failed tasks, show the command on the page of the task", Severity.INFO),
        ("Finished task shows up as blocked", Severity.INFO),
        ("Write integration tests for the import of orders", Severity.INFO),
        ("Idle hosts should be stopped after the night", Severity.INFO),
        ("Set the session timeout to 30 minutes", Severity.INFO),
        ("Say why a payment failed", Severity.WARNING),
        ("Warn the clerk when an import fails", Severity.WARNING),
        ("The import should be much better", Severity.WARNING),
    ],
)
def test_a_title_that_states_the_result_or_the_problem_is_only_a_hint(title: str, severity: Severity) -> None:
    found = hit(item("It is slow today.", title=title))
    assert found
    assert found.max_severity is severity


@pytest.mark.parametrize(
    ("title", "text", "severity"),
    [
        ("Retry failed jobs after a time-out", "Most of them succeed.", Severity.INFO),
        ("[UI] Automatically retry failed jobs", "Most of them succeed.", Severity.INFO),
        ("Fehlgeschlagene Aufträge nach einer Minute senden", "Meist klappt es dann.", Severity.INFO),
        ("Research calls", "Output is a list of the calls that nobody uses.", Severity.INFO),
        ("Retry failed jobs after a time-out", "As a clerk I want this.", Severity.WARNING),
        ("Retry failed jobs after a time-out", "As a developer I want this.", Severity.INFO),
        ("Retry failed jobs after a time-out", "We have to figure out how often.", Severity.WARNING),
        ("Retry failed jobs after a time-out", "TBD: how often", Severity.WARNING),
        ("Retry jobs better", "Most of them succeed.", Severity.WARNING),
        ("Add retry support for failed jobs", "Most of them succeed.", Severity.WARNING),
        ("Include the log in support bundles", "It is missing there.", Severity.INFO),
        ("Create the export module", "", Severity.WARNING),
        ("Update the export module", "It is old.", Severity.WARNING),
        ("Update the export module to the new address", "In order to save time.", Severity.INFO),
        ("Update the export module to the new address", "It would be nice.", Severity.WARNING),
        ("Format option for jobs", "Some jobs have other formats.", Severity.WARNING),
    ],
)
def test_a_small_item_that_names_its_change_is_only_a_hint(title: str, text: str, severity: Severity) -> None:
    found = hit(item(text, title=title, points=2))
    assert found
    assert found.max_severity is severity
    if title.startswith(("Retry", "Update", "Create", "Include")):
        assert (larger := hit(item(text, title=title, points=5)))
        assert larger.max_severity is Severity.WARNING


def test_a_team_can_take_items_below_an_estimate_as_understood() -> None:
    for points, severity in ((None, Severity.WARNING), (2, Severity.WARNING), (1, Severity.INFO)):
        found = hit(item("A wish.", points=points), warn_from=2)
        assert found
        assert found.max_severity is severity
