"""Precedents 等同认定: one decision for one award, for everybody alike (A5)."""

from typing import Any

import pytest
from pydantic import ValidationError

from services.intake.policies import INTAKE
from services.intake.precedents import (
    PRECEDENTS,
    DecideEquivalence,
    EquivalenceDecided,
    RelyOnPrecedents,
    precedent_id,
)
from services.intake.prereview import Equivalence, OpenClause
from shared.messages import Actor
from tests.actors import AT, EXPERT, LEADING_GROUP, OFFICE
from tests.given import given
from tests.intake.house import House
from tests.intake.samples import CAMPAIGN_ID

AWARD = {"title": "虚构省首席技师", "issuer": "虚构省人民政府"}


def decide(by: Actor = OFFICE, **changes: Any) -> DecideEquivalence:
    fields = {
        "at": AT,
        "by": by,
        "campaign_id": CAMPAIGN_ID,
        "clause": "S16",
        **AWARD,
        "equal": True,
        "reason": "与浙江省技术能手同级。",
    }
    return DecideEquivalence.model_validate(fields | changes)


def decided(*, equal: bool = True, clause: OpenClause = "S16") -> EquivalenceDecided:
    return EquivalenceDecided(
        campaign_id=CAMPAIGN_ID,
        precedent=precedent_id(CAMPAIGN_ID, clause, **AWARD),
        clause=clause,
        **AWARD,
        equal=equal,
        reason="与浙江省技术能手同级。",
    )


def rely(clause: OpenClause = "S16") -> RelyOnPrecedents:
    equal = Equivalence(clause=clause, precedent=decided().precedent)
    return RelyOnPrecedents(at=AT, by=INTAKE, campaign_id=CAMPAIGN_ID, equivalences=(equal,))


def as_changes(field: str, value: str) -> dict[str, Any]:
    """One change."""
    return {field: value}


class TestDecided:
    """By the office, once, with a reason."""

    def test_for_or_against(self) -> None:
        given(PRECEDENTS).when(decide()).then(decided())
        given(PRECEDENTS).when(decide(equal=False)).then(decided(equal=False))

    @pytest.mark.parametrize("by", [EXPERT, LEADING_GROUP])
    def test_nobody_else_does(self, by: Actor) -> None:
        given(PRECEDENTS).when(decide(by)).refused("A5")

    def test_the_same_again_changes_nothing(self) -> None:
        given(PRECEDENTS, decided()).when(decide(reason="再次。")).then()

    def test_however_the_award_is_typed(self) -> None:
        again = decide(title="虚构省 首席技师", issuer=" 虚构省人民政府 ")
        given(PRECEDENTS, decided()).when(again).then()

    def test_not_otherwise_afterwards(self) -> None:
        """A5: equal for one is equal for all."""
        given(PRECEDENTS, decided()).when(decide(equal=False)).refused("A5")

    def test_each_clause_for_itself(self) -> None:
        given(PRECEDENTS, decided()).when(decide(clause="S21")).then(decided(clause="S21"))

    @pytest.mark.parametrize("changes", [{"clause": "S18"}, {"title": ""}, {"reason": ""}])
    def test_only_where_the_notice_leaves_room_and_with_a_reason(
        self, changes: dict[str, Any]
    ) -> None:
        """S16, S21."""
        with pytest.raises(ValidationError):
            decide(**changes)

    @pytest.mark.parametrize("field", ["title", "issuer", "reason"])
    def test_it_tells_no_number(self, field: str) -> None:
        """P3."""
        given(PRECEDENTS).when(decide(**as_changes(field, "证书13800000000"))).refused("P3")


class TestReliedOn:
    """What a pre-review names was decided, in its favour, for its clause."""

    def test_it_was(self) -> None:
        given(PRECEDENTS, decided()).when(rely()).then()

    def test_it_was_not(self) -> None:
        given(PRECEDENTS).when(rely()).refused("A5")
        given(PRECEDENTS, decided(equal=False)).when(rely()).refused("A5")
        given(PRECEDENTS, decided()).when(rely("S21")).refused("A5")


class TestReused:
    """A later nomination with the same award is judged by it (A5)."""

    def send(self, house: House, sample: str, **changes: Any) -> list[tuple[str, str]]:
        (answer,) = house.send(sample, changes=changes)
        return [(finding.rule, finding.severity) for finding in answer.findings]

    def test_an_honour_that_was_found_equal_counts(self) -> None:
        """S16: a warning says that it was a decision."""
        honour = {"level": "province", "kind": "other", "date": "2018-05-01", "rank": None}
        changes = {
            "form.honours": [{**AWARD, **honour, "material": "m7"}],
            "form.claims.C2": {"honour": 0},
        }
        assert self.send(House(), "good-2", **changes) == [("S16", "error")]
        house = House()
        house.ask(PRECEDENTS, CAMPAIGN_ID, decide())
        assert self.send(house, "good-2", **changes) == [("S16", "warning")]

    def test_an_award_that_was_found_equal_counts(self) -> None:
        """S21."""
        house = House()
        changes = {"form.honours.0.title": AWARD["title"], "form.honours.0.issuer": AWARD["issuer"]}
        assert ("S21", "error") in self.send(house, "good-4", **changes)
        house = House()
        house.ask(PRECEDENTS, CAMPAIGN_ID, decide(clause="S21"))
        assert self.send(house, "good-4", **changes) == [("S21", "warning")]

    def test_one_that_was_found_unequal_does_not(self) -> None:
        house = House()
        house.ask(PRECEDENTS, CAMPAIGN_ID, decide(clause="S21", equal=False))
        changes = {"form.honours.0.title": AWARD["title"], "form.honours.0.issuer": AWARD["issuer"]}
        assert ("S21", "error") in self.send(house, "good-4", **changes)
