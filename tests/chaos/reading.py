"""Reads the histories from the databases, and makes every view anew to compare."""

from collections.abc import Callable
from typing import Any

import psycopg
from psycopg import Connection
from psycopg.rows import dict_row
from psycopg.sql import SQL, Identifier

from deploy.local.system import PLANS, System
from shared.plan import Plan
from shared.views import views_of
from tests.chaos.checker import Aside, Fact, History, Rows

FACTS = """
SELECT notification_id AS position, originator_id AS stream, originator_version AS version,
       topic, state, recorded_at, actor, correlation, causation, leaf, salt
FROM stored_events ORDER BY notification_id
"""


def histories(system: System) -> dict[str, History]:
    """What each service's database holds now."""
    return {plan.name: history(system, plan) for plan in PLANS}


def history(system: System, plan: Plan) -> History:
    """What one service's database holds now."""
    with connect(system, plan.name) as connection:
        facts = [Fact(**row) for row in connection.execute(FACTS)]
        followed = connection.execute("SELECT upstream, partition, position FROM followed")
        outboxes = connection.execute("SELECT name, position FROM outboxes")
        projected = connection.execute("SELECT view, position FROM projected")
        parked = connection.execute("SELECT source, reason FROM parked")
        found = History(
            plan=plan,
            facts=facts,
            followed={(row["upstream"], row["partition"]): row["position"] for row in followed},
            outboxes={row["name"]: row["position"] for row in outboxes},
            projected={row["view"]: row["position"] for row in projected},
            parked=[Aside(**row) for row in parked],
            kept=tables(connection, plan),
            rebuilt={},
        )
        rebuilt = made_anew(connection, found)
    return History(**{**vars_of(found), "rebuilt": rebuilt})


def vars_of(found: History) -> dict[str, Any]:
    """The fields of a history."""
    return {name: getattr(found, name) for name in History.__dataclass_fields__}


def tables(connection: Connection[Any], plan: Plan) -> Rows:
    """Every row of every view."""
    return {
        table: [
            row["row"]
            for row in connection.execute(
                SQL("SELECT t::text AS row FROM {} t").format(Identifier(table))
            )
        ]
        for view in views_of(plan)
        for table in view.tables
    }


def made_anew(connection: Connection[Any], found: History) -> Rows:
    """The views applied to the whole log in a schema of their own, of which nothing stays."""
    with connection.transaction(force_rollback=True), connection.cursor() as cursor:
        cursor.execute("CREATE SCHEMA made_anew")
        cursor.execute("SET LOCAL search_path TO made_anew")
        for view in views_of(found.plan):
            cursor.execute(view.schema)
            for recorded in found.recorded:
                view.apply(cursor, recorded)
        return tables(connection, found.plan)


def unsettled(system: System) -> list[str]:
    """Who has not come to the end yet: relays, views and followers."""
    found = []
    heads: dict[str, list[int]] = {}
    reached: dict[str, dict[tuple[str, int], int]] = {}
    for plan in PLANS:
        with connect(system, plan.name) as connection:
            head = value(connection, "SELECT coalesce(max(notification_id), 0) FROM stored_events")
            heads[plan.name] = [0, 0, 0, 0]
            for row in connection.execute("SELECT name, position, heads FROM outboxes"):
                if row["name"] == "relay":
                    heads[plan.name] = row["heads"]
                if row["position"] != head and row["name"] != "proofs":  # they wait for a signature
                    found.append(f"{plan.name} {row['name']} {row['position']}/{head}")
            projected = {
                row["view"]: row["position"]
                for row in connection.execute("SELECT view, position FROM projected")
            }
            found += [
                f"{plan.name} view {view.name} {projected.get(view.name, 0)}/{head}"
                for view in views_of(plan)
                if projected.get(view.name, 0) != head
            ]
            reached[plan.name] = {
                (row["upstream"], row["partition"]): row["position"]
                for row in connection.execute("SELECT upstream, partition, position FROM followed")
            }
    for plan in PLANS:
        for upstream in plan.hears:
            for partition, head in enumerate(heads[upstream]):
                position = reached[plan.name].get((upstream, partition), 0)
                if position != head:
                    found.append(f"{plan.name} from {upstream}.{partition} {position}/{head}")
    return found


def connect(system: System, service: str) -> Connection[dict[str, Any]]:
    """A connection as the owner of a service's database."""
    return psycopg.connect(
        system.databases[service].owner_url,
        autocommit=True,
        row_factory=dict_row,
        connect_timeout=5,
    )


def value(connection: Connection[dict[str, Any]], query: str) -> Any:
    """The one value that a query gives."""
    row = connection.execute(query.encode()).fetchone()
    return None if row is None else next(iter(row.values()))


def quietly(ask: Callable[[], bool]) -> Callable[[], bool]:
    """`ask`, or no while the servers are away."""

    def asked() -> bool:
        try:
            return ask()
        except (psycopg.Error, OSError):
            return False

    return asked
