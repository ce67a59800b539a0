"""An admin's own texts on top of the shipped ones: every error names its place and suggests a name."""

import re
from pathlib import Path
from textwrap import dedent

import jsonschema
import pytest
from ruamel.yaml import YAML

from sync.messages import shipped_messages
from sync.messages.loading import wording_schema
from sync.settings import ConfigurationError, load, read_messages


@pytest.fixture
def wrong(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def mistakes(own, language=None):
        Path("words.yaml").write_text(dedent(own), encoding="utf-8")
        with pytest.raises(ConfigurationError) as caught:
            read_messages(Path("words.yaml"), language)
        return [str(mistake) for mistake in caught.value.issues]

    return mistakes


def test_single_texts_are_replaced_and_the_rest_stays(tmp_path):
    file = tmp_path / "words.yaml"
    file.write_text(
        dedent("""\
        extends: en
        comment:
          waive: "OK as it is? Say {command}."
        rules:
          oversized-story:
            number:
              question: What could come first?
        """)
    )
    own = read_messages(file, None)
    assert own.text("comment.waive", command="x") == "OK as it is? Say x."
    assert own.text("comment.more", count=2) == "2 more in the report."
    assert own.language == "en"


@pytest.mark.parametrize(
    ("own", "key", "facts", "said"),
    [
        ('extends: en\ncomment: {more: "And {n} more."}', "comment.more", {"count": 1}, "And 1 more."),
        (
            'rules: {oversized-story: {number: {evidence: "{points}, and the limit is {above}."}}}',
            "rules.oversized-story.number.evidence",
            {"points": 21, "above": 13},
            "21, and the limit is 13.",
        ),
        (
            'rules: {oversized-story: {number: {evidence: "{points:g}.", question: "Is {above:g} too much?"}}}',
            "rules.oversized-story.number.question",
            {"above": 12.5},
            "Is 12.5 too much?",
        ),
        (
            'form: {counts: {stories: {one: "{n} story", other: "{n} stories"}}}\nreport: {open: "{n:stories}."}',
            "report.open",
            {"count": 3},
            "3 stories.",
        ),
        (
            "extends: de\nform: {decimal: '.'}",
            "rules.oversized-story.number.evidence",
            {"points": 12.5, "above": 8},
            "12.5 Punkte; dieses Team prüft alles mit mehr als 8 Punkten.",
        ),
        ("{}", "comment.more", {"count": 1}, "1 more in the report."),
        ("", "comment.more", {"count": 1}, "1 more in the report."),
    ],
)
def test_ways_of_writing_it_that_load(tmp_path, own, key, facts, said):
    (tmp_path / "words.yaml").write_text(own)
    assert read_messages(tmp_path / "words.yaml", None).text(key, **facts) == said


@pytest.mark.parametrize(
    ("own", "said"),
    [
        ("coment: {}", 'words.yaml:1:1: coment: Unknown text "coment". Did you mean "comment"?'),
        (
            "comment:\n  waiv: x",
            'words.yaml:2:3: comment.waiv: Unknown text "waiv". Did you mean "waive"?',
        ),
        (
            "rules:\n  oversized-stroy: {}",
            'words.yaml:2:3: rules.oversized-stroy: Unknown text "oversized-stroy". Did you mean "oversized-story"?',
        ),
        (
            "rules:\n  oversized-story:\n    histroy: {}",
            'words.yaml:3:5: rules.oversized-story.histroy: Unknown text "histroy". Did you mean "history"?',
        ),
        (
            "rules:\n  oversized-story:\n    number:\n      evidence: '{poinst} is above {above}.'",
            (
                "words.yaml:4:17: rules.oversized-story.number.evidence: Unknown placeholder {poinst}. "
                "Did you mean {points}?"
            ),
        ),
        (
            "rules:\n  oversized-story:\n    number:\n      evidence: 'More than {above}.'",
            (
                "words.yaml:4:17: rules.oversized-story.number.evidence: Add {points}: without it, the evidence is not shown."
            ),
        ),
        (
            "rules:\n  oversized-story:\n    number:\n      evidence: '{points:point}, {above}.'",
            (
                'words.yaml:4:17: rules.oversized-story.number.evidence: Unknown format "point". '
                "Did you mean {points:points}?"
            ),
        ),
        (
            "rules:\n  oversized-story:\n    number:\n      evidence: '{points.real}, {above}.'",
            (
                "words.yaml:4:17: rules.oversized-story.number.evidence: {points.real} is not a valid placeholder; "
                "write {name} or {name:format}."
            ),
        ),
        (
            "comment:\n  waive: 'Reply {'",
            "words.yaml:2:10: comment.waive: unmatched brace; write {{ or }} for a literal one.",
        ),
        (
            "comment:\n  waive: Delete this comment.",
            "words.yaml:2:10: comment.waive: Add {command}: this text has to show it.",
        ),
        (
            "comment:\n  greeting: {one: 'A question.'}",
            "words.yaml:2:19: comment.greeting.one: Add {name}: this text has to show it.",
        ),
        (
            "comment:\n  greeting: 'Some questions.'",
            "words.yaml:2:13: comment.greeting: Add {n} and {name}: this text has to show it.",
        ),
        (
            "comment:\n  waive: ''",
            "words.yaml:2:10: comment.waive: The text is empty. Remove the line to keep the shipped text.",
        ),
        ("comment:\n  waive: 3", "words.yaml:2:10: comment.waive: Expected a text. Put it in quotation marks."),
        (
            "comment:\n  waive: |\n    {command}\n    or so",
            "words.yaml:2:10: comment.waive: The text has more than one line. Write it as one line.",
        ),
        (
            "rules:\n  unranked-item: Nothing.",
            (
                "words.yaml:2:18: rules.unranked-item: Expected texts by name: bottom, no-rank, off-board, "
                "whole, limits, words."
            ),
        ),
        (
            "rules:\n  unranked-item:\n    words:\n      priority: {nine: x}",
            'words.yaml:4:18: rules.unranked-item.words.priority.nine: Unknown text "nine". Did you mean "none"?',
        ),
        (
            "rules:\n  missing-acceptance-criteria:\n    words:\n      where: {heading: Somewhere}",
            (
                "words.yaml:4:24: rules.missing-acceptance-criteria.words.where.heading: Add {heading}: this text has to show it."
            ),
        ),
        (
            "form:\n  counts:\n    epics: {one: '{n} epic', other: many epics}",
            "words.yaml:3:37: form.counts.epics.other: Add {n}: this text has to show it.",
        ),
        ("extends: dee", 'words.yaml:1:10: extends: Unknown language "dee". Did you mean "de"?'),
        ("extends: fr", 'words.yaml:1:10: extends: Unknown language "fr". Expected one of: de, en.'),
    ],
)
def test_a_mistake_is_told_with_its_place_and_what_was_probably_meant(wrong, own, said):
    assert wrong(own) == [said]


def test_all_mistakes_are_told_at_once_from_top_to_bottom(wrong):
    said = wrong("comment:\n  waiv: x\n  more: '{m}'\nreport:\n  opn: x\n")
    assert [line.split(": ")[1] for line in said] == ["comment.waiv", "comment.more", "report.opn"]


def test_a_file_extends_the_language_that_was_chosen(wrong, tmp_path):
    (tmp_path / "words.yaml").write_text("comment: {because: da …}")
    assert read_messages(tmp_path / "words.yaml", "de").language == "de"
    (said,) = wrong("extends: en", "de")
    assert (
        said
        == 'words.yaml:1:10: extends: This file extends "en", but steward.yaml sets "de". Use the same language in both.'
    )


def test_the_example_in_the_manual_loads_and_an_editor_accepts_it(repository, tmp_path):
    page = (repository / "docs" / "wording.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```yaml\n(# wording\.yaml\n.*?)```", page, re.DOTALL)
    (tmp_path / "wording.yaml").write_text(example, encoding="utf-8")
    own = read_messages(tmp_path / "wording.yaml", None)
    assert own.text("comment.more", count=1) == "1 more in the report."
    jsonschema.validate(YAML(typ="safe", pure=True).load(example), wording_schema())


@pytest.mark.parametrize(
    "own", [{"coment": {}}, {"comment": {"waiv": "x"}}, {"extends": "fr"}, {"comment": {"waive": 3}}]
)
def test_an_editor_marks_what_does_not_load(own):
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(own, wording_schema())


# ---- as a part of the configuration


def written(folder, good, wording, own=None):
    (folder / "steward.yaml").write_text(good + wording)
    if own is not None:
        (folder / "words.yaml").write_text(own)
    return folder / "steward.yaml"


def test_english_is_what_is_spoken_without_a_word(tmp_path, good):
    assert load(written(tmp_path, good, "")).messages is shipped_messages("en")


def test_a_language_is_chosen(tmp_path, good):
    chosen = load(written(tmp_path, good, "wording: {language: de}\n")).messages
    assert chosen.text("comment.more", count=3) == "3 weitere im Bericht."


def test_an_own_file_is_loaded_and_watched(tmp_path, good):
    loaded = load(written(tmp_path, good, "wording: {file: words.yaml}\n", "extends: de\nreport: {no-round: Nie}"))
    assert loaded.messages.text("report.no-round") == "Nie"
    assert loaded.messages.language == "de"
    assert tmp_path / "words.yaml" in loaded.files


def test_a_file_that_is_not_there_and_a_language_that_is_not_shipped_are_told(tmp_path, good):
    with pytest.raises(ConfigurationError, match=r"wording\.file: File not found"):
        load(written(tmp_path, good, "wording: {file: words.yaml}\n"))
    with pytest.raises(ConfigurationError, match=r'Expected one of: en, de; found "dee"\. Did you mean "de"\?'):
        load(written(tmp_path, good, "wording: {language: dee}\n"))


def test_a_mistake_in_the_own_file_is_a_mistake_of_the_configuration(tmp_path, good):
    with pytest.raises(ConfigurationError, match=r'words\.yaml:1:12: comment\.waiv: .*Did you mean "waive"'):
        load(written(tmp_path, good, "wording: {file: words.yaml}\n", "comment: { waiv: x}"))
