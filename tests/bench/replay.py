"""Figure 6: the log read again, as decoded events and into a view."""

import time
from itertools import takewhile

from services.intake.views import Nominations
from shared.projector import Projector, rebuild
from tests.bench.figures import Figure, Rounds
from tests.bench.ground import Ground, connect

WINDOW = 1000


def decoded(here: Ground) -> float:
    """Events a second."""
    log, position = here.intake.log, 0
    begin = time.perf_counter()
    while events := log.read(position, WINDOW):
        position = events[-1].position
    return position / (time.perf_counter() - begin)


def undecoded(here: Ground) -> float:
    """Rows a second: psycopg fetches the same ones and nobody looks at them."""
    recorder, position = here.intake.recorder, 0
    begin = time.perf_counter()
    while rows := recorder.rows_after(position, WINDOW):
        position = rows[-1][0]
    return position / (time.perf_counter() - begin)


def rebuilt(here: Ground) -> float:
    """Events a second, into the view of nominations."""
    projector = Projector(here.intake, wait=lambda _: None, stopped=lambda: False)
    (view,) = (view for view in here.intake.views if isinstance(view, Nominations))
    with connect(here.system.databases["intake"].app_url) as session:
        rebuild(session, view)
        begin = time.perf_counter()
        list(takewhile(bool, iter(lambda: projector.advance(session, view), None)))
        return here.intake.log.head / (time.perf_counter() - begin)


def figures_6(here: Ground, rounds: int) -> list[Figure]:
    """Replay and rebuild; nothing else may write this log meanwhile."""
    replay, view = Rounds(), Rounds()
    for warming in (True, *[False] * rounds):
        rows, events, into = undecoded(here), decoded(here), rebuilt(here)
        if warming:
            continue
        for one, rate in ((replay, events), (view, into)):
            one.ours.append(rate)
            one.limit.append(rows)
    return [
        replay.figure("replay: decoded events", "/s", replay.of_limit(0.6)),
        view.figure("replay: a view rebuilt", "/s", view.of_limit(0.3)),
    ]
