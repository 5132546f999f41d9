"""Keeps one server for as long as somebody holds the other end of its standard input.

Run as a program of its own, in its own session, by `deploy.local.guarded`. When the pipe ends,
for whatever reason, the server is asked to stop, and after a while it is killed with everything
it started; then what was named for removal is removed, unless "keep" was written to the pipe.
Nothing but the standard library: this program starts in a few milliseconds, and it outlives the
one that started it.
"""

import ctypes
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
KEEP = "keep"
POLL = 0.02
KILLING_LASTS_AT_MOST = 5.0

prctl = ctypes.CDLL(None, use_errno=True).prctl


def main() -> int:
    task = json.loads(sys.argv[1])
    adopt_orphans()
    ignore_what_is_meant_for_others()
    server = start(task)
    gone = os.pidfd_open(server.pid)
    signal.signal(signal.SIGCHLD, lambda *_: reap())
    readable, _, _ = select.select([sys.stdin, gone], [], [])
    if gone in readable:
        kill_descendants()
        return 1
    last_words = sys.stdin.read()
    server.send_signal(task["stop_signal"])
    select.select([gone], [], [], task["patience"])
    kill_descendants()
    if last_words != KEEP:
        for directory in task["remove"]:
            shutil.rmtree(directory, ignore_errors=True)
    return 0


def adopt_orphans() -> None:
    """Daemons that the server leaves behind become our children, so that we find them."""
    prctl(PR_SET_CHILD_SUBREAPER, 1)


def ignore_what_is_meant_for_others() -> None:
    """A handler, not SIG_IGN: the server would inherit that."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: None)


def start(task: dict) -> subprocess.Popen:  # type: ignore[type-arg]
    guard = os.getpid()

    def die_with_the_guard() -> None:
        prctl(PR_SET_PDEATHSIG, task["stop_signal"])
        if os.getppid() != guard:
            os._exit(1)

    return subprocess.Popen(
        task["argv"],
        cwd=task["directory"],
        stdin=subprocess.DEVNULL,
        start_new_session=True,
        user=task["uid"],
        group=task["gid"],
        extra_groups=None if task["uid"] is None else [],
        umask=0o077,
        preexec_fn=die_with_the_guard,  # noqa: PLW1509  # one thread only
    )


def kill_descendants() -> None:
    deadline = time.monotonic() + KILLING_LASTS_AT_MOST
    reap()
    while (victims := descendants()) and time.monotonic() < deadline:
        for victim in victims:
            with suppress(ProcessLookupError):
                os.kill(victim, signal.SIGKILL)
        time.sleep(POLL)
        reap()


def reap() -> None:
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG) != (0, 0):
            pass


def descendants() -> set[int]:
    parents = dict(filter(None, map(parent_of, Path("/proc").glob("[0-9]*/stat"))))
    found: set[int] = set()
    rising = {os.getpid()}
    while rising:
        rising = {child for child, parent in parents.items() if parent in rising} - found
        found |= rising
    return found


def parent_of(stat: Path) -> tuple[int, int] | None:
    try:
        after_name = stat.read_text(errors="replace").rpartition(")")[2].split()
    except OSError:
        return None
    return int(stat.parent.name), int(after_name[1])


if __name__ == "__main__":
    sys.exit(main())
