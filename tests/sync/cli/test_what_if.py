"""`steward what-if`: the card, the answers, and what is recorded."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from end_to_end.command_line import run_here

NOW = datetime(2024, 5, 6, tzinfo=UTC)


def backlog(now=NOW):
    """Thirty open items, four of them in a sprint that ends in eleven days, and one item finished on every day before."""
    end = f"{now + timedelta(days=11):%Y-%m-%d}"
    sprints = [{"name": "Sprint 2", "state": "active", "start": f"{now - timedelta(days=3):%Y-%m-%d}", "end": end}]
    return "".join(json.dumps(line) + "\n" for line in ({"sprints": sprints}, *OPEN, *finished(now)))


def finished(now):
    for days in range(1, 81):
        day = f"{now - timedelta(days=days):%Y-%m-%d}"
        yield {"key": f"PAY-{100 + days}", "title": "Done", "created": "2023-01-01", "points": 2, "resolved": day}


OPEN = [
    {"key": f"PAY-{n}", "title": f"Item {n}", "created": "2024-03-01", **({"sprint": "Sprint 2"} if n < 5 else {})}
    for n in range(1, 31)
]
OPEN[29]["description"] = "This story should be split into two stories."
OPEN[1]["links"] = [{"kind": "is blocked by", "target": "PAY-1"}]


@pytest.fixture
def desk(desk_of):
    """Commands look at the clock on the wall, so this backlog is one of today."""
    return desk_of(backlog(datetime.now(UTC)))


@pytest.fixture
def ask(tmp_path):
    """Asks about an export file."""

    def run(*words, code=0, text=None):
        file = tmp_path / "backlog.jsonl"
        file.write_text(text or backlog(), encoding="utf-8")
        done = run_here("what-if", *words, "--file", str(file), "--as-of", "2024-05-06", cwd=tmp_path)
        assert done.returncode == code, done.stderr
        return done.stdout if code == 0 else " ".join(done.stderr.replace("│", " ").split())

    return run


def test_the_card_says_what_slips_and_offers_four_answers(ask):
    card = json.loads(ask("pay-30", "--to", "1", "--by", "2024-05-17", "--json"))
    assert card["question"] == "What if PAY-30 were number 1 of export?"
    (lifted,) = card["lifted"]
    assert lifted["date_after"] < lifted["date_before"]
    assert card["leaving"], "somebody pays for it"
    assert all(slip["before"] >= 0.85 > slip["after"] and slip["days_later"] >= 0 for slip in card["leaving"])
    answers = {option["answer"]: option for option in card["answers"]}
    assert list(answers) == ["swap", "smaller", "not-now", "no"]
    assert answers["swap"]["other"] == card["leaving"][-1]["key"]
    for option in answers.values():
        assert option["reply"].startswith("Thank you for asking about Item 30 (PAY-30).")


def test_a_swap_pushes_out_only_the_item_that_is_named(ask):
    card = json.loads(ask("PAY-30", "--to", "1", "--by", "2024-05-17", "--json"))
    other = card["answers"][0]["other"]
    assert f"if {other} waits instead" in card["answers"][0]["reply"]


def test_the_card_fits_a_terminal(ask):
    printed = ask("PAY-30", "--to", "1", "--by", "2024-05-17", text=backlog().replace("Item 30", "Thirty " * 20))
    assert max(map(len, printed.splitlines())) <= 80
    assert "below 85 %" in printed
    assert "Based on 80 items that were finished in the 12 weeks up to 2024-05-05." in printed


def test_where_an_item_already_is_nothing_slips(ask):
    card = json.loads(ask("PAY-3", "--to", "3", "--json"))
    assert [card[name] for name in ("lifted", "leaving", "entering", "later", "broken")] == [[], [], [], [], []]
    assert card["answers"][0]["answer"] == "accept"


def test_a_dependency_that_breaks_is_named(ask):
    card = json.loads(ask("PAY-2", "--to", "1", "--json"))
    assert [broken["sentence"] for broken in card["broken"]] == ["PAY-2 waits for PAY-1, which would come after it."]
    dropped = json.loads(ask("--drop", "PAY-1", "--json"))
    assert [broken["sentence"] for broken in dropped["broken"]] == ["PAY-2 waits for PAY-1, which would not be done."]
    assert dropped["question"] == "What if export did not do PAY-1?"
    assert not dropped["leaving"]


def test_a_deadline_that_breaks_is_named(ask):
    due = json.loads(ask("PAY-30", "--to", "1", "--by", "2024-05-17", "--json"))["leaving"][-1]["key"]
    text = backlog().replace(f'"key": "{due}",', f'"key": "{due}", "due": "2024-05-17",')
    assert f"{due} has to be finished by 2024-05-17: " in ask("PAY-30", "--to", "1", text=text)


def test_new_work_counts_by_the_teams_usual_size(ask):
    card = json.loads(ask("--add", "8", "--to", "2", "--json"))
    assert card["notes"] == ["The new work counts as 4 items: 8 points, where the team's items have 2 on average."]
    assert card["later"]


def test_without_a_history_there_is_no_card(ask):
    text = "".join(json.dumps(line) + "\n" for line in (*OPEN, *list(finished(NOW))[:9]))
    card = json.loads(ask("PAY-9", "--json", text=text))
    assert (card["is_possible"], card["answers"]) == (False, [])
    assert card["basis"] == "No forecast: 9 items were finished in the last 13 weeks, and at least 20 are needed."


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "Name an item to lift"),
        (("PAY-99",), 'No open item in a plan has the key "PAY-99".'),
        (("PAY-9", "--answer", "no"), "leave out --file"),
        (("--add", "3", "--team", "sales"), 'There is no team "sales". Choose from: export.'),
    ],
)
def test_what_cannot_be_asked_is_explained(ask, words, said):
    assert said in ask(*words, code=2)


@pytest.mark.parametrize(
    ("answer", "verdict", "instead"),
    [("swap", "accept", "swap with "), ("smaller", "not-in-this-form", "the list alone"), ("not-now", "not-now", ""), ("no", "no", "")],
)  # fmt: skip
def test_an_answer_is_recorded_with_its_reason_and_a_reply_drafted(steward, answer, verdict, instead):
    by = f"{datetime.now(UTC) + timedelta(days=11):%Y-%m-%d}"
    question = ("what-if", "PAY-30", "--to", "1", "--by", by)
    given = ("--answer", answer, "--reason", "the quarter is full", "--instead", "the list alone")
    printed = steward(*question, *given)
    assert "Thank you for asking about Item 30 (PAY-30)." in " ".join(printed.split())
    (entry,) = steward.json("decisions")
    assert (entry["key"], entry["verdict"], entry["reason"]) == ("PAY-30", verdict, "the quarter is full")
    if instead:
        assert entry["instead"].startswith(instead)
    if answer == "not-now":
        assert entry["review"][:10] == f"{datetime.now(UTC) + timedelta(days=14):%Y-%m-%d}"


def test_asking_reads_the_description_and_changes_nothing(steward):
    before = steward.desk.requests(), steward.desk.seen()
    card = steward.json("what-if", "PAY-30", "--to", "1")
    (smaller,) = (option["sentence"] for option in card["answers"] if option["answer"] == "smaller")
    assert 'which part of "This story should be split into two stories' in smaller
    assert (steward.desk.requests(), steward.desk.seen()) == before
    assert steward.json("decisions") == []
