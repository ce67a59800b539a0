"""The official package, as it comes, works with the sandbox: it reads, queries, comments and edits."""

import gc
import os
from importlib import import_module

import pytest

pytestmark = pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnraisableExceptionWarning",  # the package never closes its connections
    "ignore::ResourceWarning",
)

ORDER = "Microsoft.VSTS.Common.BacklogPriority"


@pytest.fixture(scope="module")
def official_package(tmp_path_factory):
    """The package keeps its routes in a folder that it makes when it is imported."""
    os.environ.setdefault("AZURE_DEVOPS_CACHE_DIR", str(tmp_path_factory.mktemp("routes")))
    basic = import_module("msrest.authentication").BasicAuthentication
    connection = import_module("azure.devops.connection").Connection

    def connected(url, token="token"):
        return connection(base_url=url, creds=basic("", token)).clients_v7_1

    connected.team = import_module("azure.devops.v7_1.work.models").TeamContext(project="PAY", team="PAY Team")
    connected.models = import_module("azure.devops.v7_1.work_item_tracking.models")
    connected.error = import_module("azure.devops.exceptions").AzureDevOpsServiceError
    return connected


@pytest.fixture(autouse=True)
def _collected():
    """Collects the open connections here, where the warning is ignored, and not in a later test of another module."""
    yield
    gc.collect()


@pytest.fixture
def clients(official_package, azure):
    return official_package(azure.url)


def test_it_reads_projects_fields_and_how_a_team_works(official_package, clients):
    team = official_package.team
    assert {project.name for project in clients.get_core_client().get_projects()} == {"PAY", "OPS"}
    work, items = clients.get_work_client(), clients.get_work_item_tracking_client()
    shape = work.get_backlog_configurations(team)
    assert shape.backlog_fields.type_fields["Order"] == ORDER
    assert [kind.name for kind in shape.requirement_backlog.work_item_types] == ["Product Backlog Item"]
    assert work.get_team_settings(team).bugs_behavior == "asRequirements"
    assert [one.name for one in work.get_team_iterations(team)] == ["Sprint 1", "Sprint 2", "Sprint 3"]
    assert [one.value for one in work.get_team_field_values(team).values] == ["PAY"]
    assert [board.name for board in work.get_boards(team)] == ["Epics", "Features", "Backlog items"]
    assert any(field.reference_name == ORDER for field in items.get_work_item_fields())
    states = items.get_work_item_type_states("PAY", "Product Backlog Item")
    assert {state.name: state.category for state in states}["Committed"] == "InProgress"


def test_it_queries_reads_comments_and_edits(official_package, clients, azure):
    models = official_package.models
    items = clients.get_work_item_tracking_client()
    found = items.query_by_wiql(
        models.Wiql("SELECT [System.Id] FROM WorkItems WHERE [System.Tags] Contains 'checkout'")
    )
    ids = [one.id for one in found.work_items]
    assert ids == [azure.id("PAY-1"), azure.id("PAY-3")]
    assert [one.fields["System.Title"] for one in items.get_work_items(ids)] == [
        "Pay in instalments",
        "Refund is booked twice",
    ]
    story = items.get_work_item(ids[0], expand="relations")
    assert {one.rel for one in story.relations} >= {"System.LinkTypes.Hierarchy-Reverse", "System.LinkTypes.Related"}
    made = items.add_comment(models.CommentCreate(text="Hello"), "PAY", ids[0])
    assert [one.text for one in items.get_comments("PAY", ids[0], order="asc").comments][-1] == "Hello"
    items.delete_comment("PAY", ids[0], made.id)
    rev = items.get_work_item(ids[0]).rev
    patch = [
        models.JsonPatchOperation(op="test", path="/rev", value=rev),
        models.JsonPatchOperation(op="replace", path="/fields/System.Tags", value="one; two"),
    ]
    assert items.update_work_item(document=patch, id=ids[0], validate_only=True).rev == rev
    saved = items.update_work_item(document=patch, id=ids[0])
    assert (saved.rev, saved.fields["System.Tags"]) == (rev + 1, "one; two")
    assert [update.id for update in items.get_updates(ids[0])][-1] >= saved.rev


def test_it_says_why_it_was_refused(official_package, clients, azure, ana):
    operation, error = official_package.models.JsonPatchOperation, official_package.error
    items = clients.get_work_item_tracking_client()
    ana.destroy("PAY-2")
    with pytest.raises(error, match="TF401232") as gone:
        items.get_work_item(2)
    assert gone.value.type_key == "WorkItemUnauthorizedAccessException"
    stale = [operation(op="test", path="/rev", value=1), operation(op="add", path="/fields/System.Title", value="x")]
    with pytest.raises(error, match="VS403351"):
        items.update_work_item(document=stale, id=azure.id("PAY-1"))


def test_a_server_is_spoken_to_in_its_own_version(official_package, serve, world_of):
    azure = serve(world_of(server="2022", process="Agile"))
    items = official_package(azure.url).get_work_item_tracking_client()
    assert items.get_work_item(azure.id("PAY-1")).fields["System.WorkItemType"] == "User Story"
    assert items.get_comments("PAY", azure.id("PAY-1")).total_count == 1


def test_a_wrong_token_is_an_error(official_package, azure):
    with pytest.raises(Exception, match="TF400813"):
        official_package(azure.url, "wrong").get_core_client().get_projects()
