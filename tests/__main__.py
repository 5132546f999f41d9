"""All tests: whole systems that play a selection, and beside them all others; chaos comes last.

    python -m tests [PYTEST-OPTION …]

Two processes, since whole systems one after the other leave a processor free, and more of them at a
time would only wait for each other. Each has about half of the work.
"""

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
SYSTEMS = ("journeys",)
"""Folders whose tests start one whole system after the other."""
ALONE = ("chaos",)
"""Folders whose tests load both processors by themselves: they begin when all others are done."""


def main() -> int:
    """The exit code: that of the first process that did not end well."""
    command = [sys.executable, "-m", "pytest", *sys.argv[1:]]
    systems, alone = ([str(HERE / name) for name in names] for names in (SYSTEMS, ALONE))
    others = [str(HERE), *(f"--ignore={one}" for one in (*systems, *alone))]
    with subprocess.Popen(
        [*command, *others], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as beside:
        before = subprocess.run([*command, *systems], check=False).returncode
        said, _ = beside.communicate()
        print(said, flush=True)
    after = subprocess.run([*command, *alone], check=False).returncode
    return before or beside.returncode or after


if __name__ == "__main__":
    sys.exit(main())
