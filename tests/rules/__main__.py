"""`python -m tests.rules [--rule S10] [--json] [--write]`: where decided, how proved.

`--write` writes what is generated of deploy/rules.md and deploy/permissions.md. Ends with 0 only
if every rule has a place in the code and a test.
"""

import json
import sys
from argparse import ArgumentParser, Namespace

from tests.rules import permissions, table
from tests.rules.numbers import DOCUMENT, told


def main() -> int:
    """Print, write, and say what is missing."""
    asked = arguments()
    if asked.write:
        permissions.DOCUMENT.write_text(permissions.document())
        DOCUMENT.write_text(table.document())
        return 0
    shown = [row for row in table.rows() if asked.rule in (None, row.rule)]
    missing = table.faults(shown)
    if asked.json:
        told_of = {row.rule: row.as_dict() for row in shown}
        print(json.dumps({"rules": told_of, "missing": missing}, ensure_ascii=False, indent=1))
    else:
        print("\n".join(table.printed(shown)))
        for fault in missing:
            print(fault, file=sys.stderr)
    return 1 if missing else 0


def arguments() -> Namespace:
    """What was asked for."""
    parser = ArgumentParser(prog="python -m tests.rules")
    parser.add_argument("--rule", choices=tuple(told()), metavar="S10")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--write", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
