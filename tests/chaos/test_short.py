"""The short form of `make chaos`: each kind of fault once or so, under load, in about a minute."""

from pathlib import Path

import pytest

from deploy.local.servers import Servers
from deploy.local.system import SERVICES, system
from tests.chaos import faults
from tests.chaos.faults import Fault, World
from tests.chaos.running import Lane, Run

SEED = 20191125


def first_replicas(world: World) -> list[str]:
    """A message side and a tail side of each service."""
    return [
        world.system.names_of(service, side)[0]
        for service in SERVICES
        for side in ("messages", "tail")
    ]


kill_half_of_each_service: Fault = faults.kill_each(first_replicas)

LANES: dict[str, Lane] = {
    "processes": [
        (2.0, kill_half_of_each_service),
        (2.0, faults.kill_web_side),
        (2.0, faults.kill_leader),
        (2.0, faults.clock_jumps),
    ],
    "hangs": [(4.0, faults.hang_worker)],
    "broker": [
        (1.0, faults.purge_queue),
        (1.0, faults.delete_queue),
        (1.0, faults.lose_queue),
        (1.0, faults.overflow_queue),
    ],
    "database": [(9.0, faults.kill_database), (9.0, faults.terminate_sessions)],
}


@pytest.mark.timeout(480)  # longer than all its waiting, so that it can say what was wrong
def test_nothing_is_lost_doubled_or_swapped_whatever_fails(
    servers: Servers, tmp_path: Path
) -> None:
    """Two replicas of each service; afterwards a checker reads all histories."""
    if servers.own_postgresql is None or servers.own_rabbitmq is None:
        pytest.skip("servers that were named to us are not ours to kill")
    told: list[str] = []
    with system(
        servers, tmp_path, namespace="short", fresh=True, own_ports=True, replicas=2
    ) as running:
        report = Run(running, SEED, told.append).run(LANES)
    assert report.violations == [], "\n".join(told)
    assert len(report.struck) == sum(len(lane) for lane in LANES.values())
    assert report.messages > 100
    assert all(count > 10 for count in report.events.values())
