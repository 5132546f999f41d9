"""The plan of a rehearsal, and the count that knows nothing of the services."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy.operations.rehearsal import expected
from deploy.operations.rehearsal.fictional import credit_code, id_number, patent_number, wrong
from deploy.operations.rehearsal.people import name_of
from deploy.operations.rehearsal.plan import EXPERTS, OWN_UNIT, SMALLEST, WEIGHTS, plan
from services.review.sheet import mean
from shared.formats import credit_codes, identity_numbers, patents
from tests.review.campaign import SCORING

SIZES = (SMALLEST, 250, 1000)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("seed", [1, 2019])
def test_a_plan_is_drawn_from_its_seed_and_has_every_path(size: int, seed: int) -> None:
    made, again = plan(size, seed), plan(size, seed)
    assert made == again
    assert len(made.cases) == size
    assert len(made.shortlisted) > made.shortlist, "the tie on the line lets one more in"
    assert {case.vetted for case in made.shortlisted} == {"clear", "veto", "weighed", "overdue"}
    assert any(case.leaves for case in made.shortlisted)
    assert {"fraud"} <= {case.objection for case in made.approved}
    assert any(case.exposed for case in made.approved)
    assert {"revoked"} <= {case.title for case in made.winners}
    assert made.promoted
    ranks = dict(expected.ranking(made.candidates))
    within, beyond = made.approved[-1], made.reserves[0]
    assert ranks[within.number] == ranks[beyond.number], "equals, on both sides of the quota"
    assert beyond.dissent


@pytest.mark.parametrize("size", SIZES)
def test_nobody_is_counted_twice_or_forgotten(size: int) -> None:
    made = plan(size, 7)
    taken_in = [one for one in made.cases if expected._outcome(one) in ("received", "held")]
    taken_in = [one for one in taken_in if one.arrival != "repeat"]
    assert sum(expected.statuses(made).values()) == len(taken_in)
    stages = list(expected.funnel(made).values())
    assert stages == sorted(stages, reverse=True) or stages[-2] <= made.quota


def test_nobody_scores_the_own_unit() -> None:
    """P10: as the plan has it, so that the services may be held against it."""
    own = [case for case in plan(1000, 7).candidates if case.own_unit]
    assert own
    assert all(OWN_UNIT not in case.marks for case in own)
    assert all(len(case.marks) < len(EXPERTS) for case in own)


@given(st.lists(st.integers(0, sum(WEIGHTS.values())), min_size=1, max_size=9))
def test_the_count_and_the_service_round_alike(totals: list[int]) -> None:
    """P11: two ways to the same hundredth, one in integers, one in decimals."""
    ours = mean([Decimal(total) for total in totals], SCORING)
    assert Decimal(expected.hundredths(totals)) / 100 == ours


@given(st.integers(0, 50_000))
def test_numbers_check_and_belong_to_nobody(number: int) -> None:
    """S49, S56, S65: of a region that does not exist."""
    assert identity_numbers.is_valid(id_number(number), rehearsal=True)
    assert not identity_numbers.is_valid(id_number(number), rehearsal=False)
    assert not identity_numbers.is_valid(wrong(id_number(number)), rehearsal=True)
    assert credit_codes.is_valid(credit_code("91", number), rehearsal=True)
    patent = patents.read(patent_number(number))
    assert patent is not None
    assert patent.checks
    assert patent.is_invention


def test_everybody_has_another_name() -> None:
    assert len({name_of(person) for person in range(1000)}) == 1000
