"""Our own processes: started in order, awaited, watched, stopped in reverse order."""

import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from deploy.local.guarded import last_lines
from deploy.local.waiting import Unavailable, wait_until

PR_SET_PDEATHSIG = 1
START_LASTS_AT_MOST = 120.0
STOP_LASTS_AT_MOST = 10.0

prctl = ctypes.CDLL(None, use_errno=True).prctl


class Died(Unavailable):
    """A process has ended that nobody stopped."""


@dataclass
class Child:
    name: str
    argv: Sequence[str]
    env: Mapping[str, str]
    log_file: Path
    ready: Callable[[], bool]
    process: subprocess.Popen[bytes]
    was_stopped: bool = False
    """Whoever sent it a signal expects its end."""

    @property
    def is_alive(self) -> bool:
        return self.process.poll() is None

    def must_live(self) -> None:
        if not self.is_alive and not self.was_stopped:
            raise Died(
                f"{self.name} has ended ({self.process.returncode})."
                f" {self.log_file} ends:\n{last_lines(self.log_file)}"
            )

    def send(self, number: signal.Signals) -> None:
        """To the process and what it started."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)


@dataclass
class Processes:
    """Child processes by name, each with a log of its own: `<directory>/logs/<name>.log`."""

    directory: Path
    env: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    _children: dict[str, Child] = field(default_factory=dict)

    def start(
        self,
        name: str,
        argv: Sequence[str],
        *,
        env: Mapping[str, str] | None = None,
        ready: Callable[[], bool] = lambda: True,
    ) -> None:
        """Start a process; `env` is added to ours. Returns at once: see `wait`.

        Call it from a thread that lives on: a child dies with the thread that started it.
        """
        log_file = self.directory / "logs" / f"{name}.log"
        log_file.parent.mkdir(parents=True, exist_ok=True)
        log_file.write_bytes(b"")
        own_env = {**self.env, **(env or {})}
        process = spawn(argv, own_env, log_file)
        self._children[name] = Child(name, argv, own_env, log_file, ready, process)

    def wait(self, *names: str, seconds: float = START_LASTS_AT_MOST) -> None:
        """Until these are ready, or all."""
        for child in [self._children[name] for name in names or self._children]:

            def is_ready(child: Child = child) -> bool:
                self.check()
                return child.ready()

            wait_until(is_ready, what=child.name, seconds=seconds)

    def check(self) -> None:
        """Raises `Died` with the last lines of its log if a process has ended by itself."""
        for child in self._children.values():
            child.must_live()

    def kill(self, name: str, number: signal.Signals = signal.SIGKILL) -> None:
        """Send a signal. Waits for the end if the signal is SIGKILL."""
        child = self._children[name]
        # whoever watches may start it again before we have seen its end
        process = child.process
        child.was_stopped = number not in (signal.SIGSTOP, signal.SIGCONT)
        child.send(number)
        if number == signal.SIGKILL:
            process.wait()

    def ended(self) -> list[str]:
        """The names of those that do not run now, whoever stopped them."""
        return [name for name, child in self._children.items() if not child.is_alive]

    def restart(self, name: str) -> None:
        """Start it again as it was started, after stopping it if it lives. See `wait`."""
        child = self._children[name]
        stop([child])
        child.process = spawn(child.argv, child.env, child.log_file)
        child.was_stopped = False

    def pid(self, name: str) -> int:
        return self._children[name].process.pid

    def log(self, name: str) -> str:
        return self._children[name].log_file.read_text(errors="replace")

    def stop(self, *names: str) -> None:
        """Stop these, or all, in the reverse order of their start."""
        stop([self._children[name] for name in reversed(names or tuple(self._children))])


@contextmanager
def processes(directory: Path) -> Iterator[Processes]:
    """None of them is left in the end."""
    running = Processes(directory)
    try:
        yield running
    finally:
        running.stop()


def stop(children: Sequence[Child]) -> None:
    for child in children:
        child.was_stopped = True
        child.send(signal.SIGTERM)
        child.send(signal.SIGCONT)
    deadline = time.monotonic() + STOP_LASTS_AT_MOST
    for child in children:
        with suppress(subprocess.TimeoutExpired):
            child.process.wait(max(0.0, deadline - time.monotonic()))
        child.send(signal.SIGKILL)
        child.process.wait()


def spawn(argv: Sequence[str], env: Mapping[str, str], log_file: Path) -> subprocess.Popen[bytes]:
    parent = os.getpid()

    def die_with_the_parent() -> None:
        prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)

    with log_file.open("ab") as log:
        return subprocess.Popen(
            argv,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            preexec_fn=die_with_the_parent,  # noqa: PLW1509  # it calls the kernel, no Python lock
        )
