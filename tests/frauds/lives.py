"""Careers and certificates that contradict themselves, and some that do not."""

from dataclasses import replace
from datetime import date, timedelta

from deploy.operations.rehearsal.fictional import certificate_number, patent_number
from deploy.operations.rehearsal.lives import DAY, Job, Life
from tests.frauds.cast import Cast, Fits
from tests.frauds.truth import Kind, Truth

SCHOOL = "虚构职业技能培训学校"
AS_A_CHILD = range(10, 15)
"""Years of age."""


def plant(cast: Cast, truth: Truth) -> None:
    """What cannot be true."""
    for how, count in (("two places at once", 5), ("more years here", 4), ("more years in all", 4)):
        for case in cast.some(cast.amount(count), FOR_A_CAREER[how]):
            CAREERS[how](case.life, cast)
            truth.plant("career", how, [case])
    for how, count in CERTIFICATES:
        for case in cast.some(cast.amount(count), FOR_A_CERTIFICATE.get(how, _of_age)):
            _falsify(how, case.life, cast)
            truth.plant("certificate", how, [case], also=ALSO.get(how, ()))


def resemble(cast: Cast, truth: Truth) -> None:
    """What looks like it and is in order."""
    for how, change in RESEMBLING.items():
        for case in cast.some(cast.amount(5), _has_moved):
            change(case.life, cast)
            truth.resemble("career", how, [case])


# careers


def _has_moved(life: Life) -> bool:
    return len(life.jobs) > 1


def _of_age(_: Life) -> bool:
    return True


FOR_A_CAREER: dict[str, Fits] = {
    "two places at once": _has_moved,
    "more years here": lambda life: life.years_in_port_area < 12,
    "more years in all": lambda life: life.years_in_trade < 25,
}


def _at_once(life: Life, cast: Cast) -> None:
    """Whole-time elsewhere, long after the work here began."""
    until = life.jobs[-1].since + timedelta(cast.rng.randrange(240, 900))
    life.jobs[-2] = replace(life.jobs[-2], until=min(until, date(2019, 6, 30)))


def _more_here(life: Life, cast: Cast) -> None:
    life.years_in_port_area += cast.rng.randrange(2, 6)


def _more_in_all(life: Life, cast: Cast) -> None:
    life.years_in_trade += cast.rng.randrange(4, 10)


CAREERS = {
    "two places at once": _at_once,
    "more years here": _more_here,
    "more years in all": _more_in_all,
}


def _same_day(life: Life, _: Cast) -> None:
    """The last day there is the first day here."""
    life.jobs[-2] = replace(life.jobs[-2], until=life.jobs[-1].since)


def _handing_over(life: Life, cast: Cast) -> None:
    """A few days of handing over."""
    until = life.jobs[-1].since + timedelta(cast.rng.randrange(3, 16))
    life.jobs[-2] = replace(life.jobs[-2], until=until)


def _part_time(life: Life, cast: Cast) -> None:
    """Teaches beside the work, and says so."""
    since = life.jobs[-1].since + timedelta(cast.rng.randrange(200, 800))
    until = since + timedelta(cast.rng.randrange(200, 365))
    lesson = Job(since, until, SCHOOL, "兼职培训教师（经所在单位同意）", in_port_area=False)
    life.jobs.insert(-1, lesson)


def _modest(life: Life, _: Cast) -> None:
    """Declares fewer years than there are."""
    life.years_in_trade = max(0, life.years_in_trade - 3)


RESEMBLING = {
    "on one day": _same_day,
    "handing over": _handing_over,
    "part-time, declared": _part_time,
    "fewer years than there are": _modest,
}


# certificates


CERTIFICATES = (
    ("another level", 6),
    ("certified as a child", 3),
    ("certified in the future", 2),
    ("invented as a child", 3),
    ("invented in the future", 2),
    ("worked as a child", 3),
)


ALSO: dict[str, tuple[Kind, ...]] = {"worked as a child": ("career",)}


def _tells_its_level(life: Life) -> bool:
    return life.certificate.startswith("Y")


def _born_late(life: Life) -> bool:
    return life.born.year >= 1990


FOR_A_CERTIFICATE: dict[str, Fits] = {
    "another level": lambda life: life.level < 3 and _tells_its_level(life),
    "certified as a child": _born_late,
    "invented as a child": lambda life: _born_late(life) and bool(life.patents),
    "invented in the future": lambda life: bool(life.patents),
}


def _falsify(how: str, life: Life, cast: Cast) -> None:
    year = life.born.year + cast.rng.choice(AS_A_CHILD)
    match how:
        case "another level":
            at = len("Y") + 14
            told = str(life.level + cast.rng.choice((1, 2)))
            life.certificate = life.certificate[:at] + told + life.certificate[at + 1 :]
        case "certified as a child":
            life.certificate = certificate_number(life.person, life.level, year)
        case "certified in the future":
            life.certificate = certificate_number(life.person, life.level, 2021)
        case "invented as a child":
            # numbers are as long as this since 2004
            filed = max(2004, year)
            life.patents[0] = life.patents[0][0], patent_number(life.person * 3, year=filed)
        case "invented in the future":
            life.patents[0] = life.patents[0][0], patent_number(life.person * 3, year=2021)
        case "worked as a child":
            since = date(year, cast.rng.randrange(1, 13), 1)
            until = min(job.since for job in life.jobs) - DAY
            life.jobs.insert(
                0, Job(since, until, "虚构五金厂", life.jobs[0].post, in_port_area=False)
            )
            life.count_years()
        case _:
            raise ValueError(how)
