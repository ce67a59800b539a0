"""Fills the templates of replies in `data/replies.json`.

A text such as `"{name}"` stands for a value of any type; without a value the key is left out. Braces within a longer
text are filled in. A key that ends in `@cloud` or `@server` belongs to that deployment alone.
"""

import re
from functools import cache
from importlib.resources import files
from typing import Any

import msgspec

_VALUE = re.compile(r"\{(\w+)\}")
_MISSING = object()


class Templates:
    """The templates of one deployment with the values that all of them share."""

    def __init__(self, *, cloud: bool, **shared: Any) -> None:
        self._templates = _templates("cloud" if cloud else "server")
        self._shared = shared

    def fill(self, template: str, /, **values: Any) -> Any:
        """A reply from the template of this name."""
        return _filled(self._templates[template], self._shared | values)


@cache
def _templates(deployment: str) -> dict[str, Any]:
    text = files("steward_sandbox.jira").joinpath("data", "replies.json").read_bytes()
    templates: dict[str, Any] = _of_deployment(msgspec.json.decode(text), deployment)
    return templates


def _of_deployment(template: Any, deployment: str) -> Any:
    if not isinstance(template, dict):
        return template
    known = [(*key.partition("@")[::2], value) for key, value in template.items()]
    return {key: _of_deployment(value, deployment) for key, only, value in known if only in ("", deployment)}


def _filled(template: Any, values: dict[str, Any]) -> Any:
    if isinstance(template, dict):
        parts = ((key, _filled(value, values)) for key, value in template.items())
        return {key: value for key, value in parts if value is not _MISSING}
    if not isinstance(template, str):
        return template
    whole = _VALUE.fullmatch(template)
    return values.get(whole[1], _MISSING) if whole else _VALUE.sub(lambda match: str(values[match[1]]), template)
