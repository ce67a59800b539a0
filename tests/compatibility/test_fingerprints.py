"""A rule that was let write goes on writing after an upgrade, and stops as soon as somebody changes its settings."""

import contextlib
import sqlite3
from typing import Annotated

import pytest
from compatibility.installation import DATA
from compatibility.store_text import restore
from pydantic import Field

from rules import ruleset as rulesets
from rules.registry import all_rules
from rules.ruleset import Ruleset, document_model
from sync.rounds.rule_modes import fingerprints, needs_promotion
from sync.settings import load_rules

OVERSIZED, CRITERIA, UNRANKED = EARLIER_RULES = "oversized-story", "missing-acceptance-criteria", "unranked-item"


@pytest.fixture(scope="module")
def promoted(tmp_path_factory):
    """What was promoted by the earlier program."""
    file = tmp_path_factory.mktemp("store") / "steward.db"
    restore((DATA / "store.sql").read_text(encoding="utf-8"), file)
    with contextlib.closing(sqlite3.connect(file)) as connection:
        return frozenset(connection.execute("SELECT rule, fingerprint FROM promotion"))


@pytest.fixture
def wait(promoted):
    """Names the rules that wait under the stored settings, with some of them changed."""

    def waiting(*, known=promoted, of="rules.yaml", **changes):
        document, _ = load_rules(DATA / of)
        ruleset = Ruleset({**document, **changes, "rules": {**document["rules"], **changes.get("rules", {})}})
        return {rule for rule in EARLIER_RULES if needs_promotion(ruleset, rule, known)}

    return waiting


@pytest.fixture
def first_versions(monkeypatch):
    """No rule's verdicts have changed since then."""
    for rule in all_rules().values():
        monkeypatch.setattr(rule, "version", 1)


@pytest.fixture
def new_option(monkeypatch):
    """Adds an option to a rule, or a condition to overrides, as a later version of the program might."""

    def add(owner, name, base, default):
        field = (Annotated[type(default), Field(description="New.")], default)
        more = type(
            base.__name__, (base,), {"__annotations__": {name: field[0]}, name: default, "__module__": __name__}
        )
        monkeypatch.setattr(*owner, more)
        document_model.cache_clear()

    yield add
    monkeypatch.undo()
    document_model.cache_clear()


def settings(name, **changes):
    document, _ = load_rules(DATA / "rules.yaml")
    return {"rules": {name: {**document["rules"][name], **changes}}}


def test_only_rules_whose_verdicts_have_changed_since_then_wait(wait):
    changed = {name for name in EARLIER_RULES if all_rules()[name].version > 1}
    assert wait() == {UNRANKED} | changed, "this one was changed and not promoted"


def test_rules_that_are_newer_than_the_store_wait(promoted):
    newer = all_rules().keys() - set(EARLIER_RULES)
    ruleset = Ruleset(load_rules(DATA / "rules.yaml")[0])
    assert {rule for rule in newer if needs_promotion(ruleset, rule, promoted)} == newer


def test_rules_that_were_promoted_by_the_earlier_program_go_on_writing(wait, first_versions):
    assert wait() == {UNRANKED}, "only this one was changed and not promoted"
    assert wait(of="rules.first.yaml") == set()


@pytest.mark.parametrize(
    ("name", "change"),
    [
        (OVERSIZED, {"above": 13.5}),
        (OVERSIZED, {"share": 0.6}),
        (OVERSIZED, {"severity": "info"}),
        (CRITERIA, {"types": ["story"]}),
        (CRITERIA, {"languages": ["en"]}),
        (CRITERIA, {"mode": "write"}),
    ],
)
def test_a_changed_setting_sends_the_rule_to_shadow(wait, name, change, first_versions):
    assert wait(**settings(name, **change)) == {UNRANKED, name}


def test_a_setting_that_is_written_out_at_its_default_changes_nothing(wait, first_versions):
    assert wait(**settings(OVERSIZED, share=0.5, window="365 days")) == {UNRANKED}


def test_other_items_under_an_override_send_the_rule_to_shadow(wait, first_versions):
    document, _ = load_rules(DATA / "rules.yaml")
    first, second = document["overrides"]
    assert wait(overrides=[{**first, "where": {"tracker": "azure"}}, second]) == {UNRANKED, CRITERIA}


def test_a_new_version_of_a_rule_sends_it_to_shadow(wait, monkeypatch, first_versions):
    monkeypatch.setattr(all_rules()[OVERSIZED], "version", 2)
    assert wait() == {UNRANKED, OVERSIZED}


@pytest.mark.parametrize("name", [OVERSIZED, CRITERIA])
def test_a_new_option_keeps_the_rule_live_until_it_is_set(wait, new_option, name, first_versions):
    kind = all_rules()[name]
    new_option((kind, "options"), "depth", kind.options, 5)
    assert wait() == {UNRANKED}
    assert wait(**settings(name, depth=5)) == {UNRANKED}
    assert wait(**settings(name, depth=6)) == {UNRANKED, name}


def test_a_new_condition_of_overrides_keeps_every_rule_live_until_it_is_used(wait, new_option, first_versions):
    new_option((rulesets, "Where"), "team", rulesets.Where, ())
    assert wait() == {UNRANKED}
    document, _ = load_rules(DATA / "rules.yaml")
    first, second = document["overrides"]
    assert wait(overrides=[{**first, "where": {**first["where"], "team": ["x"]}}, second]) == {UNRANKED, CRITERIA}


def test_what_is_promoted_now_stays_live_when_an_option_is_added_later(wait, new_option, first_versions):
    document, _ = load_rules(DATA / "rules.yaml")
    now = frozenset(fingerprints(Ruleset(document)))
    kind = all_rules()[OVERSIZED]
    new_option((kind, "options"), "depth", kind.options, 5)
    assert wait(known=now) == set()
    assert wait(known=now, **settings(OVERSIZED, depth=6)) == {OVERSIZED}


def test_a_rule_that_is_newer_than_the_first_fingerprints_has_none_of_them(monkeypatch, wait, first_versions):
    document, _ = load_rules(DATA / "rules.yaml")
    monkeypatch.setattr(rulesets, "_ORIGINAL_DEFAULTS", {})
    assert Ruleset(document).first_fingerprint(OVERSIZED) is None
    assert wait() == {UNRANKED, OVERSIZED, CRITERIA}
