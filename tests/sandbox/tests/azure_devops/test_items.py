"""Reading, creating and changing work items, as Azure DevOps does it."""

import pytest

from steward_sandbox.azure_devops import Actor, snapshot

TITLE, TAGS, STATE = "System.Title", "System.Tags", "System.State"


def test_a_field_without_a_value_is_absent_and_zero_is_not(azure, ana):
    effort = "Microsoft.VSTS.Scheduling.Effort"
    assert effort not in azure.item("PAY-2")["fields"]
    ana.edit("PAY-2", points=0)
    assert azure.item("PAY-2")["fields"][effort] == 0.0
    ana.edit("PAY-2", points=None)
    assert effort not in azure.item("PAY-2")["fields"]


def test_what_was_never_ranked_has_no_position(azure):
    assert "Microsoft.VSTS.Common.BacklogPriority" not in azure.item("PAY-2")["fields"]
    assert azure.item("PAY-1")["fields"]["Microsoft.VSTS.Common.BacklogPriority"] > 0


def test_a_batch_fails_for_one_missing_id_unless_that_is_left_out(azure, code):
    missing = 99999
    assert code(azure.batch("PAY-1", missing)) == (404, "WorkItemUnauthorizedAccessException", "TF401232")
    assert code(azure.batch("PAY-1", missing, **{"$errorPolicy": "omit"}))[0] == 404
    rows = azure.batch("PAY-1", missing, "PAY-3", errorPolicy="omit").json()["value"]
    assert [row and row["id"] for row in rows] == [azure.id("PAY-1"), None, azure.id("PAY-3")]


def test_a_batch_has_its_limits(azure, code):
    assert code(azure.batch(*range(1, 202)))[2] == "VS403474"
    assert code(azure.batch("PAY-1", fields=["System.Nothing"]))[2] == "TF51535"
    both = azure.batch("PAY-1", fields=[TITLE], **{"$expand": "relations"})
    assert (both.status_code, both.json()["message"]) == (
        400,
        "The expand parameter can not be used with the fields parameter.",
    )
    assert azure.batch("PAY-1", fields=[TITLE], **{"$expand": "links"}).status_code == 200


def test_gone_and_hidden_look_the_same(azure, ana, code):
    ana.delete("PAY-2")
    ana.hide("PAY-3")
    number = azure.id("PAY-4")
    ana.destroy("PAY-4")
    for ident in (azure.id("PAY-2"), azure.id("PAY-3"), number, 99999):
        answer = azure.send("GET", f"_apis/wit/workitems/{ident}")
        assert code(answer) == (404, "WorkItemUnauthorizedAccessException", "TF401232")


def test_a_test_of_the_revision_guards_a_save(azure, op, code):
    rev = azure.item("PAY-2")["rev"]
    saved = azure.patch("PAY-2", op("test", "/rev", rev), op("add", TITLE, "x"))
    assert (saved.status_code, saved.json()["rev"]) == (200, rev + 1)
    late = azure.patch("PAY-2", op("test", "/rev", rev), op("add", TITLE, "y"))
    assert code(late) == (412, "TestPatchOperationFailedException", "VS403351")
    assert azure.item("PAY-2")["fields"][TITLE] == "x"


@pytest.mark.parametrize("status", [409, 412])
def test_two_who_save_at_the_same_moment_cannot_both_win(serve, op, code, status):
    azure = serve(race_status=status)
    azure.world.race("PAY-2")
    rev = azure.item("PAY-2")["rev"]
    lost = azure.patch("PAY-2", op("test", "/rev", rev), op("add", TITLE, "x"))
    assert code(lost) == (status, "WorkItemRevisionMismatchException", "TF26071")
    assert azure.patch("PAY-2", op("add", TITLE, "x")).status_code == 200


def test_a_save_that_is_only_checked_saves_nothing(azure, op, code):
    before, rev = snapshot(azure.world), azure.item("PAY-2")["rev"]
    checked = azure.patch("PAY-2", op("add", TITLE, "x"), validateOnly="true")
    assert (checked.status_code, checked.json()["rev"]) == (200, rev)
    broken = azure.patch("PAY-2", op("add", STATE, "Nonsense"), validateOnly="true")
    assert code(broken) == (400, "RuleValidationException", "TF401320")
    assert snapshot(azure.world) == before


def test_a_save_that_changes_nothing_makes_no_revision(azure, op):
    now = azure.item("PAY-2")
    assert azure.patch("PAY-2", op("add", TITLE, now["fields"][TITLE])).json()["rev"] == now["rev"]


def test_plain_json_is_no_patch(azure, op):
    answer = azure.patch("PAY-2", op("add", TITLE, "x"), kind="application/json")
    assert answer.status_code == 415


class TestTags:
    @pytest.mark.parametrize(("mode", "left"), [("union", {"checkout", "Tax", "new"}), ("replace", {"new"})])
    def test_adding_joins_what_is_there_or_on_some_servers_replaces_it(self, serve, op, mode, left):
        azure = serve(tags_add=mode)
        shown = azure.patch("PAY-1", op("add", TAGS, "new")).json()["fields"][TAGS]
        assert set(shown.split("; ")) == left

    def test_replacing_can_take_away(self, azure, op):
        shown = azure.patch("PAY-1", op("replace", TAGS, "TAX; new")).json()["fields"][TAGS]
        assert set(shown.split("; ")) == {"new", "Tax"}
        assert TAGS not in azure.patch("PAY-1", op("replace", TAGS, "")).json()["fields"]


class TestMail:
    def test_keeping_quiet_needs_a_permission(self, serve, op, code):
        azure = serve()
        quiet = azure.patch("PAY-2", op("add", TITLE, "x"), suppressNotifications="true")
        assert code(quiet) == (403, "AccessCheckException", "TF50309")
        assert azure.world.mails == []
        assert azure.patch("PAY-2", op("add", TITLE, "x")).status_code == 200
        assert len(azure.world.mails) == 1

    def test_and_with_it_nobody_is_told(self, serve, op):
        azure = serve(granted={"SUPPRESS_NOTIFICATIONS"})
        assert azure.patch("PAY-2", op("add", TITLE, "x"), suppressNotifications="true").status_code == 200
        assert azure.world.mails == []


class TestLinks:
    def test_a_new_parent_moves_neither_revision_nor_date_at_any_end(self, azure, ana, clock):
        def stamps():
            shown = (azure.item(key, __expand="all")["fields"] for key in ("PAY-3", "PAY-5"))
            return [(one["System.Rev"], one["System.ChangedDate"], one["System.Watermark"]) for one in shown]

        before = stamps()
        clock.advance(hours=1)
        ana.reparent("PAY-3", "PAY-5")
        assert stamps() == before
        assert azure.item("PAY-3")["fields"]["System.Parent"] == azure.id("PAY-5")
        updates = azure.get(f"_apis/wit/workItems/{azure.id('PAY-3')}/updates")["value"]
        assert "fields" not in updates[-1]
        assert updates[-1]["relations"]["added"][0]["rel"] == "System.LinkTypes.Hierarchy-Reverse"
        assert (updates[-1]["id"], updates[-1]["rev"]) == (updates[-2]["id"] + 1, updates[-2]["rev"])


class TestTexts:
    def test_html_keeps_known_tags_and_no_hidden_marks(self, azure, op):
        sent = "<div>a<!-- mark --><script>x</script><b onclick='y'>b</b><placeholder></div>"
        saved = azure.patch("PAY-2", op("add", "System.Description", sent)).json()
        assert saved["fields"]["System.Description"] == "<div>a<b>b</b></div>"


def test_a_move_keeps_the_id_and_takes_a_revision(azure, ana):
    before = azure.item("PAY-2")
    ana.move("PAY-2", "OPS")
    after = azure.item("PAY-2")
    assert (after["id"], after["rev"]) == (before["id"], before["rev"] + 1)
    assert after["fields"]["System.TeamProject"] == "OPS"
    wrong = azure.send("GET", f"PAY/_apis/wit/workitems/{before['id']}")
    assert wrong.status_code == 404


class TestOrder:
    def test_a_drag_is_a_revision(self, azure, ana):
        rev = azure.item("PAY-2")["rev"]
        ana.drag("PAY-2", before="PAY-1")
        assert azure.item("PAY-2")["rev"] == rev + 1


def test_people_and_services_act_by_their_own_names(azure):
    robot = Actor(azure.world, "Build Robot", kind="service")
    robot.tag("PAY-2", "built")
    fields = azure.item("PAY-2")["fields"]
    assert fields["System.ChangedBy"]["displayName"] == "Build Robot"
    assert fields["System.ChangedBy"]["descriptor"].startswith("aadsp.")
    assert fields["System.CreatedBy"]["descriptor"].startswith("aad.")
