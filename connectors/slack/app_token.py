"""Checks the app-level token, with which the service receives clicks on the buttons of its reports."""

from slack_sdk.errors import SlackApiError

from connectors.errors import ConnectorError, Misconfigured
from connectors.slack.errors import SOCKET_HINT, convert_error
from connectors.slack.web import SlackWebClient, open_http_client


def check_app_token(app_token: str, base_url: str) -> None:
    """Check that Slack accepts an app-level token.

    Raises:
        ConnectorError: Slack does not accept the token, or cannot be reached.
    """
    token = app_token.strip()
    http = open_http_client(token, base_url)
    try:
        SlackWebClient(http).apps_connections_open(app_token=token)
    except SlackApiError as error:
        raise app_token_error(error) from error
    finally:
        http.close()


def app_token_error(error: SlackApiError) -> ConnectorError:
    """Convert the error that Slack returned for an app-level token. Hints about the bot token are replaced."""
    problem = convert_error(error, is_read=True)
    if isinstance(problem, Misconfigured):
        return Misconfigured(problem.message, hint=SOCKET_HINT, code=problem.code)
    return problem
