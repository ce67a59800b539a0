"""Checks the app-level token, with which the service receives clicks on the buttons of its reports."""

from slack_sdk.errors import SlackApiError

from connectors.errors import ConnectorError, Misconfigured
from connectors.http import HttpClient
from connectors.redaction import remember_secret
from connectors.slack.errors import SOCKET_HINT, api_error
from connectors.slack.web import READ_ONLY_METHODS, SlackWebClient, method_name, parse_error


def check_app_token(app_token: str, base_url: str) -> None:
    """Check that Slack accepts an app-level token.

    Raises:
        ConnectorError: It does not, or it cannot be asked.
    """
    token = app_token.strip()
    remember_secret(token)
    http = HttpClient(
        "Slack",
        base_url,
        auth_headers=lambda: {"Authorization": f"Bearer {token}"},
        read_only_posts=READ_ONLY_METHODS,
        allow_writes=False,
        parse_error=parse_error,
    )
    try:
        SlackWebClient(http).apps_connections_open(app_token=token)
    except SlackApiError as error:
        raise app_token_error(error) from error
    finally:
        http.close()


def app_token_error(error: SlackApiError) -> ConnectorError:
    """The error that Slack returned to an app-level token. Hints about the bot token do not apply to it."""
    response = error.response
    problem = api_error(method_name(response.api_url), response.data, response.headers, is_read=True)
    if isinstance(problem, Misconfigured):
        return Misconfigured(problem.message, hint=SOCKET_HINT, code=problem.code)
    return problem
