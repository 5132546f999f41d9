"""`python -m tests.chaos [--seconds 600] [--seed N] [--no-cluster]`: see `tests.chaos.running`.

With `--seconds 0` there is only the cluster. Writes `.local/chaos.json`; ends with 0 only if
nothing was violated.
"""

import json
import logging
import os
import random
import secrets
import sys
from argparse import ArgumentParser, BooleanOptionalAction, Namespace
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from deploy.local.servers import servers
from deploy.local.system import system
from tests.chaos import cluster, disks, faults
from tests.chaos.faults import Fault
from tests.chaos.running import Report, Run, schedule

HOME = Path(".local")


def main() -> int:
    """Run, report, and say whether all is well."""
    asked = arguments()
    logging.basicConfig(level=logging.WARNING)
    for named in ("DATABASE_URL", "AMQP_URL"):
        os.environ.pop(named, None)  # what we kill must be ours
    runs = {"one broker, one database": storm} if asked.seconds else {}
    if asked.cluster:
        runs["a cluster of three brokers"] = cluster_storm
    reports: dict[str, Report] = {}
    for name, run in runs.items():
        reports[name] = run(asked)
        show(name, reports[name])
        told = json.dumps(summary(asked.seed, reports), ensure_ascii=False, indent=1)
        (HOME / "chaos.json").write_text(told)
    return 1 if any(report.violations for report in reports.values()) else 0


def summary(seed: int, reports: Mapping[str, Report]) -> dict[str, Any]:
    """What machines read."""
    return {
        "seed": seed,
        "faults": sum(len(report.struck) for report in reports.values()),
        "messages": sum(report.messages for report in reports.values()),
        "violations": [one for report in reports.values() for one in report.violations],
        "runs": {name: report.as_dict() for name, report in reports.items()},
    }


def arguments() -> Namespace:
    """What was asked for."""
    parser = ArgumentParser(prog="python -m tests.chaos")
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**6))
    parser.add_argument("--rate", type=float, default=30)
    parser.add_argument("--cluster", action=BooleanOptionalAction, default=True)
    return parser.parse_args()


def storm(asked: Namespace) -> Report:
    """The long run on one broker and one database."""
    may_mount = disks.can_be_made()
    skipped: set[Fault] = set() if may_mount else {faults.fill_disk}
    say(f"seed {asked.seed}, {asked.seconds:.0f} seconds")
    directory = HOME / "chaos"
    with ExitStack() as stack:
        where = stack.enter_context(servers(directory, fresh=True, log=say))
        if may_mount and where.own_postgresql is not None:
            stack.enter_context(disks.small_disk(where.own_postgresql))
        running = stack.enter_context(
            system(where, directory, namespace="chaos", fresh=True, own_ports=True, replicas=2)
        )
        run = Run(running, asked.seed, say, rate=asked.rate, longest=1.5 * asked.seconds)
        lanes = schedule(asked.seconds, random.Random(asked.seed), skipped)
        report = run.run(lanes)
    if not may_mount:
        report.skipped.append("fill disk: needs root, to mount a small disk")
    return report


def cluster_storm(asked: Namespace) -> Report:
    """The shorter run on three brokers that are one."""
    directory = HOME / "chaos"
    say("forming a cluster of three brokers")
    with ExitStack() as stack:
        made = stack.enter_context(cluster.cluster(directory / "cluster"))
        os.environ["AMQP_URL"] = made.amqp_url
        where = made.servers(stack.enter_context(servers(directory, fresh=True, log=say)))
        running = stack.enter_context(
            system(where, directory, namespace="cluster", fresh=True, own_ports=True, replicas=2)
        )
        return Run(running, asked.seed, say, rate=asked.rate).run(cluster.lanes(made))


def say(line: str) -> None:
    """Progress goes to standard error."""
    print(line, file=sys.stderr, flush=True)


def show(name: str, report: Report) -> None:
    """What came of it, for people."""
    console = Console(width=None if sys.stdout.isatty() else 120)
    table = Table(title=f"{name}, seed {report.seed}", title_justify="left")
    table.add_column("fault")
    for column in ("count", "well again: median", "longest"):
        table.add_column(column, justify="right")
    for kind, count, middle, longest in report.table():
        table.add_row(kind, str(count), f"{middle:.1f} s", f"{longest:.1f} s")
    table.add_row("all", str(len(report.struck)))
    console.print(table)
    events = ", ".join(f"{service} {count}" for service, count in report.events.items())
    console.print(
        f"{report.messages} messages confirmed, {report.receipts} receipts, {report.commands}"
        f" commands answered; events: {events}; longest silence {report.silence:.1f} s"
    )
    for name, (early, late) in report.memory.items():
        console.print(f"memory of {name}: {early >> 20} → {late >> 20} MB")
    for line in report.skipped:
        console.print(f"skipped: {line}")
    for line in report.ended:
        console.print(f"ended by itself: {line}")
    for violation in report.violations[:40]:
        console.print(f"VIOLATION {violation}")
    console.print(f"{len(report.violations)} violations")


if __name__ == "__main__":
    sys.exit(main())
