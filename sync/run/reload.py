"""Reloads the configuration when a file is edited; an invalid edit is logged and changes nothing."""

import threading
from collections.abc import Callable
from pathlib import Path

import structlog
from watchfiles import Change, watch

from sync.settings import Configuration, ConfigurationError, load

_log = structlog.get_logger(__name__)


def watch_configuration(path: Path, reload: Callable[[Configuration], None], stop: threading.Event) -> None:
    """Call `reload` with every valid configuration until stopped.

    The folder is watched rather than the file: editors replace a file, which ends a watch on the file itself.

    Args:
        path: The steward.yaml; its rules file is in the same folder or below.
        reload: Called with the configuration after each valid edit.
        stop: Ends the watch.
    """
    folder = path.absolute().parent
    for _ in watch(folder, watch_filter=_is_yaml, stop_event=stop, recursive=True, raise_interrupt=False):
        try:
            configuration = load(path)
        except ConfigurationError as error:
            for mistake in error.issues:
                _log.error("the edited configuration is invalid; the previous one stays in use", mistake=str(mistake))
            continue
        reload(configuration)
        _log.info("configuration reloaded", files=[str(file) for file in configuration.files])


def _is_yaml(_change: Change, path: str) -> bool:
    return path.endswith((".yaml", ".yml"))
