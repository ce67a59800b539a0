"""Configures logging to standard error. Secrets are masked in the rendered lines."""

import logging
import os
import sys
import threading
from types import TracebackType
from typing import Any

import structlog
from structlog.typing import Processor

from connectors.redaction import redact

_log = structlog.get_logger(__name__)

_SERVICE_PACKAGES = ("connectors", "rules", "sync")
"""The packages whose messages are logged at the chosen level. Of other packages, only warnings are logged."""
_is_json_log = False
"""Whether the log of this process is JSON."""


def log_to_stderr(*, verbosity: int = 0, as_json: bool = False, render_line: Processor | None = None) -> None:
    """Log to standard error.

    Args:
        verbosity: 0 for warnings only, 1 for activities, 2 also for every request.
        as_json: Log activities, as one JSON object per line.
        render_line: Log activities, as lines that this function renders. Ignored with `as_json` or `verbosity`.
    """
    as_lines = render_line is not None and not verbosity
    level = logging.DEBUG if verbosity > 1 else logging.INFO if verbosity or as_json or as_lines else logging.WARNING
    shared_processors: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.ExceptionRenderer(structlog.tracebacks.ExceptionDictTransformer(show_locals=False)),
    ]
    use_colors = sys.stderr.isatty() and not os.environ.get("NO_COLOR")
    renderer: Any = structlog.dev.ConsoleRenderer(colors=use_colors)
    if as_json:
        renderer = structlog.processors.JSONRenderer()
    elif as_lines:
        renderer = render_line
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared_processors,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer, _redact_line],
        )
    )
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    if as_json:
        logging.captureWarnings(capture=True)
        sys.excepthook = _log_uncaught
        threading.excepthook = _log_uncaught_in_thread
    global _is_json_log  # noqa: PLW0603 - what is written to standard error is a property of the process
    _is_json_log = as_json
    for package in _SERVICE_PACKAGES:
        logging.getLogger(package).setLevel(level)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared_processors,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )


def is_json_log() -> bool:
    """Whether all lines on standard error are JSON."""
    return _is_json_log


def _log_uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Log an exception that nothing has caught, in place of Python's traceback."""
    _log.critical("unexpected error", exc_info=(kind, error, trace))


def _log_uncaught_in_thread(failure: threading.ExceptHookArgs) -> None:
    """Log an exception that nothing in its thread has caught."""
    if failure.exc_value is not None:
        _log_uncaught(failure.exc_type, failure.exc_value, failure.exc_traceback)


def _redact_line(_logger: Any, _method: str, line: Any) -> str:
    """Mask secrets in a rendered line."""
    return redact(str(line))
