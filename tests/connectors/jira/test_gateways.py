"""What stands between us and a Jira: gateways, firewalls, wrong paths; and how service accounts sign in."""

import httpx
import pytest
import respx

from connectors.errors import ConnectorError, Misconfigured, Refused, Uncertain
from support.no_back_off import no_back_off
from support.opening import open_plugin

FIELDS = [{"id": "summary", "name": "Summary", "schema": {"type": "string", "system": "summary"}}]
SITE = "https://jira.example"
GATEWAY = "https://api.example"
SIGN_IN = "https://auth.example"
DATA_CENTER = {"deploymentType": "Server", "version": "9.12.15"}
CLOUD = {"deploymentType": "Cloud"}


@pytest.fixture(autouse=True)
def _no_waiting_between_tries():
    with no_back_off():
        yield


@pytest.fixture
def site():
    with respx.mock(assert_all_called=False) as router:
        yield router


@pytest.fixture
def connect(site):
    opened = []

    def make(**changes):
        given = {"name": "PAY", "url": SITE, "token": "good-token", "scope": "project = PAY", "gateway": GATEWAY}
        opened.append(open_plugin("jira", **(given | {"sign_in": SIGN_IN} | changes)))
        return opened[-1].connect()

    yield make
    for tracker in opened:
        tracker.close()


def info(site, **how):
    return site.get(f"{SITE}/rest/api/2/serverInfo").respond(**how)


def quiet_site(site, api, base=SITE, *, version="2"):
    """Everything that connecting asks for, without content."""
    account = {"accountId": "a1", "key": "a1", "displayName": "Steward"}
    myself = site.get(f"{base}/rest/api/{version}/myself").respond(json=account)
    site.get(f"{base}/rest/api/{version}/field").respond(json=FIELDS)
    site.post(f"{base}{api}").respond(json={"issues": [], "isLast": True, "total": 0, "startAt": 0})
    site.get(url__startswith=f"{base}/rest/").respond(404, json={})
    return myself


class TestGateways:
    @pytest.mark.parametrize(
        "refusal",
        [
            httpx.Response(401, html="<title>Token, please</title>"),
            httpx.Response(403, text="No token."),
            httpx.Response(302, headers={"Location": "/login"}),
            httpx.Response(200, html="<title>Sign in</title>"),
            httpx.Response(404),
        ],
        ids=lambda response: response.status_code,
    )
    def test_one_that_wants_the_token_on_every_path_gets_it(self, site, connect, refusal):
        def respond(request):
            return httpx.Response(200, json=DATA_CENTER) if "authorization" in request.headers else refusal

        site.get(f"{SITE}/rest/api/2/serverInfo").mock(side_effect=respond)
        quiet_site(site, "/rest/api/2/search")
        assert connect().account.name == "Steward"

    def test_a_token_that_it_refuses_is_said_to_be_refused(self, site, connect):
        info(site, status_code=401, text="Unknown key")
        with pytest.raises(Misconfigured, match=r"PAY: the token was refused\. .*401: Unknown key"):
            connect()

    @pytest.mark.parametrize(
        ("refusal", "words"),
        [
            ({"status_code": 403, "html": "<html><title>Blocked by FortiGate</title></html>"}, "Blocked by FortiGate"),
            ({"status_code": 403, "text": "XSRF check failed"}, "XSRF check failed"),
            ({"status_code": 403, "html": "<status><message>No IP of ours</message></status>"}, "No IP of ours"),
            ({"status_code": 403, "json": {"error": {"reason": "geo fence"}}}, "geo fence"),
            ({"status_code": 200, "html": "<title>Captive portal</title>"}, "Captive portal"),
            ({"status_code": 407, "text": "Proxy wants a name"}, "HTTPS_PROXY"),
        ],
    )
    @pytest.mark.parametrize("place", ["serverInfo", "myself", "search"])
    def test_a_refusal_is_told_in_its_own_words_and_never_blamed_on_the_scope(
        self, site, connect, refusal, words, place
    ):
        info(site, json=DATA_CENTER)
        quiet_site(site, "/rest/api/2/search")
        method = site.post if place.endswith("search") else site.get
        method(f"{SITE}/rest/api/2/{place}").respond(**refusal)
        with pytest.raises((Misconfigured, Refused)) as told:
            connect()
        assert words in str(told.value)
        assert "scope" not in str(told.value)
        assert "no Jira answers" not in str(told.value)

    def test_a_write_that_something_on_the_way_refuses_is_told_in_its_words(self, site):
        site.post(f"{SITE}/x").respond(403, text="XSRF check failed")
        from connectors.http import HttpClient  # noqa: PLC0415 - below everything else that is tested here

        http = HttpClient("PAY", SITE, allow_writes=True)
        with pytest.raises(Uncertain, match="XSRF check failed"):
            http.request("POST", "/x")
        http.close()

    @pytest.mark.parametrize("location", ["/jira", "/jira/", "/jira/rest/api/2/serverInfo", f"{SITE}/jira/"])
    def test_a_redirect_to_the_path_of_jira_names_the_address_to_use(self, site, connect, location):
        info(site, status_code=302, headers={"Location": location})
        with pytest.raises(Misconfigured, match=r"redirected to /jira") as told:
            connect()
        assert f"Use the address {SITE}/jira" in told.value.hint

    def test_a_redirect_to_https_names_it(self, site, connect):
        url = SITE.replace("https", "http")
        site.get(f"{url}/rest/api/2/serverInfo").respond(301, headers={"Location": f"{SITE}/rest/api/2/serverInfo"})
        with pytest.raises(Misconfigured, match="starts with https://"):
            connect(url=url)

    def test_a_redirect_to_a_sign_in_page_is_none_to_another_address(self, site, connect):
        info(site, status_code=302, headers={"Location": "/login.jsp?os_destination=x"})
        with pytest.raises(Misconfigured, match=r"redirected to /login\.jsp.*sign-in page"):
            connect()

    @pytest.mark.parametrize(
        "headers",
        [
            {"X-Authentication-Denied-Reason": "CAPTCHA_CHALLENGE; login-url=https://jira.example/login.jsp"},
            {"X-Seraph-LoginReason": "AUTHENTICATION_DENIED"},
        ],
    )
    @pytest.mark.parametrize("status", [401, 403])
    @pytest.mark.parametrize(("server", "version", "email"), [(DATA_CENTER, 2, "steward"), (CLOUD, 3, "a@b.example")])
    def test_a_captcha_is_named_with_where_to_solve_it(self, site, connect, headers, status, server, version, email):
        info(site, json=server)
        site.get(f"{SITE}/rest/api/{version}/myself").respond(status, headers=headers, html="<title>Login</title>")
        with pytest.raises(Misconfigured, match=r"CAPTCHA.*login\.jsp"):
            connect(email=email)

    @pytest.mark.parametrize("error", [httpx.ConnectError("no route"), httpx.ConnectTimeout("")])
    def test_a_wrong_token_is_no_fault_of_the_gateway_that_is_tried_second(self, site, connect, error):
        info(site, json=CLOUD)
        site.get(f"{SITE}/rest/api/3/myself").respond(401)
        site.get(f"{SITE}/_edge/tenant_info").respond(json={"cloudId": "c1"})
        site.get(f"{GATEWAY}/ex/jira/c1/rest/api/3/myself").mock(side_effect=error)
        with pytest.raises(Misconfigured, match=r"the token was refused: .*api\.example, which cannot be reached"):
            connect(email="a@b.example")


ACCOUNT = {"token": None, "client_id": "id-1", "client_secret": "secret-1"}


class TestServiceAccounts:
    def test_on_cloud_they_work_at_the_gateway(self, site, connect):
        info(site, json=CLOUD)
        issued = site.post(f"{SIGN_IN}/oauth/token").respond(json={"access_token": "hour-1", "expires_in": 3600})
        site.get(f"{SITE}/_edge/tenant_info").respond(json={"cloudId": "c1"})
        base = f"{GATEWAY}/ex/jira/c1"
        myself = quiet_site(site, "/rest/api/3/search/jql", base, version="3")
        assert connect(**ACCOUNT).account.name == "Steward"
        assert issued.call_count == 1
        assert b'"grant_type":"client_credentials"' in issued.calls[0].request.content
        assert myself.calls[0].request.headers["authorization"] == "Bearer hour-1"
        for call in site.calls:
            assert "secret-1" not in str(call.request.headers)
            assert call.request.url.host != "jira.example" or "authorization" not in call.request.headers

    def test_on_data_center_they_work_at_the_site(self, site, connect):
        info(site, json=DATA_CENTER)
        issued = site.post(f"{SITE}/rest/oauth2/latest/token").respond(json={"access_token": "hour-1"})
        quiet_site(site, "/rest/api/2/search")
        connection = connect(**ACCOUNT)
        assert connection.account.name == "Steward"
        assert b"grant_type=client_credentials" in issued.calls[0].request.content

    def test_tokens_are_renewed_before_they_expire(self, site, monkeypatch):
        from connectors.jira import oauth  # noqa: PLC0415 - imports the client library
        from connectors.jira.settings import JiraSettings  # noqa: PLC0415
        from connectors.plugin import TrackerContext  # noqa: PLC0415

        clock = [1000.0]
        monkeypatch.setattr(oauth.time, "monotonic", lambda: clock[0])
        tokens = iter(["hour-1", "hour-2"])
        issued = site.post(f"{SIGN_IN}/oauth/token").mock(
            side_effect=lambda _: httpx.Response(200, json={"access_token": next(tokens), "expires_in": 3600})
        )
        settings = JiraSettings(url=SITE, scope="x", sign_in=SIGN_IN, client_id="id-1", client_secret="secret-1")
        sign = oauth.ClientCredentials(settings, TrackerContext("PAY"), is_cloud=True)
        assert sign() == sign() == {"Authorization": "Bearer hour-1"}
        clock[0] += 3400
        assert sign() == {"Authorization": "Bearer hour-2"}
        assert issued.call_count == 2

    @pytest.mark.parametrize("status", [400, 401, 403])
    def test_wrong_ones_are_told_as_refused(self, site, connect, status):
        info(site, json=CLOUD)
        site.get(f"{SITE}/_edge/tenant_info").respond(json={"cloudId": "c1"})
        site.post(f"{SIGN_IN}/oauth/token").respond(status, json={"error": "access_denied"})
        with pytest.raises(Misconfigured, match=r"client credentials .* were refused.*access_denied") as told:
            connect(**ACCOUNT)
        assert "secret-1" not in str(told.value)

    @pytest.mark.parametrize(
        "changes",
        [{"client_id": "x"}, {"token": None, "client_id": "x"}, {"token": None}, {"client_secret": "x"}],
    )
    def test_there_is_one_way_to_sign_in(self, connect, changes):
        with pytest.raises(ValueError, match="client_id|required"):
            connect(**changes)


def test_links_are_built_on_the_configured_address(site):
    site.get(f"{SITE}/rest/api/2/serverInfo").respond(json=CLOUD | {"baseUrl": "https://old.example"})
    site.get(f"{SITE}/rest/api/3/myself").respond(json={"accountId": "a1", "self": "https://api.atlassian.com/ex/1"})
    issue = {"id": "1", "key": "PAY-1", "self": "https://api.atlassian.com/ex/jira/1/rest/api/3/issue/1", "fields": {
        "project": {"key": "PAY", "self": "https://api.atlassian.com/p"}, "summary": "x",
        "created": "2026-01-01T00:00:00.000+0000", "updated": "2026-01-01T00:00:00.000+0000",
        "issuetype": {"name": "Story", "self": "https://api.atlassian.com/t"},
        "status": {"name": "To Do", "statusCategory": {"key": "new"}},
    }, "changelog": {"histories": [], "total": 0}}  # fmt: skip
    site.get(f"{SITE}/rest/api/3/field").respond(json=FIELDS)
    site.post(f"{SITE}/rest/api/3/search/jql").respond(json={"issues": [issue], "isLast": True})
    site.post(f"{SITE}/rest/api/3/issue/bulkfetch").respond(json={"issues": [issue]})
    site.get(url__startswith=f"{SITE}/rest/").respond(404, json={})
    tracker = open_plugin("jira", name="PAY", url=SITE, email="a@b.example", token="t", scope="project = PAY")
    tracker.connect()
    (batch,) = tracker.fetch(["1"])
    assert batch.problems == ()
    assert batch.items[0].item.url == f"{SITE}/browse/PAY-1"
    tracker.close()


def test_nothing_but_our_errors_comes_out_of_a_site_that_says_nothing(site, connect):
    site.route().respond(204)
    with pytest.raises(ConnectorError):
        connect()
