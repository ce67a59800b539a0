"""Plan, preview and explain render one decision: whatever state an item is in, they say the same."""

import json
from datetime import timedelta

import msgspec
import pytest
from typer.testing import CliRunner

from connectors.tracker import FetchedItem
from sync.cli import app
from sync.rounds.context import WriteAuthority
from sync.store import items, writes
from sync.store.records import EditCall

RULE = "missing-acceptance-criteria"
REVIEW = timedelta(days=91)


def steward(desk, *arguments):
    result = CliRunner().invoke(app, [*arguments, "--config", str(desk.file), "--json"])
    assert result.exit_code == 0, result.output
    return json.loads(result.output)


def nothing_yet(desk, clock):
    pass


def written(desk, clock):
    desk.round()


def waived_in_a_reply(desk, clock):
    desk.round()
    clock.advance(minutes=5)
    desk.person().comment("PAY-1", "/steward waive until 2100-01-01 because it is known")


def waived_before_anything_was_written(desk, clock):
    desk.person().comment("PAY-1", "/steward waive until 2100-01-01 because it is known")


def snoozed(desk, clock):
    desk.person().comment("PAY-1", "/steward snooze 2w")


def decided_on_the_command_line_after_the_round(desk, clock):
    desk.round()
    arguments = ["waive", "PAY-1", RULE, "--until", "2100-01-01", "--reason", "a spike"]
    assert CliRunner().invoke(app, [*arguments, "--config", str(desk.file)]).exit_code == 0


def cleared(desk, clock):
    desk.round()
    clock.advance(days=2)
    desk.person().edit("PAY-1", acceptance_criteria="Both prices are shown.")


def cleared_after_people_replied(desk, clock):
    desk.round()
    clock.advance(days=1)
    desk.person().comment("PAY-1", "We will see.")
    cleared(desk, clock)


def taken_over_by_a_person(desk, clock):
    desk.round()
    clock.advance(minutes=5)
    desk.person().edit_comment(desk.ours("PAY-1")[0].id, "We know.")


def comment_removed(desk, clock):
    desk.round()
    clock.advance(days=1)
    desk.person().delete_comment(desk.ours("PAY-1")[0].id)


def label_removed(desk, clock):
    desk.round()
    clock.advance(days=1)
    desk.person().label("PAY-4", remove=["refine-criteria"])


def comment_removed_twice(desk, clock):
    for _ in range(2):
        comment_removed(desk, clock)
        desk.round()
        clock.advance(days=REVIEW.days)


def label_removed_twice(desk, clock):
    for _ in range(2):
        label_removed(desk, clock)
        desk.round()
        clock.advance(days=REVIEW.days)


def missing_with_many_others(desk, clock):
    desk.round()
    clock.advance(minutes=10)
    for key in ("PAY-1", "PAY-2", "PAY-3"):
        desk.person().hide(key)


def refused_within_the_day(desk, clock):
    desk.round(WriteAuthority.NOBODY)
    item = desk.item("PAY-1")
    with desk.database.writing() as transaction:
        intent = writes.store_intent(
            transaction,
            round_id="r",
            tracker="team",
            item=item.id,
            key=item.key,
            call=EditCall(add_labels=("x",)),
            at=desk.clock(),
        )
        writes.settle(transaction, intent.id, "refused", desk.clock())


def finished(desk, clock):
    desk.round()
    clock.advance(days=1)
    desk.person().transition("PAY-1", "Done")


def another_language(desk, clock):
    desk.round()
    desk.configure(wording={"language": "de"})


def rule_in_shadow(desk, clock):
    desk.configure(rules={"rules": {RULE: {"mode": "shadow"}}})


def rule_in_shadow_after_writing(desk, clock):
    desk.round()
    rule_in_shadow(desk, clock)


def rule_off_after_writing(desk, clock):
    desk.round()
    desk.configure(rules={"rules": {RULE: "off"}})


def shadow_mode(desk, clock):
    desk.configure(write={"mode": "shadow"})


def comments_off(desk, clock):
    desk.configure(write={"comment": False})


def label_off_after_writing(desk, clock):
    desk.round()
    desk.configure(write={"label": None})


def baseline(desk, clock):
    desk.configure(write={"baseline": True})


def people_at_work(desk, clock):
    desk.person().edit("PAY-1", description="As a buyer I want to pay in parts, in May.")


def over_the_budget(desk, clock):
    desk.configure(write={"budget": {"per_round": 1}})


def public_project(desk, clock):
    desk.round()
    item = desk.item("PAY-1")
    with desk.database.writing() as transaction:
        items.save(transaction, [FetchedItem(item=msgspec.structs.replace(item, public=True))])


STATES = [
    nothing_yet,
    written,
    waived_in_a_reply,
    waived_before_anything_was_written,
    snoozed,
    decided_on_the_command_line_after_the_round,
    cleared,
    cleared_after_people_replied,
    taken_over_by_a_person,
    comment_removed,
    label_removed,
    comment_removed_twice,
    label_removed_twice,
    missing_with_many_others,
    refused_within_the_day,
    finished,
    another_language,
    rule_in_shadow,
    rule_in_shadow_after_writing,
    rule_off_after_writing,
    shadow_mode,
    comments_off,
    label_off_after_writing,
    baseline,
    people_at_work,
    over_the_budget,
    public_project,
]


@pytest.mark.parametrize("prepare", STATES)
def test_plan_preview_and_explain_agree(desk, clock, prepare):
    prepare(desk, clock)
    result = desk.round(WriteAuthority.NOBODY)
    assert not result.trouble
    planned = {item.key: item for item in result.plan.items}
    for key in ("PAY-1", "PAY-2", "PAY-3", "PAY-4"):
        comment = planned[key].comment if key in planned else None
        edit = planned[key].edit if key in planned else None
        preview, explanation = steward(desk, "preview", key), steward(desk, "explain", key)

        assert preview["action"] == comment.action if comment else preview["action"] in ("keep", "none"), key
        if comment is not None and comment.content is not None:
            assert preview["text"] == comment.content.document.plain_text

        said = {finding["rule"]: finding["written"] for finding in explanation["findings"]}
        in_shadow = prepare is shadow_mode
        for rule, sentence in said.items():
            adds = sentence.partition("adds: ")[2].rstrip(".").split(", ") if "adds: " in sentence else []
            wanted = []
            if comment is not None and comment.action == "add" and rule in comment.content.rules:
                wanted.append("comment")
            if edit is not None and edit.add_labels and rule in edit.rules:
                wanted.append("label")
            assert adds == ([] if in_shadow else wanted), (key, rule, sentence)
            removed = sentence.partition("To be removed: ")[2]
            gone = comment is not None and (comment.action == "delete" or rule not in comment.content.rules)
            assert ("comment" in removed) is (gone and _stood(desk, key, "comment", rule)), (key, rule, sentence)
            unlabelled = set(edit.remove_labels) if edit is not None else set()
            assert ("label" in removed) is _stood(desk, key, "label", rule, unlabelled), (key, rule, sentence)

        held = {
            entry.reason
            for entry in result.plan.skipped_writes
            if entry.key == key and entry.what in ("our comment", "everything")
        }
        for because in held:
            assert any(because in note for note in preview["notes"]), key
            assert any(because in note for note in explanation["notes"]), key
        for notes in (preview["notes"], explanation["notes"]):
            assert any("write.budget.per_round" in note for note in notes) is (key in result.plan.waiting), key


def _stood(desk, key, kind, rule, names=None):
    item = desk.item(key)
    with desk.database.reading() as transaction:
        annotations = writes.annotations(transaction, "team", item.id)
    return any(
        rule in annotation.rules
        for annotation in annotations
        if annotation.kind == kind and (names is None or annotation.name in names)
    )
