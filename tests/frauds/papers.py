"""Patents, awards and documents that stand in two files."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

from deploy.operations.rehearsal.fictional import patent_number
from deploy.operations.rehearsal.lives import Award, Life
from deploy.operations.rehearsal.people import digest
from tests.frauds.cast import Cast
from tests.frauds.truth import Truth

WIDE = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}
UNION = "虚构市总工会"


def plant(cast: Cast, truth: Truth) -> None:
    """The same thing in the files of two people who do not even work together."""
    for at in range(cast.amount(6)):
        _patent(cast, truth, tuple(SPELLINGS)[at % len(SPELLINGS)])
    for at in range(cast.amount(6)):
        (_place, _work)[at % 2](cast, truth, at // 2)
    for at in range(cast.amount(7)):
        _document(cast, truth, COPIES[at % len(COPIES)])


def resemble(cast: Cast, truth: Truth) -> None:
    """What people of one unit may well have in common, and what only looks alike."""
    for at in range(cast.amount(6)):
        _team(cast, truth, at)
    for _ in range(cast.amount(4)):
        _neighbours(cast, truth)
    for _ in range(cast.amount(5)):
        _joint_project(cast, truth)
    _common_proof(cast, truth)


# patents


def _without_dot(number: str) -> str:
    return number.replace(".", "")


def _spaced(number: str) -> str:
    return f"{number[:2]} {number[2:6]} {number[6:7]} {number[7:-2]} {number[-2:]}"


def _wide(number: str) -> str:
    return number.translate(WIDE)


SPELLINGS: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "wide": _wide,
    "spaced": _spaced,
    "without dot": _without_dot,
    "lower case": str.lower,
}


def _patent(cast: Cast, truth: Truth, spelling: str) -> None:
    pair = cast.strangers(lambda life: bool(life.patents))
    if pair is None:
        return
    owner, other = pair
    title, number = owner.life.patents[0]
    other.life.patents = [(title, SPELLINGS[spelling](number)), *other.life.patents[1:]]
    truth.plant("same_patent", spelling, pair)


def _neighbours(cast: Cast, truth: Truth) -> None:
    """Filed on one day by one unit: one number after the other."""
    pair = cast.colleagues(2, lambda life: bool(life.patents))
    for at, case in enumerate(pair):
        serial = 9_000_000 + 2 * pair[0].number + at
        case.life.patents[0] = (pair[0].life.patents[0][0], patent_number(serial, year=2016))
    truth.resemble("same_patent", "one number after the other", pair)


# awards


def _typed_otherwise(title: str, at: int) -> str:
    """As another person types it."""
    match at % 3:
        case 0:
            return title
        case 1:
            return title.translate(WIDE)
        case _:
            return f"{title[:5]} {title[5:]} "


def _place(cast: Cast, truth: Truth, at: int) -> None:
    """One place in a contest, claimed by two."""
    pair = cast.strangers(lambda life: life.condition == "C2")
    if pair is None:
        return
    winner, other = pair
    won = winner.life.awards[0]
    other.life.awards.append(replace(won, title=_typed_otherwise(won.title, at)))
    truth.plant("same_award", "one place in a contest", pair)


def _work(cast: Cast, truth: Truth, at: int) -> None:
    """A work that two people say they led."""
    pair = cast.strangers()
    if pair is None:
        return
    leader, other = pair
    title = f"职工技术创新成果一等奖《第{leader.number}号装置节能改造》"
    award = Award(title, UNION, "city", "innovation_award", date(2018, 5, 1), 1)
    leader.life.awards.append(award)
    other.life.awards.append(replace(award, title=_typed_otherwise(title, at)))
    truth.plant("same_award", "two leaders of one work", pair)


def _team(cast: Cast, truth: Truth, at: int) -> None:
    """The people of a team, each at the own place."""
    team = cast.colleagues(2 + at % 2)
    for place, case in enumerate(team, 1):
        title = f"职工技术创新成果二等奖《第{team[0].number}号机组检修工法》"
        award = Award(title, UNION, "city", "innovation_award", date(2017, 5, 1), place)
        case.life.awards.append(award)
    truth.resemble("same_award", "a team, each at the own place", team)


# documents


COPIES = (
    ("diploma", "m4", "m4"),
    ("qualification", "m6", "m6"),
    ("deeds statement", "m2", "m2"),
    ("as another kind", "m6", "m5"),
    ("award certificate", "h1", "h1"),
    ("qualification for a diploma", "m6", "m4"),
)
"""What of one file stands as what in the other."""


def _has(material: str, life: Life) -> bool:
    return material != "h1" or bool(life.awards)


def _document(cast: Cast, truth: Truth, copy: tuple[str, str, str]) -> None:
    how, source, target = copy
    pair = cast.strangers(lambda life: _has(source, life), lambda life: _has(target, life))
    if pair is None:
        return
    owner, other = pair
    other.life.digests[target] = digest(owner.life.person, source)
    truth.plant("same_document", how, pair)


def _joint_project(cast: Cast, truth: Truth) -> None:
    """Colleagues who mended one danger prove it with one certificate of acceptance."""
    pair = cast.colleagues(2, lambda life: life.condition == "C1")
    for case in pair:
        case.life.digests["m9"] = digest(pair[0].life.person, "m9")
    truth.resemble("same_document", "one project of colleagues", pair)


def _common_proof(cast: Cast, truth: Truth) -> None:
    """Some units prove the years of all their people with one paper."""
    units = sorted({case.life.unit for case in cast.everybody}, key=lambda unit: unit.uscc)
    for unit in cast.rng.sample(units, cast.amount(5)):
        people = [
            case
            for case in cast.everybody
            if case.life.unit == unit and case.arrival not in ("repeat", "conflict")
        ]
        for case in people:
            case.life.digests.setdefault("m5", digest(0, unit.uscc))
        truth.resemble("same_document", "one paper for a whole unit", people, units=[unit.uscc])
