"""Builds replies from the templates in a package's `data/replies.json`.

Braces in a text hold an expression of Jinja. A text that is one expression stands for its value, of any type; without
a value its key is left out. A key that ends in `@` and the name of a deployment belongs to that deployment alone.
"""

import re
from collections.abc import Callable
from functools import cache
from typing import Any

import msgspec
from jinja2 import Environment, Undefined

from steward_sandbox.data_files import load_json

_ENVIRONMENT = Environment(autoescape=False)  # noqa: S701 - builds no HTML
_EXPRESSION = re.compile(r"\{([^{}]+)\}")


class ReplyTemplates:
    def __init__(self, package: str, deployment: str, **shared: Any) -> None:
        self._package, self._deployment, self._shared = package, deployment, shared

    def fill(self, template: str, /, **values: Any) -> Any:
        shape, build = _compiled(self._package, template, self._deployment)
        return _without_missing(build(**self._shared, **values), shape)


@cache
def _compiled(package: str, name: str, deployment: str) -> tuple[Any, Callable[..., Any]]:
    shape = _of_deployment(load_json(package, "replies")[name], deployment)
    build = _ENVIRONMENT.compile_expression(_expression(shape), undefined_to_none=False)
    build._template.globals = dict(build._template.globals)  # noqa: SLF001 - each call copies it
    return shape, build


def _of_deployment(template: Any, deployment: str) -> Any:
    if not isinstance(template, dict):
        return template
    known = [(*key.partition("@")[::2], value) for key, value in template.items()]
    return {key: _of_deployment(value, deployment) for key, only, value in known if only in ("", deployment)}


def _expression(shape: Any) -> str:
    if isinstance(shape, dict):
        return "{" + ", ".join(f"{key!r}: {_expression(value)}" for key, value in shape.items()) + "}"
    if isinstance(shape, list):
        return "[" + ", ".join(map(_expression, shape)) + "]"
    if not isinstance(shape, str):
        return "none" if shape is None else msgspec.json.encode(shape).decode()
    pieces = _EXPRESSION.split(shape)
    texts = [f"({piece})" if place % 2 else repr(piece) for place, piece in enumerate(pieces)]
    return " ~ ".join(text for text in texts if text != "''") or "''"


def _without_missing(reply: Any, shape: Any) -> Any:
    if not isinstance(shape, dict):
        return reply
    return {k: _without_missing(value, shape[k]) for k, value in reply.items() if not isinstance(value, Undefined)}
