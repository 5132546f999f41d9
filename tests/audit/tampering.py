"""What the owner of a database can do to a log, each as a few statements."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, LiteralString
from uuid import UUID

from psycopg import Connection

from shared.audit.ledger import NO_PREVIOUS, Entry
from shared.recorder import machine_time, row_of
from tests.audit.forger import put
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

    `found` are codes and words of the internal check, before anything is recomputed, `proven` the
    words of the verifier on a bundle exported then. `forked` are its words when everything was
    recomputed and signed with the log's stolen key; "" where the log is only shorter than before.
    """

    name: str
    act: Act
    found: Sequence[tuple[str, str]]
    proven: Sequence[str]
    forked: str


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
        "UPDATE stored_events SET recorded_at = recorded_at - interval '1 second'"
        " WHERE notification_id = %s",
        (MIDDLE + 1,),
    )


def actor_edited(connection: Connection[Any]) -> None:
    connection.execute(
        "UPDATE stored_events SET actor = 'somebody else' WHERE notification_id = %s",
        (MIDDLE + 1,),
    )


def event_emptied(connection: Connection[Any]) -> None:
    """The event is gone, its leaf stays."""
    connection.execute(
        "UPDATE stored_events SET state = '' WHERE notification_id = %s", (MIDDLE + 1,)
    )


def event_deleted(connection: Connection[Any]) -> None:
    delete(connection, "notification_id = %s", (MIDDLE + 1,))


def tail_of_a_stream_cut(connection: Connection[Any]) -> None:
    stream = COUNTER.stream(NOMINATIONS[1])
    delete(connection, "originator_id = %s AND originator_version > 20", (stream,))


def tail_of_the_log_cut(connection: Connection[Any]) -> None:
    delete(connection, "notification_id > 280", ())


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
    a, b = MIDDLE + 1, OTHER + 1
    for new, old in ((-1, a), (a, b), (b, -1)):
        connection.execute(
            "UPDATE stored_events SET notification_id = %s WHERE notification_id = %s", (new, old)
        )


def event_inserted_before(connection: Connection[Any]) -> None:
    """A nomination that was never made gets its place, and a leaf of its own."""
    connection.execute(
        "UPDATE stored_events SET notification_id = -notification_id - 1"
        " WHERE notification_id > %s",
        (MIDDLE,),
    )
    connection.execute(
        "UPDATE stored_events SET notification_id = -notification_id WHERE notification_id < 0"
    )
    before = connection.execute(
        "SELECT recorded_at FROM stored_events WHERE notification_id = %s", (MIDDLE,)
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
    leaf = entry.leaf(ORIGIN.encode(), NO_PREVIOUS, salt)
    put(connection, row_of(entry, leaf, salt, index + 1))


def delete(connection: Connection[Any], which: LiteralString, parameters: Any) -> None:
    """Events and their leaves."""
    connection.execute(f"DELETE FROM stored_events WHERE {which}", parameters)  # noqa: S608


CHANGED = ("altered", "记录已被改动")
AGAINST_ROOT = ("forked", "签署之后，其所覆盖的事件已被改动")
GONE = ("gap", "该处的事件连同账本叶已被删除")
MOVED = (("tile", "瓦片缺失或与现有各叶不符"), ("tree", "根不同"), AGAINST_ROOT)

ROOT = "全部记录算出的根与检查点不符：第 100 条起、第 199 条止之间有改动"
BROKEN = "链断开：记录所指的前一条不是流中的前一条"
MISSING = "序号不连续：日志中的事件缺失或重复"
TWO_ROOTS = "同一规模签署过两个不同的根"
REWRITTEN = "前 200 条算出的根与之不同：历史被改写"

ATTACKS = [
    Attack("bytes edited", bytes_edited, (CHANGED,), (ROOT, BROKEN), TWO_ROOTS),
    Attack("name edited", name_edited, (CHANGED,), (ROOT, BROKEN), TWO_ROOTS),
    Attack("time edited", time_edited, (CHANGED,), (ROOT, BROKEN), TWO_ROOTS),
    Attack("actor edited", actor_edited, (CHANGED,), (ROOT, BROKEN), TWO_ROOTS),
    Attack("event emptied", event_emptied, (CHANGED,), (ROOT, BROKEN), TWO_ROOTS),
    Attack("event deleted", event_deleted, (GONE,), (MISSING,), REWRITTEN),
    Attack("stream cut", tail_of_a_stream_cut, (GONE,), (MISSING,), ""),
    Attack(
        "log cut",
        tail_of_the_log_cut,
        (("cut", "末尾的事件已被删除"),),
        ("检查点签署 300 条，包内只有 280 条",),
        "",
    ),
    Attack("nomination deleted", nomination_deleted, (GONE,), (MISSING,), REWRITTEN),
    Attack("contents swapped", contents_swapped, (CHANGED,), (ROOT, BROKEN), TWO_ROOTS),
    Attack("leaves reordered", leaves_reordered, MOVED, (ROOT,), TWO_ROOTS),
    Attack("event inserted", event_inserted_before, MOVED, (ROOT,), REWRITTEN),
]
