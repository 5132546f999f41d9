"""A server that cannot outlive us: the parent's side of `deploy.local.guard`."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from deploy.local.owners import Home
from deploy.local.waiting import Unavailable

GUARD = Path(__file__).with_name("guard.py")
LAST_LINES = 12


@dataclass
class Guarded:
    """One server under its guard."""

    name: str
    argv: Sequence[str]
    home: Home
    log_file: Path
    stop_signal: signal.Signals
    patience: float
    env: Mapping[str, str] = field(default_factory=dict)
    guard: subprocess.Popen[str] | None = None

    def start(self) -> None:
        task = {
            "argv": list(self.argv),
            "directory": str(self.home.path),
            "uid": self.home.owner.uid,
            "gid": self.home.owner.gid,
            "stop_signal": self.stop_signal,
            "patience": self.patience,
            "remove": [str(self.home.path)] if self.home.passing else [],
        }
        self.log_file.parent.mkdir(parents=True, exist_ok=True)
        with self.log_file.open("ab") as log:
            self.guard = subprocess.Popen(
                [sys.executable, "-I", "-S", str(GUARD), json.dumps(task)],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                env={**clean_environment(), **self.env},
                text=True,
                start_new_session=True,
                # the directory is in use until the last guard is gone, even if we are gone first
                pass_fds=[self.home.lock],
            )

    def stop(self, *, keep_data: bool = False) -> None:
        """Returns when nothing of the server is left."""
        guard, self.guard = self.guard, None
        if guard is None or guard.stdin is None:
            return
        with suppress(BrokenPipeError):
            if keep_data:
                guard.stdin.write("keep")
            guard.stdin.close()
        guard.wait()

    def must_run(self) -> None:
        """Raises `Unavailable` if the server has ended by itself."""
        if self.guard is None or self.guard.poll() is not None:
            log_end = last_lines(self.log_file)
            raise Unavailable(f"{self.name} has ended. {self.log_file} ends:\n{log_end}")


def last_lines(log_file: Path, count: int = LAST_LINES) -> str:
    if not log_file.exists():
        return "(nothing)"
    return "\n".join(log_file.read_text(errors="replace").splitlines()[-count:])


def clean_environment() -> dict[str, str]:
    """Ours, without what would lead a private server to somebody else's settings."""
    foreign = ("PG", "RABBITMQ_", "ERL_", "NOTIFY_SOCKET")
    return {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
