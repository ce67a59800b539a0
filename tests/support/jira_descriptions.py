"""The official OpenAPI descriptions of Jira Cloud: its platform and its agile part."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import referencing
from referencing.jsonschema import DRAFT202012

_FILES = ("jira-platform-swagger-v3.v3.json", "jira-software-swagger.v3.json")


class JiraDescriptions:
    """What they say about each operation. `present` is False where they are not here; then there is nothing else.

    Attributes:
        specs: Their contents; `prepare` may mend one where it is known to be wrong.
        registry: For validators: a reference begins with urn:spec- and the number of the description.
    """

    def __init__(self, reference_data: Path, prepare: Callable[[Any], Any] = lambda spec: spec) -> None:
        files = [reference_data / "specs" / "jira" / name for name in _FILES]
        self.present = all(file.exists() for file in files)
        if not self.present:
            return
        self.specs = [prepare(json.loads(file.read_bytes())) for file in files]
        self.registry = referencing.Registry().with_resources(
            (f"urn:spec-{n}", referencing.Resource(spec, DRAFT202012)) for n, spec in enumerate(self.specs)
        )
        self._templates = [
            (re.compile(re.sub(r"\{[^/]+\}", "[^/]+", template)), template, number)
            for number, spec in enumerate(self.specs)
            for template in sorted(spec["paths"], key=lambda template: template.count("{"))
        ]

    def path(self, path: str) -> str:
        """A path as the descriptions have it: without the gateway, and of version 3."""
        return re.sub(r"^/ex/jira/[^/]+", "", path).replace("/rest/api/2/", "/rest/api/3/")

    def find(self, method: str, path: str) -> tuple[str, int] | None:
        """Template and number of the description of an operation; None where there is none."""
        found = (
            (template, number)
            for pattern, template, number in self._templates
            if pattern.fullmatch(path) and method in self.specs[number]["paths"][template]
        )
        return next(found, None)
