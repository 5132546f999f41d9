"""All tests: those that start whole systems, and beside them all others.

    python -m tests [PYTEST-OPTION …]

Two processes, since whole systems one after the other leave a processor free, and two of them at a
time would only wait for each other.
"""

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
SYSTEMS = ("journeys", "browser", "deploy", "chaos")
"""Folders whose tests start whole systems, or servers; in the end those that load both processors
by themselves, when all others are done."""


def main() -> int:
    """The exit code: that of the first process that did not end well."""
    systems = [str(HERE / name) for name in SYSTEMS]
    others = [str(HERE), *(f"--ignore={one}" for one in systems)]
    command = [sys.executable, "-m", "pytest", *sys.argv[1:]]
    with subprocess.Popen(
        [*command, *others], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as beside:
        before = subprocess.run([*command, *systems], check=False).returncode
        said, _ = beside.communicate()
        print(said)
        return before or beside.returncode


if __name__ == "__main__":
    sys.exit(main())
