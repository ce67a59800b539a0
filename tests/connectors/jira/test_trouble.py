"""One bad item, question or entry costs what it is about, and nothing else."""

import re

import msgspec
import pytest

from connectors.comments import CommentTag
from connectors.document import Document, Paragraph, Span, Style
from connectors.errors import ConnectorError
from connectors.tracker import Whereabouts
from rules.model import SprintState
from steward_sandbox.jira import Actor, fields

pytestmark = pytest.mark.flavours("cloud", "data-center")

FAILURES = pytest.mark.parametrize("status", [400, 403, 500, 502])
ALL = [f"PAY-{number}" for number in range(1, 7)]


def read(here, tracker=None):
    items, problems = {}, []
    for batch in (tracker or here.tracker()).fetch([here.id(key) for key in ALL]):
        items |= {one.item.key: one for one in batch.items}
        problems += batch.problems
    return items, problems


def ana(here):
    return Actor(here.world, "Ana Silva")


def without(*keys):
    return set(ALL) - set(keys)


@FAILURES
def test_an_item_that_fails_a_bulk_read_costs_only_itself(here, status):
    tracker = here.tracker()
    tracker.connect()
    ident = here.id("PAY-3")
    if here.is_cloud:
        here.switch.fail("/issue/bulkfetch$", status, part=ident.encode())
    else:
        here.switch.fail("/api/2/search$", status, part=ident.encode())
        here.switch.fail(f"/issue/{ident}$", status)
    items, problems = read(here, tracker)
    assert set(items) == without("PAY-3")
    assert [problem.item for problem in problems] == [ident]


def test_a_site_that_fails_for_every_item_ends_the_read(serve):
    here = serve("\n".join(f'{{"key": "PAY-{number}", "title": "x"}}' for number in range(1, 31)))
    tracker = here.tracker()
    ids = tracker.list_ids().ids
    here.switch.fail("/issue/bulkfetch$" if here.is_cloud else "/api/2/search$", 500)
    with pytest.raises(ConnectorError):
        list(tracker.fetch(ids))


@FAILURES
def test_comments_that_cannot_be_read_cost_their_item(serve, status):
    here = serve(comments_shown=1)
    for number in range(3):
        ana(here).comment("PAY-3", f"Comment {number}")
    tracker = here.tracker()
    tracker.connect()
    here.switch.fail(f"/issue/{here.id('PAY-3')}/comment$", status)
    items, problems = read(here, tracker)
    if here.is_cloud:
        assert set(items) == without("PAY-3")
        assert [problem.item for problem in problems] == ["PAY-3"]
    else:  # a search on Data Center has all comments
        assert (set(items), problems) == (set(ALL), [])


@pytest.mark.flavours("cloud")
@FAILURES
def test_a_history_that_cannot_be_read_costs_its_item(serve, status):
    here = serve(changelog_shown=1)
    for key in ("PAY-2", "PAY-3", "PAY-4"):
        for number in range(3):
            ana(here).edit(key, summary=f"Title {number}")
    tracker = here.tracker()
    tracker.connect()
    here.switch.fail("/changelog/bulkfetch$", status, part=here.id("PAY-3").encode())
    items, problems = read(here, tracker)
    assert set(items) == without("PAY-3")
    assert [(problem.item, "its history cannot be read" in problem.reason) for problem in problems] == [("PAY-3", True)]


@FAILURES
def test_an_item_that_cannot_be_located_is_not_called_gone(here, status):
    tracker = here.tracker()
    tracker.connect()
    ident = here.id("PAY-3")
    here.world.delete("PAY-2")
    here.switch.fail("/issue/bulkfetch$|/api/2/search$", status, part=ident.encode())
    here.switch.fail(f"/issue/{ident}$", status)
    located = tracker.locate([here.id("PAY-1"), "10002" if ident != "10002" else "1", ident])
    assert located[ident] is Whereabouts.IN_SCOPE
    assert located[here.id("PAY-1")] is Whereabouts.IN_SCOPE


@FAILURES
def test_a_comment_that_cannot_be_read_leaves_the_others(here, status):
    comments = {key: str(ana(here).comment(key, f"On {key}").id) for key in ("PAY-1", "PAY-2", "PAY-3")}
    tracker = here.tracker()
    tracker.connect()
    bad = here.id("PAY-3")
    here.switch.fail("/comment/list$", status, part=comments["PAY-3"].encode())
    here.switch.fail("/api/2/search$", status, part=bad.encode())
    here.switch.fail(f"/issue/{bad}$", status)
    found = tracker.comments([(here.id(key), comment) for key, comment in comments.items()])
    assert {comment.text for comment in found.values()} == {"On PAY-1", "On PAY-2"}


QUESTIONS = (
    "/agile/1.0/board$",
    "/board/1/sprint$",
    "/board/1/configuration$",
    "/board/1/(issue|backlog)$",
    "/api/[23]/status$",
    "/priority/search$",
    "/mypermissions$",
)


@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.parametrize(
    ("status", "body"),
    [
        (404, b"{}"),
        (500, b"{}"),
        (200, b"<html>"),
        *(pytest.param(status, b"{}", marks=pytest.mark.slow) for status in (400, 401, 403)),
        *(pytest.param(200, body, marks=pytest.mark.slow) for body in (b"[7, 7]", b"7", b'{"cut')),
    ],
)
def test_questions_that_are_nice_to_know_may_fail(here, question, status, body):
    here.switch.fail(question, status, body=body)
    tracker = here.tracker(allow_writes=True)
    assert tracker.connect().projects == ("PAY",)
    (start,) = tracker.changes(None)
    assert len(tracker.list_ids().ids) == 6
    items, problems = read(here, tracker)
    assert (set(items), problems) == (set(ALL), [])
    here.clock.advance(minutes=5)
    ana(here).edit("PAY-3", summary="Changed")
    told = {stamp.id for page in tracker.changes(start.cursor) for stamp in page.stamps}
    assert here.id("PAY-3") in told


def test_without_the_categories_of_statuses_the_start_is_unknown(here):
    assert read(here)[0]["PAY-1"].item.started is not None
    here.switch.fail("/api/[23]/status$", 500)
    item = read(here)[0]["PAY-1"].item
    assert (item.started, item.unknown) == (None, ("started",))


@pytest.mark.parametrize("bad", [None, 7, {}, "text", []])
@pytest.mark.parametrize("question", ["/agile/1.0/board$", "/board/1/sprint$", "/priority/search$"])
def test_lists_of_a_site_survive_a_bad_entry(here, question, bad):
    here.tamper(question, lambda answer: answer | {"values": [bad, *answer["values"]]})
    tracker = here.tracker()
    tracker.connect()
    scope = tracker.list_ids()
    assert len(scope.ids) == 6
    # A board that cannot be read may show any item.
    assert (scope.on_backlog is None) == scope.has_unread_boards == ("/board$" in question)
    assert len(read(here, tracker)[0]) == 6


@pytest.mark.parametrize("bad", [None, 7, {}, "text", []])
def test_fields_and_statuses_survive_a_bad_entry(here, bad):
    for question in ("/field$", "/api/[23]/status$"):
        here.tamper(question, lambda answer: [bad, *answer, bad])
    items, problems = read(here)
    assert (len(items), problems) == (6, [])
    assert items["PAY-1"].item.started is not None
    assert items["PAY-1"].item.points == 8


@pytest.mark.parametrize("bad", [None, 7, {}, "text", []])
def test_searches_survive_a_bad_entry(here, bad):
    tracker = here.tracker()
    (start,) = tracker.changes(None)
    here.clock.advance(minutes=5)
    ana(here).edit("PAY-3", summary="Changed")
    here.tamper(here.searching, lambda answer: answer | {"issues": [*answer["issues"], bad]})
    tracker.connect()
    assert set(tracker.list_ids().ids) == {here.id(key) for key in ALL}
    assert here.id("PAY-3") in {stamp.id for page in tracker.changes(start.cursor) for stamp in page.stamps}


def test_a_stamp_that_cannot_be_read_means_that_the_item_is_read(here):
    tracker = here.tracker()
    (start,) = tracker.changes(None)
    here.clock.advance(minutes=5)
    ana(here).edit("PAY-3", summary="Changed")

    def odd(answer):
        for issue in answer["issues"]:
            issue["fields"] = {"updated": "soon"}
        return answer

    here.tamper(here.searching, odd)
    stamps = {stamp.id: stamp.version for page in tracker.changes(start.cursor) for stamp in page.stamps}
    assert stamps[here.id("PAY-3")] is None


def test_a_changelog_survives_a_bad_entry_and_the_start_is_unknown(here):
    def spoil(answer):
        for issue in answer["issues"]:
            histories = issue.get("changelog", {}).get("histories", [])
            if issue["id"] == here.id("PAY-1"):
                histories += [None, {"created": "never"}, {"items": 7}]
        return answer

    here.tamper("/issue/bulkfetch$" if here.is_cloud else "/api/2/search$", spoil)
    items, problems = read(here)
    assert (len(items), problems) == (6, [])
    item = items["PAY-1"].item
    assert (item.started, item.unknown) == (None, ("ranked_by_person", "started"))


def test_a_field_may_have_a_space_in_its_id(here):
    odd = "customfield_10 041"

    def renamed(answer):
        for issue in answer["issues"]:
            issue["fields"] = {odd if name == fields.POINTS else name: value for name, value in issue["fields"].items()}
        return answer

    here.tamper(
        "/field$", lambda answer: [field | {"id": odd} if field["id"] == fields.POINTS else field for field in answer]
    )
    tracker = here.tracker()
    tracker.connect()
    here.tamper("/issue/bulkfetch$" if here.is_cloud else "/api/2/search$", renamed)
    items, problems = read(here, tracker)
    assert (len(items), problems) == (6, [])


def test_all_boards_are_read(here):
    shown = {"issues": [], "isLast": True, "total": 0}
    boards = {"values": [{"id": number} for number in range(1, 31)], "isLast": True}
    here.switch.tamper("/agile/1.0/board$", lambda _: boards, status=200)
    here.switch.tamper(r"/board/\d+/(issue|backlog|sprint|configuration)$", lambda _: shown, status=200)
    found = {"issues": [{"id": here.id("PAY-3"), "key": "PAY-3"}], "isLast": True, "total": 1}
    here.switch.tamper(r"/board/27/backlog$", lambda _: found, status=200)
    tracker = here.tracker()
    tracker.connect()
    assert tracker.list_ids().on_backlog == {here.id("PAY-3")}
    read_boards = {int(re.search(r"board/(\d+)/", asked.path)[1]) for asked in here.asked(r"/board/\d+/backlog$")}
    assert read_boards == set(range(1, 31))


@pytest.mark.parametrize("as_text", [True, False])
def test_sprints_that_are_sent_as_ids_are_looked_up(here, as_text):
    before = {key: one.item.sprints for key, one in read(here)[0].items()}
    ids = {key: [int(sprint.id) for sprint in sprints] for key, sprints in before.items()}

    def only_ids(answer):
        for issue in answer["issues"]:
            if (sprints := ids.get(issue["key"])) and "fields" in issue:
                issue["fields"][fields.SPRINT] = ", ".join(map(str, sprints)) if as_text else sprints
        return answer

    here.tamper("/issue/bulkfetch$" if here.is_cloud else "/api/2/search$", only_ids)
    items, _ = read(here)
    for key, one in items.items():
        assert [(sprint.id, sprint.name, sprint.state) for sprint in one.item.sprints] == [
            (sprint.id, sprint.name, sprint.state) for sprint in before[key]
        ]
    assert items["PAY-3"].item.sprints[0].state is SprintState.FUTURE
    here.switch.fail(r"/agile/1.0/sprint/\d+$", 403)
    assert read(here)[0]["PAY-3"].item.unknown == ("sprints",)
    assert read(here)[0]["PAY-2"].item.unknown == ()


def test_a_sprint_whose_lookup_fails_for_now_is_looked_up_once_for_each_item(here):
    def only_ids(answer):
        for issue in answer["issues"]:
            if issue.get("key") == "PAY-3" and "fields" in issue:
                issue["fields"][fields.SPRINT] = "1"
        return answer

    here.tamper("/issue/bulkfetch$" if here.is_cloud else "/api/2/search$", only_ids)
    here.switch.fail(r"/agile/1.0/sprint/\d+$", 429)
    items, problems = read(here)
    assert (set(items), [problem.item for problem in problems]) == (without("PAY-3"), ["PAY-3"])
    assert len(here.asked(r"/agile/1.0/sprint/\d+$")) == 4, "the attempts of one request"


@pytest.mark.parametrize(
    ("how", "restricted"),
    [
        ({}, False),
        ({"visibility": {"type": "role", "value": "Administrators"}}, True),
        ({"visibility": {"type": "group", "identifier": "1"}}, True),
        ({"jsdPublic": False}, True),
        ({"jsdPublic": True}, False),
        ({"visibility": "Developers"}, True),
    ],
)
def test_a_comment_that_not_everybody_can_read_says_so(here, how, restricted):
    made = str(ana(here).comment("PAY-3", "/steward waive because of the merger").id)

    def hide(answer):
        for issue in answer["issues"]:
            for comment in issue.get("fields", {}).get("comment", {}).get("comments", []):
                comment.update(how)
        return answer

    here.tamper("/issue/bulkfetch$|/api/2/search$", hide)
    here.tamper("/comment/list$", lambda answer: answer | {"values": [one | how for one in answer["values"]]})
    tracker = here.tracker()
    (comment,) = read(here, tracker)[0]["PAY-3"].comments
    assert (comment.restricted, comment.commands) == (restricted, ("/steward waive because of the merger",))
    assert tracker.comments([(here.id("PAY-3"), made)])[made].restricted is restricted


def test_in_a_service_desk_a_comment_is_restricted_unless_customers_read_it(serve):
    here = serve(service_desk=["PAY"])
    ana(here).comment("PAY-3", "/steward waive because of the merger")
    (comment,) = read(here, here.tracker(internal_comments=True))[0]["PAY-3"].comments
    assert comment.restricted is not here.is_cloud or comment.restricted


def lost(answer, *idents):
    return [field for field in answer if field["id"] not in idents]


def test_fields_that_the_account_no_longer_sees_are_read_by_their_ids(here):
    first = here.tracker().connect()
    before = read(here)[0]
    own = (fields.SPRINT, fields.POINTS, fields.ESTIMATE, fields.CRITERIA, fields.RANK)
    here.tamper("/field$", lambda answer: lost(answer, *own))
    tracker = here.tracker(discovery_state=first.discovery_state)
    later = tracker.connect()
    assert later.fingerprint == first.fingerprint
    assert any("are missing or renamed" in note and fields.SPRINT in note for note in later.notes)
    after = read(here, tracker)[0]
    for key, one in after.items():
        known = msgspec.structs.replace(one.item, unknown=())
        assert known == before[key].item
        # A size that no field shows is not known to be none.
        assert one.item.unknown == () or (one.item.points, one.item.unknown) == (None, ("points",))

    def hidden(answer):
        for issue in answer["issues"]:
            issue["fields"] = {name: value for name, value in issue["fields"].items() if name not in own}
        return answer

    here.tamper("/issue/bulkfetch$" if here.is_cloud else "/api/2/search$", hidden)
    item = read(here, tracker)[0]["PAY-1"].item
    assert {"sprints", "points", "criteria", "rank"} <= set(item.unknown)


def test_a_field_that_was_renamed_is_read_by_its_id(here):
    first = here.tracker().connect()
    here.tamper(
        "/field$", lambda answer: [one | ({"name": "AC"} if one["id"] == fields.CRITERIA else {}) for one in answer]
    )
    tracker = here.tracker(discovery_state=first.discovery_state)
    assert tracker.connect().fingerprint == first.fingerprint
    assert read(here, tracker)[0]["PAY-1"].item.criteria != ()


def test_a_configuration_that_names_other_fields_forgets_the_old_ones(here):
    first = here.tracker().connect()
    here.tamper("/field$", lambda answer: lost(answer, fields.CRITERIA))
    tracker = here.tracker(discovery_state=first.discovery_state, fields={"business_value": "Business Value"})
    assert tracker.connect().fields["acceptance_criteria"] == ()


@pytest.mark.parametrize("body", [b"{}", b"[]", b"7", b'{"fields": []}', b'[{"id": 7}]'])
def test_a_list_of_fields_without_those_of_every_site_is_none(here, body):
    here.switch.fail("/field$", 200, body=body)
    with pytest.raises(ConnectorError, match="unexpected format"):
        here.tracker().connect()


@pytest.mark.parametrize("bad", ["", None, 7, {"id": None}])
def test_a_comment_of_ours_that_cannot_be_read_is_not_gone(serve, bad):
    here = serve()
    tracker = here.tracker(allow_writes=True)
    tracker.connect()
    ident = here.id("PAY-3")
    document = Document((Paragraph((Span("Backlog Steward", Style.STRONG),)),))
    made = tracker.target.add_comment(tracker.target.get_snapshot(ident), document, CommentTag("inst-1", "1", "h"))
    here.tamper("/comment/list$", lambda answer: answer | {"values": [bad]})
    here.tamper("/api/2/search$", lambda answer: answer)
    here.switch.fail("/properties/backlog-steward$", 500)
    assert tracker.comments([(ident, made.comment_id)]) == (
        {} if here.is_cloud else tracker.comments([(ident, made.comment_id)])
    )
    if here.is_cloud:
        with pytest.raises(ConnectorError, match="could not determine whether this service wrote a comment"):
            tracker.target.get_snapshot(ident)


def test_an_issue_without_a_type_or_status_is_unknown(here):
    def bare(answer):
        for issue in answer["issues"]:
            issue["fields"] = {"surprise": 1}
        return answer

    tracker = here.tracker()
    tracker.connect()
    here.tamper("/issue/bulkfetch$" if here.is_cloud else "/api/2/search$", bare)
    assert {"kind", "category"} <= set(read(here, tracker)[0]["PAY-1"].item.unknown)


@pytest.mark.parametrize(
    ("field", "value", "unknown"),
    [
        ("description", {}, "text"),
        ("description", {"name": "x"}, "text"),
        ("issuetype", {"id": 3}, "kind"),
        ("status", {}, "category"),
        ("priority", {"id": "3"}, "priority"),
        ("project", {"id": "1"}, "public"),
        ("components", [{}], "components"),
        ("issuelinks", [{"outwardIssue": 7}], "links"),
        ("fixVersions", [{"id": "1"}], "releases"),
        ("parent", {"id": "1"}, "parent"),
    ],
)
def test_an_object_without_its_members_is_unknown_and_not_empty(here, field, value, unknown):
    def odd(answer):
        for issue in answer.get("issues", ()):
            if issue.get("key") == "PAY-1" and "fields" in issue:
                issue["fields"][field] = value
        return answer

    here.tamper("/issue/bulkfetch$" if here.is_cloud else "/api/2/search$", odd)
    item = read(here)[0]["PAY-1"].item
    assert not item.is_known(unknown)
    assert not (field == "project" and not item.public), "customers may read comments in a project that is not known"


def test_a_page_without_comments_is_not_an_item_without_any(here):
    ana(here).comment("PAY-1", "What about refunds?")
    expected = read(here)[0]["PAY-1"].comments

    def odd(answer):
        for issue in answer.get("issues", ()):
            issue.get("fields", {})["comment"] = {}
        return answer

    here.tamper("/issue/bulkfetch$" if here.is_cloud else "/api/2/search$", odd)
    items, problems = read(here)
    assert (set(items), problems) == (set(ALL), [])
    assert {comment.id for comment in items["PAY-1"].comments} == {comment.id for comment in expected}


def test_ids_may_be_numbers(here):
    def odd(answer):
        for issue in answer["issues"]:
            issue["id"] = int(issue["id"])
        return answer

    here.tamper("/issue/bulkfetch$" if here.is_cloud else "/api/2/search$", odd)
    items, problems = read(here)
    assert (set(items), problems) == (set(ALL), [])
    assert items["PAY-1"].item.id == here.id("PAY-1")
