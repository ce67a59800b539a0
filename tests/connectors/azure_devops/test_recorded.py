"""Recorded answers and the examples of the official descriptions are read by the shapes that the client decodes."""

import json
import re
from datetime import datetime

import msgspec
import pytest

from connectors.azure_devops import history, payloads
from connectors.azure_devops.client import parse_error
from connectors.azure_devops.history import AzurePeople
from connectors.azure_devops.library import AzureLibrary
from connectors.comments import Author
from connectors.response import Response

SHAPES = [
    (r"OPTIONS .*/_apis(\?|$)", payloads.Entries[payloads.Resource]),
    (r"POST .*/wit/wiql", payloads.QueryResult),
    (r"GET .*/wit/wiql", payloads.QueryResult),
    (r"POST .*/wit/workitemsbatch", payloads.Items),
    (r"GET .*/wit/workitems\?", payloads.Items),
    (r"(GET|PATCH|POST) .*/wit/workitems/(\d+|\$\w+)(\?|$)", payloads.Item),
    (r"GET .*/wit/workitems/\d+/updates(\?|$)", payloads.Entries[msgspec.Raw]),
    (r"GET .*/wit/workitems/\d+/updates/\d+", payloads.Update),
    (r"GET .*/wit/workitems/\d+/comments(\?|$)", payloads.AzureComments),
    (r"(GET|PATCH|POST) .*/wit/workitems/\d+/comments(/\d+)?(\?|$)", payloads.AzureComment),
    (r"(GET|POST) .*/wit/reporting/workitemrevisions", payloads.FeedPage[payloads.Revision]),
    (r"GET .*/wit/reporting/workitemlinks", payloads.FeedPage[payloads.ChangedLink]),
    (r"GET .*/_apis/connectiondata", payloads.ConnectionData),
]
# Examples whose address looks like that of an item, and why they are none.
UNREADABLE = {
    "templates/GET_template.json": "a new item that is not saved has no id",
    "workItems/GET_work_item_template.json": "the same",
}


def shape_of(call):
    return next((shape for pattern, shape in SHAPES if re.match(pattern, call, re.IGNORECASE)), None)


def recorded_calls(shared):
    folder = shared / "recorded" / "azure-devops"
    for file in sorted((folder / "azure-devops-cli-extension").glob("test_*.json")):
        for number, one in enumerate(json.loads(file.read_bytes())):
            answer = one["response"]
            if answer["status"]["code"] == 200 and answer.get("body"):
                yield f"{file.name}#{number}", f"{one['request']['method']} {one['request']['uri']}", answer["body"]
    batch = json.loads((folder / "microsoft-docs" / "batch.json").read_bytes())
    for number, one in enumerate(batch["response"]["body"]["value"]):
        yield f"batch.json#{number}", "PATCH x/wit/workitems/1", json.loads(one["body"])
    for name in ("WorkItem.22", "DeletedWorkItem"):
        file = folder / "aggregator-cli" / f"{name}.json"
        yield file.name, "GET x/wit/workitems/22", json.loads(file.read_bytes())
    for name in ("WorkItem.22.UpdateFields", "WorkItem.22.UpdateLinks"):
        file = folder / "aggregator-cli" / f"{name}.json"
        yield file.name, "GET x/wit/workitems/22/updates/2", json.loads(file.read_bytes())


def examples(shared):
    folder = shared / "specs" / "azure-devops" / "wit" / "7.1" / "httpExamples"
    for file in sorted(folder.glob("*/*.json")):
        one = json.loads(file.read_text("utf-8-sig"))
        body = one.get("responses", {}).get("200", {}).get("body")
        asked = one.get("x-ms-vss-request-url", "")
        if body and asked:
            verb = one.get("x-ms-vss-request-method") or file.name.split("_")[0]
            yield f"{file.parent.name}/{file.name}", f"{verb} {asked}", body


def read(calls):
    """Which shapes were read how often, and what could not be read."""
    counts, failed = {}, {}
    for name, call, body in calls:
        shape = shape_of(call)
        if shape is None:
            continue
        try:
            found = msgspec.json.decode(json.dumps(body), type=shape)
            for raw in found.existing_items if isinstance(found, payloads.Items) else ():
                msgspec.json.decode(raw, type=payloads.Item)
            counts[shape] = counts.get(shape, 0) + 1
        except msgspec.ValidationError as error:
            failed[name] = str(error)
    return counts, failed


def test_every_recorded_answer_is_read(shared):
    counts, failed = read(recorded_calls(shared))
    assert failed == {}
    assert counts[payloads.Item] >= 8
    assert counts[payloads.Update] == 2
    assert counts[payloads.QueryResult] >= 2
    assert counts[payloads.Entries[payloads.Resource]] >= 1


def test_every_example_is_read_but_those_that_are_no_answers(shared):
    counts, failed = read(examples(shared))
    assert set(failed) == set(UNREADABLE), failed
    assert counts[payloads.Item] >= 15
    assert set(counts) >= {
        payloads.AzureComments,
        payloads.FeedPage[payloads.Revision],
        payloads.FeedPage[payloads.ChangedLink],
        payloads.Entries[msgspec.Raw],
        payloads.Items,
        payloads.QueryResult,
    }


def example(shared, name):
    file = shared / "specs" / "azure-devops" / name
    return json.loads(file.read_text("utf-8-sig"))["responses"]["200"]["body"]


def recording(shared, file, place):
    calls = json.loads((shared / "recorded" / "azure-devops" / "azure-devops-cli-extension" / file).read_bytes())
    found = [one["response"]["body"] for one in calls if one["request"]["uri"].endswith(place) and one["request"]["method"] == "GET"]  # fmt: skip
    return max(found, key=lambda body: len(json.dumps(body)))


@pytest.fixture
def library(here):
    tracker = here.connected()
    return AzureLibrary(tracker._session.http, "PAY", "PAY Team", "7.1")


class TestThePackage:
    """What goes through the official package, with the official examples and recorded answers."""

    WORK = "work/7.1/httpExamples"
    WIT = "wit/7.1/httpExamples"

    def test_how_a_backlog_is_built(self, here, library, shared):
        body = example(shared, f"{self.WORK}/backlogConfiguration/GET__work_backlogconfiguration.json")
        here.tamper("GET .*backlogconfiguration", lambda _: body)
        shape = library.backlog_configuration()
        assert shape.fields["Order"] == "Microsoft.VSTS.Common.StackRank"
        assert shape.requirement_types == tuple(kind["name"] for kind in body["requirementBacklog"]["workItemTypes"])
        levels = sorted(body["portfolioBacklogs"], key=lambda level: level["rank"])
        assert shape.portfolio_types == tuple(
            tuple(kind["name"] for kind in level["workItemTypes"]) for level in levels
        )

    @pytest.mark.parametrize("source", ["example", "recorded"])
    def test_the_areas_of_a_team(self, here, library, shared, source):
        body = (
            example(shared, f"{self.WORK}/teamFieldValues/GET__work_teamsettings_teamfieldvalues.json")
            if source == "example"
            else recording(shared, "test_boards_areas.json", "teamfieldvalues")
        )
        here.tamper("GET .*teamfieldvalues", lambda _: body)
        assert [area.path for area in library.areas()] == [value["value"] for value in body["values"]]

    @pytest.mark.parametrize("source", ["example", "recorded"])
    def test_the_sprints_of_a_team(self, here, library, shared, source):
        body = (
            example(shared, f"{self.WORK}/iterations/GET__work_teamsettings_iterations__timeframe-_timeframe_.json")
            if source == "example"
            else recording(shared, "test_boards_iterations.json", "teamsettings/iterations")
        )
        # The example says `values` where every recorded answer says `value`, and gives no paths.
        body = {"value": [{"path": "PAY", **one} for one in body.get("value") or body["values"]]}
        here.tamper("GET .*teamsettings/iterations", lambda _: body)
        found = library.iterations()
        assert [one.path for one in found] == [one["path"] for one in body["value"]]
        assert len(found) > 0
        for one, given in zip(found, body["value"], strict=True):
            assert (one.start is None) == (given["attributes"].get("startDate") is None)

    def test_fields_and_states(self, here, library, shared):
        fields = example(shared, f"{self.WIT}/fields/GET__wit_fields.json")
        here.tamper("GET .*wit/fields$", lambda _: fields)
        assert {one.reference for one in library.fields()} == {one["referenceName"] for one in fields["value"]}
        states = example(shared, f"{self.WIT}/workItemTypeStates/GET__workitem_type_states.json")
        here.tamper("GET .*states$", lambda _: states)
        assert library.type_states("Bug")["Resolved"] == "Resolved"
        kinds = example(shared, f"{self.WIT}/workItemTypesField/GET__workItemType_fields.json")
        here.tamper("GET .*types/Bug/fields$", lambda _: kinds)
        assert "System.IterationPath" in library.type_field_names("Bug")
        assert library.bug_type_names() == ("Bug",)


def test_recorded_errors_are_told(shared):
    file = shared / "recorded" / "azure-devops" / "azure-devops-cli-extension" / "_errors.json"
    told = []
    for one in json.loads(file.read_bytes()):
        answer = one["response"]
        body = answer["body"].get("_text") or json.dumps(answer["body"])
        told.append(parse_error(Response(answer["status"]["code"], {}, body.encode(), "", "")))
    assert [code for _, code in told] == [
        "TeamFieldArgumentNullException",
        "InvalidTeamSettingsException",
        "VssServiceException",
        "ProjectDoesNotExistWithNameException",
        "",
    ]
    assert [words[:8] for words, _ in told] == ["DefaultV", "TF400497", "TF24668:", "TF200016", "The cont"]


def test_links_alone_and_fields_are_told_apart(shared):
    folder = shared / "recorded" / "azure-devops" / "aggregator-cli"
    updates = [
        msgspec.json.decode((folder / f"WorkItem.22.Update{what}.json").read_bytes(), type=payloads.Update)
        for what in ("Fields", "Links")
    ]
    saves = {one.may_change_content: one for one in history.saves_from_updates(updates, AzurePeople(""))}
    assert set(saves) == {True, False}
    assert saves[False].changes == {}
    assert saves[True].author is Author.PERSON


@pytest.mark.parametrize(
    ("text", "year"),
    [
        ("2019-01-21T20:12:14.683Z", 2019), ("2026-11-21T10:00:00Z", 2026), ("2026-11-21T10:00:00.1234567Z", 2026),
        ("2026-11-21T10:00:00+02:00", 2026), ("2026-11-21T10:00:00.23Z", 2026), ("9999-01-01T00:00:00Z", None),
        ("1/31/2017 9:21:14 PM", None), ("", None), (7, None), (None, None),
    ],
)  # fmt: skip
def test_dates_have_many_forms(text, year):
    moment = history.parse_date(text)
    assert (moment.year if moment else None) == year
    assert moment is None or (isinstance(moment, datetime) and moment.utcoffset().total_seconds() == 0)


@pytest.mark.parametrize(
    ("given", "unique"),
    [
        ({"id": "1", "uniqueName": "a@b", "displayName": "A", "descriptor": "aad.x"}, "a@b"),
        ({"displayName": "A"}, ""), ("A <a@b>", "a@b"), ("DOMAIN\\a", "DOMAIN\\a"), ("", None), (7, None),
    ],
)  # fmt: skip
def test_identities_have_many_forms(given, unique):
    found = history.parse_identity(given)
    assert (found.unique_name if found else None) == unique
