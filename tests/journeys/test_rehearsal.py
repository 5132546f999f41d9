"""A hundred generated nominations on real servers: all end where it was counted beforehand."""

from contextlib import closing

from rich.console import Console
from rich.progress import Progress

from deploy.operations.rehearsal import expected
from deploy.operations.rehearsal.plan import SMALLEST, plan
from deploy.operations.rehearsal.play import Rehearsal
from deploy.operations.rehearsal.stage import Stage
from deploy.operations.session import Session
from tests.frauds.generator import Frauds
from tests.journeys.conftest import Start

SEED = 20191210


def test_a_selection_with_all_its_side_paths_ends_as_it_was_counted(start: Start) -> None:
    """S39: corrections, duplicates, recusals, a tie, vetoes, objections, fraud, a revocation.

    Some of the hundred cheat (tests/frauds), and end as it was counted all the same.
    """
    made = plan(SMALLEST, SEED, Frauds(SEED))
    with (
        start("rehearsal") as running,
        closing(Stage(Session.of(running), Progress(console=Console(quiet=True)))) as stage,
    ):
        played = Rehearsal(stage, made).play()
    assert played.statuses == expected.statuses(made)
    assert played.receipts == expected.receipts(made)
    assert {"撤销程序", "再次公示", "联审"} <= {what for what, _ in played.steps}
