"""Corrections that change what decides, in the last hour, and some that are in order."""

from copy import copy
from dataclasses import replace

from deploy.operations.rehearsal.fictional import certificate_number
from deploy.operations.rehearsal.lives import Life, shorten
from deploy.operations.rehearsal.people import said_of
from deploy.operations.rehearsal.plan import DIPLOMA, Case, Mending, Time
from tests.frauds.cast import Cast
from tests.frauds.truth import Truth

TOO_LOW = 6
"""So many places lower, a contest does not count (S16)."""

INCOMPLETE = "有关栏目填写不完整，请补充"


def change(cast: Cast, truth: Truth) -> None:
    """Of those who mend something, some mend what decides, and nobody asked for that by day."""
    mending = [case for case in cast.everybody if case.arrival == "corrected"]
    cast.rng.shuffle(mending)
    bad = cast.amount(7)
    for at, case in enumerate(mending[:bad]):
        how = _what_decides(case.life, at)
        _mend(case, how, INCOMPLETE, by_day=False)
        truth.plant("late_edit", how, [case])
    late, asked = cast.amount(7), cast.amount(5)
    for case in mending[bad : bad + late]:
        case.mending = replace(DIPLOMA, answered="on the last evening")
        truth.resemble("late_edit", "as asked, at the last moment", [case])
    for at, case in enumerate(mending[bad + late : bad + late + asked]):
        how = _what_decides(case.life, at)
        _mend(case, how, f"{ASKED[how]}与所附证件不符，请按证件更正", by_day=True)
        truth.resemble("late_edit", "what decides, as asked and by day", [case])


ASKED = {"a place": "获奖名次", "a level": "职业资格等级", "the years here": "在港区工作的起始日期"}


def _what_decides(life: Life, at: int) -> str:
    if life.condition != "C2":
        return "the years here"
    return ("a place", "a level", "the years here")[at % 3]


def _mend(case: Case, how: str, reason: str, *, by_day: bool) -> None:
    """What is sent first does not pass; what is sent at last does."""
    after, before = case.life, copy(case.life)
    match how:
        case "a place":
            fields: tuple[str, ...] = ("honours",)
            first, *others = before.awards
            before.awards = [replace(first, rank=(first.rank or 1) + TOO_LOW), *others]
        case "a level":
            fields = ("vocational_qualification",)
            before.level, before.certificate = 3, certificate_number(before.person, 3)
        case _:
            fields = ("career", "years_in_trade", "years_in_port_area")
            before.awards = [award for award in after.awards if award.issuer != after.unit.name]
            after.awards = before.awards
            shorten(before)
    said = said_of(after)
    time: Time = "by day" if by_day else "on the last evening"
    case.life = before
    case.mending = Mending(
        fields,
        reason,
        {name: said[name] for name in fields},
        asked=time,
        answered=time,
    )
