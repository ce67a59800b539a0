"""Sentences that can be checked although nobody called them criteria."""

import pytest

from rules.text import from_shorthand
from rules.text.checkable_sentences import checkable_sentences, is_quotable
from rules.text.lexicon import compile_lexicon
from rules.text.lines import split_lines

WORDS = compile_lexicon(("en", "de"))


def found(text: str, title: str = "Export orders", *, is_bug: bool = False) -> str | None:
    return next(checkable_sentences(split_lines(from_shorthand(text)), title, WORDS, is_bug=is_bug), None)


@pytest.mark.parametrize(
    "text",
    [
        "The file must contain one line for each order.",
        "The service should return 404 for an unknown id.",
        "A guest should be able to download the receipt.",
        "Unknown ids should not appear in the file.",
        "A cancelled invoice cannot be paid.",
        "At most 3 attempts are made for one customer.",
        "The first page loads within 2 seconds.",
        "When the list is empty, a hint is shown.",
        "If the card is refused, the customer is redirected to the basket.",
        "Ensure that umlauts survive the trip.",
        "Make sure old receipts stay readable for auditors.",
        "The header needs to carry the tax number.",
        "The name of the file will be the date of the day before.",
        "We should reject files above the agreed size.",
        "All code should use the new client.",
        "Die Datei muss eine Zeile je Rechnung enthalten.",
        "Ein Gast darf keine Belege sehen und darf nicht löschen.",
        "Gelöschte Rechnungen sollen nicht in der Datei stehen.",
        "Wenn die Liste leer ist, wird angezeigt, woran das liegt.",
        "Die Seite lädt innerhalb von 2 Sekunden.",
    ],
)
def test_these_can_be_checked(text: str) -> None:
    assert found(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "It should be user friendly.",
        "The page must be fast and easy to use.",
        "This should be quite straightforward, since the library exists.",
        "The dialog should look nicer and more modern.",
        "Die Seite soll schnell und übersichtlich sein.",
        "Die Oberfläche muss benutzerfreundlich werden.",
    ],
)
def test_vague_wishes_cannot(text: str) -> None:
    assert found(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "We should look at the parser again.",
        "I think the parser should write two files.",
        "Maybe the parser should write two files.",
        "Should the parser write two files or one?",
        "The parser should be refactored some day.",
        "We need to migrate the parser to the new library.",
        "Das Modul soll überarbeitet werden.",
        "Wir sollten uns das genauer ansehen.",
        "Vielleicht soll der Parser zwei Dateien schreiben.",
    ],
)
def test_work_thoughts_and_questions_do_not_count(text: str) -> None:
    assert found(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "As a clerk I must be able to send files to the auditor.",
        "I want to be able to send a file that must be signed.",
        "Als Sachbearbeiterin möchte ich Belege sehen, die ich prüfen muss.",
        "Currently the parser cannot read two files.",
        "The parser fails when the second file is returned.",
        "Libraries, which need to be installed, are listed elsewhere.",
        "That will increase the throughput of the nightly run.",
        "The following should work:",
        "Some of them may not be needed any more.",
        "In at least 2 modules we keep nothing.",
    ],
)
def test_wishes_descriptions_and_openings_do_not_count(text: str) -> None:
    assert found(text) is None


def test_the_title_once_more_does_not_count() -> None:
    assert found("The export should export the orders.") is None
    assert found("Orders should be exported.", "Export of orders") is None


def test_in_a_bug_what_cannot_be_done_is_the_complaint() -> None:
    assert found("The clerk cannot open the second receipt.", is_bug=True) is None
    assert found("The second receipt should open in a window.", is_bug=True)


def test_output_of_a_program_is_nobodys_sentence() -> None:
    assert found("12:30:43,930 WARN main Loader - the file must be in place and cannot be opened") is None
    assert found("Caused by: java.lang.IllegalArgumentException: each module must provide output") is None


def test_code_quotations_and_headings_are_not_read() -> None:
    assert (
        found("```\nThe file must contain one line.\n```\n> It must contain two lines.\n# It must be three lines")
        is None
    )


def test_the_first_sentence_that_counts_is_given_without_its_neighbours() -> None:
    text = "The auditor asked. The file must contain one line for each receipt. It must be signed by us."
    assert found(text) == "The file must contain one line for each receipt."


@pytest.mark.parametrize(
    "text",
    [
        "The file must contain one line for each receipt.",
        "When the list is empty, a hint should be shown.",
        "Clerks should see only their own receipts.",
        "If it fails to write, an error message must appear.",
    ],
)
def test_a_sentence_that_stands_for_itself_is_quoted(text: str) -> None:
    assert is_quotable(text, WORDS)


@pytest.mark.parametrize(
    "text",
    [
        "This should be visible in both windows.",
        "Instead, the file should be signed first.",
        "The documentation should list all of the options.",
        "We should reject files above the agreed size.",
        "A cancelled invoice cannot be paid by anybody.",
        "The page says that the option must be set at creation.",
        "should make both of the buttons visible again",
    ],
)
def test_a_sentence_that_needs_its_neighbours_or_is_about_work_is_not(text: str) -> None:
    assert not is_quotable(text, WORDS)
