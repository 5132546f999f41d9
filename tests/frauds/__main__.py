"""Measure the detector and write `.local/investigate.json`.

    python -m tests.frauds [--size 1000] [--seeds 1 2 3]

For each seed: a system with nothing in it, a rehearsal with frauds, the command, the comparison.
"""

import argparse
import json
import tempfile
import time
from pathlib import Path
from typing import Any

from rich.console import Console

from deploy.operations.commands import running
from deploy.operations.rehearsal.stage import progress
from deploy.operations.session import Session
from tests.frauds.counting import Figures, figures, pooled
from tests.frauds.matching import accusations, match
from tests.frauds.running import investigate, play
from tests.frauds.telling import accused_look_alikes, false, look_alikes, missed, show

LOCAL = Path(__file__).resolve().parents[2] / ".local"
SHOWN = 40
"""Lines of what went wrong; all of them are in the file."""


def main() -> None:
    """Run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=1000)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    chosen = parser.parse_args()
    console, runs, told = Console(width=140), list[dict[str, Figures]](), list[dict[str, Any]]()
    for seed in chosen.seeds:
        counted, run = measure(chosen.size, seed, console)
        runs.append(counted)
        told.append(run)
        if len(chosen.seeds) > 1:
            show(console, f"seeds {chosen.seeds[: len(runs)]} pooled", pooled(runs))
        kinds = {kind: one.as_dict() for kind, one in pooled(runs).items()}
        file = LOCAL / "investigate.json"
        file.write_text(
            json.dumps(
                {"size": chosen.size, "runs": told, "pooled": kinds}, ensure_ascii=False, indent=1
            )
        )


def measure(size: int, seed: int, console: Console) -> tuple[dict[str, Figures], dict[str, Any]]:
    """One seed: its figures, and everything about it for machines."""
    begin = time.monotonic()
    with (
        running(LOCAL / "frauds", fresh=True) as system,
        progress() as bars,
        tempfile.TemporaryDirectory() as folder,
    ):
        session = Session.of(system)
        played = play(session, size, seed, bars)
        answer = investigate(session, played.campaign, Path(folder))
    matched = match(accusations(answer.said), played.truth.planted, played.names)
    counted = figures(matched)
    show(console, f"seed {seed}, {size} nominations; asked {answer.seconds:.0f} s", counted)
    console.print(look_alikes(played.truth, matched, played.names))
    wrong = [*missed(matched.missed), *false(matched.false, played.names)]
    for line in wrong[:SHOWN]:
        console.print(line, markup=False, highlight=False)
    accused = accused_look_alikes(played.truth, matched, played.names)
    return counted, {
        "seed": seed,
        "seconds": round(time.monotonic() - begin, 1),
        "investigate_seconds": round(answer.seconds, 1),
        "kinds": {kind: one.as_dict() for kind, one in counted.items()},
        "look_alikes": [
            {"kind": kind, "how": how, "accused": hit, "of": of}
            for (kind, how), (hit, of) in accused.items()
        ],
        "wrong": wrong,
    }


if __name__ == "__main__":
    main()
