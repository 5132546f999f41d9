"""Receptions judged again from what their seal keeps, for a stated purpose and on record."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID

import pytest

from services.intake import PLAN
from services.intake.correction import RequestCorrection
from services.intake.disclosure import PersonalDataOpened
from services.intake.erasure import ERASURE, RequestErasure
from services.intake.nomination import NOMINATION
from services.intake.prereview import FailPreReview
from services.intake.reassessing import REBUILT, Unsealing
from services.intake.rules import RULES, career, conditions
from services.intake.rules.case import Case, Rule, error
from shared.application import Application
from shared.audit.rejudging import Verdict, rejudge
from shared.contracts.intake import Finding
from shared.contracts.sealed import Sealed
from shared.contracts.submission import CORRECTED, TYPE
from shared.messages import Actor
from shared.personal import Erased, Vault
from tests.actors import AT, AUDITOR, OFFICE
from tests.intake.house import House, nomination_of, published, submission_of
from tests.intake.samples import IN_TIME, event, expected, sample
from tests.intake.test_opening import Asked

PURPOSE = "复核受理结论"
GOOD = sorted(name for name in expected() if name.startswith("good-"))


class OpeningVault:
    """Opens what the house sealed, unless the person was erased."""

    def __init__(self, house: House) -> None:
        self._house = house

    def open_all(self, boxes: Mapping[str, Sealed], nomination: UUID) -> Mapping[str, str]:
        """What is in them."""
        opened = self._house.vault.opened(boxes, nomination)
        if opened is None:
            raise Erased
        return opened


class Office(Asked):
    """Intake in memory, in a rehearsal."""

    settings = SimpleNamespace(rehearsal=True)


def judged_again(
    house: House,
    purpose: str | None = PURPOSE,
    changes: Mapping[str, Any] | None = None,
    actor: Actor = AUDITOR,
) -> list[Verdict]:
    """What today's rules say of the answers and corrections."""
    told = house.recorded()
    unseal = Unsealing(
        cast("Application", Office(house)), cast("Vault", OpeningVault(house)), house.registry
    )
    everywhere = frozenset(one.position for one in told)
    reassess = unseal(told, everywhere, actor, purpose)
    verdicts = rejudge(PLAN, told, changes=changes, reassess=reassess)
    sealed = ("submission_answered.v1", "nomination_corrected.v1")
    return [one for one in verdicts if one.events[0] in sealed]


def openings(house: House) -> list[tuple[str, str]]:
    """Who opened what for: what is on record."""
    return [
        (one.by.id, one.event.purpose)
        for one in house.recorded()
        if isinstance(one.event, PersonalDataOpened)
    ]


@pytest.mark.parametrize("name", GOOD)
def test_what_was_received_is_received_today(name: str) -> None:
    """S10, S16, P7: and the opening is the one thing on record."""
    house = House()
    house.send(name)
    (answer,) = judged_again(house)
    assert (answer.outcome, answer.words) == ("same", REBUILT)
    assert openings(house) == [(AUDITOR.id, PURPOSE)]


def test_without_a_purpose_nothing_is_opened() -> None:
    house = House()
    house.send("good-1")
    (answer,) = judged_again(house, purpose=None)
    assert answer.outcome == "unjudged"
    assert answer.words == "密封内容，须经授权开启（--purpose）。"
    assert openings(house) == []


def asking(years: int) -> Rule:
    """S10, broken: so many years where the notice has three."""

    def rule(case: Case) -> Iterator[Finding]:
        configuration = case.configuration.model_copy(update={"required_years": years})
        return career.skilled_service(replace(case, configuration=configuration))

    return rule


def never(case: Case) -> Iterator[Finding]:
    """S16, broken: nothing is ever enough for the second condition."""
    if "C2" in case.data.claimed_conditions:
        yield error("S16", "不认。")


def broken(monkeypatch: pytest.MonkeyPatch, rule: Rule, by: Rule) -> None:
    """Today this rule is another."""
    rules = tuple(by if one is rule else one for one in RULES)
    assert rules != RULES
    monkeypatch.setattr("services.intake.findings.RULES", rules)


def test_other_years_of_service_hit_exactly_those_who_lack_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """S10"""
    house = House()
    house.send(*GOOD)
    broken(monkeypatch, career.skilled_service, asking(4))
    (hit,) = [one for one in judged_again(house) if one.outcome != "same"]
    assert (hit.outcome, hit.rule, hit.stream) == ("otherwise", "S10", submission_of("good-2"))
    assert "会指出S10“截至" in hit.words
    assert "未满4年" in hit.words
    assert {one.field for one in hit.differences} == {"findings"}


def test_another_second_condition_hits_exactly_those_who_claim_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """S16"""
    house = House()
    house.send(*GOOD)
    claiming = {submission_of(name) for name in GOOD if "C2" in sample(name).claimed_conditions}
    broken(monkeypatch, conditions.leading_skill, never)
    hit = [one for one in judged_again(house) if one.outcome != "same"]
    assert {(one.outcome, one.rule) for one in hit} == {("otherwise", "S16")}
    assert {one.stream for one in hit} == claiming < {submission_of(name) for name in GOOD}


def test_what_if_the_notice_had_asked_for_more_years() -> None:
    """S10: another configuration is thought, and nothing but the opening is written."""
    house = House()
    house.send("good-1")
    before = len(house.recorded())
    (answer,) = judged_again(house, changes={"required_years": 40})
    assert (answer.outcome, answer.rule) == ("otherwise", "S10")
    assert "40年" in answer.words
    assert len(house.recorded()) == before + 1
    (again,) = judged_again(house, changes={"base_date": "2019-12-01"})
    assert again.outcome == "same"


def test_a_second_nomination_is_held_today_as_well() -> None:
    """P7"""
    house = House()
    house.send("good-1")
    again = published("good-1", TYPE, event("good-1")["data"], "another")
    house.deliver(again)
    answers = judged_again(house)
    assert [one.outcome for one in answers] == ["same", "same"]


def test_a_correction_is_judged_again_as_a_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """S31: both its event and its answer, and what was received before it."""
    house = House()
    house.send("good-1")
    nomination = nomination_of("good-1")
    request = RequestCorrection(at=IN_TIME, by=OFFICE, fields=("specialty",), reason="请写全")
    house.ask(NOMINATION, nomination, request)
    said = {"nomination_id": str(nomination), "form": {"specialty": "数控车工（精密）"}}
    correction = published("good-1", CORRECTED, said, "mended")
    house.deliver(correction, at=IN_TIME + timedelta(hours=1))
    assert [one.outcome for one in judged_again(house)] == ["same"] * 3
    broken(monkeypatch, career.skilled_service, asking(30))
    assert [(one.outcome, one.rule) for one in judged_again(house)] == [("otherwise", "S10")] * 3


def test_what_was_erased_is_never_guessed() -> None:
    """P17"""
    house = House()
    house.send("good-1")
    nomination = nomination_of("good-1")
    failed = FailPreReview(at=AT, by=OFFICE, reasons=("S10",), opinion="年限不足")
    house.ask(NOMINATION, nomination, failed)
    erase = RequestErasure(
        at=AT, by=OFFICE, nomination_id=nomination, ground="unlawful", parts=("identity",)
    )
    house.ask(ERASURE, nomination, erase)
    for purpose in (PURPOSE, None):
        (answer,) = judged_again(house, purpose)
        assert (answer.outcome, answer.words) == ("unjudged", "个人信息已依法删除，不能复判。")
    assert openings(house) == []


def test_what_was_refused_left_nothing_to_judge() -> None:
    house = House()
    house.send("bad-1")
    (answer,) = judged_again(house)
    assert answer.words == "被拒绝的报送只保留摘要，不保留内容，无从复判。"
