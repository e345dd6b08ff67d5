"""How services log: one line of JSON an event, a fixed sentence and its data."""

from __future__ import annotations

import logging
import sys

import structlog


def configure_logging(service: str, level: str = "INFO") -> None:
    """Set logging up for a service process; called once, by its entry point."""
    processors: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[*processors, structlog.processors.JSONRenderer()],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        # Looked up at every line: a program that calls a command in its own process may put its standard error elsewhere.
        logger_factory=lambda *_: structlog.WriteLogger(sys.stderr),
    )
    structlog.contextvars.bind_contextvars(service=service)
    # Libraries log through the standard module; a robust connection reports every attempt, which is noise here.
    logging.basicConfig(
        level=logging.WARNING, stream=sys.stderr, format="%(asctime)s %(name)s %(levelname)s %(message)s"
    )
    logging.getLogger("urllib3").setLevel(logging.ERROR)  # it warns of every retry of a call that reports itself
