"""What a backlog file becomes, and what people see of it."""

import httpx

from steward_sandbox import read_backlog
from steward_sandbox.azure_devops import Actor, Collection, build_world, snapshot


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


def test_people_see_a_page_of_the_backlog_and_nothing_in_it_is_alive(azure, ana):
    ana.comment("PAY-2", "<script>alert(1)</script> & more")
    ana.edit("PAY-2", title="Show the price after tax", tags=["new one"])
    for path in ("/", "/?show=changed", "/_workitems/edit/2"):
        page = httpx.get(f"{azure.host}{path}")
        assert page.status_code == 200
        assert ("Show the price after tax" in page.text) == ("changed" not in path)
        assert "<script" not in page.text
        assert "default-src 'none'" in page.headers["content-security-policy"]
