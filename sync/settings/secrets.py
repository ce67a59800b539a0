"""Resolves secrets from environment variables, files and commands."""

import os
import re
import shlex
import subprocess
import unicodedata
from contextlib import suppress
from pathlib import Path

from connectors.redaction import remember_secret

SECRET_KEYS = ("token", "app_token", "client_secret", "page_password")
"""Keys that hold secrets, in the sections of trackers, in `slack` or at the top level of steward.yaml."""
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_TIMEOUT_SECONDS = 30
"""How long a command may take to print a secret."""
_PASTED_CHARACTERS = {
    "a curly quote": "\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u201f\u2039\u203a\u00ab\u00bb",
    "a special space": "\u00a0\u2002\u2003\u2007\u2009\u202f\u3000",
}
"""Characters that get into a secret when it is copied from a formatted text, by the description for messages."""


def expand(text: str) -> str:
    """Replace `${NAME}` with the environment variable. Raises `ValueError` if it is not set or is empty."""

    def value(match: re.Match[str]) -> str:
        name = match[1]
        if not os.environ.get(name):
            problem = "empty" if name in os.environ else "not set"
            raise ValueError(f"The environment variable {name} is {problem}. Set it before you start the service")
        return os.environ[name]

    return _VARIABLE.sub(value, text)


def contains_variable(text: str) -> bool:
    """Whether a value refers to an environment variable."""
    return _VARIABLE.search(text) is not None


def secret_file(text: str, folder: Path) -> Path | None:
    """The file of a value `file:path`, relative to a folder; None for other values, and if a home folder is unknown."""
    if not text.startswith("file:"):
        return None
    with suppress(RuntimeError):  # a home folder that does not exist
        return folder / Path(text.removeprefix("file:").strip()).expanduser()
    return None


def is_reference(text: str) -> bool:
    """Whether a value refers to a secret instead of containing it."""
    return text.startswith(("file:", "command:")) or contains_variable(text)


def resolve(text: str, folder: Path = Path()) -> str:
    """Resolve a value to its secret: the value itself, a file (`file:path`) or the output of a command (`command:…`).

    `expand` has replaced environment variables in it before.

    Args:
        folder: The folder of the file that contains the value.

    Raises:
        ValueError: The file cannot be read, the command fails, or the secret is empty or was pasted with characters
            that do not belong to it. The message never contains the secret.
    """
    secret = text.strip()
    if text.startswith("file:"):
        path = secret_file(text, folder)
        try:
            secret = (path or Path(text.removeprefix("file:"))).read_text(encoding="utf-8-sig").strip()
        except UnicodeDecodeError:
            raise ValueError(f"Cannot read {path}: it is not UTF-8 text") from None
        except (OSError, ValueError) as error:
            raise ValueError(f"Cannot read {path or text}: {getattr(error, 'strerror', None) or error}") from None
    elif text.startswith("command:"):
        secret = _run_command(text.removeprefix("command:"))
    if not secret:
        raise ValueError("The secret is empty")
    remember_secret(secret)
    _check_pasted(secret)
    return secret


def _check_pasted(secret: str) -> None:
    """Reject a secret with characters that it got by copying and pasting, such as quotes or special spaces."""
    if len(secret) > 1 and secret[0] == secret[-1] and secret[0] in "\"'":
        raise ValueError("The secret is in quotes. Remove them")
    for character in secret:
        problem = next((name for name, characters in _PASTED_CHARACTERS.items() if character in characters), "")
        if not problem and unicodedata.category(character) in ("Cc", "Cf", "Zl", "Zp"):
            problem = "an invisible character"
        if problem:
            raise ValueError(
                f"The secret contains {problem} (U+{ord(character):04X}), as word processors and chats put in. "
                "Copy it again from where it was created"
            )


def _run_command(line: str) -> str:
    """Run a command and return its output. Raises `ValueError` if it fails."""
    try:
        command = shlex.split(line) or [""]
        process = subprocess.run(command, capture_output=True, check=True, timeout=_TIMEOUT_SECONDS, encoding="utf-8")  # noqa: S603 - the admin's own program
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        name = line.split(maxsplit=1)[:1]
        raise ValueError(f"The command `{''.join(name)}` failed: {_describe_failure(error)}") from None
    return process.stdout.strip()


def _describe_failure(error: Exception) -> str:
    """Why a command failed. Its output is omitted, because it may contain a secret."""
    if isinstance(error, subprocess.CalledProcessError):
        return f"exit code {error.returncode}" if error.returncode > 0 else f"ended by signal {-error.returncode}"
    if isinstance(error, subprocess.TimeoutExpired):
        return f"it did not end within {_TIMEOUT_SECONDS} seconds"
    if isinstance(error, OSError):
        return str(error.strerror or error)
    return "its output is not UTF-8 text" if isinstance(error, UnicodeDecodeError) else "it is not a command line"
