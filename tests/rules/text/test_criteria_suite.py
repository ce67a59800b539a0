"""The same criteria in any dress, format and language; see `support.criteria_suite`."""

from collections import Counter
from functools import cache

import msgspec
import pytest

from connectors.markup import html, markdown, wiki
from rules.checks.missing_acceptance_criteria import CriteriaOptions, MissingAcceptanceCriteria
from rules.model import Block, BlockKind, RichText, WorkItem
from rules.text import CriteriaStatus, find_criteria
from support.criteria_suite import ABSENT, FORMATS, LANGUAGES, STATED, Case, cases, stated
from support.criteria_templates import ABSENT_TEMPLATES, STATED_TEMPLATES

RULE = MissingAcceptanceCriteria(CriteriaOptions())


PARSERS = {"wiki": wiki.parse, "markdown": markdown.parse, "html": html.parse}


def _lines(source: str) -> RichText:
    return tuple(Block(BlockKind.PARAGRAPH, line) for line in source.split("\n"))


@cache
def everything() -> tuple[Case, ...]:
    return tuple(cases())


def said(case: Case) -> str:
    return STATED if find_criteria(case.item).status is CriteriaStatus.STATED else ABSENT


def test_there_are_cases_of_both_kinds_in_every_language_and_format() -> None:
    names = [case.name for case in everything()]
    assert len(names) > 250
    assert all(sum(name.startswith(f"{language} ") for name in names) > 60 for language in LANGUAGES)
    assert all(sum(name.endswith(f" in {form}") for name in names) > 100 for form in FORMATS)


def test_stated_and_absent_are_told_apart() -> None:
    pairs = Counter((case.label, said(case)) for case in everything())
    for label in (STATED, ABSENT):
        right = pairs[label, label]
        precision = right / sum(count for (_, found), count in pairs.items() if found == label)
        recall = right / sum(count for (wanted, _), count in pairs.items() if wanted == label)
        print(f"{label}: precision {precision:.3f}, recall {recall:.3f} (n={len(everything())})")  # noqa: T201
        assert min(precision, recall) >= 0.95
    assert [case.name for case in everything() if said(case) != case.label] == []


def test_exactly_one_message_says_what_is_missing() -> None:
    for case in everything():
        variants = [hit.variant for hit in RULE.check(case.item)]
        assert len(variants) == (case.label == ABSENT), case.name
        assert case.variant in ("", *variants), (case.name, variants)


def test_descriptions_in_raw_markup_are_told_apart() -> None:
    pairs: Counter[tuple[str, str]] = Counter()
    for label, templates in ((STATED, STATED_TEMPLATES), (ABSENT, ABSENT_TEMPLATES)):
        for form, source in templates:
            text = PARSERS.get(form, _lines)(source)
            item = _item(()) if form == "field" else _item(text)
            found = find_criteria(msgspec.structs.replace(item, criteria=text) if form == "field" else item)
            pairs[label, STATED if found.status is CriteriaStatus.STATED else ABSENT] += 1
    for label in (STATED, ABSENT):
        precision = pairs[label, label] / sum(count for (_, found), count in pairs.items() if found == label)
        recall = pairs[label, label] / sum(count for (wanted, _), count in pairs.items() if wanted == label)
        assert min(precision, recall) >= 0.95, pairs


@pytest.mark.parametrize("language", LANGUAGES)
def test_only_its_own_language_is_needed(language: str) -> None:
    words = LANGUAGES[language]
    for name in ("heading and bullets", "name before a colon", "scenario", "compound name"):
        item = Case(name, _item(FORMATS["wiki"](stated(words)[name])), STATED).item
        assert find_criteria(item, (language,)).status is CriteriaStatus.STATED, name  # type: ignore[arg-type]


def _item(text: RichText) -> WorkItem:
    return WorkItem(tracker="t", id="1", key="T-1", title="Export orders", text=text)


@pytest.mark.parametrize("form", FORMATS)
def test_what_stands_around_criteria_changes_nothing(form: str) -> None:
    """Preceding text, a following section, and a second list change no verdict, in any format."""
    words = LANGUAGES["en"]
    base = [("heading", words.heading), ("bullet", words.one)]
    around = [
        [("text", "The auditor asked for it. " * 20), *base],
        [*base, ("heading", "Notes"), ("text", "TBD")],
        [("heading", "Open questions"), ("bullet", "Which format?"), *base],
        [("heading", "Background"), ("text", "see epic"), *base],
        [*base, ("link", "Wiki"), ("text", "Thanks.")],
        [
            ("text", "As a clerk I want to export orders."),
            ("text", ""),
            *base,
            ("heading", "Out of scope"),
            ("bullet", "CSV"),
        ],
    ]
    for parts in around:
        assert find_criteria(_item(FORMATS[form](parts))).status is CriteriaStatus.STATED, parts
        empty = [part for part in parts if part != base[1]]
        assert find_criteria(_item(FORMATS[form](empty))).status is not CriteriaStatus.STATED, empty


@pytest.mark.parametrize("kind", [BlockKind.STRUCK, BlockKind.LINK, BlockKind.MEDIA, BlockKind.UNREADABLE])
def test_what_is_no_sentence_of_the_author_states_nothing(kind: BlockKind) -> None:
    text = (Block(BlockKind.HEADING, "Acceptance criteria", 2), Block(kind, "The file opens"))
    assert find_criteria(_item(text)).status is not CriteriaStatus.STATED
