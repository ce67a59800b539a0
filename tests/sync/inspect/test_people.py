"""Doctor tries every role against what the tracker tells about people, and names accounts that may be programs."""

import json
from pathlib import Path

import pytest
from end_to_end.command_line import run_here

from steward_sandbox.ids import account_id

pytestmark = pytest.mark.on_jira
ANA = "ana.silva@example.com"


@pytest.fixture(params=[False, True], ids=["cloud", "data center"])
def site(request, desk_of):
    """A desk where Ana works."""
    desk = desk_of(data_center=request.param)
    desk.is_cloud = not request.param
    desk.person("Ana Silva").comment("PAY-1", "Hello")
    return desk


def steward(desk, *words, code=0):
    done = run_here(*words, "--json", "--config", str(desk.file), cwd=Path.cwd())
    assert done.returncode == code, done.stderr
    return json.loads(done.stdout)


def doctor(desk, **roles):
    desk.configure(roles=roles)
    return {check["id"]: check for check in steward(desk, "doctor")}


def ident(site):
    (found,) = steward(site, "who", ANA)
    return found["id"]


def test_who_finds_the_account_id_and_says_by_what_roles_recognise_a_person(site):
    (found,) = steward(site, "who", ANA)
    assert found["tracker"] == "team"
    assert found["name"] == "Ana Silva"
    assert found["id"] in found["names"]
    assert (ANA in found["names"]) is not site.is_cloud, "comments on Cloud show no address"
    assert steward(site, "who", found["id"]) == steward(site, "who", "ana silva") == [found]
    if site.is_cloud:
        assert found["id"] == account_id(ANA)


def test_who_finds_nobody_where_there_is_nobody(site):
    assert steward(site, "who", "nobody@example.com", code=1) == []


def test_an_address_reaches_nobody_where_comments_show_none(site):
    checks = doctor(site, groups={"leads": [ANA]}, decide="leads")
    if not site.is_cloud:
        assert f"team.roles.{ANA}" not in checks
        assert "1 recognised" in checks["team.roles"]["said"]
        return
    told = checks[f"team.roles.{ANA}"]
    assert told["verdict"] == "warning"
    assert "show no e-mail address" in told["said"]
    assert ident(site) in told["hint"]


@pytest.mark.parametrize("member", ["id", "name", "name in another case"])
def test_an_id_and_a_name_are_recognised(site, member):
    named = {"id": ident(site), "name": "Ana Silva", "name in another case": "ANA SILVA"}[member]
    checks = doctor(site, waive=["everybody", named])
    assert not [check for check in checks if check.startswith(("team.roles.", "roles."))]
    assert "1 recognised" in checks["team.roles"]["said"]


def test_a_name_that_nobody_has_is_told(site):
    told = doctor(site, decide=["Anna Sliva"])["roles.Anna Sliva"]
    assert "no tracker finds such a person" in told["said"]
    assert "steward who" in told["hint"]


def test_two_people_of_one_name_are_told_apart_by_id(site):
    site.world.site.accounts.named("Ana Silva", email="other.ana@example.com")
    told = doctor(site, decide=["Ana Silva"])["team.roles.Ana Silva"]
    assert "2 people" in told["said"]
    assert told["hint"].count(",") == 1


def test_without_roles_nothing_is_asked(site):
    assert "team.roles" not in doctor(site)
    assert site.requests("user/search") == 0


@pytest.fixture
def busy(desk_of):
    lines = (f'{{"key": "PAY-{n}", "title": "Item {n}", "created": "2024-03-01"}}' for n in range(1, 31))
    desk = desk_of("\n".join(lines))
    desk.pull()
    return desk


def test_an_account_that_writes_to_very_many_items_may_be_a_program(busy):
    for number in range(1, 26):
        busy.person("Sync User").edit(f"PAY-{number}", title=f"Synced {number}")
        busy.person(f"Person {number}").comment(f"PAY-{number}", "A remark")
    candidates = {key: check for key, check in doctor(busy).items() if ".bots." in key}
    (told,) = candidates.values()
    assert "Sync User" in told["said"]
    assert "25" not in told["said"], "no figure about anybody"
    sync_user = told["hint"].split("add ")[1].split(" ")[0]
    busy.configure(tracker={"bots": [sync_user]})
    assert not [key for key in doctor(busy) if ".bots." in key]
    busy.configure(tracker={"bots": []})
    assert not [key for key in doctor(busy, waive=[sync_user]) if ".bots." in key], "people in `roles` are no programs"


def test_few_items_and_known_programs_are_no_reason(busy):
    for number in range(1, 15):
        busy.person().edit(f"PAY-{number}", title="By hand")
    for number in range(1, 31):
        busy.person("Build robot", type="app").edit(f"PAY-{number}", title="By a robot")
    assert not [key for key in doctor(busy) if ".bots." in key]
