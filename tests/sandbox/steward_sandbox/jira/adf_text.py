"""Shows an Atlassian document as text: wiki text, which the older API uses, or HTML."""

from functools import cache

from jinja2 import Template
from markupsafe import Markup

from steward_sandbox import page
from steward_sandbox.jira.model import Doc

WIKI = "wiki"
"""Where a document that was written in wiki markup keeps what was written."""


def to_wiki(doc: Doc | None) -> str:
    """The document as wiki text, a block a line; as it was written if it keeps that."""
    if doc and WIKI in doc:
        return str(doc[WIKI])
    return _template("document.wiki").render(document=doc)[:-1] if doc else ""


def to_html(doc: Doc | None) -> Markup:
    """The document as HTML without scripts, styles or foreign addresses, safe whatever the text holds."""
    return Markup(_template("document.html").render(document=doc))


@cache
def _template(name: str) -> Template:
    templates = page.templates("steward_sandbox.jira")
    return templates.overlay(autoescape=name.endswith(".html")).get_template(name)
