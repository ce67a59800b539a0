"""Signing in, settling on a version, and learning how a team works in each process."""

import base64
import re

import httpx
import pytest
import respx

from connectors.errors import ConnectorError, Misconfigured, Refused, Retriable
from connectors.plugin import FieldNames
from steward_sandbox import Faults
from support.opening import open_plugin

EFFORT = "Microsoft.VSTS.Scheduling.Effort"
CRITERIA = "Acceptance Criteria (Microsoft.VSTS.Common.AcceptanceCriteria)"
RANKS = {
    "Agile": ("Stack Rank (Microsoft.VSTS.Common.StackRank)",),
    "Scrum": ("Backlog Priority (Microsoft.VSTS.Common.BacklogPriority)",),
}
POINTS = {
    "Agile": ("Story Points (Microsoft.VSTS.Scheduling.StoryPoints)", f"Effort ({EFFORT})"),
    "Scrum": (f"Effort ({EFFORT})",),
    "CMMI": ("Size (Microsoft.VSTS.Scheduling.Size)", f"Effort ({EFFORT})"),
    "Basic": (f"Effort ({EFFORT})",),
}
HELD = {
    "Agile": ["PAY-1", "PAY-2", "PAY-4", "PAY-5"],
    "Scrum": ["PAY-1", "PAY-2", "PAY-3", "PAY-4", "PAY-5"],
    "CMMI": ["PAY-1", "PAY-2", "PAY-4", "PAY-5"],
    # Without a type for bugs, the bug of the file is an issue.
    "Basic": ["PAY-1", "PAY-2", "PAY-3", "PAY-4", "PAY-5"],
}


@pytest.mark.parametrize("server", [None, "2022", "2022.1", "2020"])
@pytest.mark.parametrize("process", POINTS)
def test_every_process_is_learned(serve, process, server):
    here = serve(process=process, server=server)
    tracker = here.tracker()
    connection = tracker.connect()
    assert connection.account.name == "Steward"
    assert connection.projects == ("PAY",)
    assert connection.fields["points"] == POINTS[process]
    assert connection.fields["rank"] == RANKS.get(process, RANKS["Agile"])
    assert connection.fields["acceptance_criteria"] == ((CRITERIA,) if process in ("Agile", "Scrum") else ())
    assert connection.capabilities.can_comment
    assert connection.capabilities.can_verify
    assert sorted(here.keys(tracker.list_ids().ids)) == HELD[process]
    versions = {asked.query["api-version"] for asked in here.asked("POST .*/wiql")}
    assert versions == {{None: "7.1", "2022.1": "7.1", "2022": "7.0", "2020": "6.0"}[server]}
    assert connection.notes == ()
    notes = here.tracker(checks_setup=True).connect().notes
    assert any("comments are written as HTML" in note for note in notes) == (server in ("2022", "2020"))


def test_a_scope_without_finished_items_is_noted_when_that_is_to_be_checked(here):
    scope = "[System.State] NOT IN ('Closed', 'Done')"
    assert here.tracker(checks_setup=True).connect().notes == ()
    assert here.tracker(scope=scope).connect().notes == ()
    (note,) = here.tracker(scope=scope, checks_setup=True).connect().notes
    assert note.startswith("No finished item is in the scope")
    assert here.tracker(scope="[System.Id] = 0", checks_setup=True).connect().notes == ()


def test_connecting_writes_nothing_and_asks_little(here):
    here.tracker().connect()
    assert {asked.method for asked in here.switch.asked} == {"OPTIONS", "GET"}
    assert len(here.switch.asked) <= 20


def test_the_token_travels_as_a_password_and_no_page_is_wanted(here):
    here.tracker().connect()
    first = here.switch.asked[0]
    assert base64.b64decode(first.headers["authorization"].split()[1]) == b":good-token"
    assert first.headers["x-tfs-fedauthredirect"] == "Suppress"


def test_the_oldest_servers_cannot_write_comments(serve):
    here = serve(server="2019")
    tracker = here.tracker()
    connection = tracker.connect()
    assert not connection.capabilities.can_comment
    assert "cannot write comments" in connection.notes[0]
    assert here.read(tracker, "PAY-1")["PAY-1"].comments == ()
    assert tracker.target.get_snapshot(here.id("PAY-1")).own_comments == ()


@pytest.mark.parametrize("process", ["Agile in German", "Agile in Chinese"])
def test_translated_names_make_no_difference(serve, process):
    here = serve(process=process)
    tracker = here.connected()
    here.actor().change_team("PAY", bugs="asRequirements")
    assert here.read(here.connected(), "PAY-3")["PAY-3"].item.kind == "bug"
    read = here.read(tracker, "PAY-1", "PAY-4", "PAY-5")
    assert [(one.item.kind, one.item.level, one.item.category) for one in read.values()] == [
        ("story", "requirement", "in progress"),
        ("story", "requirement", "done"),
        ("feature", "portfolio", "to do"),
    ]
    assert read["PAY-1"].item.points == 8.0


def test_an_inherited_process_with_types_and_levels_of_its_own(serve):
    here = serve(process="Inherited Scrum")
    ana = here.actor()
    ana.create("PAY", "Try it out", type="Spike")
    ana.create("PAY", "Grow", type="Initiative")
    tracker = here.tracker(
        write_fields={"wsjf": "WSJF", "moscow": "Custom.MoSCoW", "rank": "No such field"},
        fields=FieldNames(risk_reduction="RROE", points="Effort", acceptance_criteria=("Größe",)),
    )
    connection = tracker.connect()
    assert connection.capabilities.writable_fields == {"wsjf": "Custom.WSJF", "moscow": "Custom.MoSCoW"}
    assert connection.capabilities.missing_fields == {"write.fields.rank": "No such field"}
    assert any("No such field" in note for note in connection.notes)
    assert connection.fields["risk_reduction"] == ("RROE (Custom.RROE)",)
    kinds = {
        one.item.title: (one.item.kind, one.item.level)
        for b in tracker.fetch(tracker.list_ids().ids)
        for one in b.items
    }
    assert kinds["Try it out"] == ("story", "requirement")
    assert kinds["Grow"] == ("initiative", "portfolio")


def test_another_team_looks_after_its_own_areas(here):
    here.add_team("Web", "Checkout\\Web")
    tracker = here.connected(team="Web")
    assert here.keys(tracker.list_ids().ids) == ["PAY-1"]


def test_bugs_stand_beside_stories_only_where_the_team_wants_it(here):
    here.actor().change_team("PAY", bugs="asTasks")
    assert "PAY-3" not in here.keys(here.connected().list_ids().ids)


def test_a_further_condition_narrows_the_scope(here):
    tracker = here.connected(scope="[System.Tags] CONTAINS 'checkout' OR [System.Id] = 2")
    assert sorted(here.keys(tracker.list_ids().ids)) == ["PAY-1", "PAY-2", "PAY-3"]


def test_what_is_asked_for_shows_in_the_fingerprint_and_sprints_do_not(here):
    first = here.tracker().connect().fingerprint
    assert here.tracker(installation="other").connect().fingerprint == first
    here.actor().plan_iteration("PAY", "Sprint 4")
    assert here.tracker().connect().fingerprint == first
    assert here.tracker(scope="[System.Id] > 1").connect().fingerprint != first
    assert here.tracker(fields=FieldNames(points="Remaining Work")).connect().fingerprint != first


class TestRefusals:
    def test_a_wrong_token(self, here):
        with pytest.raises(Misconfigured, match="401.*TF400813"):
            here.tracker(token="wrong").connect()

    @pytest.mark.parametrize("path", ["OPTIONS .*/_apis$", "GET .*/wit/fields$", "GET .*/connectionData$"])
    def test_a_sign_in_page_is_told_as_what_it_is(self, here, path):
        here.tamper(path, lambda _: b"<html>Sign in</html>", status=203, content_type="text/html")
        with pytest.raises(Misconfigured, match="sign-in page") as told:
            here.tracker().connect()
        assert told.value.status == 203

    @pytest.mark.parametrize("path", ["OPTIONS .*/_apis$", "GET .*/wit/fields$"])
    def test_a_redirect_to_sign_in_is_not_followed(self, here, path):
        here.tamper(path, lambda _: b"", status=302, location="https://login.example/")
        with pytest.raises(Misconfigured, match=r"redirected to login\.example"):
            here.tracker().connect()

    @pytest.mark.parametrize(
        ("changes", "message"),
        [
            ({"project": "Nowhere"}, 'there is no project "Nowhere" that this account can see'),
            ({"team": "Nobody"}, 'the project PAY has no team "Nobody" that this account can see'),
        ],
    )
    def test_a_project_or_team_that_is_not_there(self, here, changes, message):
        with pytest.raises(Misconfigured, match=message):
            here.tracker(**changes).connect()

    def test_a_team_that_exists_is_not_said_to_be_missing(self, here):
        here.tamper("GET .*/teamsettings/teamfieldvalues$", lambda answer: answer, status=404)
        with pytest.raises(Misconfigured, match="cannot read the project 'PAY' or its team 'PAY Team'"):
            here.tracker(team="PAY Team").connect()

    def test_a_project_that_cannot_be_looked_up_in_the_list(self, serve):
        here = serve(faults=Faults(["403@GET */_apis/projects"]))
        with pytest.raises(Misconfigured, match="cannot read the project 'PAY' or its team 'Nobody'.*Check both names"):
            here.tracker(team="Nobody").connect()

    def test_an_organisation_that_is_not_there(self, here):
        with pytest.raises(Misconfigured, match="no organisation or collection of Azure DevOps responds at") as told:
            here.tracker(url=here.host).connect()
        assert told.value.status == 404

    def test_no_credentials_at_all(self, here):
        with pytest.raises(ValueError, match="either `token` or `entra`"):
            here.tracker(token=None)

    def test_an_unknown_way_through_entra(self, here):
        with pytest.raises(ValueError, match="carrier pigeon"):
            here.tracker(token=None, entra="carrier pigeon")

    def test_a_stopped_collection_is_not_asked_for_ever(self, serve):
        here = serve(stopped=True)
        with pytest.raises(ConnectorError, match="TF24668"):
            here.tracker().connect()
        assert len(here.switch.asked) <= 4

    def test_answers_of_another_shape(self, here):
        here.tamper("GET .*/connectionData", lambda _: [1])
        with pytest.raises(ConnectorError, match="unexpected format"):
            here.tracker().connect()

    def test_a_failed_connection_leaves_nothing_open(self, here):
        tracker = here.tracker(project="Nowhere")
        with pytest.raises(Misconfigured):
            tracker.connect()
        tracker.close()


class TestTrouble:
    def test_what_fails_once_is_asked_again(self, serve):
        here = serve(faults=Faults(["500#1", "drop-before#3", "truncate#6", "429=0#8"]))
        assert here.tracker().connect().account.name == "Steward"

    def test_a_pause_asked_for_on_a_good_answer_is_kept(self, serve):
        here = serve(throttled_from=12, throttled_wait=0.35)
        tracker = here.tracker()
        tracker.connect()
        assert tracker.stats.seconds_waited >= 0.3

    def test_a_long_pause_is_told_with_its_end(self, serve):
        here = serve(faults=Faults(["429=1847"]))
        with pytest.raises(Retriable, match="asked us to wait until"):
            here.tracker().connect()


@pytest.mark.parametrize("odd", [[1], {}, {"value": [1]}, {"value": None}, "x", None, {"value": [{"name": {}}]}])
@pytest.mark.parametrize(
    "path",
    [
        "wit/fields$",
        "work/backlogconfiguration$",
        "teamfieldvalues$",
        "iterations$",
        "states$",
        "BugCategory$",
        "fields$",
    ],
)
def test_answers_of_another_shape_raise_nothing_but_our_errors(here, path, odd):
    here.tamper(f"GET .*{path}", lambda _: odd)
    try:
        here.tracker().connect()
    except ConnectorError as told:
        assert "platform" in str(told)


def _offering(*, released: str, newest: str):
    """Changes what a server says of its versions."""

    def tamper(response):
        for resource in response["value"]:
            preview = resource["releasedVersion"] == "0.0"
            resource |= {"maxVersion": newest, "releasedVersion": "0.0" if preview else released}
        return response

    return tamper


def _versions(here) -> set[str]:
    asked = [one for one in here.switch.asked if one.method != "OPTIONS" and "connectionData" not in one.path]
    return {
        one.query.get("api-version") or re.search(r"api-version=([\w.-]+)", one.headers["accept"])[1]
        for one in asked
        if "/comments" not in one.path
    }


class TestVersions:
    @pytest.mark.parametrize(
        ("server", "released", "newest"),
        [("2020", "5.1", "6.0"), ("2022", "6.0", "6.1"), ("2022.1", "7.0", "7.1"), ("2022.1", "7.0", "7.2")],
    )
    def test_a_released_version_is_preferred_to_a_newer_preview(self, serve, server, released, newest):
        here = serve(server=server)
        here.tamper("OPTIONS", _offering(released=released, newest=newest))
        tracker = here.tracker()
        tracker.connect()
        here.read(tracker, "PAY-1")
        assert _versions(here) == {released}

    def test_a_preview_is_called_one_where_nothing_is_released(self, serve):
        here = serve(server="2022")
        here.tamper("OPTIONS", _offering(released="0.0", newest="7.0"))
        tracker = here.tracker()
        tracker.connect()
        here.read(tracker, "PAY-1")
        assert _versions(here) == {"7.0-preview"}

    @pytest.mark.parametrize(
        ("status", "body", "server"),
        [(200, b"<html>Blocked</html>", None), (204, b"", "2020"), (403, b"<html>", None), (405, b"", "2022")],
    )
    def test_a_gateway_that_blocks_options_is_no_obstacle(self, serve, status, body, server):
        here = serve(server=server)
        here.tamper("OPTIONS", lambda _: body, status=status, content_type="text/html")
        tracker = here.tracker()
        connection = tracker.connect()
        assert len(here.read(tracker, "PAY-1")["PAY-1"].comments) == 1
        assert _versions(here) >= {{None: "7.1", "2020": "6.0", "2022": "7.0"}[server]}
        assert connection.notes == ()
        assert any("OPTIONS" in note for note in here.tracker(checks_setup=True).connect().notes)


def test_a_project_without_a_default_team_asks_for_a_team(here):
    here.tamper("GET .*/projects/PAY$", lambda project: project | {"defaultTeam": None})
    with pytest.raises(Misconfigured, match="no default team") as told:
        here.tracker().connect()
    assert "`team`" in told.value.hint


@pytest.mark.parametrize("name", ["Default Collection", "Default%20Collection"])
def test_a_collection_may_have_a_space_in_its_name(serve, name):
    here = serve(server="2022", name="Default Collection")
    tracker = here.tracker(url=f"{here.host}/tfs/{name}")
    tracker.connect()
    url = here.read(tracker, "PAY-1")["PAY-1"].item.url
    assert "/tfs/Default%20Collection/PAY/" in url


class TestRefusedTokens:
    @pytest.mark.parametrize(
        "refusal",
        [
            httpx.Response(401, json={"message": "TF400813: not authorized"}),
            httpx.Response(203, html="<html>Sign in</html>"),
            httpx.Response(302, headers={"Location": "https://spsprodweu.vssps.visualstudio.com/_signin"}),
            httpx.Response(200, html="<html>Sign in</html>"),
        ],
        ids=lambda response: response.status_code,
    )
    @pytest.mark.parametrize("address", ["https://dev.azure.com/fabrikam", "https://fabrikam.visualstudio.com"])
    def test_tokens_for_all_organisations_are_explained(self, refusal, address):
        with respx.mock(assert_all_called=False) as router:
            router.route().mock(return_value=refusal)
            tracker = open_plugin("azure-devops", name="platform", url=address, project="PAY", token="all-of-them")
            with pytest.raises(Misconfigured) as told:
                tracker.connect()
        assert "all organisations" in told.value.hint
        assert "2026-12-01" in told.value.hint
        if refusal.status_code in (401, 203):
            assert "the token was refused" in told.value.message

    def test_on_a_server_there_are_none(self):
        with respx.mock as router:
            router.route().respond(401)
            tracker = open_plugin("azure-devops", name="x", url="https://tfs.example/Main", project="PAY", token="t-1")
            with pytest.raises(Misconfigured, match="the token was refused") as told:
                tracker.connect()
        assert "all organisations" not in told.value.hint


def test_only_the_projects_of_the_list_are_read_and_written_whatever_the_account_may_see(here):
    tracker = here.connected(projects=["pay"])
    found = [one.item.key for batch in tracker.fetch(here.ids("PAY-1", "OPS-1")) for one in batch.items]
    assert len(found) == 1
    with pytest.raises(Refused, match="`projects` leaves out"):
        tracker.target.get_snapshot(here.id("OPS-1"))
    assert tracker.target.get_snapshot(here.id("PAY-1")).project == "PAY"
    with pytest.raises(ValueError, match="`projects` leaves out the project PAY"):
        here.tracker(projects=["OPS"])
