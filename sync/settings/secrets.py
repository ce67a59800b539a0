"""Values that come from outside the file: the environment, another file, a program."""

import os
import re
import shlex
import subprocess
from collections.abc import Mapping
from pathlib import Path

from connectors.redaction import remember_secret

_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_SECONDS = 30


def expand(text: str, environment: Mapping[str, str] | None = None) -> str:
    """Fills in `${NAME}` from the environment.

    Raises:
        ValueError: A variable is not set or empty; the message names it.
    """
    known = os.environ if environment is None else environment

    def value(found: re.Match[str]) -> str:
        if found[1] not in known:
            raise ValueError(f"the environment has no {found[1]}; set it before starting, or name another variable")
        if not known[found[1]]:
            raise ValueError(f"{found[1]} is empty in the environment; set it before starting")
        return known[found[1]]

    return _VARIABLE.sub(value, text)


def resolve(text: str) -> str:
    """A secret from where it is kept: as it stands, `file:/path` or `command:program arguments`.

    Raises:
        ValueError: The file cannot be read or the program fails; the message says which, and never what they hold.
    """
    secret = text.strip()
    if text.startswith("file:"):
        try:
            secret = Path(text.removeprefix("file:")).expanduser().read_text(encoding="utf-8").strip()
        except UnicodeDecodeError:
            raise ValueError(f"{text} cannot be read: it is no UTF-8 text") from None
        except (OSError, RuntimeError, ValueError) as error:
            raise ValueError(f"{text} cannot be read: {getattr(error, 'strerror', None) or error}") from None
    elif text.startswith("command:"):
        secret = _said_by(text.removeprefix("command:"))
    if not secret:
        raise ValueError("it is empty")
    remember_secret(secret)
    return secret


def _said_by(line: str) -> str:
    try:
        command = shlex.split(line) or [""]
        ran = subprocess.run(command, capture_output=True, check=True, timeout=_SECONDS, encoding="utf-8")  # noqa: S603 - the admin's own program
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        name = line.split(maxsplit=1)[:1]
        raise ValueError(f"`{''.join(name)}` did not give a secret: {type(error).__name__}") from None
    return ran.stdout.strip()
