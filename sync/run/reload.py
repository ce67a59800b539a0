"""Takes up changes of the configuration; an invalid edit is logged and changes nothing.

The files are looked at every second rather than watched by the system: they may be anywhere, may be symbolic links that
are swapped, on network drives, or beside folders that nobody may read.
"""

import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import structlog

from sync.settings import Configuration, ConfigurationError, ConfigurationIssue, load

_log = structlog.get_logger(__name__)

_INTERVAL = 1.0
_RETRY_AFTER = 10
"""After how many intervals an invalid configuration is tried again: what it refers to may be there by then."""

_Signature = tuple[tuple[int, ...] | None, ...]


class ConfigurationWatch:
    """Reloads a configuration when its files change.

    Args:
        configuration: The one that is in use; its first file is the steward.yaml.
        reload: Called with the configuration after each valid change.
        stop: Ends the watch.
    """

    def __init__(
        self, configuration: Configuration, reload: Callable[[Configuration], None], stop: threading.Event
    ) -> None:
        self._current = configuration
        self._reload = reload
        self._stop = stop
        self._asked = threading.Event()
        self._mistakes: tuple[str, ...] = ()
        self._known = _signature(configuration.watched)

    def check(self) -> None:
        """Read the secrets again, because a tracker refused one of them; they may come from a command."""
        self._asked.set()

    def run(self) -> None:
        """Watch until stopped."""
        waited = 0
        while not self._stop.wait(_INTERVAL):
            found = _signature(self._current.watched)
            waited += 1
            if found != self._known:
                self._when_quiet(found)
                self._load(changed=True)
            elif self._asked.is_set() or (self._mistakes and waited >= _RETRY_AFTER):
                self._load(changed=False)
            else:
                continue
            self._asked.clear()
            self._known, waited = _signature(self._current.watched), 0

    def _when_quiet(self, found: _Signature) -> None:
        """Wait until nothing changes any more: editors and deployments write a file in steps."""
        while not self._stop.wait(_INTERVAL):
            again = _signature(self._current.watched)
            if again == found:
                return
            found = again

    def _read(self) -> Configuration:
        configuration = load(self._current.files[0])
        if self._current.rules_file is not None and configuration.rules_file is None:
            message = "File not found. Put it back; to use the default rules, start the service without it."
            raise ConfigurationError([ConfigurationIssue(str(self._current.rules_file), 0, 0, "", message)])
        return configuration

    def _load(self, *, changed: bool) -> None:
        try:
            configuration = self._read()
        except ConfigurationError as error:
            mistakes = tuple(str(issue) for issue in error.issues)
            if mistakes != self._mistakes or changed:
                for mistake in mistakes:
                    _log.error("the edited configuration is invalid; the previous one stays in use", mistake=mistake)
            self._mistakes = mistakes
            return
        mended, self._mistakes = bool(self._mistakes), ()
        if changed or mended or configuration.settings != self._current.settings:
            self._current = configuration
            self._reload(configuration)
            _log.info("configuration reloaded", files=[str(file) for file in configuration.files])


def _signature(files: Sequence[Path]) -> _Signature:
    """Changes when a file does, or the file that a symbolic link leads to."""
    return tuple(_state(file) for file in files)


def _state(file: Path) -> tuple[int, ...] | None:
    try:
        status = file.stat()
    except OSError:
        return None
    return (status.st_dev, status.st_ino, status.st_mtime_ns, status.st_size)
