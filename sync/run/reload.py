"""Takes up an edit of the configuration while the service runs; an invalid one changes nothing and is reported."""

import threading
from collections.abc import Callable
from pathlib import Path

import structlog
from watchfiles import Change, watch

from sync.settings import Configuration, ConfigurationError, load

_log = structlog.get_logger(__name__)


def watch_configuration(path: Path, take_up: Callable[[Configuration], None], stop: threading.Event) -> None:
    """Watches until stopped.

    The folder is watched and not the file: editors replace a file, and a watch on it would end with the first save.

    Args:
        path: The steward.yaml; its rules file lies in the same folder or below.
        take_up: Told every configuration that is valid.
        stop: Ends the watch.
    """
    folder = path.absolute().parent
    for _ in watch(folder, watch_filter=_is_yaml, stop_event=stop, recursive=True, raise_interrupt=False):
        try:
            configuration = load(path)
        except ConfigurationError as error:
            for issue in error.issues:
                _log.error("the edit is not taken up; the last good configuration stays", mistake=str(issue))
            continue
        take_up(configuration)
        _log.info("configuration taken up", files=[str(file) for file in configuration.files])


def _is_yaml(_change: Change, path: str) -> bool:
    return path.endswith((".yaml", ".yml"))
