"""All of it: what a rehearsal's plan is tampered with, drawn from one seed.

frauds = Frauds(seed=1)
made = plan(1000, 1, frauds)
frauds.truth
"""

import random
from collections.abc import Sequence

from deploy.operations.rehearsal.plan import Case, Plan
from tests.frauds import edits, lives, marks, objections, papers, units
from tests.frauds.cast import Cast
from tests.frauds.truth import Truth


class Frauds:
    """A rehearsal's tamper; `truth` is known once a plan was made with it, and then complete.

    Args:
        seed: everything is drawn from it, and from the plan.
    """

    def __init__(self, seed: int) -> None:
        self.truth = Truth()
        self._rng = random.Random(f"frauds {seed}")
        self._size = 0

    def files(self, cases: Sequence[Case]) -> None:
        """What is sent: frauds first, so that there are people for them."""
        self._size = len(cases)
        cast = Cast(cases, self._rng)
        for part in (units, papers, lives):
            part.plant(cast, self.truth)
        for part in (units, papers, lives):
            part.resemble(cast, self.truth)
        edits.change(cast, self.truth)

    def marks(self, candidates: Sequence[Case]) -> None:
        """What experts give."""
        marks.change(candidates, self._size, self._rng, self.truth)

    def outcomes(self, made: Plan) -> None:
        """What comes of objections."""
        objections.change(made, self._size, self._rng, self.truth)
