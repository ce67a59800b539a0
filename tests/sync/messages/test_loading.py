"""The shipped texts: complete in each language, and generated from the rules."""

import pytest
from typer.testing import CliRunner

from rules.catalogue import collect_texts
from rules.message_templates import ENGLISH
from rules.registry import all_rules
from sync.cli import app
from sync.messages import check_texts, languages, shipped_folder, shipped_messages
from sync.messages.loading import render_rule_texts, shipped_texts


def keys(texts, path=""):
    """Every text by its place; one and many are one text."""
    for key, value in texts.items():
        here = f"{path}.{key}"
        if isinstance(value, dict) and value.keys() != {"one", "other"}:
            yield from keys(value, here)
        else:
            yield here


def test_there_are_two_languages():
    assert languages() == ("de", "en")


@pytest.mark.parametrize("language", ["de", "en"])
def test_a_shipped_language_says_everything_and_nothing_else(language):
    extra = {".form.counts.punkten"} if language == "de" else set()
    assert set(keys(shipped_texts(language))) - extra == set(keys(shipped_texts("en")))


@pytest.mark.parametrize("language", ["de", "en"])
def test_a_shipped_language_holds_every_fact(language):
    assert list(check_texts(shipped_texts(language), language)) == []


def test_the_rules_own_english_and_the_english_texts_are_one():
    assert shipped_texts("en")["rules"] == collect_texts(), "run `make docs`"
    assert (shipped_folder() / "messages" / "en.findings.yaml").read_text(encoding="utf-8") == render_rule_texts(
        collect_texts()
    ), "run `make docs`"


def test_the_rules_own_figures_look_as_those_of_the_english_texts():
    assert shipped_messages("en").locale_format == ENGLISH


def test_every_rule_speaks_every_language():
    for language in languages():
        different = shipped_texts(language)["rules"].keys() ^ all_rules().keys()
        remedy = "run `make docs`" if language == "en" else "write there what en.findings.yaml says in English"
        assert not different, f"config/messages/{language}.findings.yaml lacks a rule, or has one too many: {remedy}"


def test_the_english_texts_are_written_anew_from_the_rules(tmp_path):
    file = tmp_path / "en.findings.yaml"
    result = CliRunner().invoke(app, ["schemas", str(tmp_path), "--rule-texts", str(file)])
    assert result.exit_code == 0, result.output
    assert file.read_text(encoding="utf-8") == render_rule_texts(collect_texts())
