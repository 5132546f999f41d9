"""All tests: pieces of about the same length, two at a time; the chaos run comes last, alone.

    python -m tests [PYTEST-OPTION …]

Two, since whole systems one after the other leave a processor free, and more at a time would only
wait for each other. What a piece has to say is printed when it is done.
"""

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock

HERE = Path(__file__).parent
AT_A_TIME = 2
PIECES = (("journeys",), ("browser",), ("audit", "chaos", "deploy"))
"""Folders of one process each, the longest first. All other tests are one more, the second."""
ALONE = HERE / "chaos" / "test_short.py"
"""It loads both processors by itself, and begins when all others are done."""

printing = Lock()


def main() -> int:
    """The exit code: that of the first piece that did not end well."""
    named = sorted(name for piece in PIECES for name in piece)
    others = [str(HERE), *(f"--ignore={HERE / name}" for name in named)]
    longest, *pieces = (
        [*(str(HERE / name) for name in piece), f"--ignore={ALONE}"] for piece in PIECES
    )
    with ThreadPoolExecutor(AT_A_TIME) as lanes:
        codes = list(lanes.map(run, [longest, others, *pieces]))
    codes.append(run([str(ALONE)]))
    return next(filter(None, codes), 0)


def run(chosen: list[str]) -> int:
    """Run these tests in a process of their own, and answer its exit code."""
    begin = time.monotonic()
    names = " ".join(Path(one).name for one in chosen if not one.startswith("-"))
    print(f"{names}: begins", flush=True)
    with subprocess.Popen(
        [sys.executable, "-m", "pytest", *sys.argv[1:], *chosen],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        said, _ = process.communicate()
    with printing:
        print(f"{said}\n{names}: {time.monotonic() - begin:.0f} s", flush=True)
    return process.returncode


if __name__ == "__main__":
    sys.exit(main())
