"""Objections that are withdrawn once the reporter was found, and some that are only mistakes."""

import random

from deploy.operations.rehearsal.plan import Case, Plan
from tests.frauds.truth import Truth

CONTACT = "电话联系反映人，了解有关情况"
PROOF = "核对反映人提交的撤回异议书签名"


def change(made: Plan, size: int, rng: random.Random, truth: Truth) -> None:
    """Of whom the leading group approved and nothing else happens to."""
    free = [
        case
        for case in made.approved[:-1]
        if case.objection is None and not case.exposed and case.title == "kept"
    ]
    rng.shuffle(free)
    count = 4 * size // 1000
    for case in free[:count]:
        _withdrawn(case, CONTACT)
        truth.plant("objection_withdrawn", "after contact", [case])
    for at, case in enumerate(free[count : 2 * count]):
        proven = at == 0
        _withdrawn(case, PROOF if proven else "")
        how = "by a letter that was compared" if proven else "a mistake"
        truth.resemble("objection_withdrawn", how, [case])
    for case in (
        case for case in made.approved if case.objection == "withdrawn" and case not in free
    ):
        truth.resemble("objection_withdrawn", "a mistake", [case])


def _withdrawn(case: Case, opened: str) -> None:
    case.objection, case.opened = "withdrawn", opened
