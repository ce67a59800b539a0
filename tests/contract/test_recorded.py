"""Items that were recorded from real trackers have the shape of the contract as well."""

import json
from pathlib import Path

import msgspec
import pytest

from connectors.azure_devops import history, mapping, payloads
from connectors.azure_devops.process import Process
from connectors.jira.fields import FieldMap
from connectors.jira.history import JiraPeople
from connectors.jira.issue import IssueDecoder
from connectors.jira.mapping import IssueMapper, JiraSiteInfo
from contract.shape import assert_in_shape

_JIRA = ("devlake/issues.json", "devlake/issue_relationships.json", "faros/issues.json", "jira-ruby/issue.json")
_CLOUD = FieldMap(
    points=("customfield_10016",), sprint="customfield_10020", rank="customfield_10019", flagged="customfield_10021"
)


@pytest.fixture
def recorded(shared) -> Path:
    folder = shared / "recorded"
    if not folder.is_dir():
        pytest.skip("../shared/recorded is not here")
    return folder


def found(raw, is_one):
    """Whatever in an answer is an item, however deep."""
    if isinstance(raw, dict):
        if is_one(raw):
            return [raw]
        return [one for value in raw.values() for one in found(value, is_one)]
    return [one for value in raw for one in found(value, is_one)] if isinstance(raw, list) else []


@pytest.mark.parametrize("name", _JIRA)
def test_issues_of_jira(recorded, name):
    fields = _CLOUD if name == "devlake/issues.json" else FieldMap()
    site = JiraSiteInfo("PAY", "https://site.example", fields, JiraPeople("us"), {})
    issues = found(json.loads((recorded / "jira" / name).read_bytes()), lambda one: "fields" in one and "key" in one)
    assert len(issues) >= 4
    for raw in issues:
        issue, _ = IssueDecoder(fields).decode(msgspec.json.encode({"id": "1"} | raw))
        histories = issue.changelog.histories if issue.changelog else ()
        comments = issue.fields.comment.comments if issue.fields.comment else ()
        assert_in_shape(IssueMapper(site).map_item(issue, histories, comments))


def test_work_items_of_azure_devops(recorded):
    process = Process(team="T", types={}, rank_field="Microsoft.VSTS.Common.StackRank", areas=(), iterations=())
    site = mapping.AzureSiteInfo("platform", "https://org.example", "P", process, history.AzurePeople("us"))
    files = [*(recorded / "azure-devops").glob("azure-devops-cli-extension/test_*.json")]
    files += [recorded / "azure-devops" / "aggregator-cli" / "WorkItem.22.json"]
    items = [
        one
        for file in files
        for one in found(
            json.loads(file.read_bytes()), lambda one: {"id", "rev", "fields"} <= set(one) and "url" in one
        )
        if "System.Title" in one["fields"]
    ]
    assert len(items) >= 5
    for raw in items:
        item = msgspec.json.decode(msgspec.json.encode(raw), type=payloads.Item)
        assert_in_shape(mapping.map_item(item, history.AzureHistory(), (), site))
