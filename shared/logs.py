"""Structured logs: one JSON object a line, never with personal data.

An exception is logged by its kind and by where it happened, never in its own words: a validation
error repeats what was sent, a database error what was to be stored.
"""

import logging
import sys
import traceback

import structlog

from shared.recorder import PASSING


def configure(service: str, side: str) -> None:
    """Send the logs of this process to its standard error."""
    shared: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(["correlations"]),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.ExceptionRenderer(places),
    ]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, _of(service, side)],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    handler.addFilter(only_kinds)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.INFO)
    for noisy in ("amqp", "kombu", "httpx"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    # a broker that is away takes pika ten lines and a trace, each time; ours say it in one
    logging.getLogger("pika").setLevel(logging.CRITICAL)


def places(exc_info: structlog.typing.ExcInfo) -> str:
    """The kind of an exception, and of those that led to it, with the places they came by."""
    lines = []
    fault: BaseException | None = exc_info[1]
    while fault is not None:
        frames = traceback.extract_tb(fault.__traceback__)
        lines += [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
        lines.append(type(fault).__qualname__)
        fault = fault.__cause__ or fault.__context__
    return "\n".join(lines)


def only_kinds(record: logging.LogRecord) -> bool:
    """Lets every record pass, with each exception among its arguments replaced by its kind."""
    if isinstance(record.args, tuple):
        record.args = tuple(
            type(value).__name__
            if isinstance(value, BaseException) and not isinstance(value, PASSING)
            else value
            for value in record.args
        )
    return True


def _of(service: str, side: str) -> structlog.types.Processor:
    def add(_: object, __: str, event: structlog.types.EventDict) -> structlog.types.EventDict:
        return {**event, "service": service, "side": side}

    return add
