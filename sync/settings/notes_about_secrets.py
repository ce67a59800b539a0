"""Notes about secrets of a configuration that are readable by other people."""

import stat
from collections.abc import Iterator
from pathlib import Path

from ruamel.yaml import YAML

from sync.settings.load import Configuration
from sync.settings.secrets import SECRET_KEYS, is_reference, secret_file


def notes_about_secrets(configuration: Configuration) -> Iterator[str]:
    """Yield notes about secrets in steward.yaml, and about secret files that everybody on the machine can read."""
    path = configuration.files[0]
    document = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8-sig"))
    sections = {f"trackers.{name}.": section for name, section in document["trackers"].items()}
    for prefix, section in {**sections, "slack.": document.get("slack") or {}, "": document}.items():
        for key in SECRET_KEYS:
            text, location = str(section.get(key) or ""), f"{path}: {prefix}{key}"
            if not text:
                continue
            if not is_reference(text):
                yield (
                    f"{location}: The secret is in the file itself. Write ${{NAME}} and set the environment "
                    "variable NAME, or write file:PATH."
                )
            file = secret_file(text, path.parent)
            if file is not None and _is_readable_by_everybody(file):
                yield f"{location}: Everybody on this machine can read {file}. Run `chmod 600 {file}`."


def _is_readable_by_everybody(file: Path) -> bool:
    try:
        return bool(file.stat().st_mode & stat.S_IROTH)
    except OSError:
        return False
