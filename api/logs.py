"""Logs as JSON, one object a line, without facts of patients.

A request is told by method, route, status, time, the name of its key and its own: never its address, whose parameters may be facts. An
error is told by its kind and the places in the code that it came through: never by its message, which may quote what was sent.
"""

import logging
import logging.config
import traceback
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson


class JsonLines(logging.Formatter):
    """Write a record as one JSON object; what stands under ``fields`` of the record goes beside its message."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line for ``record``."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info and record.exc_info[0]:
            frames = traceback.extract_tb(record.exc_info[2])
            line["error"] = record.exc_info[0].__name__
            line["at"] = [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames]
        return orjson.dumps(line, default=str).decode()


def log_as_json() -> None:
    """Make every logger of this process write JSON lines to standard error."""
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {"json": {"()": JsonLines}},
            "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
            "root": {"level": "INFO", "handlers": ["stderr"]},
            # an HTTP client of ours would tell addresses
            "loggers": {"httpx": {"level": "WARNING"}},
        }
    )
