"""What an operator does after a restore: put it on record, and let the log go on."""

from functools import partial
from typing import Any
from uuid import uuid4

from psycopg import Cursor

from shared.application import Application
from shared.eventlog import Cause
from shared.messages import Actor, Addressed
from shared.recorder import Conflict, be_the_one_writer
from shared.restoring import (
    LEDGER,
    LEDGER_ID,
    NotFrozen,
    RecordRestore,
    begin_epoch,
    epoch,
    epoch_of,
    frozen,
)


def record_restore(application: Application, by: Actor, reason: str) -> RecordRestore:
    """Record the restore, thaw the log and begin a new epoch, all in one transaction.

    Returns:
        What was put on record.

    Raises:
        NotFrozen: no larger log than this one is known.
        NotEntitled: only an operator may.
        Conflict: somebody else did it at the same moment.
    """
    with application.reading() as connection:
        lost = frozen(connection)
        last, _ = epoch(connection)
    if lost is None:
        raise NotFrozen("账本未暂停写入，无需记录恢复。")
    kept = application.log.head
    number = max(last, epoch_of(lost.origin)) + 1
    command = RecordRestore(
        at=application.clock.now(),
        by=by,
        origin=lost.origin,
        size=lost.size,
        root=lost.root.hex(),
        note=lost.note.decode(),
        kept=kept,
        epoch=number,
        origin_now=f"{application.settings.origin}/{number}",
        reason=reason,
    )
    batch = application.log.batch()
    batch.ask(Addressed(LEDGER, LEDGER_ID, command), Cause(f"request:{uuid4()}"))
    batch.commit(
        [partial(_go_on, command)], before=[be_the_one_writer, partial(begin_epoch, begun=command)]
    )
    return command


def _go_on(command: RecordRestore, cursor: Cursor[Any]) -> None:
    (size,) = cursor.execute(
        "SELECT count(*) FROM stored_events WHERE notification_id > %s", (command.kept,)
    ).fetchone()  # type: ignore[misc]
    if size != 1:
        raise Conflict("the log grew before the restore was recorded")
    cursor.execute(
        "INSERT INTO ledger_tree (origin, size, root, first_index)"
        " SELECT %s, size, root, %s FROM ledger_tree ORDER BY first_index DESC LIMIT 1",
        (command.origin_now, command.kept),
    )
