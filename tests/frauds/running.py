"""A rehearsal with frauds on a real system, and the detector as a user runs it."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import Progress

from deploy.operations.rehearsal.books import Books
from deploy.operations.rehearsal.plan import Plan, plan
from deploy.operations.rehearsal.play import Rehearsal
from deploy.operations.rehearsal.stage import Stage
from deploy.operations.session import FILE, Session
from tests.frauds.generator import Frauds
from tests.frauds.matching import Names
from tests.frauds.truth import Truth

ROOT = Path(__file__).resolve().parents[2]
PURPOSE = "演练：检验线索排查的检出率"
PATIENCE = 1800


@dataclass(frozen=True)
class Played:
    """A rehearsal that was played to the end, with the truth about it."""

    made: Plan
    truth: Truth
    names: Names
    campaign: str


@contextmanager
def _stage(session: Session, bars: Progress | None) -> Iterator[Stage]:
    quiet = Progress(console=Console(quiet=True))
    with closing(Stage(session, bars if bars is not None else quiet)) as stage:
        yield stage


def play(session: Session, size: int, seed: int, bars: Progress | None = None) -> Played:
    """Play a rehearsal with frauds on a system with nothing in it.

    Raises:
        NotAsExpected: it did not end as it was counted.
    """
    frauds = Frauds(seed)
    made = plan(size, seed, frauds)
    with _stage(session, bars) as stage:
        rehearsal = Rehearsal(stage, made)
        rehearsal.play()
    books: Books = rehearsal.books
    names = Names(dict(books.nominations), dict(books.objections))
    return Played(made, frauds.truth, names, books.campaign)


@dataclass(frozen=True)
class Answer:
    """What the command printed, and how long it took (s)."""

    said: dict[str, Any]
    seconds: float


class Unanswered(Exception):
    """The command did not end well."""


def investigate(session: Session, campaign: str, into: Path) -> Answer:
    """Give the command of a user, in a folder of its own; the bundles go there too.

    Raises:
        Unanswered: it failed, or did not print JSON.
    """
    session_file = into / FILE
    session_file.parent.mkdir(parents=True, exist_ok=True)
    session_file.touch(mode=0o600)
    session_file.write_text(json.dumps(asdict(session)))
    command = ("audit", "investigate", campaign, "--purpose", PURPOSE, "--json", "-o", "findings")
    begin = time.monotonic()
    ran = subprocess.run(
        [sys.executable, "-m", "services", *command],
        cwd=into,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
    session_file.unlink()
    try:
        said = json.loads(ran.stdout)
    except ValueError:
        raise Unanswered(f"exit {ran.returncode}: {ran.stderr[-2000:]}") from None
    if "findings" not in said:
        raise Unanswered(f"exit {ran.returncode}: no findings in {sorted(said)}")
    return Answer(said, time.monotonic() - begin)
