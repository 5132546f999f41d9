"""Measure and write `.local/bench.json` and `.local/bench.svg`.

    python -m tests.bench [--quick] [FIGURE …]

All figures of one run are of one machine in one condition: ours, the limit and the plain way take
turns, round by round, and goals are ratios of the same round. `--quick` does less, for work on the
code; FIGURE are their numbers, in the order of the table.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from deploy.local.servers import servers
from services.__main__ import settle_down
from tests.bench.evidence import figure_9
from tests.bench.figures import Figure, table
from tests.bench.ground import Ground, ground
from tests.bench.inbox import LARGE, figure_1, figures_7, figures_8, start_plain
from tests.bench.latency import A_SECOND, figures_4_and_5
from tests.bench.logs import verification
from tests.bench.onward import figures_2_and_3
from tests.bench.plot import plot
from tests.bench.portal import figures_12_and_13
from tests.bench.replay import figures_6
from tests.bench.timeline import figure_11

LOCAL = Path(__file__).resolve().parents[2] / ".local"


@dataclass(frozen=True)
class Size:
    """How much is measured."""

    rounds: int
    messages: int
    seconds: int
    stored: int
    saves: int
    verified: int


FULL = Size(rounds=5, messages=5000, seconds=6, stored=LARGE, saves=300, verified=1_000_000)
QUICK = Size(rounds=3, messages=2000, seconds=3, stored=100_000, saves=100, verified=100_000)


def main() -> None:
    """Run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("figures", nargs="*", type=int)
    chosen = parser.parse_args()
    begin = time.monotonic()
    wanted = set(chosen.figures) or set(range(1, 14))
    figures = measure(QUICK if chosen.quick else FULL, wanted)
    print(table(figures))
    took = f"{time.monotonic() - begin:.0f} s"
    (LOCAL / "bench.json").write_text(
        json.dumps({"figures": [one.as_dict() for one in figures]}, ensure_ascii=False, indent=1)
    )
    (LOCAL / "bench.svg").write_text(plot(figures, f"make bench ({took})"))
    missed = [one.name for one in figures if not one.met]
    print(f"{took}; {'missed: ' + ', '.join(missed) if missed else 'every goal met'}")


def measure(size: Size, wanted: set[int]) -> list[Figure]:
    """The figures, in the order of the table."""
    found: dict[int, list[Figure]] = {}
    directory = LOCAL / "bench"
    settle_down()  # what is replayed here is replayed elsewhere in processes that do the same
    with ExitStack() as stack:
        where = stack.enter_context(servers(directory, fresh=True))
        if wanted - {7, 9, 10, 11, 12, 13}:
            here = stack.enter_context(ground(where, directory, "bench"))
            found |= on_one_ground(here, size, wanted)
        if 7 in wanted:
            small = stack.enter_context(ground(where, directory, "small"))
            large = stack.enter_context(ground(where, directory, "large"))
            found[7] = figures_7(small, large, size.messages, size.rounds, size.stored)
        if 11 in wanted:
            short = stack.enter_context(ground(where, directory, "short"))
            long = stack.enter_context(ground(where, directory, "long"))
            found[11] = [figure_11(short, long, size.rounds, size.stored)]
        if 9 in wanted:
            say("figure 9")
            alone = stack.enter_context(ground(where, directory, "evidence"))
            found[9] = [figure_9(alone, size.saves, size.rounds)]
        if wanted & {12, 13}:
            say("figures 12 and 13")
            shown = stack.enter_context(ground(where, directory, "portal"))
            found[12] = figures_12_and_13(shown, directory, size.seconds, size.rounds)
    if 10 in wanted:
        say("figure 10")
        found[10] = [verification(size.verified, 10_000, size.rounds)]
    return [figure for _, figures in sorted(found.items()) for figure in figures]


def on_one_ground(here: Ground, size: Size, wanted: set[int]) -> dict[int, list[Figure]]:
    """Everything but growth."""
    found: dict[int, list[Figure]] = {}

    def at(number: int, how: Callable[[], list[Figure]]) -> None:
        say(f"figure {number}")
        found[number] = how()

    _ = here.intake
    here.start("intake")
    if wanted & {2, 3, 4, 5}:
        # its queues are there from now on, so that it has no gap to heal later
        here.start("review")
        here.stop("review")
    if wanted & {1, 2, 3}:
        start_plain(here)
    if 1 in wanted:
        at(1, lambda: [figure_1(here, size.messages, size.rounds)])
    if 8 in wanted:
        at(8, lambda: figures_8(here, size.messages, min(size.rounds, 3)))
    if wanted & {2, 3, 4, 5}:
        here.start("review")
    if wanted & {4, 5}:
        at(4, lambda: figures_4_and_5(here, size.seconds * A_SECOND, size.rounds))
    here.settle("intake")
    here.stop("intake")
    if wanted & {2, 3}:
        at(2, lambda: figures_2_and_3(here, size.messages, size.rounds))
    if 6 in wanted:
        at(6, lambda: figures_6(here, size.rounds))
    return found


def say(what: str) -> None:
    """Where we are."""
    print(what, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
