"""`steward rules off`: the answer that a team gives when a rule flags most of its items."""

import json

import pytest
from end_to_end.command_line import run_here

from rules.registry import all_rules
from sync.settings import load_rules

RULE = "missing-acceptance-criteria"


@pytest.fixture
def off(tmp_path):
    """Switches the rule off in a rules file, and returns what was printed and what the file holds then."""
    (tmp_path / "steward.yaml").write_text("trackers: {old: {kind: export, path: old.csv}}\n", encoding="utf-8")

    def run(text):
        path = tmp_path / "rules.yaml"
        if text is not None:
            path.write_text(text, encoding="utf-8")
        done = run_here("rules", "off", RULE, "--json", cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)["changed"], path.read_text(encoding="utf-8")

    return run


@pytest.mark.parametrize(
    "text",
    [
        None,
        "extends: [scrum]\n",
        "rules:\n  unranked-item: {severity: info}  # as agreed\n",
        "rules:\n  missing-acceptance-criteria: {severity: warning, types: [story]}\n",
    ],
)
def test_the_rule_is_off_and_everything_else_stays(off, tmp_path, text):
    changed, now = off(text)
    assert changed
    rules = load_rules(tmp_path / "rules.yaml")[0]["rules"]
    assert rules[RULE] == "off" or rules[RULE]["severity"] == "off"
    for line in (text or "").splitlines():
        assert RULE in line or line in now


def test_a_rule_that_is_off_already_changes_nothing(off):
    text = "rules: {missing-acceptance-criteria: off}   # nobody wants it\n"
    assert off(text) == (False, text)


def test_an_unknown_rule_is_refused_with_the_known_ones(off, tmp_path):
    (tmp_path / "rules.yaml").write_text("{}\n", encoding="utf-8")
    done = run_here("rules", "off", "no-such-rule", cwd=tmp_path)
    assert done.returncode == 2
    assert all(name in done.stderr for name in list(all_rules())[:1])
