"""`steward ready`: its answer, its reasons and its exit code."""

import json


def ready(steward, *words, code=0):
    return steward.json("ready", *words, code=code)


def test_only_ready_exits_with_zero(desk, steward):
    desk.configure(rules={"profiles": {"hand-over": ["criteria"]}})
    [done] = ready(steward, "PAY-2", "--for", "hand-over")
    assert (done["key"], done["profile"], done["verdict"]) == ("PAY-2", "hand-over", "ready")
    both = ready(steward, "PAY-2", "pay-3", "--for", "hand-over", code=1)
    assert [result["verdict"] for result in both] == ["ready", "not ready"]
    [reason] = both[1]["reasons"]
    assert (reason["requirement"], reason["outcome"], reason["code"]) == ("criteria", "not met", "none")
    assert "description" in reason["evidence"]


def test_what_cannot_be_known_is_not_ready(desk, steward):
    [result] = ready(steward, "PAY-2", "--for", "coding-agent", code=1)
    assert result["verdict"] == "cannot know"
    assert [reason["requirement"] for reason in result["reasons"] if reason["outcome"] == "not known"] == ["usual-size"]


def test_it_is_printed_for_people(steward):
    printed = steward("ready", "PAY-3", code=1)
    assert "PAY-3 for sprint: not ready" in printed
    assert "criteria not met" in " ".join(printed.split())


def test_an_unknown_profile_is_a_mistake(steward):
    assert 'Did you mean "sprint"?' in " ".join(steward("ready", "PAY-3", "--for", "sprnt", code=2).split())


def test_a_file_and_an_earlier_day(steward, tmp_path):
    file = tmp_path / "backlog.jsonl"
    row = {
        "key": "X-1",
        "title": "x",
        "description": "x",
        "created": "2024-01-01",
        "resolved": "2024-03-01",
        "status": "Done",
    }
    file.write_text(json.dumps(row) + "\n", encoding="utf-8")
    [then] = ready(steward, "X-1", "--file", str(file), "--as-of", "2024-02-01", code=1)
    assert then["verdict"] == "not ready"
    assert "X-1 is not open." in steward("ready", "X-1", "--file", str(file), code=2)


def test_explain_and_doctor_say_what_the_label_of_a_profile_says(desk, steward):
    desk.configure(
        write={"ready_labels": {"hand-over": "ready-to-build"}}, rules={"profiles": {"hand-over": ["criteria"]}}
    )
    desk.round()
    assert "Ready for hand-over; the label ready-to-build shows it." in steward("explain", "PAY-2")
    assert "ready-to-build: 1 open item is ready for hand-over." in " ".join(steward("doctor").split())
    desk.person().edit("PAY-2", description="Later.")
    desk.round()
    printed = " ".join(steward("explain", "PAY-2").split())
    assert "Not ready for hand-over since 2024-05-06 09:00 UTC: the label ready-to-build is removed after" in printed
