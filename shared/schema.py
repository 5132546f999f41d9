"""Creates the tables of a service, and gives its application role only what it needs.

Run by the owner of the database (`gongjiang migrate`), never by a service. The application may
add events and leaves and read them; it can neither change nor remove one.
"""

from hashlib import sha256

import psycopg
from psycopg.sql import SQL, Composed, Identifier

from shared.audit.checkpoints import CHECKPOINTS, KEPT_FOR_EVER, READ_BY_THE_SIGNER
from shared.clock import CLOCK
from shared.parking import PARKED
from shared.plan import Plan, View
from shared.positions import POSITIONS
from shared.recorder import LedgerRecorder
from shared.restoring import RESTORING
from shared.views import views_of

APPEND_ONLY = (
    "stored_events",
    "rehearsal_clock",
    "epochs",
    *KEPT_FOR_EVER,
)


def install(
    owner_url: str,
    application_role: str,
    origin: str,
    plan: Plan,
    signer_role: str | None = None,
) -> None:
    """Create what is missing and grant it. Repeating it changes nothing."""
    recorder = LedgerRecorder(owner_url, origin, pool_size=1)
    try:
        recorder.create()
    finally:
        recorder.datastore.close()
    with psycopg.connect(owner_url, autocommit=True) as connection:
        for statement in (CLOCK, *POSITIONS, *PARKED, *CHECKPOINTS, *RESTORING, *plan.keeps):
            connection.execute(statement)
        for view in views_of(plan):
            with connection.transaction():
                install_view(connection, view)
        role = Identifier(application_role)
        for grant in grants(role):
            connection.execute(grant)
        if signer_role is not None:
            for grant in grants_to_the_signer(Identifier(signer_role)):
                connection.execute(grant)


def install_view(connection: psycopg.Connection, view: View) -> None:
    """Create a view's tables; one whose tables changed begins again from the first event."""
    digest = sha256(view.schema.encode()).hexdigest()
    known = connection.execute(
        "SELECT digest FROM view_schemas WHERE view = %s", (view.name,)
    ).fetchone()
    if known == (digest,):
        return
    for table in view.tables:
        connection.execute(SQL("DROP TABLE IF EXISTS {}").format(Identifier(table)))
    connection.execute(view.schema)
    connection.execute("DELETE FROM projected WHERE view = %s", (view.name,))
    connection.execute(
        "INSERT INTO view_schemas (view, digest) VALUES (%s, %s)"
        " ON CONFLICT (view) DO UPDATE SET digest = excluded.digest",
        (view.name, digest),
    )


def grants(role: Identifier) -> list[Composed]:
    """Everything but what must never change is the application's to change."""
    statements = [
        SQL("GRANT USAGE ON SCHEMA public TO {}").format(role),
        SQL("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {}").format(
            role
        ),
        SQL("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {}").format(role),
    ]
    revoke = SQL("REVOKE UPDATE, DELETE, TRUNCATE ON {} FROM {}")
    return statements + [revoke.format(Identifier(table), role) for table in APPEND_ONLY]


def grants_to_the_signer(role: Identifier) -> list[Composed]:
    """The signer sees the log and its tree, and changes nothing."""
    return [
        SQL("GRANT USAGE ON SCHEMA public TO {}").format(role),
        *(
            SQL("GRANT SELECT ON {} TO {}").format(Identifier(table), role)
            for table in READ_BY_THE_SIGNER
        ),
    ]
