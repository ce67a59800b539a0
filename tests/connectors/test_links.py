"""What people paste when they are asked for their tracker: links to pages, keys, addresses without https://."""

import pytest

from connectors.azure_devops.links import is_azure_devops
from connectors.azure_devops.links import parse_answer as parse_azure
from connectors.azure_devops.settings import AzureDevOpsSettings
from connectors.jira.links import is_jira
from connectors.jira.links import parse_answer as parse_jira
from connectors.jira.settings import JiraSettings

CLOUD = "https://example.atlassian.net"
CENTER = "https://dev.example.com/tools/jira"
HOST = "http://127.0.0.1:8001"
AZURE = "https://dev.azure.com/example"
SERVER = "https://tfs.example.com/tfs/Main%20Collection"


@pytest.mark.parametrize(
    ("text", "url", "scope"),
    [
        (CLOUD, CLOUD, None),
        ("example.atlassian.net", CLOUD, None),
        (f"{CLOUD}/jira/your-work", CLOUD, None),
        (f"{CLOUD}/browse/PAY-12?focusedId=1", CLOUD, "project = PAY"),
        *(
            (f"{site}/{board}", site, f"{site}/{board}")  # only the site knows the filter of a board
            for site, board in (
                (CLOUD, "jira/software/c/projects/PAY/boards/7/backlog"),
                (CLOUD, "jira/software/projects/PAY/boards/7?selectedIssue=PAY-3"),
                (CENTER, "secure/RapidBoard.jspa?rapidView=3"),
                (CENTER, "secure/RapidBoard.jspa?rapidView=3&projectKey=PAY"),
            )
        ),
        (f"{CLOUD}/issues/?filter=10005", CLOUD, "filter = 10005"),
        (f"{CLOUD}/issues/?filter=-1", CLOUD, None),
        (f"{CLOUD}/issues/?jql=project%20%3D%20PAY%20ORDER%20BY%20created", CLOUD, "project = PAY"),
        (f"{CENTER}/browse/PAY-12", CENTER, "project = PAY"),
        (f"{CENTER}/secure/Dashboard.jspa", CENTER, None),
        (f"{CENTER}/projects/PAY/issues", CENTER, "project = PAY"),
        ("http://127.0.0.1:8001/", "http://127.0.0.1:8001", None),
        *(
            (f"{HOST}/{page}", HOST, "project = HRB" if "HRB" in page else None)
            for page in (
                "jira/software/c/projects/HRB/list",
                "jira/your-work",
                "jira/dashboards/10000",
                "jira/core/projects/HRB/board",
                "jira/servicedesk/projects/HRB/queues/custom/1",
                "servicedesk/customer/portal/1",
                "wiki/spaces/DOCS/overview",
            )
        ),
        (f"{HOST}/jira/projects", f"{HOST}/jira", None),
        (f"<{HOST}/browse/HRB-1>", HOST, "project = HRB"),
    ],
)
def test_the_address_of_a_jira_in_a_link(text, url, scope):
    found = parse_jira("url", text)
    assert (found["url"], found.get("scope")) == (url, scope)
    assert not is_azure_devops(text)


@pytest.mark.parametrize(
    ("text", "scope"),
    [
        ("PAY", "project = PAY"),
        ("pay", "project = PAY"),
        ("PAY-12", "project = PAY"),
        ("PAY, OPS", "project in (PAY, OPS)"),
        ("PAY OPS", "project in (PAY, OPS)"),
        (f"{CLOUD}/browse/PAY-12", "project = PAY"),
        ("project = PAY AND type = Story", "project = PAY AND type = Story"),
        ("statusCategory != Done", "statusCategory != Done"),
        ("sprint is not empty", "sprint is not empty"),
    ],
)
def test_the_scope_of_a_jira(text, scope):
    assert parse_jira("scope", text) == {"scope": scope}


@pytest.mark.parametrize(
    ("text", "url", "project", "team"),
    [
        (AZURE, AZURE, None, None),
        ("dev.azure.com/example/", AZURE, None, None),
        (f"{AZURE}/My%20Platform", AZURE, "My Platform", None),
        (f"{AZURE}/Platform/_boards/board/t/Platform%20Team/Stories", AZURE, "Platform", "Platform Team"),
        (f"{AZURE}/Platform/_backlogs/backlog/Platform%20Team/Stories", AZURE, "Platform", "Platform Team"),
        (f"{AZURE}/Platform/_workitems/edit/12", AZURE, "Platform", None),
        ("https://example@dev.azure.com/example/Platform/_git/web", AZURE, "Platform", None),
        (f"{HOST}/fabrikam/Platform/_apis/wit/workitems/12", f"{HOST}/fabrikam", "Platform", None),
        (f"<{HOST}/fabrikam/_settings/projects>", f"{HOST}/fabrikam", None, None),
        ("https://example.visualstudio.com/Platform/_queries", "https://example.visualstudio.com", "Platform", None),
        (f"{SERVER}/Platform/_workitems", SERVER, "Platform", None),
        ("https://host.example.com/Main/Platform/_workitems", "https://host.example.com/Main", "Platform", None),
        ("http://127.0.0.1:8002/fabrikam", "http://127.0.0.1:8002/fabrikam", None, None),
    ],
)
def test_the_address_of_an_azure_devops_in_a_link(text, url, project, team):
    found = parse_azure("url", text)
    assert (found["url"], found.get("project"), found.get("team")) == (url, project, team)
    if "://" not in text:
        assert parse_azure("project", "Platform") == {"project": "Platform"}
    elif project:
        assert parse_azure("project", text)["project"] == project
    else:
        with pytest.raises(ValueError, match="contains no project"):
            parse_azure("project", text)


@pytest.mark.parametrize("text", [f"{CLOUD}/browse/PAY-1", "https://jira.example.com", f"{CENTER}/browse/PAY-1"])
def test_a_jira_is_recognized(text):
    assert is_jira(text)
    assert not is_azure_devops(text)


@pytest.mark.parametrize(
    "text",
    [
        AZURE,
        f"{SERVER}/x",
        "https://host.example.com/Main/Platform/_boards/board",
        f"{HOST}/fabrikam/_settings/projects",
        f"{HOST}/fabrikam/_apis/projects",
    ],
)
def test_an_azure_devops_is_recognized(text):
    assert is_azure_devops(text)
    assert not is_jira(text)


@pytest.mark.parametrize("text", ["https://devops.example.com/Main", "http://127.0.0.1:8001"])
def test_an_address_that_may_be_anything_is_not(text):
    assert not is_jira(text)
    assert not is_azure_devops(text)


@pytest.mark.parametrize(
    ("kind", "url", "right"),
    [
        ("jira", f"{CLOUD}/browse/PAY-12", CLOUD),
        ("jira", f"{CLOUD}/jira", CLOUD),
        ("jira", f"{CENTER}/secure/Dashboard.jspa", CENTER),
        ("jira", CENTER, ""),
        ("azure", f"{AZURE}/Payments", AZURE),
        ("azure", f"{AZURE}/Payments/_boards/board/t/Team/Stories", AZURE),
        ("azure", f"{SERVER}/Payments", SERVER),
        ("azure", "https://example.visualstudio.com/Payments", "https://example.visualstudio.com"),
        ("azure", "https://tfs.example.com/devops/Main", ""),
        ("azure", SERVER, ""),
    ],
)
def test_the_address_of_a_page_in_the_settings_is_refused_with_the_right_one(kind, url, right):
    shape = JiraSettings if kind == "jira" else AzureDevOpsSettings
    values = {"url": url, "token": "t", **({"scope": "project = PAY"} if kind == "jira" else {"project": "Payments"})}
    if not right:
        assert shape.model_validate(values).url == url
        return
    with pytest.raises(ValueError, match="the address of a page") as refusal:
        shape.model_validate(values)
    assert f"is {right}." in str(refusal.value) or f"is {right};" in str(refusal.value)


@pytest.mark.parametrize(
    ("url", "right"),
    [
        ("https://ado.example.com/Main/Pay%20ments", "https://ado.example.com/Main"),
        ("https://ado.example.com/Main/pay%20ments/Blue", "https://ado.example.com/Main"),
        ("https://ado.example.com/Pay%20ments", ""),  # a collection may have the name of its project
        ("https://ado.example.com/ado/Main", ""),
    ],
)
def test_an_address_with_the_project_in_it_is_refused_with_the_right_one(url, right):
    values = {"url": url, "token": "t", "project": "Pay ments"}
    if not right:
        assert AzureDevOpsSettings.model_validate(values).url == url
        return
    with pytest.raises(ValueError, match="`url` contains the project Pay ments") as refusal:
        AzureDevOpsSettings.model_validate(values)
    assert f"is {right}. " in str(refusal.value)
