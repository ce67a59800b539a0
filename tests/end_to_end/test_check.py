"""`steward check FILE`: an export is judged offline, in bounded memory, with an exit code for scripts."""

import json
import subprocess
import sys

import pytest
from end_to_end.command_line import run_here

LINES = [
    {"key": "PAY-1", "title": "Refunds", "points": 21, "created": "2025-11-03", "description": "Give the money back."},
    {
        "key": "PAY-2",
        "title": "Exports",
        "points": 3,
        "created": "2025-11-04",
        "acceptance_criteria": "A file is offered.",
    },
    {
        "key": "PAY-3",
        "title": "Wallets",
        "points": 2,
        "created": "2025-11-05",
        "acceptance_criteria": "The sum is shown.",
    },
]


@pytest.fixture
def check(tmp_path):
    def run(*options, lines=LINES, rules=None, start=run_here):
        path = tmp_path / "backlog.jsonl"
        path.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
        if rules is not None:
            (tmp_path / "rules.yaml").write_text(rules, encoding="utf-8")
            options = (*options, "--rules", "rules.yaml")
        return start("check", "backlog.jsonl", *options, cwd=tmp_path)

    return run


def in_a_process(*arguments, cwd):
    command = [sys.executable, "-m", "sync.cli", *arguments]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=120)


def test_findings_are_an_array_with_everything_a_script_needs(check):
    done = check("--json", rules="rules: {oversized-story: {above: 13}}", start=in_a_process)
    found = json.loads(done.stdout)
    assert done.returncode == 1
    assert done.stderr.startswith("backlog.jsonl was read as JSON lines.\n")
    assert {one["rule"] for one in found} >= {"oversized-story", "missing-acceptance-criteria"}
    for one in found:
        assert list(one) == ["rule", "item", "severity", "evidence", "question", "resolution"]
        assert all(isinstance(value, str) and value for value in one.values())
    assert {one["item"] for one in found if one["rule"] == "oversized-story"} == {"PAY-1"}


@pytest.mark.parametrize(("fail_on", "code"), [("warning", 1), ("info", 1), ("never", 0)])
def test_the_exit_code_is_what_was_asked_for(check, fail_on, code):
    assert check("--fail-on", fail_on).returncode == code


def test_nothing_found_is_an_empty_array(check):
    done = check("--json", lines=LINES[1:2], rules="rules: {unranked-item: off}")
    assert (json.loads(done.stdout), done.returncode) == ([], 0)


def test_a_mistake_in_the_rules_is_told_with_its_place(check):
    done = check(rules="rules:\n  oversized-story: {abov: 13}\n")
    assert done.returncode == 2
    assert 'rules.yaml:2:21: rules.oversized-story.abov: Unknown key "abov". Did you mean "above"?' in done.stderr


@pytest.mark.parametrize(
    ("lines", "code", "said"),
    [
        ([], 2, "backlog.jsonl is not a known export"),
        ([{"title": "no key"}], 2, "backlog.jsonl contains no items"),
        ([{"key": "PAY-1", "fields": {"summary": "Refunds"}}], 1, "Nothing could be judged"),
    ],
)
def test_nothing_to_judge_is_no_all_clear(check, lines, code, said):
    done = check(lines=lines)
    assert done.returncode == code
    assert said in done.stderr


_PEAK = """
import sys
from pathlib import Path
from sync.cli import main
try:
    main()
finally:
    peak = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    print(int(peak.split()[1]) // 1024, file=sys.stderr)
"""


@pytest.mark.soak
@pytest.mark.timeout(600)
def test_fifty_thousand_rows_are_judged_in_bounded_memory(tmp_path):
    path = tmp_path / "export.csv"
    with path.open("w", encoding="utf-8") as file:
        file.write("Issue key,Summary,Issue Type,Status,Created,Description\n")
        for number in range(50_000):
            file.write(f'PAY-{number},Item {number},Story,To Do,2024-03-01,"{"Some words. " * 80}"\n')
    done = subprocess.run(
        [sys.executable, "-c", _PEAK, "check", str(path), "--json", "--fail-on", "never"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert len(json.loads(done.stdout)) > 0
    assert int(done.stderr.splitlines()[-1]) < 300
