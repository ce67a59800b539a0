"""Signing in: by which address, as whom, with which fields, and what an admin is told when it does not work."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from connectors.discovery_cache import DiscoveryCache
from connectors.errors import ConnectorError, Garbled, Misconfigured, Refused, Retriable
from connectors.http import HttpClient
from connectors.plugin import FieldNames
from steward_sandbox import Faults
from steward_sandbox.jira import fields

pytestmark = pytest.mark.flavours("cloud", "data-center")


@pytest.mark.flavours("cloud")
def test_a_connection_tells_who_we_are_and_what_was_found(here):
    connection = here.tracker().connect()
    assert connection.account.name == "Steward"
    assert connection.account.id in here.world.site.accounts.by_id
    assert connection.projects == ("PAY",)
    assert connection.fields["points"] == (
        f"Story point estimate ({fields.ESTIMATE})",
        f"Story Points ({fields.POINTS})",
    )
    assert connection.fields["acceptance_criteria"] == (f"Acceptance Criteria ({fields.CRITERIA})",)
    assert connection.fields["rank"] == (f"Rank ({fields.RANK})",)
    assert connection.capabilities.is_ordered
    assert connection.notes == ()


def test_connecting_asks_little_and_writes_nothing(here):
    here.tracker(allow_writes=True).connect()
    assert len(here.switch.asked) < 20
    assert {one.method for one in here.switch.asked} == {"GET", "POST"}
    assert here.asked(here.searching) == [one for one in here.switch.asked if one.method == "POST"]


def test_only_what_anybody_may_know_is_asked_without_credentials(here):
    here.tracker().connect()
    bare = {one.path for one in here.switch.asked if "authorization" not in one.headers}
    assert {one.headers["x-atlassian-token"] for one in here.switch.asked if one.path not in bare} == {"no-check"}
    assert bare == {"/rest/api/2/serverInfo"}


def test_answers_are_asked_for_in_english(here):
    tracker = here.tracker(allow_writes=True)
    tracker.connect()
    tracker.list_ids()
    own = [one for one in here.switch.asked if "python-requests" not in one.headers.get("user-agent", "")]
    assert {one.headers.get("accept-language") for one in own} == {"en"}
    assert {one.headers.get("x-force-accept-language") for one in own} == {"true"}


@pytest.mark.flavours("cloud")
def test_a_scoped_token_signs_in_at_the_gateway(serve):
    here = serve(scoped_tokens=frozenset({"scoped"}))
    tracker = here.tracker(token="scoped")
    connection = tracker.connect()
    assert connection.account.name == "Steward"
    cloud = here.world.site.cloud_id
    after = [one.path for one in here.switch.asked][-5:]
    assert all(path.startswith(f"/ex/jira/{cloud}/rest/") for path in after)
    census = tracker.list_ids()
    assert len(census.ids) == 6
    (batch,) = tracker.fetch(census.ids[:1])
    assert batch.items[0].item.url == f"{here.url}/browse/{batch.items[0].item.key}", (
        "people open the site, not the gateway"
    )


@pytest.mark.flavours("cloud")
def test_the_gateway_gets_the_token_and_the_site_only_a_refused_one(serve):
    here = serve(scoped_tokens=frozenset({"scoped"}))
    here.tracker(token="scoped").connect()
    signed = [one.path for one in here.switch.asked if "authorization" in one.headers]
    assert [path for path in signed if not path.startswith("/ex/jira/")] == ["/rest/api/3/myself"]


@pytest.mark.flavours("cloud")
def test_a_token_of_cloud_without_an_email_address_is_refused_with_what_is_missing(here):
    with pytest.raises(Misconfigured, match=r"is Jira Cloud.*Set `email` to the e-mail address") as caught:
        here.tracker(email="").connect()
    assert caught.value.status == 401


@pytest.mark.flavours("cloud")
def test_wrong_credentials_are_told_with_the_account_and_what_to_check(here):
    with pytest.raises(
        Misconfigured, match=r"rejected the credentials of .*tokens expire within a year.*read:jira-user"
    ) as caught:
        here.tracker(token="wrong").connect()
    assert "steward@example.com" in str(caught.value)
    assert caught.value.status == 401
    assert "wrong" not in str(caught.value)


def test_a_scope_without_finished_items_is_noted_when_that_is_to_be_checked(here):
    scope = "project = PAY AND statusCategory != Done"
    assert here.tracker(checks_setup=True).connect().notes == ()
    assert here.tracker(scope=scope).connect().notes == ()
    (note,) = here.tracker(scope=scope, checks_setup=True).connect().notes
    assert note.startswith(f"No finished item is in the scope `{scope}`")


def test_a_link_to_a_board_is_no_scope(here):
    with pytest.raises(Misconfigured, match="`scope` is a link to a board"):
        here.tracker(scope=f"{here.url}/secure/RapidBoard.jspa?rapidView=1").connect()


@pytest.mark.flavours("cloud")
def test_a_gateway_that_is_down_is_not_taken_for_wrong_credentials(serve):
    here = serve(scoped_tokens=frozenset({"scoped"}), faults=Faults(["502@*/ex/jira/*", "502#2-99@*/myself"]))
    with pytest.raises(Retriable):
        here.tracker(token="scoped").connect()


def test_an_account_without_an_id_is_nobody(here):
    here.tamper("/myself$", lambda answer: {"displayName": "Anonymous"})
    with pytest.raises(Misconfigured, match="rejected the credentials"):
        here.tracker().connect()


@pytest.mark.parametrize("info", [{}, {"serverTime": "2024-05-06T08:00:00.000+0000"}, {"deploymentType": None}])
def test_a_server_that_does_not_say_that_it_is_a_jira_is_none(here, info):
    here.tamper("/serverInfo$", lambda answer: info)
    with pytest.raises(Misconfigured, match=rf"PAY: no Jira site responds at {here.url}\."):
        here.tracker().connect()


@pytest.mark.flavours("data-center")
def test_data_center_is_asked_in_the_version_it_has(here):
    """Data Center knows no version 3 of the API, and would answer 404 there."""
    tracker = here.tracker()
    tracker.connect()
    list(tracker.fetch(tracker.list_ids().ids))
    assert not here.asked("/api/3/|/software/|/search/jql$|/bulkfetch$")


@pytest.mark.parametrize("status", [400, 404, 410])
def test_an_address_without_a_jira_is_told(serve, status):
    here = serve(faults=Faults([f"{status}@*/serverInfo"]))
    with pytest.raises(Misconfigured, match=r"no Jira site responds at http.*Check the address"):
        here.tracker().connect()


def test_a_sign_in_page_is_told(serve):
    here = serve(faults=Faults(["html@*/myself"]))
    with pytest.raises(Misconfigured, match=r"GET /rest/api/[23]/myself returned a web page"):
        here.tracker().connect()


@pytest.mark.flavours("cloud")
def test_a_search_that_was_removed_asks_for_an_update(serve):
    here = serve(faults=Faults(["410@*/search/jql"]))
    with pytest.raises(
        Misconfigured, match=r"Jira has removed the search API that this version uses\. Update Backlog Steward"
    ):
        here.tracker().connect()


@pytest.mark.parametrize("path", ["serverInfo", "myself", "field"])
def test_an_answer_that_keeps_breaking_off_is_garbled_whoever_asked(serve, path):
    here = serve(faults=Faults([f"truncate@*/{path}"]))
    with pytest.raises(Garbled):
        here.tracker().connect()


@pytest.mark.parametrize("path", ["serverInfo", "myself", "field", "status"])
def test_an_answer_that_breaks_off_once_is_asked_for_again(serve, path):
    here = serve(faults=Faults([f"truncate#1@*/{path}"]))
    assert here.tracker().connect().account.name == "Steward"


@pytest.mark.parametrize("odd", [[], {}, None, 7, "text", [[]], [None], [{}], [7]])
@pytest.mark.parametrize("path", ["serverInfo", "myself", "field", "status", "search/jql", "priority/search", "board"])
def test_answers_of_another_shape_raise_nothing_but_our_errors(here, path, odd):
    here.tamper(f"/{path}$", lambda answer: odd)
    try:
        here.tracker().connect()
    except ConnectorError as error:
        assert str(error).startswith("PAY")


@pytest.mark.parametrize("changes", [{"id": None}, {"name": None}, {"schema": 7}, {"schema": {"type": []}}])
def test_one_odd_field_of_a_site_spoils_only_itself(here, changes):
    here.tamper("/field$", lambda answer: [answer[0] | changes, *answer[1:]])
    assert here.tracker().connect().fields["points"]


def test_the_order_in_which_a_site_lists_its_fields_makes_no_difference(here):
    one = here.tracker().connect()
    here.tamper("/field$", lambda answer: answer[::-1])
    other = here.tracker().connect()
    assert (one.fingerprint, one.fields) == (other.fingerprint, other.fields)


def test_another_scope_or_field_changes_the_fingerprint(here):
    plain = here.tracker().connect().fingerprint
    assert here.tracker().connect().fingerprint == plain
    assert here.tracker(scope="project = OPS").connect().fingerprint != plain
    assert here.tracker(fields=FieldNames(points="WSJF")).connect().fingerprint != plain
    assert here.tracker(write_fields={"wsjf": "WSJF"}).connect().fingerprint != plain


@pytest.mark.parametrize(
    "scope", ["project = PAY ORDER BY Rank", "project = PAY order  by key", 'labels = "x" Order By key']
)
def test_a_scope_with_an_order_of_its_own_is_refused(here, scope):
    with pytest.raises(Misconfigured, match="`scope` contains an ORDER BY"):
        here.tracker(scope=scope).connect()
    assert here.switch.asked == []


@pytest.mark.parametrize("scope", ['labels = "order by"', "labels = 'x order by y'", r'labels = "a \" order by"'])
def test_an_order_in_quotes_is_none(here, scope):
    assert here.tracker(scope=scope).connect().notes


@pytest.mark.parametrize("scope", ["", "   "])
def test_an_empty_scope_is_refused(here, scope):
    with pytest.raises(Misconfigured, match=r"PAY: `scope` is empty.*project = PAY"):
        here.tracker(scope=scope).connect()


def test_a_scope_that_jira_does_not_understand_is_told_in_jiras_words(here):
    with pytest.raises(
        Misconfigured,
        match=r"PAY: Jira rejected the scope `project = = PAY`\. .*Error in the JQL Query.*Check the keys",
    ):
        here.tracker(scope="project = = PAY").connect()


def test_a_scope_that_matches_nothing_is_noted(here):
    connection = here.tracker(scope="project = PAY AND labels = nothing").connect()
    assert connection.projects == ()
    assert connection.notes == (
        "The scope `project = PAY AND labels = nothing` matches no items that this account can see.",
    )


def test_a_scope_of_alternatives_stays_one_scope(here):
    tracker = here.tracker(scope="project = OPS OR key = PAY-2")
    assert set(tracker.connect().projects) == {"OPS", "PAY"}
    assert len(tracker.list_ids().ids) == 2


def test_all_projects_of_a_scope_are_found(serve):
    keys = [f"P{chr(65 + n)}" for n in range(8)]
    lines = [f'{{"key": "{key}-{n}", "title": "x"}}' for key in keys for n in range(1, 61)]
    here = serve("\n".join(lines))
    assert sorted(here.tracker(scope="created > 0").connect().projects) == keys


def test_a_service_desk_is_noted_unless_internal_comments_are_wanted(serve):
    here = serve(service_desk=["PAY"])
    (note,) = here.tracker().connect().notes
    assert note.startswith("PAY is a service-desk project: customers can read its comments")
    assert here.tracker(internal_comments=True).connect().notes == ()


def test_permissions_are_asked_for_in_write_mode_only(serve):
    here = serve(denied={"PAY": frozenset({"EDIT_ISSUES", "ADD_COMMENTS"})})
    assert here.tracker().connect().notes == ()
    assert not here.asked("/mypermissions")
    assert here.tracker(allow_writes=True).connect().notes == (
        "In PAY this account lacks the permission to edit issues, add comments; such writes will fail.",
    )


def test_names_that_the_site_does_not_have_are_noted(serve):
    here = serve(absent_fields=["Story Points", "Story point estimate", "WSJF"])
    connection = here.tracker(
        fields=FieldNames(acceptance_criteria=("Checks", "Rules"), business_value="Worth"),
        write_fields={"wsjf": "WSJF"},
    ).connect()
    assert connection.capabilities.missing_fields == {
        "fields.acceptance_criteria": 'Checks", "Rules',
        "fields.business_value": "Worth",
        "write.fields.wsjf": "WSJF",
    }
    assert '`fields.acceptance_criteria`: this site has no field "Checks", "Rules".' in connection.notes
    assert "No field for story points was found. If there is one, name it in `fields.points`." in connection.notes


def test_a_field_that_cannot_be_used_is_noted_with_the_reason(here):
    connection = here.tracker(
        fields=FieldNames(points="MoSCoW", acceptance_criteria=("WSJF",)),
        write_fields={"wsjf": "Summary", "moscow": "Sprint"},
    ).connect()
    assert sorted(connection.notes) == [
        '`fields.acceptance_criteria` names a field that holds no text: "WSJF".',
        '`fields.points` names a field that holds no number: "MoSCoW".',
        '`write.fields.moscow` names a field of a kind that cannot be written: "Sprint".',
        '`write.fields.wsjf` names a field of a kind that cannot be written: "Summary".',
    ]
    assert connection.capabilities.writable_fields == {}


def test_a_token_without_agile_scopes_still_connects(serve):
    """The gateway answers 401 for a scope that a token lacks, as it does for a wrong token."""
    here = serve(faults=Faults(["401@*/rest/agile/*", "401@*/rest/software/*"]))
    tracker = here.tracker()
    assert tracker.connect().account.name == "Steward"
    assert tracker.list_ids().on_backlog is None


def test_a_site_that_cannot_rank_is_not_said_to_be_in_order(here):
    here.refuse(b"ORDER BY Rank", "Not able to sort using field 'Rank'.")
    tracker = here.tracker()
    assert not tracker.connect().capabilities.is_ordered
    assert list(tracker.list_ids().ids) == sorted(tracker.list_ids().ids, key=int)


def test_a_failed_connection_leaves_nothing_open(here, monkeypatch):
    opened = []
    really = HttpClient.__init__
    monkeypatch.setattr(
        HttpClient, "__init__", lambda http, *args, **how: (opened.append(http), really(http, *args, **how))[1]
    )
    here.tamper("/field$", lambda answer: 7)
    tracker = here.tracker()
    with pytest.raises(ConnectorError, match="PAY: the response to GET field has an unexpected format"):
        tracker.connect()
    assert [http._transport.client.is_closed for http in opened] == [True]


@pytest.mark.flavours("cloud")
def test_of_two_doors_only_the_one_that_works_stays_open(serve, monkeypatch):
    opened = []
    really = HttpClient.__init__
    monkeypatch.setattr(
        HttpClient, "__init__", lambda http, *args, **how: (opened.append(http), really(http, *args, **how))[1]
    )
    tracker = serve(scoped_tokens=frozenset({"scoped"})).tracker(token="scoped")
    tracker.connect()
    assert [http._transport.client.is_closed for http in opened] == [True, False]
    tracker.close()
    assert opened[1]._transport.client.is_closed


@pytest.mark.flavours("cloud")
def test_a_site_that_does_not_tell_the_default_priority_is_read_without(serve):
    here = serve(faults=Faults(["410@*/priority/search"]))
    tracker = here.tracker()
    tracker.connect()
    (batch,) = tracker.fetch([here.id("PAY-1")])
    assert batch.items[0].item.priority_is_default is None


def test_boards_are_asked_for_their_estimation_only_until_one_says(serve):
    here = serve()
    here.tamper("/agile/1.0/board$", lambda answer: answer | {"values": [answer["values"][0]] * 15})
    here.tracker().connect()
    # A site with one field for points need not be asked.
    assert len(here.asked("/configuration$")) == here.is_cloud


@pytest.mark.parametrize("zone", ["America/Los_Angeles", "Asia/Kolkata", "Pacific/Kiritimati", "Europe/Berlin"])
@pytest.mark.parametrize("understood", [True, False])
def test_times_in_queries_are_right_wherever_the_account_lives(serve, zone, understood):
    here = serve(caller_zone=zone)
    if not understood:
        # A site that takes no milliseconds finds nothing by them.
        here.tamper(here.searching, _without_epochs(here))
    tracker = here.tracker()
    tracker.connect()
    (start,) = tracker.changes(None)
    here.clock.advance(hours=1)
    ana = here.world
    changed = ana.edit("PAY-3", ana.site.accounts.named("Ana Silva"), summary="Changed")
    tracker.connect()
    found = [stamp.id for page in tracker.changes(start.cursor) for stamp in page.stamps]
    assert found == [str(changed.id)]
    asked = here.asked(here.searching)[-1].json["jql"]
    assert ("updated >= 17" in asked) == understood
    assert ('updated >= "2024' in asked) != understood


def _without_epochs(here):
    def tamper(answer):
        asked = here.switch.answering.json["jql"]
        return {"issues": [], "isLast": True, "total": 0} if "updated >= 1" in asked else answer

    return tamper


BERLIN_TWICE = datetime(2026, 10, 25, 0, 30, 40, tzinfo=UTC)
"""02:30 in Berlin, for the first time in the night in which clocks go back."""


@pytest.mark.parametrize("minutes", range(-90, 150, 15))
def test_a_local_time_is_never_read_as_later_than_it_is(serve, minutes):
    here = serve(caller_zone="Europe/Berlin")
    here.tamper(here.searching, _without_epochs(here))
    tracker = here.tracker()
    tracker.connect()
    moment = BERLIN_TWICE + timedelta(minutes=minutes)
    written = datetime.strptime(tracker._session.format_query_time(moment), '"%Y-%m-%d %H:%M"')  # noqa: DTZ007 - local, without a zone
    for fold in (0, 1):
        read = written.replace(tzinfo=ZoneInfo("Europe/Berlin"), fold=fold)
        assert timedelta() <= moment - read.astimezone(UTC) <= timedelta(hours=2, minutes=1)


def test_without_any_known_zone_a_time_is_early_enough_for_all(here):
    here.tamper("/myself$", lambda answer: answer | {"timeZone": "Mars/Olympus"})
    here.tamper("/serverInfo$", lambda answer: {key: answer[key] for key in answer if key != "serverTimeZone"})
    here.tamper(here.searching, _without_epochs(here))
    tracker = here.tracker()
    tracker.connect()
    assert tracker._session.format_query_time(datetime(2026, 3, 4, 12, 34, 56, tzinfo=UTC)) == '"2026-03-04 00:34"'


def test_the_servers_clock_is_learned_before_anything_takes_time(here):
    tracker = here.tracker()
    tracker.connect()
    assert abs(tracker._session.server_time() - here.clock()) < timedelta(seconds=5)


def test_without_the_servers_time_ours_is_taken_also_if_the_response_is_from_an_hour_ago(here):
    here.tamper("/serverInfo$", lambda answer: answer | {"serverTime": "yesterday"})
    hour_ago = datetime.now(UTC) - timedelta(hours=1)
    for clock in (lambda: hour_ago, lambda: datetime.now(UTC)):
        stored = here.trackers[-1].connect().cache if here.trackers else ""
        tracker = here.tracker(cache=DiscoveryCache(stored, "settings", timedelta(hours=2), clock))
        tracker.connect()
        assert abs(tracker._session.server_time() - datetime.now(UTC)) < timedelta(seconds=5)
    assert len(here.asked("/serverInfo$")) == 1


@pytest.mark.parametrize("scope", ["created > 0", "project = PAY) OR (project = OPS", "project in (PAY, OPS)"])
def test_only_the_projects_of_the_list_are_read_and_written_whatever_the_account_may_see(here, scope):
    tracker = here.tracker(scope=scope, projects=["pay"], allow_writes=True)
    connection = tracker.connect()
    assert connection.projects == ("PAY",)
    assert here.id("OPS-1") not in tracker.list_ids().ids
    found = [one.item for batch in tracker.fetch([here.id("PAY-1"), here.id("OPS-1")]) for one in batch.items]
    assert [item.key for item in found] == ["PAY-1"]
    with pytest.raises(Refused, match="`projects` leaves out"):
        tracker.target.get_snapshot(here.id("OPS-1"))
    assert tracker.target.get_snapshot(here.id("PAY-1")).project == "PAY"


def test_a_token_that_expires_after_signing_in_is_not_taken_for_an_empty_backlog(here):
    tracker = here.tracker()
    tracker.connect()
    here.tamper(here.searching, lambda answer: answer | {"issues": [], "isLast": True, "total": 0})
    here.tamper("/myself$", lambda answer: b"", status=401)
    with pytest.raises(Misconfigured, match="the token was refused"):
        tracker.list_ids()
