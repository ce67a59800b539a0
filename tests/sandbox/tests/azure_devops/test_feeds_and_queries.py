"""What a mirror follows: queries for ids, the feed of revisions and the feed of links."""

import json

import pytest

from steward_sandbox.azure_devops import Actor, Lag

FEED = "_apis/wit/reporting/workitemrevisions"
LINKS = "_apis/wit/reporting/workitemlinks"


def many(count):
    rows = ({"key": f"PAY-{n}", "title": f"Item {n}", "created": "2024-03-01T09:00:00Z"} for n in range(1, count + 1))
    return "\n".join(json.dumps(row) for row in rows)


def walked(azure, path, **params):
    """All pages of a feed and the last token; every page must move on."""
    pages, token = [], params.pop("continuationToken", None)
    while True:
        page = azure.get(path, **params, **({"continuationToken": token} if token else {}))
        pages.append(page)
        follow = page.get("continuationToken") or page["nextLink"].split("continuationToken=")[1].split("&")[0]
        if page["isLastBatch"]:
            return pages, follow
        assert follow != token
        token = follow
        params.pop("startDateTime", None)


def told(pages):
    return [(one["id"], one["rev"]) for page in pages for one in page["values"]]


class TestQueries:
    @pytest.mark.parametrize(
        ("where", "keys"),
        [
            ("[System.Title] Contains 'tax'", ["PAY-2"]),
            ("[System.Tags] Contains 'TAX'", ["PAY-1"]),
            ("[System.State] IN ('Done') AND [System.TeamProject] = 'PAY'", ["PAY-4"]),
            ("[System.AreaPath] UNDER 'PAY\\Checkout'", ["PAY-1"]),
            ("[System.AreaPath] = 'PAY\\Checkout'", []),
            ("[System.WorkItemType] = 'Bug'", ["PAY-3"]),
            ("[System.AssignedTo] = 'Ana Silva' ORDER BY [System.Id] DESC", ["PAY-4", "PAY-1"]),
            ("[Microsoft.VSTS.Common.BacklogPriority] = '' AND [System.TeamProject] = 'PAY'", ["PAY-2"]),
            ("[System.Description] Is Empty AND [System.WorkItemType] = 'Task'", ["PAY-6"]),
            ("[System.CreatedDate] < '2024-02-01'", ["PAY-5"]),
            ("[System.Id] IN (1, 2) AND NOT [System.Id] = 1", ["PAY-2"]),
        ],
    )
    def test_a_condition_finds(self, azure, where, keys):
        assert azure.found(where) == keys

    @pytest.mark.parametrize(
        ("where", "said"),
        [
            ("[Nothing.There] = 1", "TF51005"),
            ("[System.Description] = ''", "long text"),
            ("[System.ChangedDate] > '2024-05-01T10:00:00Z'", "date precision"),
            ("[System.Title] = 'x", ""),
        ],
    )
    def test_a_query_that_makes_no_sense_is_refused(self, azure, where, said):
        answer = azure.query(f"SELECT [System.Id] FROM WorkItems WHERE {where}")
        assert answer.status_code == 400
        assert said in answer.json()["message"]

    def test_times_count_when_they_are_asked_to(self, azure):
        where = "[System.ChangedDate] > '2024-05-01T23:00:00Z'"
        assert azure.found(where, timePrecision="true") == ["PAY-1", "PAY-2"]

    def test_more_than_the_cap_is_refused_and_below_it_the_rest_goes_without_a_word(self, serve, code):
        azure = serve(query_cap=4)
        answer = azure.query("SELECT [System.Id] FROM WorkItems")
        assert code(answer) == (400, "WorkItemTrackingQueryResultSizeLimitExceededException", "VS402337")
        cut = azure.query("SELECT [System.Id] FROM WorkItems ORDER BY [System.Id]", __top=3)
        assert [row["id"] for row in cut.json()["workItems"]] == [1, 2, 3]
        assert serve().app.options.query_cap == 20_000


class TestRevisions:
    def test_pages_lead_to_the_end_and_the_last_token_is_the_position(self, serve, world_of):
        azure = serve(world_of(many(12)), revisions_a_page=5)
        pages, token = walked(azure, FEED)
        assert len(pages) >= 3
        assert {ident for ident, _ in told(pages)} == set(azure.world.items)
        again, same = walked(azure, FEED, continuationToken=token)
        assert (told(again), same) == ([], token)

    def test_what_happens_after_a_position_is_told_once(self, azure, ana):
        _, token = walked(azure, FEED)
        ana.edit("PAY-2", title="x")
        ana.comment("PAY-3", "y")
        pages, _ = walked(azure, FEED, continuationToken=token)
        assert [ident for ident, _ in told(pages)] == [azure.id("PAY-2"), azure.id("PAY-3")]

    def test_links_alone_are_not_told(self, azure, ana):
        _, token = walked(azure, FEED)
        ana.reparent("PAY-3", "PAY-5")
        assert told(walked(azure, FEED, continuationToken=token)[0]) == []

    def test_long_texts_are_left_out_unless_asked_for(self, azure):
        def texts(**params):
            pages, _ = walked(azure, FEED, **params)
            return {ref for page in pages for one in page["values"] for ref in one["fields"]}

        assert "System.Description" not in texts()
        assert "System.Description" in texts(__expand="fields")

    def test_filters(self, azure, ana):
        ana.delete("PAY-2")
        number = azure.id("PAY-2")
        assert number not in {ident for ident, _ in told(walked(azure, FEED)[0])}
        pages, _ = walked(azure, FEED, includeDeleted="true", includeLatestOnly="true", fields="System.IsDeleted")
        latest = dict(told(pages))
        assert len(told(pages)) == len(latest)
        (last,) = [one for page in pages for one in page["values"] if one["id"] == number]
        assert last["fields"]["System.IsDeleted"] is True
        bugs, _ = walked(azure, FEED, types="Bug")
        assert {ident for ident, _ in told(bugs)} == {azure.id("PAY-3")}

    def test_filtered_pages_may_be_empty_and_not_the_last(self, serve, world_of):
        azure = serve(world_of(many(9)), revisions_a_page=3)
        pages, _ = walked(azure, FEED, types="Bug")
        assert [page["values"] for page in pages] == [[]] * len(pages)
        assert [page["isLastBatch"] for page in pages][:-1] == [False] * (len(pages) - 1)

    def test_a_project_hears_only_what_happened_in_it(self, azure, ana):
        _, token = walked(azure, f"PAY/{FEED}")
        ana.edit("PAY-2", title="still here")
        here = azure.item("PAY-2")["rev"]
        ana.move("PAY-2", "OPS")
        ana.edit("PAY-2", title="over there")
        assert told(walked(azure, f"PAY/{FEED}", continuationToken=token)[0]) == [(azure.id("PAY-2"), here)]

    def test_a_date_and_a_token_exclude_each_other_and_a_date_is_not_exact(self, azure, code):
        answer = azure.send("GET", FEED, startDateTime="2024-05-01", continuationToken="1;1;1")
        assert code(answer)[:2] == (400, "ConflictingParametersException")
        pages, _ = walked(azure, FEED, startDateTime="2024-05-01T00:00:00Z")
        days = [one["fields"]["System.ChangedDate"] for page in pages for one in page["values"]]
        assert days[0] < "2024-05-01" < days[-1]

    def test_identities_are_texts_unless_asked_for(self, azure):
        def creator(**params):
            return walked(azure, FEED, fields="System.CreatedBy", **params)[0][0]["values"][0]["fields"][
                "System.CreatedBy"
            ]

        assert creator() == "Robin Field <robin.field@example.com>"
        assert creator(includeIdentityRef="true")["uniqueName"] == "robin.field@example.com"

    def test_a_server_refuses_fields_beside_their_expansion(self, serve, world_of, code):
        azure = serve(world_of(server="2022"))
        assert azure.send("GET", FEED, fields="System.Id", __expand="fields").status_code == 400

    def test_it_may_lag_and_then_catches_up(self, serve, world_of, clock):
        azure = serve(world_of(), revisions_lag=Lag(changes=2))
        late, token = walked(azure, FEED)
        azure.app.options.revisions_lag = Lag()
        rest, _ = walked(azure, FEED, continuationToken=token)
        assert len(told(rest)) == 2
        assert len(told(late)) + 2 == len(azure.world.feed)


class TestLinks:
    def test_what_came_and_went_is_told_from_its_source(self, serve, world_of):
        world = world_of()
        azure = serve(world, links_a_page=2)
        pages, token = walked(azure, LINKS)
        assert "continuationToken" not in pages[0]
        assert len(pages) >= 2
        Actor(world, "Ana Silva").reparent("PAY-6", None)
        (row,) = walked(azure, LINKS, continuationToken=token)[0][0]["values"]
        assert (row["rel"], row["sourceId"], row["targetId"], row["isActive"]) == (
            "System.LinkTypes.Hierarchy",
            azure.id("PAY-1"),
            azure.id("PAY-6"),
            False,
        )
