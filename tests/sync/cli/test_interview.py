"""What only some companies need is asked when the tracker's error names it."""

import pytest
import typer
from typer.testing import CliRunner

from connectors.errors import Misconfigured
from connectors.plugin import Plugin, ProjectName, Question, Section
from sync.cli.interview import Interview


class Settings(Section):
    url: str
    token: str
    ca_bundle: str | None = None
    project: str


@pytest.fixture
def plugin():
    def list_projects(settings, _context):
        if settings.ca_bundle != "/etc/company.pem":
            raise Misconfigured(
                "The certificate is not trusted.", hint="Set `ca_bundle` of this tracker to a PEM file."
            )
        return [ProjectName("PAY", "Payments")]

    questions = (
        Question("url", "Address.", "Address"),
        Question("ca_bundle", "File of certificate authorities to trust, such as your company's.", required=False),
        Question("project", "Project.", "Project", chooses_project=True),
    )
    return Plugin("acme", Settings, lambda *_: None, questions=questions, list_projects=list_projects)


def test_the_certificate_authorities_of_a_company_are_asked_for_when_they_are_needed(plugin):
    app, found = typer.Typer(), []

    @app.command()
    def run():
        interview = Interview(plugin, {}, "ACME_TOKEN")
        interview.conduct(found.append)
        found.append(interview.normalized_answers())

    answers = "https://acme.example.com\nt0ken\n/etc/company.pem\n\n"
    result = CliRunner().invoke(app, input=answers)
    assert result.exit_code == 0, result.output
    assert "File of certificate authorities to trust, such as your company's" in result.output
    assert "  PAY  Payments" in result.output
    assert found[1] == {"url": "https://acme.example.com", "ca_bundle": "/etc/company.pem", "project": "PAY"}
