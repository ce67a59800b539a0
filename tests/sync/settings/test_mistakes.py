"""Whatever an admin gets wrong, the message says in which file, on which line, under which key, and what was meant."""

import re
import stat
import time
from pathlib import Path

import pytest

from sync.settings import load


def steward(*lines: str) -> str:
    """A good file, with lines that are not."""
    return "\n".join([*GOOD_LINES, *lines, ""])


GOOD_LINES = [
    "trackers:",
    "  pay:",
    "    url: https://example.atlassian.net",
    "    email: steward@example.com",
    "    token: a-token-of-the-team",
    "    scope: project = PAY",
]


@pytest.mark.parametrize(
    ("lines", "place", "said"),
    [
        # a key that nobody knows
        (["wriet: {mode: write}"], "7:1: wriet:", 'Did you mean "write"?'),
        (["write:", "  bugdet: {per_round: 5}"], "8:3: write.bugdet:", 'Did you mean "budget"?'),
        (["write: {quiet: {after_activty: 1 day}}"], "7:17: write.quiet.after_activty:", '"after_activity"'),
        (
            ["xyzzy: 1"],
            "7:1: xyzzy:",
            "Expected one of: asks, experiments, feedback, goals, health, measures, page_password, roles, rule_pages, rules, schedule, slack, ….",
        ),
        (["write: {comment: no}"], "7:18: write.comment:", 'Expected true or false; found "no"'),
        (["write: {baseline: off}"], "7:19: write.baseline:", 'Expected true or false; found "off"'),
        (["teams: {ops: {componnt: Ops}}"], "7:15: teams.ops.componnt:", 'Did you mean "component"?'),
        (["teams: {ops: {tracker: pya}}"], "7:24: teams.ops.tracker", 'Unknown tracker "pya"'),
        (["asks: {oversized-stroy: architects}"], "7:8: asks.oversized-stroy:", '"oversized-story"'),
        (["slack: {token: t, urll: x}"], "7:19: slack.urll:", 'Did you mean "url"?'),
        # a key twice
        (["write: {mode: write}", "write: {mode: shadow}"], "8:1:", "write"),
        # a word that is none of those allowed
        (["write: {mode: shadwo}"], "7:15: write.mode:", 'Did you mean "shadow"?'),
        (["write: {mode: yes}"], "7:15: write.mode:", 'Expected one of: shadow, write; found "yes"'),
        (
            ["write: {fields: {moscow: M}}"],
            "7:26: write.fields.moscow:",
            "wsjf, suggested_priority, suggested_place, priority_reason; found",
        ),
        (["write: {fields: {wsjf: Rank, priority_reason: rank}}"], "7:17: write.fields:", 'found "Rank" twice'),
        # a key that has to be there
        (["slack: {reports: []}"], "7:8: slack.token:", "This key is required"),
        (
            ["slack: {token: t, reports: [{channel: x, mentions: {Developers: '@here'}}]}"],
            "7:65: slack.reports.0.mentions.Developers:",
            "is not the id of one person",
        ),
        (
            ["slack: {token: t, people: {U0123ABCD: bosses}}"],
            "7:39: slack.people.U0123ABCD:",
            '"bosses" has no permission',
        ),
        # phrases
        (["write: {quiet: {after_activity: a week}}"], "7:33: write.quiet.after_activity:", 'such as "7 days"'),
        (["write: {quiet: {after_activity: -1 days}}"], "7:33:", 'such as "7 days"'),
        (["write: {quiet: {after_activity: 7}}"], "7:33:", 'such as "7 days"'),
        (["write: {quiet: {after_activity: 99999999999 weeks}}"], "7:33:", "longer than"),
        (["write: {quiet: {hours: nine to five}}"], "7:24: write.quiet.hours:", '"weekdays 08:00-18:00"'),
        (["write: {quiet: {hours: '18:00-08:00'}}"], "7:24:", "ends before it starts"),
        (["write: {quiet: {hours: '08:00-24:30'}}"], "7:24:", "is not a time of day"),
        (["write: {surprise: 3}"], "7:19: write.surprise:", 'such as "3x"'),
        (["write: {surprise: .nan}"], "7:19: write.surprise:", 'such as "3x"'),
        (["schedule: {pull: often}"], "7:18: schedule.pull:", '"every 10 minutes"'),
        (["schedule: {pull: every 0 minutes}"], "7:18:", "is too short"),
        (["schedule: {pull: every 99999999999999 hours}"], "7:18:", "longer than"),
        (["schedule: {report: at 25:00}"], "7:20: schedule.report:", "is not a time of day"),
        (["schedule: {report: 'cron: 61 * * * *'}"], "7:20:", "is not a cron expression"),
        (["schedule: {report: 'cron: * * *'}"], "7:20:", "with five fields"),
        (["schedule: {timezone: Vienna}"], "7:22: schedule.timezone:", 'Did you mean "Europe/Vienna"?'),
        (["schedule: {timezone: new york}"], "7:22:", 'Did you mean "America/New_York"?'),
        (["schedule: {timezone: CEST}"], "7:22:", "such as Europe/Berlin"),
        (["schedule: {timezone: ''}"], "7:22:", "such as Europe/Berlin"),
        (["schedule: {timezone: Europe}"], "7:22:", "such as Europe/Berlin"),
        (["schedule: {timezone: /etc/passwd}"], "7:22:", "such as Europe/Berlin"),
        (["rule_pages: wiki.example.com"], "7:13: rule_pages:", "start with https://"),
        (["rule_pages: https://"], "7:13: rule_pages:", "is not a web address"),
        (["rule_pages: 'http://[::1'"], "7:13: rule_pages:", "is not a web address"),
        # numbers
        (["write: {budget: {per_round: -1}}"], "7:29: write.budget.per_round:", "greater than or equal to 0"),
        (["write: {budget: {findings_per_item: 0}}"], "7:37:", "greater than or equal to 1"),
        (["write: {budget: {per_round: many}}"], "7:29:", 'found "many"'),
        # another shape
        (["write: [mode, write]"], "7:8: write:", "keys with values"),
        (["write: write"], "7:8: write:", "keys with values"),
        (["slack: {token: t, reports: '#x'}"], "7:28: slack.reports:", "list"),
        # names of trackers
        (
            ["slack: {token: t, reports: [{channel: x, trackers: [pay, platform]}]}"],
            "7:58: slack.reports.0.trackers.1:",
            'Unknown tracker "platform". Expected one of: pay',
        ),
        (
            ["slack: {token: t, reports: [{channel: x}, {channel: '#x'}]}"],
            "7:53: slack.reports.1.channel:",
            "Two reports",
        ),
    ],
)
def test_a_mistake_in_steward_yaml_is_told_with_its_place(wrong, lines, place, said):
    (mistake,) = wrong(steward(*lines))
    assert str(mistake).startswith(f"steward.yaml:{place}"), str(mistake)
    assert said in str(mistake)


@pytest.mark.parametrize(
    ("line", "place", "said"),
    [
        ("url: example.atlassian.net", "3:10: trackers.pay.url:", "start with https://"),
        ("vanish_limit: 20", "3:19: trackers.pay.vanish_limit:", 'such as "20%"'),
        ("vanish_limit: 120%", "3:19:", 'such as "20%"'),
        ("vanish_limit: 20.0", "3:19:", 'such as "20%"'),
        ("vanish_limit: .inf", "3:19:", 'such as "20%"'),
        ("rate: 0", "3:11: trackers.pay.rate:", "greater than 0"),
        ("kind: jria", "3:11: trackers.pay.kind:", 'Did you mean "jira"?'),
        ("tokn: abc", "3:5: trackers.pay.tokn:", 'Did you mean "token"?'),
        ("fields: {point: Size}", "3:14: trackers.pay.fields.point:", 'Did you mean "points"?'),
        ("mode: wrote", "3:11: trackers.pay.mode:", 'Did you mean "write"?'),
    ],
)
def test_a_mistake_inside_a_tracker_is_told_with_its_place(wrong, line, place, said):
    name = line.partition(":")[0]
    rest = [one for one in GOOD_LINES[2:] if not one.strip().startswith(f"{name}:")]
    (mistake,) = wrong("\n".join([*GOOD_LINES[:2], f"    {line}", *rest, ""]))
    assert str(mistake).startswith(f"steward.yaml:{place}"), str(mistake)
    assert said in str(mistake)


def test_a_tracker_that_lacks_keys_names_each_of_them(wrong):
    found = wrong("trackers:\n  pay:\n    kind: jira\n")
    assert [mistake.key for mistake in found] == ["trackers.pay.url", "trackers.pay.token", "trackers.pay.scope"]
    assert {(mistake.line, mistake.message) for mistake in found} == {(3, "This key is required.")}


@pytest.mark.parametrize("content", ["", "\n\n", "# nothing but a remark\n", "---\n"])
def test_an_empty_file_says_what_is_missing(wrong, content):
    assert [str(mistake) for mistake in wrong(content)] == ["steward.yaml:1:1: trackers: This key is required."]


@pytest.mark.parametrize("content", ["- one\n- two\n", "just words\n", "42\n", "'quoted'\n"])
def test_a_file_that_is_no_mapping_says_what_was_expected(wrong, content):
    (mistake,) = wrong(content)
    assert str(mistake).startswith("steward.yaml:1:1: ")
    assert "keys with values" in mistake.message


def test_no_trackers_at_all_is_told_where_they_should_be(wrong):
    (mistake,) = wrong("trackers: {}\n")
    assert str(mistake).startswith("steward.yaml:1:11: trackers:")


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ("trackers:\n\tpay: 1\n", 2),
        ("trackers: [1, 2\n", 2),
        ("a: b: c\n", 1),
        ("trackers: {a: 1}}\n", 1),
        ("trackers: &x [*y]\n", 1),
        ("a: 'unclosed\n", 2),
        ("one: 1\n---\ntwo: 2\n", 2),
        ("a: 1\nb: @x\n", 2),
    ],
)
def test_what_is_no_yaml_is_told_with_its_line(wrong, content, line):
    (mistake,) = wrong(content)
    assert mistake.line == line, str(mistake)
    assert "\n" not in mistake.message


@pytest.mark.parametrize(
    "content",
    [
        "trackers: &a\n  pay: *a\n",  # refers to itself
        "a: &a [1]\nb: &b [*a, *a]\nc: [*b, *b, *b]\n",
        "when: 2001-13-45\n",
        "when: 2024-02-30T25:61:61Z\n",
        "number: 0x\n",
        "number: 0b12\n",
        "number: 1e999999\n",
        "number: 9" + "9" * 6000 + "\n",
        "? [a, b]\n: complex\n",
        "? {a: b}\n: complex\n",
        "null: 1\n",
        "true: 1\n",
        "1: 1\n",
        "a: !!binary aGVsbG8=\n",
        "a: !!set {x, y}\n",
        "a: !!omap [x: 1]\n",
        "a: !!python/object/apply:os.system [id]\n",
        "a: !own {b: 1}\n",
        "%YAML 9.9\n---\na: 1\n",
        "a: |\n  text\n b: 1\n",
        "a: \x07\n",
        "a: \u2028\n",
        "[" * 3000,
        "{a: " * 3000,
        "a: " + "x" * 70000 + "\n",
    ],
    ids=lambda content: content[:20],
)
def test_odd_yaml_is_a_mistake_with_a_place_and_never_a_crash(wrong, content):
    found = wrong(content)
    assert found
    assert all(str(mistake).startswith("steward.yaml") for mistake in found)
    assert all(len(str(mistake)) < 600 for mistake in found)


def test_bytes_that_are_no_utf8_are_told(wrong):
    (mistake,) = wrong(b"trackers: \xff\xfe\n")
    assert "steward.yaml" in str(mistake)
    assert "UTF-8" in str(mistake)


def test_a_byte_order_mark_and_windows_line_ends_are_fine(tmp_path, good):
    path = tmp_path / "steward.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + good.replace("\n", "\r\n").encode())
    assert list(load(path).settings.trackers) == ["pay"]


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(Exception, match=r"missing\.yaml: Cannot read the file"):
        load(tmp_path / "missing.yaml")


def test_a_folder_is_no_file(tmp_path):
    with pytest.raises(Exception, match="Cannot read the file"):
        load(tmp_path)


# ---- values from outside


@pytest.mark.parametrize(
    ("token", "said"),
    [
        ("${STEWARD_NO_SUCH}", "The environment variable STEWARD_NO_SUCH is not set"),
        ("file:/no/such/file", "Cannot read /no/such/file"),
        ("file:.", "Cannot read"),
        ("'file:'", "Cannot read"),
        ("'file:~nobody-of-this-name/x'", "Cannot read"),
        ("'command:'", "failed"),
        ("command:/no/such/program", "The command `/no/such/program` failed"),
        ("command:false", "The command `false` failed"),
        ("'command:echo \"unclosed'", "failed"),
        ("command:true", "is empty"),
        ("''", "is empty"),
        ("'   '", "is empty"),
    ],
)
def test_a_secret_that_cannot_be_had_is_told_with_its_place(wrong, token, said):
    lines = [f"    token: {token}" if line.strip().startswith("token:") else line for line in GOOD_LINES]
    (mistake,) = wrong("\n".join([*lines, ""]))
    assert str(mistake).startswith("steward.yaml:5:12: trackers.pay.token:"), str(mistake)
    assert said in mistake.message


def test_a_file_that_holds_bytes_is_told_without_them(wrong, tmp_path):
    (tmp_path / "secret").write_bytes(b"hunter2\xff\xfe")
    lines = [f"    token: file:{tmp_path}/secret" if "token:" in line else line for line in GOOD_LINES]
    (mistake,) = wrong("\n".join([*lines, ""]))
    assert mistake.line == 5
    assert "hunter2" not in str(mistake)
    assert "0xff" not in str(mistake)


def test_a_program_that_fails_is_named_and_what_it_said_is_not(wrong, tmp_path):
    script = tmp_path / "vault"
    script.write_text("#!/bin/sh\necho hunter2-out; echo hunter2-err >&2; exit 3\n")
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    lines = [f"    token: command:{script} --key hunter2-arg" if "token:" in line else line for line in GOOD_LINES]
    (mistake,) = wrong("\n".join([*lines, ""]))
    assert "hunter2" not in str(mistake)
    assert "vault" in str(mistake)


@pytest.mark.parametrize(
    "lines",
    [
        ["write: {mode: '${STEWARD_TEST_SECRET}'}"],
        ["write: {quiet: {after_activity: '${STEWARD_TEST_SECRET}'}}"],
        ["schedule: {timezone: '${STEWARD_TEST_SECRET}'}"],
        ["schedule: {pull: '${STEWARD_TEST_SECRET}'}"],
        ["rule_pages: '${STEWARD_TEST_SECRET}'"],
        ["write: {budget: {per_round: '${STEWARD_TEST_SECRET}'}}"],
        ["slack: {token: t, reports: [{channel: x, trackers: ['${STEWARD_TEST_SECRET}']}]}"],
    ],
)
def test_what_came_out_of_the_environment_is_not_shown_in_a_mistake(wrong, monkeypatch, lines):
    monkeypatch.setenv("STEWARD_TEST_SECRET", "hunter2-of-the-environment")
    (mistake,) = wrong(steward(*lines))
    assert "hunter2" not in str(mistake)
    assert "${STEWARD_TEST_SECRET}" in str(mistake)


@pytest.mark.parametrize("token", ["12345678", "[hunter2]", "{a: hunter2}", "true", "1.5"])
def test_a_token_of_the_wrong_type_is_not_shown(wrong, token):
    lines = [f"    token: {token}" if "token:" in line else line for line in GOOD_LINES]
    (mistake,) = wrong("\n".join([*lines, ""]))
    assert mistake.line == 5
    assert token not in mistake.message
    assert "hunter2" not in mistake.message


# ---- rules.yaml


@pytest.mark.parametrize(
    ("content", "place", "said"),
    [
        ("extends: [scrumm]\n", "1:10: extends:", 'Unknown preset "scrumm". Did you mean "scrum"?'),
        ("extends: [../presets/scrum]\n", "1:10: extends:", 'Unknown preset "../presets/scrum"'),
        ("extends: 5\n", "1:10: extends:", "preset"),
        ("extends: {a: b}\n", "1:10: extends:", "preset"),
        ("extends: [[scrum]]\n", "1:10: extends:", "preset"),
        ("rules: {unranked-itme: off}\n", "1:9: rules.unranked-itme:", 'Did you mean "unranked-item"?'),
        ("rules: {unranked_item: off}\n", "1:9: rules.unranked_item:", 'Did you mean "unranked-item"?'),
        (
            "rules:\n  oversized-story:\n    abov: 8\n",
            "3:5: rules.oversized-story.abov:",
            'Did you mean "above"?',
        ),
        ("rules: {oversized-story: {severity: warn}}\n", "1:37:", 'Did you mean "warning"?'),
        ("rules: {unranked-item: on}\n", "1:24: rules.unranked-item:", "off"),
        ("rules: {unranked-item: [off]}\n", "1:24: rules.unranked-item:", "keys with values"),
        ("rules: [unranked-item]\n", "1:8: rules:", "keys with values"),
        ("rulez: {}\n", "1:1: rulez:", 'Did you mean "rules"?'),
        ("languages: [en, xx]\n", "1:17: languages.1:", "en, de"),
        ("languages: en\n", "1:12: languages:", "list"),
        ("priority: {wsjf: {level: [epic]}}\n", "1:19: priority.wsjf.level:", 'Did you mean "levels"?'),
        ("overrides: [{rules: {}}]\n", "1:13: overrides.0.where:", "This key is required"),
        ("overrides: [{where: {trakcer: x}, rules: {}}]\n", "1:22:", 'Did you mean "tracker"?'),
        (
            "overrides:\n  - where: {label: x}\n    rules:\n      oversized-story: {abov: 8}\n",
            "4:25: overrides.0.rules.oversized-story.abov:",
            'Did you mean "above"?',
        ),
        (
            "overrides:\n  - where: {label: x}\n    rules: {oversized-story: {severity: fatal}}\n",
            "3:41: overrides.0.rules.oversized-story.severity:",
            "info, warning, off",
        ),
        (
            "overrides:\n  - where: {label: x}\n    rules: {oversized-stroy: off}\n",
            "3:13: overrides.0.rules.oversized-stroy:",
            'Did you mean "oversized-story"?',
        ),
    ],
)
def test_a_mistake_in_rules_yaml_is_told_with_its_place(wrong, content, place, said):
    found = wrong(rules=content)
    assert any(str(mistake).startswith(f"rules.yaml:{place}") and said in str(mistake) for mistake in found), [
        str(mistake) for mistake in found
    ]
    assert len({mistake.line for mistake in found}) == 1


def test_a_rules_file_that_is_named_and_not_there_is_told(wrong):
    (mistake,) = wrong(steward("rules: other.yaml"))
    assert str(mistake).startswith("steward.yaml:7:8: rules: File not found: other.yaml")


def test_several_mistakes_are_told_at_once(wrong):
    found = wrong(steward("wriet: 1", "schedule: {timezone: Nowhere, pull: never}"))
    assert [mistake.line for mistake in found] == [8, 8, 7] or [mistake.line for mistake in found] == [7, 8, 8]
    assert len({str(mistake) for mistake in found}) == 3


def test_every_mistake_has_the_shape_that_editors_understand(wrong):
    for mistake in wrong(steward("wriet: 1", "schedule: {timezone: Nowhere}", "write: {mode: x}")):
        assert re.match(r"steward\.yaml:\d+:\d+: [\w.]+: .+\.$", str(mistake)) or str(mistake).endswith("?")


def test_a_place_is_shown_as_seen_from_here_or_whole(tmp_path, monkeypatch, good):
    (tmp_path / "config").mkdir()
    path = tmp_path / "config" / "steward.yaml"
    path.write_text(good + "xyzzy: 1\n")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(Exception, match=r"^config/steward\.yaml:7:1"):
        load(path)
    monkeypatch.chdir("/")
    with pytest.raises(Exception, match=r"steward\.yaml:7:1") as caught:
        load(path)
    assert Path(str(caught.value).partition(":")[0].lstrip("/") or ".").name == "steward.yaml"


def test_aliases_that_multiply_are_refused_at_once(wrong):
    lines = ["a0: &a0 [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    started = time.thread_time()  # a busy machine is nobody's mistake
    (issue,) = wrong("\n".join(lines))
    assert "aliases" in issue.message
    assert time.thread_time() - started < 5


@pytest.mark.parametrize("text", ["", " \n", "# nothing yet\n", "---\n"])
def test_a_rules_file_without_content_is_an_error_and_not_the_defaults(wrong, text):
    (issue,) = wrong(rules=text)
    assert "The file is empty" in issue.message
