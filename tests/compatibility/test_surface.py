"""What people and their programs rely on is still there: more may be added, nothing goes and nothing changes."""

import pytest
from compatibility import surface
from compatibility.installation import CONFIGURATION, DATA, stored
from compatibility.surface import kept
from end_to_end.command_line import run_here

PRINTED = {" ".join(one["command"]): one for one in kept("json.json")}
SCHEMAS = kept("schemas.json")

FACTS_OF_CYCLE_TIMES = ("clock", "limit", "sized", "slow")
OTHER_DEFAULT = {
    ".write.label",
    ".languages",
    ".rules.missing-acceptance-criteria",
    ".rules.missing-acceptance-criteria.languages",
    ".overrides.<items>.rules.missing-acceptance-criteria.languages",
    ".rules.oversized-story",
    ".rules.oversized-story.share",
    ".rules.oversized-story.least_of_a_size",
    ".overrides.<items>.rules.oversized-story.share",
    ".overrides.<items>.rules.oversized-story.least_of_a_size",
}
"""Keys whose default has changed. A store with labels keeps the earlier one (ADR 13); criteria are read in more languages
(ADR 17); a size is large from twice as many slow items as usual (ADR 3)."""

NOT_SAID = {"history", "unranked-item"}
"""The archive knows neither starts (ADR 3) nor priorities, so that nothing is said about its order."""

WITHOUT_STARTS = {
    f"{path}.facts.{fact}" for path in (".findings[]", "[].findings[].finding") for fact in FACTS_OF_CYCLE_TIMES
}
"""What is not printed about the installation: no start is known there, so sizes are learned without times (ADR 3)."""


@pytest.fixture(scope="module")
def seen(tmp_path_factory):
    with stored(tmp_path_factory.mktemp("installation")) as this:
        return surface.tour(this), surface.written(this), surface.imported(this), surface.promoted_first(this)


@pytest.fixture(scope="module")
def printed(seen):
    return {" ".join(one["command"]): one for one in seen[0]}


@pytest.fixture(scope="module")
def schemas(tmp_path_factory):
    return surface.schemas(tmp_path_factory.mktemp("schemas"))


@pytest.fixture
def folder(tmp_path):
    for name in (*CONFIGURATION, "wording.de.yaml", "wording.all.en.yaml", "wording.all.de.yaml"):
        (tmp_path / name).write_bytes((DATA / name).read_bytes())
    return tmp_path


def lacking(before, after):
    """What of a mapping to lists is not there any more."""
    return {
        path: some
        for path, some in before.items()
        if not set(some) - NOT_SAID <= set(after.get(path, ())) and path not in WITHOUT_STARTS
    }


@pytest.mark.parametrize("command", PRINTED)
def test_a_command_exits_as_it_did(printed, command):
    assert printed[command]["code"] == PRINTED[command]["code"]


@pytest.mark.parametrize("command", [one for one in PRINTED if "keys" in PRINTED[one]])
def test_a_command_prints_the_keys_that_it_did_with_values_of_the_same_types(printed, command):
    assert lacking(PRINTED[command]["keys"], printed[command]["keys"]) == {}


@pytest.mark.parametrize("command", [one for one in PRINTED if PRINTED[one].get("words")])
def test_a_command_prints_the_words_that_it_did_where_they_are_one_of_a_few(printed, command):
    assert lacking(PRINTED[command]["words"], printed[command]["words"]) == {}


def by_tracker(rows):
    """Rows with those of each tracker in their order: trackers are written to side by side."""
    return sorted(rows, key=lambda row: row[0]) if isinstance(rows[0], list) else rows


@pytest.mark.parametrize("what", kept("written.json"))
def test_what_is_stored_of_answers_rounds_and_writes_is_what_was_stored(seen, what):
    before = kept("written.json")[what]
    if what == "rounds":  # an odd reply to a write does not end a round any more
        before[11] = ["cloud", "round", "done", 5]
    assert by_tracker(seen[1][what]) == by_tracker(before)


def test_a_file_of_decisions_is_read_by_the_columns_that_it_had(seen):
    [decision] = seen[2]
    known = {"verdict": "not-now", "reason": "a reason", "instead": "a note", "review": "2027-02-03T00:00:00Z"}
    assert known.items() <= decision.items()


def test_rules_are_promoted_by_the_first_writing_in_the_words_that_it_had(seen):
    assert seen[3] == {"first writing"}


def test_the_decision_log_as_csv_has_the_columns_that_it_had(printed):
    assert printed["decisions csv"]["header"] == PRINTED["decisions csv"]["header"]


@pytest.mark.parametrize("file", SCHEMAS)
def test_a_configuration_file_has_the_keys_that_it_had_with_what_they_took(schemas, file):
    before, after = SCHEMAS[file], schemas[file]
    assert before.keys() <= after.keys()
    for name in ("types", "values"):
        assert lacking({key: one[name] for key, one in before.items()}, {key: after[key][name] for key in before}) == {}


@pytest.mark.parametrize("file", SCHEMAS)
def test_a_key_has_the_default_that_it_had_and_none_is_needed_that_was_not(schemas, file):
    before, after = SCHEMAS[file], schemas[file]
    defaults = {key: one["default"] for key, one in before.items() if "default" in one and key not in OTHER_DEFAULT}
    assert defaults == {key: after[key].get("default") for key in defaults}
    assert {key for key, one in before.items() if set(after[key]["needed"]) - set(one["needed"])} == set()


@pytest.mark.parametrize("file", ["wording.yaml", "wording.de.yaml", "wording.all.en.yaml", "wording.all.de.yaml"])
def test_a_file_of_texts_is_accepted_with_every_id_and_fact_that_there_was(folder, file):
    language = "de" if ".de" in file else "en"
    text = (folder / "steward.yaml").read_text(encoding="utf-8")
    text = text.replace("file: wording.yaml", f"file: {file}").replace("language: en", f"language: {language}")
    (folder / "steward.yaml").write_text(text, encoding="utf-8")
    done = run_here("check-config", "steward.yaml", cwd=folder, STEWARD_TOKEN="good-token")
    assert (done.returncode, done.stderr) == (0, "")


def test_texts_of_an_admin_are_what_people_read(folder):
    text = (folder / "steward.yaml").read_text(encoding="utf-8")
    text = text.replace("file: wording.yaml", "file: wording.de.yaml").replace("language: en", "language: de")
    (folder / "steward.yaml").write_text(text, encoding="utf-8")
    command = ("preview", "--rule", "missing-acceptance-criteria", "--config", "steward.yaml")
    done = run_here(*command, cwd=folder, STEWARD_TOKEN="good-token")
    assert "Wofür ist das?" in done.stdout


@pytest.mark.parametrize("known", kept("values.json"), ids=", ".join)
def test_values_that_are_stored_or_printed_are_still_those_of_something(known, everything):
    assert any(set(known) <= set(now) for now in everything)


@pytest.fixture(scope="module")
def everything():
    return surface.values()


def test_findings_have_the_facts_that_they_had():
    before, now = kept("facts.json"), surface.facts()
    lost = {
        (rule, variant, fact): kind
        for rule, variants in before.items()
        for variant, facts in variants.items()
        for fact, kind in facts.items()
        if now.get(rule, {}).get(variant, {}).get(fact) != kind
    }
    assert lost == {}


@pytest.mark.parametrize(
    ("code", "command"),
    [
        (0, ["check", "archive.jsonl", "--fail-on", "never", "--as-of", "2026-03-02"]),
        (1, ["check", "archive.jsonl", "--as-of", "2026-03-02"]),
        (2, ["check-config", "archive.jsonl"]),
        (2, ["plan", "--config", "nowhere.yaml"]),
        (2, ["plan", "--no-such-option"]),
        (2, ["undo"]),
        (3, ["plan", "--tracker", "cloud"]),
    ],
    ids=str,
)
def test_the_exit_code_says_what_it_said(folder, code, command):
    """The last one meets a proxy that nobody serves."""
    done = run_here(*command, cwd=folder, http_proxy="http://127.0.0.1:1", no_proxy="", STEWARD_TOKEN="good-token")
    assert done.returncode == code, done.stderr
