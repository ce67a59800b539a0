"""What a backlog file becomes, in each process, and what people can do behind the service's back."""

import pytest

from steward_sandbox import read_backlog
from steward_sandbox.azure_devops import Actor, Collection, build_world, snapshot

STORY = {"Agile": "User Story", "Scrum": "Product Backlog Item", "CMMI": "Requirement", "Basic": "Issue"}
STATE = {"Agile": "Active", "Scrum": "Committed", "CMMI": "Active", "Basic": "Doing"}


@pytest.mark.parametrize("process", STORY)
def test_a_backlog_file_in_each_process(world_of, process):
    seen = snapshot(world_of(process=process))
    story = seen["PAY-1"]
    fields = story["fields"]
    assert fields["Work Item Type"] == STORY[process]
    assert fields["State"] == STATE[process]
    assert (fields["Title"], fields["Area"], fields["Iteration"]) == (
        "Pay in instalments",
        "PAY\\Checkout\\Web",
        "PAY\\Sprint 2",
    )
    assert fields["Assigned To"] == "Ana Silva"
    assert fields["Parent"] == "PAY-5"
    assert story["tags"] == ["Tax", "checkout"]
    assert story["comments"] == [{"author": "Ana Silva", "text": "Legal wants a say."}]
    assert "System.LinkTypes.Dependency-Forward PAY-3" in story["links"]
    if process in ("Agile", "Scrum"):
        assert "it works" in fields["Acceptance Criteria"]
    else:
        assert "it works" in fields["Description"]


def test_what_a_file_does_not_say_stays_blank(world_of, serve):
    said = '{"at": "2024-04-02", "text": "x", "by": {"name": "Kim Berg", "email": null}}'
    lines = [
        '{"fields": {"Effort": ["OPS"]}}',
        f'{{"key": "PAY-1", "title": "One", "points": 3, "comments": [{said}]}}',
        '{"key": "OPS-1", "title": "Two", "points": 3}',
    ]
    azure = serve(world_of("\n".join(lines)))
    one, two = (azure.item(key)["fields"] for key in ("PAY-1", "OPS-1"))
    assert "Microsoft.VSTS.Common.Priority" not in one
    effort = "Microsoft.VSTS.Scheduling.Effort"
    assert (effort in one, two[effort]) == (False, 3.0)
    (comment,) = azure.comments("PAY-1")["comments"]
    assert (comment["createdBy"]["displayName"], comment["createdBy"]["uniqueName"]) == ("Kim Berg", "")


def test_dates_and_people_of_the_file_are_in_the_history(azure):
    number = azure.id("PAY-1")
    updates = azure.get(f"_apis/wit/workItems/{number}/updates")["value"]
    moved = [one for one in updates if "System.State" in one.get("fields", {}) and one["rev"] > 1]
    assert [(one["revisedBy"]["displayName"], one["fields"]["System.State"]["newValue"]) for one in moved][-1] == (
        "Ana Silva",
        "Committed",
    )
    assert azure.item("PAY-1")["fields"]["System.ChangedDate"] == "2024-05-02T09:00:00Z"


def test_a_real_backlog_is_served(springxd, clock):
    backlog = read_backlog(springxd)
    world = build_world(backlog, collection=Collection(process="Agile"), clock=clock)
    assert len(world.items) == len(backlog.items)


def test_everything_that_somebody_does_can_be_undone_and_then_nothing_is_different(world):
    ana, before = Actor(world, "Ana Silva"), snapshot(world)
    ana.edit("PAY-2", title="x", points=5, area="Ops", iteration="Sprint 3")
    ana.tag("PAY-2", "new")
    ana.reparent("PAY-2", "PAY-5")
    said = ana.comment("PAY-2", "hm").id
    assert snapshot(world) != before
    ana.edit("PAY-2", title="Show the price before tax", points=None, area=None, iteration=None)
    ana.tag("PAY-2", remove=["new"])
    ana.reparent("PAY-2", None)
    ana.delete_comment("PAY-2", said)
    assert snapshot(world) == before


def test_a_name_that_is_not_there_is_told(world):
    ana = Actor(world, "Ana Silva")
    with pytest.raises(KeyError, match="no work item PAY-99"):
        ana.edit("PAY-99", title="x")
    with pytest.raises(KeyError, match="no field"):
        ana.edit("PAY-2", colour="red")
    with pytest.raises(ValueError, match="2019"):
        Collection(server="1999")
