"""What the owner of a database can do to a log, each as a few statements."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from psycopg import Connection

from shared.audit.ledger import NO_PREVIOUS, Entry
from shared.recorder import machine_time
from tests.audit.signed_log import NOMINATIONS, ORIGIN
from tests.shared.counters import COUNTER, MIRROR

MIDDLE = 150
"""An event with others before and after it, in its stream as well: a count of the first nomination,
behind the first checkpoint and before the second."""
OTHER = 152
"""An event of the next nomination."""

Act = Callable[[Connection[Any]], None]


@dataclass(frozen=True)
class Attack:
    """What is done, and what it looks like.

    `found` are codes and words of the internal check, before anything is recomputed; `proven` are
    those of the verifier on a bundle exported then.
    """

    name: str
    act: Act
    found: Sequence[tuple[str, str]]
    proven: tuple[str, str]


def bytes_edited(connection: Connection[Any]) -> None:
    connection.execute(
        "UPDATE stored_events SET state = convert_to(replace(convert_from(state, 'UTF8'),"
        " '\"number\":1', '\"number\":9'), 'UTF8') WHERE notification_id = %s",
        (MIDDLE + 1,),
    )


def name_edited(connection: Connection[Any]) -> None:
    connection.execute(
        "UPDATE stored_events SET topic = 'subtracted.v1' WHERE notification_id = %s",
        (MIDDLE + 1,),
    )


def time_edited(connection: Connection[Any]) -> None:
    connection.execute(
        "UPDATE ledger_leaves SET recorded_at = recorded_at - interval '1 second'"
        " WHERE leaf_index = %s",
        (MIDDLE,),
    )


def actor_edited(connection: Connection[Any]) -> None:
    connection.execute(
        "UPDATE ledger_leaves SET actor = 'somebody else' WHERE leaf_index = %s", (MIDDLE,)
    )


def event_deleted(connection: Connection[Any]) -> None:
    connection.execute("DELETE FROM stored_events WHERE notification_id = %s", (MIDDLE + 1,))


def event_and_leaf_deleted(connection: Connection[Any]) -> None:
    delete(connection, "leaf_index = %s", (MIDDLE,))


def tail_of_a_stream_cut(connection: Connection[Any]) -> None:
    stream = COUNTER.stream(NOMINATIONS[1])
    delete(connection, "originator_id = %s AND originator_version > 20", (stream,))


def tail_of_the_log_cut(connection: Connection[Any]) -> None:
    delete(connection, "leaf_index >= 280", ())


def nomination_deleted(connection: Connection[Any]) -> None:
    streams = [decider.stream(NOMINATIONS[2]) for decider in (COUNTER, MIRROR)]
    delete(connection, "originator_id = ANY(%s)", (streams,))


def contents_swapped(connection: Connection[Any]) -> None:
    """What one nomination's event says moves to another's, as a ciphertext would with it."""
    connection.execute(
        "UPDATE stored_events a SET state = b.state FROM stored_events b"
        " WHERE (a.notification_id, b.notification_id) IN ((%(a)s, %(b)s), (%(b)s, %(a)s))",
        {"a": MIDDLE + 1, "b": OTHER + 1},
    )


def leaves_reordered(connection: Connection[Any]) -> None:
    """Two events of different streams change places, with their leaves."""
    for table, column, shift in (
        ("ledger_leaves", "leaf_index", 0),
        ("stored_events", "notification_id", 1),
    ):
        a, b = MIDDLE + shift, OTHER + shift
        for new, old in ((-1, a), (a, b), (b, -1)):
            connection.execute(
                f"UPDATE {table} SET {column} = %s WHERE {column} = %s",  # noqa: S608
                (new, old),
            )


def event_inserted_before(connection: Connection[Any]) -> None:
    """A nomination that was never made gets its place, and a leaf of its own."""
    for table, column, after in (
        ("ledger_leaves", "leaf_index", MIDDLE - 1),
        ("stored_events", "notification_id", MIDDLE),
    ):
        connection.execute(
            f"UPDATE {table} SET {column} = -{column} - 1 WHERE {column} > %s",  # noqa: S608
            (after,),
        )
        connection.execute(
            f"UPDATE {table} SET {column} = -{column} WHERE {column} < 0"  # noqa: S608
        )
    before = connection.execute(
        "SELECT recorded_at FROM ledger_leaves WHERE leaf_index = %s", (MIDDLE - 1,)
    ).fetchone()
    assert before is not None
    insert(connection, MIDDLE, invented(before["recorded_at"]))


def event_appended_with_an_old_time(connection: Connection[Any]) -> None:
    """As a new event, and as if it were a month old."""
    insert(connection, 300, invented(machine_time() - timedelta(days=30)))


def invented(recorded_at: Any) -> Entry:
    """An event that nobody decided."""
    stream = UUID(int=99)
    state = b'{"at":"2019-12-11T09:00:00+08:00","by":{"id":"office","name":"","organisation":"",'
    state += b'"roles":["office"]},"data":{"nomination_id":"%b","number":1}}' % str(stream).encode()
    return Entry(stream, 1, "added.v1", recorded_at, "office", stream, "request:test", state)


def insert(connection: Connection[Any], index: int, entry: Entry) -> None:
    """An event and its leaf, at a place that is free."""
    salt = bytes(32)
    connection.execute(
        "INSERT INTO stored_events (originator_id, originator_version, topic, state,"
        " notification_id) VALUES (%s, %s, %s, %s, %s)",
        (entry.stream, entry.version, entry.topic, entry.state, index + 1),
    )
    connection.execute(
        "INSERT INTO ledger_leaves VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
        (
            index,
            entry.stream,
            entry.version,
            entry.recorded_at,
            entry.actor,
            entry.correlation,
            entry.causation,
            entry.leaf(ORIGIN.encode(), NO_PREVIOUS, salt),
            salt,
        ),
    )


def delete(connection: Connection[Any], which: str, parameters: tuple[Any, ...]) -> None:
    """Events and their leaves."""
    connection.execute(
        "DELETE FROM stored_events e USING ledger_leaves l"
        f" WHERE l.leaf_index = e.notification_id - 1 AND {prefixed(which)}",
        parameters,
    )
    connection.execute(f"DELETE FROM ledger_leaves WHERE {which}", parameters)  # noqa: S608


def prefixed(which: str) -> str:
    """The condition on the leaves' columns where events are beside them."""
    for column in ("leaf_index", "originator_id", "originator_version"):
        which = which.replace(f"{column} ", f"l.{column} ")
    return which


CHANGED = "记录已被改动"
AGAINST_ROOT = "签署之后，其所覆盖的事件已被改动"
GONE = "该处的事件连同账本叶已被删除"

ATTACKS = [
    Attack("bytes edited", bytes_edited, [("altered", CHANGED)], ("altered", "")),
    Attack("name edited", name_edited, [("altered", CHANGED)], ("altered", "")),
    Attack("time edited", time_edited, [("altered", CHANGED)], ("altered", "")),
    Attack("actor edited", actor_edited, [("altered", CHANGED)], ("altered", "")),
    Attack("event deleted", event_deleted, [("no_event", "事件本身已被删除")], ("altered", "")),
    Attack("event and leaf deleted", event_and_leaf_deleted, [("gap", GONE)], ("altered", "")),
    Attack("stream cut", tail_of_a_stream_cut, [("gap", GONE)], ("altered", "")),
    Attack("log cut", tail_of_the_log_cut, [("cut", "末尾的事件已被删除")], ("altered", "")),
    Attack("nomination deleted", nomination_deleted, [("gap", GONE)], ("altered", "")),
    Attack("contents swapped", contents_swapped, [("altered", CHANGED)], ("altered", "")),
    Attack(
        "leaves reordered",
        leaves_reordered,
        [("tile", "瓦片缺失或与现有各叶不符"), ("tree", "根不同"), ("forked", AGAINST_ROOT)],
        ("altered", ""),
    ),
    Attack(
        "event inserted",
        event_inserted_before,
        [("tile", "瓦片缺失或与现有各叶不符"), ("tree", "根不同"), ("forked", AGAINST_ROOT)],
        ("altered", ""),
    ),
]
