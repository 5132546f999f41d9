"""How far each reader of a log has come: moved only by compare-and-set.

Whoever moves a position says which one it expects. A reader that was replaced meanwhile (a
zombie) finds another one there, and its transaction is rolled back.
"""

from collections.abc import Sequence
from typing import Any

from psycopg import Connection, Cursor

from shared.recorder import Conflict

POSITIONS = (
    """
    CREATE TABLE IF NOT EXISTS followed (
        upstream text NOT NULL,
        partition int NOT NULL,
        position bigint NOT NULL,
        PRIMARY KEY (upstream, partition)
    )
    """,
    """
    CREATE TABLE IF NOT EXISTS outboxes (
        name text PRIMARY KEY,
        position bigint NOT NULL,
        heads bigint[] NOT NULL
    )
    """,
    """
    CREATE TABLE IF NOT EXISTS projected (
        view text PRIMARY KEY,
        position bigint NOT NULL
    )
    """,
    """
    CREATE TABLE IF NOT EXISTS rebuilds (
        view text PRIMARY KEY,
        asked_at timestamptz NOT NULL DEFAULT now()
    )
    """,
    """
    CREATE TABLE IF NOT EXISTS view_schemas (
        view text PRIMARY KEY,
        digest text NOT NULL
    )
    """,
    """
    CREATE TABLE IF NOT EXISTS beats (
        process text NOT NULL,
        part text NOT NULL,
        state text NOT NULL,
        at timestamptz NOT NULL,
        PRIMARY KEY (process, part)
    )
    """,
)


def followed(connection: Connection[Any], upstream: str, partitions: int) -> list[int]:
    """How far we have followed each partition of an upstream service."""
    rows = connection.execute(
        "SELECT partition AS p, position AS n FROM followed WHERE upstream = %s", (upstream,)
    ).fetchall()
    known = {row["p"]: row["n"] for row in rows}
    return [known.get(partition, 0) for partition in range(partitions)]


def move_followed(
    cursor: Cursor[Any], upstream: str, partition: int, expected: int, position: int
) -> None:
    """Move one partition's position on.

    Raises:
        Conflict: it is not where it was expected.
    """
    if position <= expected:
        raise Conflict(f"followed {upstream}.{partition} never moves back")
    if expected == 0:
        cursor.execute(
            "INSERT INTO followed (upstream, partition, position) VALUES (%s, %s, 0)"
            " ON CONFLICT DO NOTHING",
            (upstream, partition),
        )
    cursor.execute(
        "UPDATE followed SET position = %s"
        " WHERE upstream = %s AND partition = %s AND position = %s",
        (position, upstream, partition, expected),
    )
    rows_changed(cursor, 1, f"followed {upstream}.{partition}")


def outbox(connection: Connection[Any], name: str, partitions: int) -> tuple[int, list[int]]:
    """The position of a relay, and the position of the last message in each partition."""
    connection.execute(
        "INSERT INTO outboxes (name, position, heads) VALUES (%s, 0, %s) ON CONFLICT DO NOTHING",
        (name, [0] * partitions),
    )
    (row,) = connection.execute(
        "SELECT position, heads FROM outboxes WHERE name = %s", (name,)
    ).fetchall()
    return row["position"], list(row["heads"])


def move_outbox(
    cursor: Cursor[Any], name: str, expected: int, position: int, heads: list[int]
) -> None:
    """Move a relay's position on.

    Raises:
        Conflict: it is not where it was expected.
    """
    cursor.execute(
        "UPDATE outboxes SET position = %s, heads = %s WHERE name = %s AND position = %s",
        (position, heads, name, expected),
    )
    rows_changed(cursor, 1, f"outbox {name}")


def projected(connection: Connection[Any], view: str) -> int:
    """How far a view has come."""
    row = connection.execute("SELECT position FROM projected WHERE view = %s", (view,)).fetchone()
    return 0 if row is None else int(row["position"])


def all_projected(connection: Connection[Any]) -> dict[str, int]:
    """How far each view has come that has begun."""
    rows = connection.execute("SELECT view, position FROM projected").fetchall()
    return {row["view"]: row["position"] for row in rows}


def move_projected(cursor: Cursor[Any], views: Sequence[str], expected: int, position: int) -> None:
    """Move the position of views on that stand at the same one.

    Raises:
        Conflict: one of them is not where it was expected.
    """
    if expected == 0:
        cursor.execute(
            "INSERT INTO projected (view, position) SELECT unnest(%s::text[]), 0"
            " ON CONFLICT DO NOTHING",
            (list(views),),
        )
    cursor.execute(
        "UPDATE projected SET position = %s WHERE view = ANY(%s) AND position = %s",
        (position, list(views), expected),
    )
    rows_changed(cursor, len(views), f"one of the views {', '.join(views)}")


def ask_for_rebuild(connection: Connection[Any], view: str) -> None:
    """Have a view filled again from the first event."""
    connection.execute("INSERT INTO rebuilds (view) VALUES (%s) ON CONFLICT DO NOTHING", (view,))


def rebuilds(connection: Connection[Any]) -> set[str]:
    """The views that are to be filled again."""
    return {row["view"] for row in connection.execute("SELECT view FROM rebuilds").fetchall()}


def begin_again(cursor: Cursor[Any], view: str) -> None:
    """Put a view's position back to the start; whoever would move it waits and starts anew."""
    cursor.execute(
        "INSERT INTO projected (view, position) VALUES (%s, 0)"
        " ON CONFLICT (view) DO UPDATE SET position = 0",
        (view,),
    )
    cursor.execute("DELETE FROM rebuilds WHERE view = %s", (view,))


def rows_changed(cursor: Cursor[Any], count: int, what: str) -> None:
    """Raise Conflict unless exactly so many rows were changed."""
    if cursor.rowcount != count:
        raise Conflict(f"{what} was moved by another process")
