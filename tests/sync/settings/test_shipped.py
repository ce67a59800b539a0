"""Everything that comes with the product loads, and editors are told the truth about it."""

import json

import jsonschema
import pytest
from ruamel.yaml import YAML
from typer.testing import CliRunner

from rules.registry import all_rules
from rules.ruleset import Ruleset
from sync.cli import app
from sync.messages import languages, shipped_folder
from sync.settings import Settings, load, load_rules, merge_into_presets

PRESETS = ("all", "kanban", "minimal", "safe", "scrum")


@pytest.fixture(scope="module")
def schema(repository):
    def read(name):
        return json.loads((repository / "config" / f"{name}.schema.json").read_text(encoding="utf-8"))

    return read


def marked(document, schema):
    """What an editor underlines."""
    return [error.message for error in jsonschema.Draft202012Validator(schema).iter_errors(document)]


def yaml(path):
    return YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))


def test_the_presets_are_those_that_the_documentation_names():
    assert tuple(sorted(preset.stem for preset in (shipped_folder() / "presets").glob("*.yaml"))) == PRESETS


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_loads_and_speaks_about_every_rule(name):
    document = merge_into_presets({"extends": [name]})
    Ruleset(document)
    assert set(document["rules"]) == set(all_rules())


def test_the_preset_all_leaves_no_rule_off():
    severities = merge_into_presets({"extends": ["all"]})["rules"]
    off = [name for name, rule in severities.items() if rule == "off" or rule["severity"] == "off"]
    assert off == [], f"give each of these rules a line with a severity in config/presets/all.yaml: {off}"


def test_of_two_presets_the_later_one_wins():
    ruleset = Ruleset(merge_into_presets({"extends": ["all", "minimal"]}))
    assert ruleset.base("unranked-item").severity == "off"
    assert Ruleset(merge_into_presets({"extends": ["minimal", "all"]})).base("unranked-item").severity == "warning"


def test_one_preset_may_be_named_without_a_list(tmp_path):
    (tmp_path / "rules.yaml").write_text("extends: minimal\n")
    document, _ = load_rules(tmp_path / "rules.yaml")
    assert document["extends"] == ("minimal",)
    assert Ruleset(document).base("unranked-item").severity == "off"


def test_without_a_word_it_is_scrum():
    assert merge_into_presets({}) == merge_into_presets({"extends": ["scrum"]})


def test_no_preset_at_all_leaves_the_rules_own_defaults():
    ruleset = Ruleset(merge_into_presets({"extends": []}))
    assert {name: ruleset.base(name).severity for name in all_rules()} == {
        name: rule.options().severity for name, rule in all_rules().items()
    }


def test_the_shipped_rules_and_the_example_load(repository):
    load_rules(repository / "config" / "rules.yaml")
    configuration = load(repository / "config" / "steward.example.yaml", secrets=False)
    assert configuration.settings.mode_of("payments") == "shadow"


def test_the_example_shows_every_default_as_it_is(repository):
    example = load(repository / "config" / "steward.example.yaml", secrets=False).settings
    usual = Settings.model_validate(
        {"trackers": {"payments": {"url": "https://a.example", "token": "t", "scope": "x"}}, "slack": {"token": "t"}}
    )
    assert example.write.model_copy(update={"fields": {}}) == usual.write
    assert example.schedule.pull == usual.schedule.pull
    assert example.schedule.report == usual.schedule.report
    assert example.store == usual.store.replace("///", f"///{repository / 'config'}/")
    assert (example.rules, example.wording, example.health) == (usual.rules, usual.wording, usual.health)
    same = ("vanish_limit", "rate", "internal_comments", "fields", "mode", "bots")
    assert [getattr(example.trackers["payments"], name) for name in same] == [
        getattr(usual.trackers["payments"], name) for name in same
    ]


@pytest.mark.parametrize("name", ["steward", "rules", "wording"])
def test_the_schemas_are_what_would_be_written_now(repository, tmp_path, name):
    result = CliRunner().invoke(app, ["schemas", str(tmp_path)])
    assert result.exit_code == 0
    file = f"{name}.schema.json"
    shipped = (repository / "config" / file).read_text(encoding="utf-8")
    assert shipped == (tmp_path / file).read_text(encoding="utf-8"), f"config/{file} is out of date: run `make docs`"


@pytest.mark.parametrize("name", ["steward", "rules", "wording"])
def test_the_schemas_are_schemas(schema, name):
    jsonschema.Draft202012Validator.check_schema(schema(name))


def test_editors_accept_what_is_shipped(repository, schema):
    config = repository / "config"
    assert marked(yaml(config / "steward.example.yaml"), schema("steward")) == []
    assert marked(yaml(config / "rules.yaml"), schema("rules")) == []
    for language in languages():
        for file in (f"{language}.yaml", f"{language}.findings.yaml", f"{language}.scores.yaml"):
            assert marked(yaml(config / "messages" / file), schema("wording")) == [], file
    for preset in PRESETS:
        assert marked(yaml(config / "presets" / f"{preset}.yaml"), schema("rules")) == [], preset


@pytest.mark.parametrize(
    "document",
    [
        {"extends": "minimal"},
        {"rules": {"unranked-item": "off"}},
        {"overrides": [{"where": {"tracker": "a"}, "rules": {"unranked-item": "off"}}]},
        {"overrides": [{"where": {"label": ["a", "b"], "area": "P\\Ops"}, "rules": {"oversized-story": {"above": 8}}}]},
        {"rules": {"oversized-story": {"above": "history", "severity": "off"}}},
        {"languages": ["en"]},
    ],
)
def test_editors_accept_every_way_of_writing_that_loads(schema, tmp_path, document):
    (tmp_path / "rules.yaml").write_text(json.dumps(document))
    loaded, _ = load_rules(tmp_path / "rules.yaml")
    assert loaded["rules"].keys() >= document.get("rules", {}).keys()
    assert marked(document, schema("rules")) == []


@pytest.mark.parametrize(
    "document",
    [
        {"rulez": {}},
        {"rules": {"unranked-itme": "off"}},
        {"rules": {"unranked-item": "on"}},
        {"overrides": [{"where": {"squad": "x"}, "rules": {}}]},
        {"overrides": [{"where": {}, "rules": {"oversized-story": {"abov": 8}}}]},
        {"languages": ["xx"]},
    ],
)
def test_editors_mark_what_does_not_load(schema, tmp_path, document):
    (tmp_path / "rules.yaml").write_text(json.dumps(document))
    with pytest.raises(Exception, match=r"rules\.yaml:1:"):
        load_rules(tmp_path / "rules.yaml")
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, schema("rules"))


def test_a_smallest_file_is_a_tracker_and_a_token(schema, tmp_path):
    document = {"trackers": {"pay": {"url": "https://a.example", "token": "abcd", "scope": "project = PAY"}}}
    (tmp_path / "steward.yaml").write_text(json.dumps(document))
    loaded = load(tmp_path / "steward.yaml")
    jsonschema.validate(document, schema("steward"))
    assert loaded.settings.mode_of("pay") == "shadow"
    assert loaded.ruleset().base("unranked-item").severity == "info"


@pytest.mark.parametrize(
    ("whole", "own", "mode"),
    [
        ("shadow", None, "shadow"),
        ("shadow", "write", "shadow"),
        ("write", None, "write"),
        ("write", "write", "write"),
        ("write", "shadow", "shadow"),
    ],
)
def test_the_strictest_mode_wins(whole, own, mode):
    tracker = {"url": "https://a.example", "token": "t", "scope": "x", "mode": own}
    assert Settings.model_validate({"trackers": {"a": tracker}, "write": {"mode": whole}}).mode_of("a") == mode
