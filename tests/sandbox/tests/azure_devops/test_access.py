"""Who is let in, and how the sandbox says no."""

import base64

import httpx
import pytest

from steward_sandbox import Faults

WRONG = ("", "wrong")
PROJECTS = "_apis/projects?api-version=7.1"


@pytest.mark.parametrize("auth", [WRONG, ("", ""), None])
def test_whoever_wants_no_page_gets_a_plain_401(serve, code, auth):
    answer = serve(auth=auth).raw.get(PROJECTS, headers={"X-TFS-FedAuthRedirect": "Suppress"})
    assert code(answer) == (401, "UnauthorizedRequestException", "TF400813")
    assert answer.headers["www-authenticate"].startswith("Bearer")


def test_entra_tokens_end_with_their_time(azure, clock):
    token = azure.app.issue_token("Robot")
    bearer = {"Authorization": f"Bearer {token}"}
    first = httpx.get(f"{azure.url}/_apis/connectionData", headers=bearer)
    assert first.json()["authenticatedUser"]["providerDisplayName"] == "Robot"
    clock.advance(hours=2)
    assert httpx.get(f"{azure.url}/_apis/connectionData", headers=bearer).status_code == 401
    unknown = {"Authorization": "Bearer " + base64.b64encode(b"x").decode()}
    assert httpx.get(f"{azure.url}/_apis/connectionData", headers=unknown).status_code == 401


def test_a_stopped_collection_says_so_behind_a_byte_order_mark(serve):
    answer = serve(stopped=True).raw.get(PROJECTS)
    assert answer.status_code == 503
    assert answer.content.startswith(b"\xef\xbb\xbf{")
    assert "TF24668" in answer.text


def test_faults_speak_as_the_service_does(serve, code):
    azure = serve(faults=Faults(["429=30#1", "503#2", "500#3"]))
    throttled, busy, broken = (azure.raw.get(PROJECTS) for _ in range(3))
    assert (throttled.headers["retry-after"], throttled.headers["x-ratelimit-resource"]) == ("30", "core/TSTU")
    assert code(throttled) == (429, "RequestBlockedException", "TF400733")
    assert (busy.status_code, broken.status_code) == (503, 500)
    assert azure.raw.get(PROJECTS).status_code == 200


def test_a_reply_that_is_lost_was_a_write_that_happened(serve):
    azure = serve(faults=Faults(["drop-after#1@POST */comments"]))
    with pytest.raises(httpx.RemoteProtocolError):
        azure.comment("PAY-2", client=azure.raw)
    assert len(azure.world.item("PAY-2").comments) == 1


@pytest.mark.parametrize(
    ("version", "said"),
    [
        ("7.1", "VssInvalidPreviewVersionException"),
        ("9.0-preview.1", "VssVersionOutOfRangeException"),
        ("x", "VssInvalidApiVersionException"),
    ],
)
def test_a_version_that_is_not_offered_is_refused(azure, code, version, said):
    path = f"PAY/_apis/wit/workItems/{azure.id('PAY-1')}/comments"
    answer = azure.send("GET", path, version=version)
    assert code(answer)[:2] == (400, said)


def test_a_project_that_is_not_there_and_one_that_is_hidden_look_the_same(serve, code):
    azure = serve(denied={"OPS": {"READ"}})
    for name in ("OPS", "Nowhere"):
        answer = azure.send("GET", f"{name}/_apis/work/backlogconfiguration")
        assert code(answer) == (404, "ProjectDoesNotExistWithNameException", "TF200016")


def test_a_server_lives_below_its_collection_and_names_people_by_domain(serve, world_of):
    azure = serve(world_of(server="2022"))
    assert azure.url.endswith("/tfs/fabrikam")
    assert azure.item("PAY-1")["fields"]["System.AssignedTo"]["uniqueName"] == r"FABRIKAM\ana.silva"


def test_people_see_a_page_of_the_backlog_and_nothing_in_it_is_alive(azure, ana):
    ana.comment("PAY-2", "<script>alert(1)</script> & more")
    page = httpx.get(azure.host)
    assert page.status_code == 200
    assert "Show the price before tax" in page.text
    assert "<script" not in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]
