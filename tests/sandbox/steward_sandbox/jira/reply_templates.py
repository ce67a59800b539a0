"""Fills the templates of replies in `data/replies.json`.

Braces in a text hold an expression of Jinja. A text that is one expression stands for its value, of any type; without
a value the key is left out. A name or key that ends in `@cloud` or `@server` belongs to that deployment alone.
"""

import re
from collections.abc import Callable
from functools import cache
from importlib.resources import files
from typing import Any

import msgspec
from jinja2 import Environment, Undefined

_EXPRESSION = re.compile(r"\{([^{}]+)\}")


def fill(name: str, deployment: str, values: dict[str, Any]) -> Any:
    """A reply from the template of this name, in the form of a deployment, `cloud` or `server`."""
    return _with_values(_compiled(name, deployment)(**values))


@cache
def _compiled(name: str, deployment: str) -> Callable[..., Any]:
    templates = _templates()
    template = templates[f"{name}@{deployment}" if f"{name}@{deployment}" in templates else name]
    return _environment().compile_expression(_expression(template, deployment))


@cache
def _environment() -> Environment:
    return Environment(autoescape=False)  # noqa: S701 - builds no HTML


@cache
def _templates() -> dict[str, Any]:
    text = files("steward_sandbox.jira").joinpath("data", "replies.json").read_bytes()
    templates: dict[str, Any] = msgspec.json.decode(text)
    return templates


def _expression(template: Any, deployment: str) -> str:
    """The template as one expression."""
    if isinstance(template, dict):
        known = [(*key.partition("@")[::2], value) for key, value in template.items()]
        parts = [f"'{k}': {_expression(v, deployment)}" for k, only, v in known if only in ("", deployment)]
        return "{" + ", ".join(parts) + "}"
    if isinstance(template, list):
        return "[" + ", ".join(_expression(value, deployment) for value in template) + "]"
    if not isinstance(template, str):
        return msgspec.json.encode(template).decode()
    pieces = _EXPRESSION.split(template)
    texts = [f"({piece})" if place % 2 else repr(piece) for place, piece in enumerate(pieces)]
    return " ~ ".join(text for text in texts if text != "''") or "''"


def _with_values(reply: Any) -> Any:
    if not isinstance(reply, dict):
        return reply
    return {key: _with_values(value) for key, value in reply.items() if not isinstance(value, Undefined)}
