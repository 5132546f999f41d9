"""A message side that in review has a mistake: `python -m tests.chaos.poisoned messages FILE`.

Its policy raises for the nominations that the file names, one a line, as long as it names them:
at messages that ask something of review. One that asks nothing may come late, and is no matter.
"""

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from services import __main__ as program  # first: it patches what everything after it imports
from shared.contracts.base import Heard
from shared.messages import Addressed
from shared.plan import Plan


class Mistake(Exception):
    """A mistake in our own code."""


def poisoned(plan: Plan) -> Plan:
    """The same plan; in review, with a policy that does not bear some nominations."""
    if plan.name != "review":
        return plan
    file = Path(sys.argv[2])

    def follow(heard: Heard) -> Sequence[Addressed]:
        asked = plan.follow(heard)
        if asked and heard.message.partition_key in file.read_text().split():
            raise Mistake
        return asked

    return replace(plan, follow=follow)


if __name__ == "__main__":
    healthy = program.plan_of
    program.plan_of = lambda service: poisoned(healthy(service))
    program.main()
