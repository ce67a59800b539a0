"""Changes one setting in rules.yaml, and keeps everything else as the admin wrote it, comments included."""

import io
import shutil
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML


def switch_off(path: Path, rule: str) -> bool:
    """Set `off` for a rule in a rules file, which is created if there is none.

    Returns:
        Whether the file was changed.
    """
    yaml = YAML(typ="rt")
    yaml.preserve_quotes = True
    yaml.width = 4096
    yaml.indent(mapping=2, sequence=4, offset=2)
    document: Any = yaml.load(path.read_text(encoding="utf-8-sig")) if path.exists() else None
    document = {} if document is None else document
    rules = document.get("rules")
    if rules is None:
        rules = document["rules"] = {}
    present = rules.get(rule)
    if present == "off" or (isinstance(present, dict) and present.get("severity") == "off"):
        return False
    if isinstance(present, dict):
        present["severity"] = "off"
    else:
        rules[rule] = "off"
    changed = io.StringIO()
    yaml.dump(document, changed)
    target = path.resolve()
    temporary = target.with_name(f".{target.name}.new")
    temporary.write_text(changed.getvalue(), encoding="utf-8")
    if target.exists():
        shutil.copymode(target, temporary)
    temporary.replace(target)
    return True
