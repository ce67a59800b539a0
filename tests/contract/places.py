"""Every place that a tracker of ours works in, by name: a new one is added here."""

from collections.abc import Callable, Collection
from functools import partial
from typing import Any

import pytest

from contract.azure_place import AzurePlace
from contract.jira_place import JiraPlace

PLACES: dict[str, Callable[..., Any]] = {
    "jira-cloud": partial(JiraPlace, cloud=True),
    "jira-data-center": partial(JiraPlace, cloud=False),
    "azure-agile": partial(AzurePlace, process="Agile"),
    "azure-scrum": partial(AzurePlace, process="Inherited Scrum"),
    "azure-cmmi": partial(AzurePlace, process="CMMI"),
    "azure-basic": partial(AzurePlace, process="Basic"),
    "azure-server": partial(AzurePlace, process="Agile", server="2022"),
}

IN_CI = ("jira-cloud", "jira-data-center", "azure-scrum", "azure-server")
"""The places where tests run on every change, one of each kind of tracker in the fast lane; `make soak` runs all."""


ONE_EACH = ("jira-cloud", "azure-scrum")


def marks_of(place: str, fast: Collection[str] = ONE_EACH, slow: Collection[str] = IN_CI) -> list[pytest.MarkDecorator]:
    """The lane of a test at a place."""
    if place in fast:
        return []
    return [pytest.mark.slow if place in slow else pytest.mark.soak]
