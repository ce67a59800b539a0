"""Changes YAML files, and keeps everything else as the admin wrote it, comments included."""

import io
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

_MAX_LINE_LENGTH = 4096
"""Lines up to this length are not wrapped, so that the file stays as the admin wrote it."""


@contextmanager
def edit_yaml(path: Path) -> Iterator[Any]:
    """Yield the content of a file as a mapping, and replace the file if the content was changed.

    A file that does not exist is created. Without a change, it is left alone.
    """
    yaml = YAML(typ="rt")
    yaml.preserve_quotes = True
    yaml.width = _MAX_LINE_LENGTH
    yaml.indent(mapping=2, sequence=4, offset=2)
    document: Any = yaml.load(path.read_text(encoding="utf-8-sig")) if path.exists() else None
    document = {} if document is None else document
    before = _dump(yaml, document)
    yield document
    after = _dump(yaml, document)
    if after == before:
        return
    target = path.resolve()
    temporary = target.with_name(f".{target.name}.new")
    temporary.write_text(after, encoding="utf-8")
    if target.exists():
        shutil.copymode(target, temporary)
    temporary.replace(target)


def switch_off(path: Path, rule: str) -> bool:
    """Switch a rule off in a rules file, which is created if there is none. Return whether the file was changed."""
    with edit_yaml(path) as document:
        rules = document.get("rules")
        if rules is None:
            rules = document["rules"] = {}
        current = rules.get(rule)
        if current == "off" or (isinstance(current, dict) and current.get("severity") == "off"):
            return False
        if isinstance(current, dict):
            current["severity"] = "off"
        else:
            rules[rule] = "off"
    return True


def _dump(yaml: YAML, document: Any) -> str:
    text = io.StringIO()
    yaml.dump(document, text)
    return text.getvalue()
