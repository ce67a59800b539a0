"""A comment is looked at before anybody reads it, from the store alone."""

import json

import pytest
from typer.testing import CliRunner

from connectors.markup import adf, html, markdown, wiki
from connectors.markup.adf import Node
from sync.cli import app

CRITERIA = "How will we see that this is done?"


@pytest.fixture
def steward(desk):
    """Runs the command; no request may leave it."""

    def run(*arguments, code=0):
        before = desk.requests()
        result = CliRunner().invoke(app, ["preview", *arguments, "--config", str(desk.file)])
        assert result.exit_code == code, result.output
        assert desk.requests() == before
        return result.output

    return run


def shown(steward, *arguments):
    return json.loads(steward(*arguments, "--json"))


def test_what_would_be_added_is_shown_in_the_trackers_own_markup(desk, steward):
    desk.configure(write={"mode": "shadow"})
    desk.round()
    found = shown(steward, "PAY-1")
    assert (found["action"], found["markup"]) == ("add", "adf")
    assert found["body"]["type"] == "doc"
    assert CRITERIA in found["text"]
    assert found["rules"] == ["missing-acceptance-criteria"]
    assert found["notes"] == ["Nothing is written: the mode is shadow."]
    assert desk.ours("PAY-1") == []
    assert CRITERIA in steward("PAY-1")
    assert '"type"' not in steward("PAY-1")
    assert '"type": "doc"' in steward("PAY-1", "--markup", "adf")


def test_it_is_exactly_what_is_written_then(desk, steward):
    desk.configure(write={"mode": "shadow"})
    desk.round()
    found = shown(steward, "PAY-1")
    desk.configure(write={"mode": "write"})
    plan = desk.plan()
    (planned,) = [item for item in plan.items if item.key == "PAY-1"]
    assert planned.comment.content.document.plain_text == found["text"]


def test_what_stands_there_is_shown_as_it_stands(desk, steward):
    desk.round()
    found = shown(steward, "PAY-1")
    assert found["action"] == "keep"
    assert found["notes"] == []
    assert "The existing comment would stay as it is" in steward("PAY-1")


def test_what_would_be_replaced_is_shown_as_it_would_be(desk, steward):
    desk.round()
    desk.configure(wording={"language": "de"})
    found = shown(steward, "PAY-1")
    assert found["action"] == "replace"
    assert "Gefragt von" in found["text"]


def test_what_is_held_back_is_shown_with_the_reason(desk, steward, clock):
    desk.configure(write={"mode": "shadow"})
    desk.person().edit("PAY-3", description="For the auditor, in May.")
    clock.advance(hours=1)
    desk.round()
    said = steward("PAY-3", "--markup", "text")
    assert "No comment would be written now." in said
    assert "Held back (missing-acceptance-criteria): People are working on the item" in said
    assert f"│ • {CRITERIA}" in said


def test_what_is_beyond_the_horizon_is_shown_all_the_same(desk, steward):
    desk.round()
    found = shown(steward, "PAY-4")
    assert found["action"] == "none"
    assert CRITERIA in found["text"]
    assert any("so it gets no comment, at most a label" in note for note in found["notes"])


def test_what_was_waived_is_not_asked(desk, steward, clock):
    desk.round()
    clock.advance(minutes=5)
    desk.person().comment("PAY-1", "/steward waive missing-acceptance-criteria because it is known")
    desk.round()
    found = shown(steward, "PAY-1")
    assert CRITERIA not in (found["text"] or "")
    assert any("Waived until" in note and "it is known" in note for note in found["notes"])


def test_an_item_without_a_finding_has_nothing_to_show(desk, steward):
    desk.round()
    found = shown(steward, "PAY-2")
    assert (found["action"], found["body"]) == ("none", None)
    assert found["notes"][0] == "Nothing is asked about this item."


def test_a_comment_that_a_person_changed_is_theirs(desk, steward, clock):
    desk.round()
    (comment,) = desk.ours("PAY-1")
    clock.advance(minutes=1)
    desk.person().edit_comment(comment.id, "We know.")
    desk.round()
    found = shown(steward, "PAY-1")
    assert found["action"] == "none"
    assert "A person changed or removed the comment, so it is not written again." in found["notes"]


@pytest.mark.parametrize("language", ["en", "de"])
def test_every_markup_holds_the_same_words(desk, steward, language):
    desk.round()
    bodies = {
        markup: shown(steward, "PAY-4", "--markup", markup, "--language", language)
        for markup in ("adf", "wiki", "html", "markdown", "text")
    }
    (said,) = {one["text"] for one in bodies.values()}
    lines = [line.removeprefix("• ").strip() for line in said.splitlines()]
    blocks = {
        "adf": adf.parse(Node(type="doc", content=_nodes(bodies["adf"]["body"]["content"]))),
        "wiki": wiki.parse(bodies["wiki"]["body"]),
        "html": html.parse(bodies["html"]["body"]),
        "markdown": markdown.parse(bodies["markdown"]["body"]),
    }
    for markup, text in blocks.items():
        assert [block.text for block in text] == lines, markup
    assert bodies["text"]["body"] == said


def _nodes(tree):
    return [
        Node(
            one["type"],
            one.get("text"),
            _nodes(one["content"]) if "content" in one else None,
            one.get("attrs"),
            one.get("marks"),
        )
        for one in tree
    ]


def test_a_data_center_is_shown_wiki_markup(desk, steward):
    desk.round()
    desk.configure(tracker={"email": ""})
    assert shown(steward, "PAY-4")["markup"] == "wiki"


def test_a_rule_is_shown_by_its_own_examples(steward):
    said = steward("--rule", "oversized-story", "--language", "de")
    assert "FAIL, number: " in said
    assert "PASS: " in said
    assert "13 Punkte; dieses Team prüft alles mit mehr als 8 Punkten." in said
    found = shown(steward, "--rule", "oversized-story", "--markup", "html")
    assert found[0]["body"].endswith("<p>Asked by <strong>Backlog Steward</strong>.</p>")


def test_examples_are_shown_without_any_configuration(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(app, ["preview", "--rule", "unranked-item"])
    assert result.exit_code == 0
    assert "Is this still wanted" in result.output


def test_an_own_text_is_looked_at_before_it_is_used(desk, steward):
    (desk.folder / "words.yaml").write_text('rules: {unranked-item: {off-board: {question: "Where is it seen?"}}}')
    desk.configure(wording={"file": "words.yaml"})
    assert "Where is it seen?" in steward("--rule", "unranked-item")
    assert "Wo wird das Team diesen Eintrag sehen" in steward("--rule", "unranked-item", "--language", "de")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "item, such as PAY-12, or --rule RULE"),
        (("PAY-1", "--rule", "unranked-item"), "item, such as PAY-12, or --rule RULE"),
        (("PAY-99",), 'No item "PAY-99"'),
        (("--rule", "unranked"), 'Unknown rule "unranked"'),
        (("PAY-1", "--language", "fr"), "Choose from: de, en"),
    ],
)
def test_wrong_usage_is_told(steward, arguments, said):
    assert said in " ".join(steward(*arguments, code=2).replace("│", " ").split())


def test_hostile_words_of_an_item_cannot_move_the_cursor(desk_of):
    desk = desk_of(
        '{"key": "PAY-1", "title": "\\u001b[2J gone", "description": "## Acceptance criteria\\n\\u001b[31mTBD"}\n'
    )
    desk.round()
    result = CliRunner().invoke(app, ["preview", "PAY-1", "--config", str(desk.file), "--markup", "text"])
    assert result.exit_code == 0, result.output
    assert "\x1b" not in result.output
