"""What the bench's own queues and exchanges are called."""

LIMIT = "bench.limit"
PLAIN = "bench.plain"
REQUESTS, REPLIES = "bench.bare", "bench.replies"

SOURCE, NEWS = "bench", "noted"
NEWS_EXCHANGE = f"{SOURCE}.events"
NEWS_QUEUE = f"evt-{SOURCE}-{NEWS}--plain.hear"

PLAIN_TABLE = "plain_events"
