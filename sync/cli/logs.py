"""Logs on standard error, with secrets masked after everything else has been rendered."""

import logging
import sys
from typing import Any

import structlog

from connectors.redaction import redact

_OUR_PACKAGES = ("connectors", "rules", "sync")


def log_to_stderr(*, verbose: bool = False, as_json: bool = False) -> None:
    """Log warnings, with `as_json` also what the service does, and with `verbose` every request."""
    level = logging.DEBUG if verbose else logging.INFO if as_json else logging.WARNING
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.ExceptionRenderer(structlog.tracebacks.ExceptionDictTransformer(show_locals=False)),
    ]
    renderer: Any = (
        structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer, _redact_line],
        )
    )
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    for package in _OUR_PACKAGES:
        logging.getLogger(package).setLevel(level)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )


def _redact_line(_logger: Any, _method: str, line: Any) -> str:
    return redact(str(line))
