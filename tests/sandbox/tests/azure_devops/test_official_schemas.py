"""Every answer of the sandbox against Microsoft's own descriptions, for each process, on Services and on a server."""

import pytest

ORGANISATION = [
    "projects", "projects/PAY", "wit/fields", "wit/workitems?ids={story},{bug}", "wit/workitems/{story}?$expand=all",
    "wit/workItems/{story}/updates", "wit/reporting/workitemrevisions?includeIdentityRef=true&$expand=fields",
    "wit/reporting/workitemlinks",
]  # fmt: skip
PROJECT = [
    "wit/workitemtypes/{kind}/fields?$expand=all", "wit/workitemtypes/{kind}/states",
    "wit/workitemtypecategories/Microsoft.RequirementCategory",
]  # fmt: skip
TEAM = [
    "work/backlogconfiguration", "work/boards", "work/teamsettings",
    "work/teamsettings/teamfieldvalues", "work/teamsettings/iterations",
    "work/teamsettings/iterations?$timeframe=current",
]  # fmt: skip
COMMENTS = ["", "/{comment}"]

PROCESSES = ["Agile", "Scrum", "CMMI", "Basic", "Inherited Scrum", "Agile in Chinese"]


@pytest.fixture(params=[*((name, None) for name in PROCESSES), ("Scrum", "2022"), ("Agile", "2022.1")], ids=str)
def organisation(request, serve, world_of):
    process, server = request.param
    return serve(world_of(process=process, server=server))


def test_everything_that_can_be_read(needs_specs, official, organisation, op):
    preview = f"{organisation.version}-preview"
    world = organisation.world
    names = {
        "story": organisation.id("PAY-1"),
        "bug": organisation.id("PAY-3"),
        "kind": world.item("PAY-1").type,
        "comment": world.item("PAY-1").comments[0].id,
    }
    here = "PAY/_apis/wit/workItems/{story}/comments"
    paths = [f"_apis/{path}" for path in ORGANISATION]
    paths += [f"PAY/_apis/{path}" for path in PROJECT] + [f"PAY/PAY Team/_apis/{path}" for path in TEAM]
    paths += [f"{here}{rest}" for rest in COMMENTS]
    official.seen.clear()
    for path in paths:
        place, _, query = path.format(**names).partition("?")
        params = dict(pair.split("=", 1) for pair in query.split("&") if pair)
        answer = organisation.http.get(place, params={"api-version": preview, **params})
        assert answer.status_code == 200, (place, answer.text[:300])
    # Of these paths, two are one operation; the descriptions of the server leave out projects.
    assert len(official.seen) == (16 if world.collection.server == "2022" else 18), sorted(official.seen)


def test_everything_that_can_be_written(needs_specs, organisation, op):
    preview = f"{organisation.version}-preview"
    answers = [
        organisation.patch("PAY-1", op("test", "/rev", organisation.world.item("PAY-1").rev), op("add", "System.Title", "x")),
        organisation.patch("PAY-1", op("add", "System.Title", "y"), __expand="all"),
        organisation.comment("PAY-1", version=f"{preview}.3"),
        organisation.batch("PAY-1", "PAY-3", **{"$expand": "all"}),
        organisation.batch("PAY-1", 99999, fields=["System.Id", "System.Title"], errorPolicy="omit"),
        organisation.query("SELECT [System.Id] FROM WorkItems"),
        organisation.send("POST", "_apis/wit/reporting/workitemrevisions", {"includeTagRef": True}),
        organisation.send("DELETE", f"_apis/wit/workitems/{organisation.id('PAY-2')}"),
    ]  # fmt: skip
    assert [answer.status_code for answer in answers] == [200] * len(answers), [a.text[:200] for a in answers]
