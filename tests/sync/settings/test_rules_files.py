"""Rules files that extend others, waivers beside them, and what has no effect."""

import json

import pytest

from rules.ruleset import Ruleset
from sync.inspect.rules_lint import lint_rules
from sync.settings import ConfigurationError, load, load_base_rules, load_rules
from sync.settings.yaml_file import YamlFile


@pytest.fixture
def write(tmp_path):
    def to(name, text):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return to


def failure(path):
    with pytest.raises(ConfigurationError) as caught:
        load_rules(path)
    return str(caught.value)


def test_a_file_of_a_company_is_extended_and_its_overrides_stay(write):
    write("company.yaml", "extends: [minimal]\nrules: {unranked-item: {severity: warning}}\noverrides:\n"
          "  - {where: {label: legacy}, rules: {unranked-item: off}}\n")  # fmt: skip
    path = write("rules.yaml", "extends: [company.yaml]\nrules: {oversized-story: {above: 5}}\noverrides:\n"
                 "  - {where: {label: new}, rules: {unranked-item: {severity: info}}}\n")  # fmt: skip
    document, files = load_rules(path)
    ruleset = Ruleset(document)
    assert ruleset.base("unranked-item").severity == "warning"
    assert ruleset.base("oversized-story").above == 5
    assert [where.label for where in ruleset.override_conditions] == [("legacy",), ("new",)]
    assert [file.name for file in files] == ["company.yaml", "rules.yaml"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("extends: [compny.yaml]\n", "rules.yaml:1:10: extends: File not found:"),
        ("extends: [rules.yaml]\n", "extends itself"),
        ("extends: [scurm]\n", 'Did you mean "scrum"?'),
    ],
)
def test_what_cannot_be_extended_is_said_with_its_place(write, text, message, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert message in failure(write("rules.yaml", text))


def test_two_files_that_extend_each_other_are_refused(write):
    write("a.yaml", "extends: [b.yaml]\n")
    assert "extends itself, directly or through another file" in failure(write("b.yaml", "extends: [a.yaml]\n"))


def test_a_mistake_in_an_extended_file_has_its_place_there(write, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    write("company.yaml", "rules: {unranked-itme: off}\n")
    assert failure(write("rules.yaml", "extends: [company.yaml]\n")).startswith("company.yaml:1:9:")


@pytest.fixture
def installation(write):
    settings = {"trackers": {"pay": {"url": "https://a.example", "token": "abcd", "scope": "project = PAY"}}}
    return write("steward.yaml", json.dumps(settings))


def test_waivers_are_read_and_watched(write, installation, tmp_path):
    assert tmp_path / "waivers.yaml" in load(installation).watched
    write("waivers.yaml", "waivers:\n  - {item: PAY-1, rule: oversized-story, until: 2027-01-15, reason: bought}\n")
    [waiver] = load(installation).waivers
    assert (waiver.item, waiver.rule, str(waiver.until)) == ("PAY-1", "oversized-story", "2027-01-15")
    assert tmp_path / "waivers.yaml" in load(installation).files


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{item: PAY-1, rule: oversized-stroy, reason: x}", 'Did you mean "oversized-story"?'),
        ("{item: PAY-1, rule: oversized-story}", "reason: This key is required."),
        ("{item: PAY-1, rule: oversized-story, reason: x, untli: 2027-01-01}", 'Did you mean "until"?'),
    ],
)
def test_a_mistake_in_a_waiver_is_said(write, installation, line, message):
    write("waivers.yaml", f"waivers:\n  - {line}\n")
    with pytest.raises(ConfigurationError, match=r"waivers\.yaml:2:") as caught:
        load(installation)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("rules: {oversized-story: {severity: off, above: 5}}", [("unused-option", "rules.oversized-story")]),
        ("rules: {unranked-item: {severity: info}}", [("same-as-preset", "rules.unranked-item.severity")]),
        ("rules: {oversized-story: {above: 5}}", []),
        (
            (
                "rules: {oversized-story: {severity: off, above: 5}}\n"
                "overrides: [{where: {label: x}, rules: {oversized-story: {severity: info}}}]"
            ),
            [],
        ),
        ("rules: {unranked-item: off}", []),
        ("overrides: [{where: {label: x}, rules: {}}]", [("empty-override", "overrides.0")]),
        ("overrides: [{where: {}, rules: {unranked-item: off}}]", [("override-for-everything", "overrides.0")]),
        (
            "rules: {unranked-item: off}\noverrides: [{where: {label: x}, rules: {unranked-item: off}}]",
            [("unused-override", "overrides.0.rules.unranked-item")],
        ),
    ],
)
def test_what_has_no_effect_is_listed(write, text, found):
    path = write("rules.yaml", text + "\n")
    issues = lint_rules(YamlFile(path).values, Ruleset(load_rules(path)[0]), Ruleset(load_base_rules(path)))
    assert [(issue.id, issue.key_path) for issue in issues] == found


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        (None, "so the rules of the preset scrum are in force."),
        ("languages: [en]\n", "has no `extends` and no `rules`, so the rules of the preset scrum are in force."),
        ("extends: [scrum]\n", ""),
        ("rules: {oversized-story: off}\n", ""),
    ],
)
def test_check_config_says_when_no_file_names_the_rules(tmp_path, rules, said):
    site = "{url: https://example.atlassian.net, email: a@example.com, token: t, scope: project = PAY}"
    (tmp_path / "steward.yaml").write_text(f"trackers:\n  pay: {site}\n", encoding="utf-8")
    if rules is not None:
        (tmp_path / "rules.yaml").write_text(rules, encoding="utf-8")
    note = load(tmp_path / "steward.yaml").rules_note
    assert note.endswith(said)
    assert bool(note) is bool(said)
