"""W3C Trace Context for what we say: https://www.w3.org/TR/trace-context/.

A case is a trace: the trace id is its correlation. An event is a span: the parent id is the
beginning of the event's id. So any tracing system draws what the ledger proves, and nothing has to
be stored for it. A stranger's trace is not continued: its sender chooses the ids.
"""

from uuid import UUID

HEADER = "traceparent"


def traceparent(correlation: UUID, event: UUID) -> str:
    """The header for a message that tells of an event; always sampled."""
    return f"00-{correlation.hex}-{event.hex[:16]}-01"
