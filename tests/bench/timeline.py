"""Figure 11: the history of one nomination, in a short log and in one a hundred times as long."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from uuid import UUID, uuid4

from services.intake.disclosure import PersonalDataOpened
from services.intake.nomination import NOMINATION
from services.intake.policies import INTAKE
from shared.application import Application
from shared.audit.cases import Cases
from shared.audit.history import history
from shared.audit.ledger import Entry
from shared.recorder import machine_time
from tests.bench.figures import Figure, Goal, Rounds, ratio
from tests.bench.ground import Ground, connect
from tests.bench.synthetic import fill

SHORT = 10_000
EVENTS = 40
"""Of the nomination that is asked for: as many as a conferred one has at intake, and some more."""

TIMES = 25
"""It is asked for in a round."""

ALLOWED = 1.2


@dataclass(frozen=True)
class Planted:
    """A nomination in the middle of a log, and where its events are."""

    application: Application
    url: str
    nomination: UUID
    positions: list[int]

    def told(self) -> object:
        """Its history as the service answers it."""
        return history(self.application, [str(self.nomination)])

    def rows(self) -> object:
        """The same rows by their primary key: nothing can be faster that reads them."""
        return self.application.recorder.rows_at(self.positions)

    def scanned(self) -> object:
        """The plain way: an event log without an index of cases is read from end to end."""
        with connect(self.url) as session:
            return session.execute(
                "SELECT * FROM stored_events WHERE correlation = %s", (self.nomination,)
            ).fetchall()


def planted(here: Ground, until: int) -> Planted:
    """A log of this length, the nomination in its middle; its index of cases as long."""
    application, url = here.intake, here.system.databases["intake"].app_url
    fill(application, until // 2)
    nomination, at = uuid4(), application.clock.now()
    event = PersonalDataOpened(
        nomination_id=nomination, campaign_id=uuid4(), purpose="资格初审", fields=("identity",)
    )
    stream = NOMINATION.stream(nomination)
    last = application.recorder.store(
        [
            Entry(
                stream=stream,
                version=version,
                topic=event.topic(),
                recorded_at=machine_time(),
                actor=INTAKE.id,
                correlation=nomination,
                causation="bench",
                state=application.log.codec.encode(event, at, INTAKE),
            )
            for version in range(1, EVENTS + 1)
        ],
        {},
    )
    fill(application, until)
    positions = list(range(last - EVENTS + 1, last + 1))
    with connect(url) as session, session.cursor() as cursor:
        cursor.execute(
            "INSERT INTO cases (subject, position)"
            " SELECT gen_random_uuid(), n FROM generate_series(1, %s) AS n",
            (until,),
        )
        Cases().apply_all(cursor, application.log.at(positions))
    with connect(here.system.databases["intake"].owner_url) as session:
        session.execute("ANALYZE")
    return Planted(application, url, nomination, positions)


def milliseconds(ask: Callable[[], object], times: int = TIMES) -> float:
    """The median."""
    taken = []
    for _ in range(times):
        begin = time.perf_counter()
        ask()
        taken.append((time.perf_counter() - begin) * 1000)
    return median(taken)


def figure_11(short: Ground, long: Ground, rounds: int, stored: int) -> Figure:
    """Both logs in turns, round by round."""
    few, many = planted(short, SHORT), planted(long, stored)
    measured, before = Rounds(), list[float]()
    for warming in (True, *[False] * rounds):
        one, other = milliseconds(few.told), milliseconds(many.told)
        bare, plain = milliseconds(many.rows), milliseconds(many.scanned, 1)
        if warming:
            continue
        before.append(one)
        measured.ours.append(other)
        measured.limit.append(bare)
        measured.plain.append(plain)
    grown = ratio(measured.ours, before)
    goal = Goal(
        f"≤ {ALLOWED:g} × that among {SHORT:,}: {grown:.2f} ×", 1 / ALLOWED <= grown <= ALLOWED
    )
    return measured.figure(f"a timeline among {stored:,} events", "ms", goal)
