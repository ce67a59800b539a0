"""The Acme plugin."""

from connectors.acme.settings import AcmeSettings
from connectors.markup import Markup
from connectors.plugin import Plugin, Question, TrackerContext
from connectors.tracker import Tracker


def _open(settings: AcmeSettings, context: TrackerContext) -> Tracker:
    from connectors.acme.source import AcmeSource  # noqa: PLC0415 - a real one would import a client library

    return AcmeSource(settings, context)


PLUGIN = Plugin(
    kind="acme",
    settings=AcmeSettings,
    open=_open,
    item_pattern=lambda _settings: r"https://acme\.example/(ACME-\d+)",
    markup=lambda _settings: Markup.MARKDOWN,
    questions=(Question("path", "Acme: the JSON file with the items.", "Which file"),),
)
