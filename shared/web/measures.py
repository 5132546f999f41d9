"""What `/metrics` tells of a service: positions from the database, counts from each process.

The message side has no address of its own on this machine: its processes leave their counts in
the folder that `PROMETHEUS_MULTIPROC_DIR` names, and the web side gives them all out together.
"""

import os
from collections.abc import Iterator

from prometheus_client import REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from shared.application import Application

QUERIES = {
    "gongjiang_outbox_depth": (
        "Events that a relay or announcer has not carried yet",
        """
        SELECT name, (SELECT coalesce(max(notification_id), 0) FROM stored_events) - position
            AS value FROM outboxes
        """,
    ),
    "gongjiang_view_lag": (
        "Events that a view has not seen yet",
        """
        SELECT view, (SELECT coalesce(max(notification_id), 0) FROM stored_events) - position
            AS value FROM projected
        """,
    ),
    "gongjiang_followed_position": (
        "How far another service's log was followed",
        "SELECT upstream, partition::text, position AS value FROM followed",
    ),
    "gongjiang_parked_waiting": (
        "Messages that wait for an operator",
        "SELECT source, count(*) AS value FROM parked GROUP BY source",
    ),
    "gongjiang_ledger_size": (
        "Leaves in the Merkle tree",
        "SELECT origin, size AS value FROM ledger_tree",
    ),
    "gongjiang_ledger_covered": (
        "Size of the latest signed checkpoint of each log that is kept here",
        "SELECT origin, max(size) AS value FROM checkpoints GROUP BY origin",
    ),
    "gongjiang_ledger_witnesses": (
        "Witnesses that have cosigned the latest checkpoint of each log",
        """
        SELECT c.origin, count(s.witness) AS value
        FROM (SELECT origin, max(size) AS size FROM checkpoints GROUP BY origin) c
        LEFT JOIN cosignatures s USING (origin, size) GROUP BY c.origin
        """,
    ),
    "gongjiang_ledger_forks": (
        "Signed checkpoints that contradict each other",
        "SELECT origin, count(*) AS value FROM forks GROUP BY origin",
    ),
    "gongjiang_part": (
        "What each part of each process is doing",
        """
        SELECT process, part, state, 1 AS value FROM beats
        WHERE at > now() - interval '10 seconds'
        """,
    ),
}


class Positions(Collector):
    """The positions of a service, read when they are asked for."""

    def __init__(self, application: Application) -> None:
        self._application = application

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """One gauge for each question; the columns before the value are its labels."""
        with self._application.reading() as connection:
            for name, (words, query) in QUERIES.items():
                cursor = connection.execute(query)
                labels = [column.name for column in cursor.description or ()][:-1]
                family = GaugeMetricFamily(name, words, labels=labels)
                for row in cursor:
                    family.add_metric([row[label] for label in labels], float(row["value"]))
                yield family


def measures(application: Application) -> bytes:
    """Everything, in the text format of Prometheus."""
    registry = CollectorRegistry()
    registry.register(Positions(application))
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        return generate_latest(registry)
    return generate_latest(registry) + generate_latest(REGISTRY)
