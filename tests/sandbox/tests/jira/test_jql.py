from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from steward_sandbox import StoppedClock, parse_backlog
from steward_sandbox.jira import build_world, jql_match
from steward_sandbox.query import jql

NOW = datetime(2024, 5, 6, 8, 0, tzinfo=UTC)
SPRINTS = """{"sprints": [{"name": "Old", "state": "closed"}, {"name": "Now", "state": "active"},
    {"name": "Next, soon", "state": "future"}]}""".replace("\n", "")
PACIFIC = ZoneInfo("America/Los_Angeles")


@pytest.fixture(scope="module")
def site():
    rows = [SPRINTS]
    for n in range(1, 41):
        keys = [
            f'"key": "{"PAY" if n % 4 else "OPS"}-{n}"',
            f'"title": "Item {n}"',
            f'"created": "2024-04-{1 + n % 28:02}T0{n % 10}:{n % 60:02}:00Z"',
            f'"updated": "2024-05-{1 + n % 6:02}T0{n % 8}:{n % 60:02}:30Z"',
        ]
        keys += ['"type": "Bug"'] if n % 3 == 0 else []
        keys += ['"status": "In Progress"'] if n % 5 == 0 else []
        keys += ['"resolved": "2024-05-02T10:00:00Z"'] if n % 7 == 0 else []
        keys += [f'"labels": ["x", "y{n % 2}"]'] if n % 2 == 0 else []
        keys += ['"priority": "Medium"'] if n % 6 else ['"priority": "High"']
        keys += ['"assignee": "Ana Silva"'] if n % 8 == 0 else []
        keys += [f'"points": {n % 9}'] if n % 3 else []
        keys += ['"parent": "PAY-1"'] if n in (2, 3) else []
        keys += ['"flagged": true'] if n % 11 == 0 else []
        sprint = {1: '["Old", "Now"]', 2: '"Old"', 3: '"Next, soon"'}.get(n % 4)
        keys += [f'"sprint": {sprint}'] if sprint and n % 3 else []
        rows.append("{" + ", ".join(keys) + "}")
    return build_world(parse_backlog("\n".join(rows)), clock=StoppedClock(NOW))


def find(world, query, zone="Etc/UTC"):
    account = msgspec.structs.replace(world.site.accounts.caller("someone@example.com"), time_zone=zone)
    parsed = jql.parse(query)
    test = jql_match.Matcher(world, account).predicate(parsed.where)
    found = [issue for issue in world.issues.values() if test(issue)]
    return [issue.key for issue in jql_match.Order(world, parsed.order).sorted(found)]


def sprint_states(world, issue):
    return {world.site.sprints[number].state.value for number in issue.sprints}


CLAUSES = {
    "project = PAY": lambda w, i: i.project == "PAY",
    "project in (OPS, 10000)": lambda w, i: i.project == "OPS" or w.site.project(i.project).id == "10000",
    'project = "Project OPS"': lambda w, i: i.project == "OPS",
    "project != PAY": lambda w, i: i.project != "PAY",
    "key in (PAY-1, ops-4, PAY-999)": lambda w, i: i.key in ("PAY-1", "OPS-4"),
    "id in (10000, 10003, 99)": lambda w, i: i.id in (10000, 10003),
    "issuekey = PAY-2": lambda w, i: i.key == "PAY-2",
    'status = "In Progress"': lambda w, i: i.status == "In Progress",
    "status in (Done, 'to do')": lambda w, i: i.status in ("Done", "To Do"),
    "statusCategory != Done": lambda w, i: i.status != "Done",
    "statusCategory = indeterminate": lambda w, i: i.status == "In Progress",
    "issuetype = bug": lambda w, i: i.type == "Bug",
    "type not in (Bug, Epic)": lambda w, i: i.type not in ("Bug", "Epic"),
    "labels = y0": lambda w, i: "y0" in i.labels,
    "labels != y0": lambda w, i: bool(i.labels) and "y0" not in i.labels,
    "labels is EMPTY": lambda w, i: not i.labels,
    "labels is not EMPTY": lambda w, i: bool(i.labels),
    "labels in (y0, EMPTY)": lambda w, i: not i.labels or "y0" in i.labels,
    "labels not in (zzz)": lambda w, i: bool(i.labels),
    "priority = High": lambda w, i: i.priority == "High",
    "resolution = Unresolved": lambda w, i: i.resolution is None,
    "resolution is not NULL": lambda w, i: i.resolution is not None,
    "assignee is EMPTY": lambda w, i: i.assignee is None,
    'assignee != "Ana Silva"': lambda w, i: False,
    "parent = PAY-1": lambda w, i: i.parent == w.issue("PAY-1").id,
    "sprint is EMPTY": lambda w, i: not i.sprints,
    'sprint = "Next, soon"': lambda w, i: "future" in sprint_states(w, i),
    'created >= "2024/04/10"': lambda w, i: i.created >= datetime(2024, 4, 10, tzinfo=UTC),
    'created < "2024-04-10 05:30"': lambda w, i: i.created < datetime(2024, 4, 10, 5, 30, tzinfo=UTC),
    f"updated > {int(datetime(2024, 5, 4, 3, 20, 30, tzinfo=UTC).timestamp() * 1000)}": lambda w, i: (
        i.updated > datetime(2024, 5, 4, 3, 20, 30, tzinfo=UTC)
    ),
    "resolutiondate is EMPTY": lambda w, i: i.resolved is None,
    'summary ~ "item 3*"': lambda w, i: i.summary.split()[1].startswith("3"),
    "summary !~ 12": lambda w, i: i.summary != "Item 12",
}


@pytest.mark.parametrize("query", CLAUSES)
def test_a_condition_finds_what_a_plain_filter_finds(site, query):
    assert set(find(site, query)) == {i.key for i in site.issues.values() if CLAUSES[query](site, i)}


trees = st.recursive(
    st.sampled_from(sorted(CLAUSES)).map(lambda query: (query, CLAUSES[query])),
    lambda inner: st.tuples(st.sampled_from(["and", "or"]), inner, inner).map(
        lambda drawn: (
            f"({drawn[1][0]}) {drawn[0].upper()} ({drawn[2][0]})",
            (lambda w, i: drawn[1][1](w, i) and drawn[2][1](w, i))
            if drawn[0] == "and"
            else (lambda w, i: drawn[1][1](w, i) or drawn[2][1](w, i)),
        )
    ),
    max_leaves=5,
)


@settings(deadline=None)
@given(trees)
def test_conditions_join_as_words_say(site, tree):
    query, test = tree
    assert set(find(site, query)) == {i.key for i in site.issues.values() if test(site, i)}


@pytest.mark.parametrize(
    ("query", "same"),
    [
        ("not labels = y0", "labels != y0"),
        ("NOT (labels = y0 OR project = PAY)", "labels != y0 AND project != PAY"),
        ("not (labels = y0 and project = PAY)", "labels != y0 or project != PAY"),
        ("not not labels = y0", "labels = y0"),
        ('not created > "2024-04-10"', 'created <= "2024-04-10"'),
        ("not labels is empty", "labels is not empty"),
        ("! labels = y0", "labels != y0"),
        ("project = PAY and labels = x or type = Bug", "(project = PAY and labels = x) or type = Bug"),
    ],
)
def test_a_negation_leaves_out_empty_values_wherever_it_stands(site, query, same):
    assert find(site, query) == find(site, same)


def test_a_negation_and_its_opposite_do_not_add_up_to_everything(site):
    assert len(find(site, "labels = y0")) + len(find(site, "labels != y0")) < len(site.issues)


def test_written_times_are_read_in_the_callers_time_zone(site):
    issue = min(site.issues.values(), key=lambda i: i.updated)
    as_utc = f'updated >= "{issue.updated:%Y-%m-%d %H:%M}" and key = {issue.key}'
    local = issue.updated.astimezone(PACIFIC)
    as_local = f'updated >= "{local:%Y-%m-%d %H:%M}" and key = {issue.key}'
    assert find(site, as_utc) == [issue.key]
    assert find(site, as_utc, zone="America/Los_Angeles") == []
    assert find(site, as_local, zone="America/Los_Angeles") == [issue.key]


def test_milliseconds_mean_the_same_moment_to_everybody(site):
    query = f"updated >= {int(datetime(2024, 5, 4, tzinfo=UTC).timestamp() * 1000)}"
    assert find(site, query) == find(site, query, zone="America/Los_Angeles") != []


def test_results_come_in_the_order_asked_for(site):
    found = find(site, "project in (PAY, OPS) AND resolution = Unresolved ORDER BY resolved DESC, created ASC")
    rows = [site.issue(key).created for key in found]
    assert rows == sorted(rows)
    assert find(site, "project = PAY order by Rank") == [i.key for i in site.ordered() if i.project == "PAY"]
    keys = find(site, "project in (PAY, OPS) order by key desc")
    assert keys[:2] == ["PAY-39", "PAY-38"]
    assert keys[-1] == "OPS-4"


def test_without_an_order_the_newest_come_first(site):
    ids = [site.issue(key).id for key in find(site, "project = PAY")]
    assert ids == sorted(ids, reverse=True)


def test_empty_values_come_last_going_up_and_first_going_down(site):
    up, down = find(site, "project = PAY order by resolved"), find(site, "project = PAY order by resolved desc")
    assert site.issue(up[-1]).resolved is None
    assert site.issue(down[0]).resolved is None
    assert site.issue(up[0]).resolved is not None


@pytest.mark.parametrize(
    "query",
    [
        "", "  ", "order by key", "ORDER BY updated DESC", "project =", "project = PAY and",
        "project = PAY or or labels = x",
        "project = PAY)", "(project = PAY", "project ~ PAY", "project == PAY", "and project = PAY",
        "project in (PAY", "project in ()", "labels is x", "labels was x", "nonsense = 3", "project = NOPE",
        "status = Nope", "type = Nope", "sprint = Nope", "sprint in closed()", "priority > High", 'updated > "soon"',
        'updated > "1714982400000"', "updated > 2024-13-01", "assignee = membersOf(x)", "project = PAY order by",
        "project = PAY order by key,", "project = PAY order by Flavour",
        "project = PAY order by a, b, c, d, e, f, g, h",
        "rank > 3", "summary = x", '"Story Points" > lots', "project = 'unfinished", "project = PAY order key",
        "labels is not", "labels not = x", "created > membersOf(x)", "project = PAY & labels = x",
    ],
)  # fmt: skip
def test_what_is_no_query_or_goes_beyond_the_subset_is_refused(jira, query):
    answer = jira.search(query)
    assert answer.status_code == 400, answer.text
    assert set(answer.json()) == {"errorMessages", "errors"}
    assert len(answer.json()["errorMessages"]) == 1
    assert answer.json()["errors"] == {}


def test_seven_fields_to_sort_by_are_enough_and_eight_too_many(jira):
    seven = "Rank, key, issuekey, created, updated, resolved, resolutiondate"
    assert jira.search(f"project = PAY order by {seven}").status_code == 200
    assert jira.search(f"project = PAY order by {seven}, issue").status_code == 400


@settings(deadline=None)
@given(st.text(max_size=40))
def test_no_text_makes_the_reader_stumble(text):
    try:
        read = jql.parse(text)
    except jql.JqlError as refused:
        assert str(refused).endswith((".", "?")), "a refusal is a sentence"
    else:
        assert isinstance(read, jql.Query)
