"""Reloads the configuration when its files change. An invalid edit is logged and has no other effect.

The files are polled every second rather than watched through the operating system, because they may be on network
drives, in several folders, or symbolic links that are replaced.
"""

import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import structlog

from sync.settings import Configuration, ConfigurationError, ConfigurationIssue, load

_log = structlog.get_logger(__name__)

_POLL_SECONDS = 1.0
"""How often the files are checked."""
_RETRY_POLLS = 10
"""The number of polls after which an invalid configuration is loaded again: a file that it needs may exist by then."""

_FileState = tuple[int, ...] | None
"""Metadata of a file that changes when its content changes; None if the file cannot be found."""


class ConfigurationWatch:
    """Reloads a configuration when its files change.

    Args:
        configuration: The configuration in use. Its first file is steward.yaml.
        reload: Called with the new configuration after each valid change.
        stop: Set to end the polling.
    """

    def __init__(
        self, configuration: Configuration, reload: Callable[[Configuration], None], stop: threading.Event
    ) -> None:
        self._current = configuration
        self._reload = reload
        self._stop = stop
        self._check_requested = threading.Event()
        self._mistakes: tuple[str, ...] = ()
        self._last_states = _get_states(configuration.watched)

    def request_check(self) -> None:
        """Load the files again soon, even if none changes, because a tracker has rejected the credentials.

        A secret that is the output of a command may have changed.
        """
        self._check_requested.set()

    def run(self) -> None:
        """Poll the files until stopped."""
        polls = 0
        while not self._stop.wait(_POLL_SECONDS):
            states = _get_states(self._current.watched)
            polls += 1
            changed = states != self._last_states
            if changed:
                states = self._wait_until_stable(states)
            elif not (self._check_requested.is_set() or (self._mistakes and polls >= _RETRY_POLLS)):
                continue
            self._check_requested.clear()
            self._load(changed=changed)
            # The states from before the load, so that a change while the files were being read is noticed.
            polls, watched = 0, self._current.watched
            self._last_states = _get_states(watched) | {file: states[file] for file in watched if file in states}

    def _wait_until_stable(self, states: dict[Path, _FileState]) -> dict[Path, _FileState]:
        """Wait until the files stop changing, because editors and deployments write files in steps."""
        while not self._stop.wait(_POLL_SECONDS):
            current = _get_states(self._current.watched)
            if current == states:
                break
            states = current
        return states

    def _read(self) -> Configuration:
        """Load the files.

        Raises:
            ConfigurationError: The files are invalid, or the rules file was deleted.
        """
        configuration = load(self._current.files[0], sends_reports=True)
        if self._current.rules_file is not None and configuration.rules_file is None:
            message = "File not found. Put it back; to use the default rules, start the service without it."
            raise ConfigurationError([ConfigurationIssue(str(self._current.rules_file), 0, 0, "", message)])
        return configuration

    def _load(self, *, changed: bool) -> None:
        """Load the files, and use the new configuration if it is valid.

        Args:
            changed: Whether a file has changed. If not, mistakes that were already logged are not logged again.
        """
        try:
            configuration = self._read()
        except ConfigurationError as error:
            mistakes = tuple(str(issue) for issue in error.issues)
            if mistakes != self._mistakes or changed:
                for mistake in mistakes:
                    _log.error("the edited configuration is invalid; the previous one stays in use", mistake=mistake)
            self._mistakes = mistakes
            return
        was_invalid, self._mistakes = bool(self._mistakes), ()
        if changed or was_invalid or configuration.settings != self._current.settings:
            self._current = configuration
            self._reload(configuration)
            _log.info("configuration reloaded", files=[str(file) for file in configuration.files])


def _get_states(files: Sequence[Path]) -> dict[Path, _FileState]:
    """The states of files. Symbolic links are followed."""
    return {file: _get_state(file) for file in files}


def _get_state(file: Path) -> _FileState:
    try:
        status = file.stat()
    except OSError:
        return None
    return (status.st_dev, status.st_ino, status.st_mtime_ns, status.st_size)
