"""What only some companies need is asked when the tracker's error names it."""

from dataclasses import replace

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


def run_interview(plugin, *answers):
    app, found = typer.Typer(), []

    @app.command()
    def run():
        interview = Interview(plugin, {}, "ACME_TOKEN")
        interview.conduct(found.append)
        found.append(interview.normalized_answers())

    result = CliRunner().invoke(app, input="".join(f"{answer}\n" for answer in answers))
    return result, found[-1] if found else None


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
    result, answers = run_interview(plugin, "https://acme.example.com", "t0ken", "/etc/company.pem")
    assert result.exit_code == 0, result.output
    assert "File of certificate authorities to trust, such as your company's" in result.output
    assert "  PAY  Payments" in result.output
    assert answers == {"url": "https://acme.example.com", "ca_bundle": "/etc/company.pem", "project": "PAY"}


@pytest.mark.parametrize("status", [200, 302, 401])
def test_a_site_that_shows_nothing_without_credentials_is_asked_with_them(plugin, status):
    def adapt_questions(_settings, _context):
        raise Misconfigured("Sign in first.", status=status)

    guarded = replace(plugin, adapt_questions=adapt_questions, list_projects=lambda *_: [ProjectName("PAY")])
    result, answers = run_interview(guarded, "https://acme.example.com", "t0ken")
    assert result.exit_code == 0, result.output
    assert "Sign in first." not in result.output
    assert answers["project"] == "PAY"
