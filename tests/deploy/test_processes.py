"""Our own processes are watched, and end with us."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from deploy.local.processes import Died, Processes, processes
from deploy.local.waiting import Unavailable, wait_until

SERVICE = """
import signal, sys
signal.signal(signal.SIGTERM, lambda *_: (print("stopping", flush=True), sys.exit()))
print("ready", flush=True)
signal.pause()
"""

USER_OF_PROCESSES = f"""
import sys
from pathlib import Path
from deploy.local.processes import processes

with processes(Path(sys.argv[1])) as running:
    running.start("one", [sys.executable, "-c", {SERVICE!r}])
    print(running.pid("one"), flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Processes]:
    with processes(tmp_path) as started:
        yield started


def start(running: Processes, name: str, program: str = SERVICE) -> None:
    running.start(name, [sys.executable, "-c", program], ready=lambda: "ready" in running.log(name))


def test_they_are_ready_after_the_wait_and_have_a_log_each(running: Processes) -> None:
    start(running, "one")
    start(running, "two")
    running.wait()
    assert running.log("one") == running.log("two") == "ready\n"


def test_they_get_time_to_stop(running: Processes) -> None:
    start(running, "one")
    running.wait()
    running.stop()
    running.check()
    assert running.log("one") == "ready\nstopping\n"


def test_one_that_dies_is_reported_with_the_end_of_its_log(running: Processes) -> None:
    start(running, "one", "import sys; sys.exit('no database')")
    with pytest.raises(Died, match=r"one has ended \(1\)(.|\n)*no database"):
        running.wait("one")


def test_one_that_is_never_ready_is_reported(running: Processes) -> None:
    start(running, "one", "import signal; signal.pause()")
    with pytest.raises(Unavailable, match="one was not ready"):
        running.wait("one", seconds=0.2)


def test_one_that_was_killed_starts_again(running: Processes) -> None:
    start(running, "one")
    running.wait()
    before = running.pid("one")
    running.kill("one")
    running.check()
    running.restart("one")
    wait_until(lambda: running.log("one") == "ready\nready\n", what="one", seconds=30)
    assert running.pid("one") != before


def test_one_that_sleeps_is_stopped_all_the_same(running: Processes) -> None:
    start(running, "one")
    running.wait()
    running.kill("one", signal.SIGSTOP)
    running.stop()
    assert running.log("one") == "ready\nstopping\n"


def test_they_die_with_their_parent(tmp_path: Path) -> None:
    argv = [sys.executable, "-c", USER_OF_PROCESSES, str(tmp_path)]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = psutil.Process(int(parent.stdout.readline()))
        parent.kill()
        psutil.wait_procs([child], timeout=30)
    assert not child.is_running()
