"""The index of cases: which events concern which nomination, submission or campaign.

An event concerns every id that it names as such, in whatever stream it stands; so one look-up
finds what a service knows of a case.
"""

from collections.abc import Iterator, Sequence
from typing import Any, LiteralString
from uuid import UUID

from psycopg import Connection, Cursor

from shared.messages import Message, Recorded

SUBJECTS = frozenset({"nomination_id", "submission_id", "holder", "other", "nominations"})


class Cases:
    """Subject -> positions in the log."""

    name = "cases"
    tables: tuple[LiteralString, ...] = ("cases", "message_ids")
    schema: LiteralString = """
    CREATE TABLE IF NOT EXISTS cases (
        subject uuid NOT NULL,
        position bigint NOT NULL,
        PRIMARY KEY (subject, position)
    );
    CREATE TABLE IF NOT EXISTS message_ids (
        message_id text NOT NULL,
        subject uuid NOT NULL,
        PRIMARY KEY (message_id, subject)
    )
    """

    def apply(self, cursor: Cursor[Any], recorded: Recorded) -> None:
        """Note whom the event concerns, and by which outside id a submission is known."""
        self.apply_all(cursor, (recorded,))

    def apply_all(self, cursor: Cursor[Any], window: Sequence[Recorded]) -> None:
        """The same for many events, with two statements: each concerns several subjects."""
        concerned = [
            (subject, recorded.position)
            for recorded in window
            for subject in {recorded.stream, *subjects(recorded.event)}
        ]
        known_by = [
            (message_id, getattr(recorded.event, "nomination_id", None) or recorded.stream)
            for recorded in window
            if (message_id := getattr(recorded.event, "message_id", None)) is not None
        ]
        cursor.execute(
            "INSERT INTO cases (subject, position)"
            " SELECT * FROM unnest(%s::uuid[], %s::bigint[]) ON CONFLICT DO NOTHING",
            ([subject for subject, _ in concerned], [position for _, position in concerned]),
        )
        if known_by:
            cursor.execute(
                "INSERT INTO message_ids (message_id, subject)"
                " SELECT * FROM unnest(%s::text[], %s::uuid[]) ON CONFLICT DO NOTHING",
                ([message_id for message_id, _ in known_by], [subject for _, subject in known_by]),
            )


def subjects(message: Message) -> Iterator[UUID]:
    """The nominations and submissions that a message names, however deep."""
    for name, value in message:
        yield from _within(name, value)


def _within(name: str, value: Any) -> Iterator[UUID]:
    match value:
        case UUID():
            if name in SUBJECTS:
                yield value
        case Message():
            yield from subjects(value)
        case dict():
            for key, one in value.items():
                if isinstance(key, UUID):
                    yield key
                yield from _within(name, one)
        case tuple() | list() | frozenset() | set():
            for one in value:
                yield from _within(name, one)
        case _:
            return


def subjects_of(connection: Connection[Any], keys: Sequence[str]) -> list[UUID]:
    """The subjects that these keys stand for: each is an id, or an outside message's id."""
    rows = connection.execute(
        "SELECT DISTINCT subject AS subject FROM message_ids WHERE message_id = ANY(%s)",
        (list(keys),),
    ).fetchall()
    ids = {id_in(key) for key in keys} | {row["subject"] for row in rows}
    return sorted(one for one in ids if one is not None)


def id_in(key: str) -> UUID | None:
    """The id that a key is, None for an outside message's id."""
    try:
        return UUID(key)
    except ValueError:
        return None


def positions_of(connection: Connection[Any], keys: Sequence[str]) -> list[int]:
    """Where the log speaks of these subjects; a key is an id or an outside message's id."""
    rows = connection.execute(
        "SELECT DISTINCT position FROM cases WHERE subject = ANY(%s::uuid[]) ORDER BY position",
        (subjects_of(connection, keys),),
    ).fetchall()
    return [int(row["position"]) for row in rows]
