"""What the file of a person says: work, certificates, awards, patents, documents.

Everything agrees with everything else, as in an honest file: nobody works before sixteen or in two
places at once, the years declared are those that the career makes, a certificate tells its level
and its year, and what belongs to one person stands in one file.
"""

import random
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from itertools import pairwise

from deploy.operations.rehearsal.fictional import (
    DAYS,
    certificate_number,
    credit_code,
    id_number,
    old_certificate_number,
    patent_number,
)

BASE = date(2019, 12, 10)
"""The day on which years are counted (A2)."""

ENOUGH = date(2016, 12, 10)
"""Who works in the port area since then has the three years (S10)."""

DAY = timedelta(days=1)
LONGEST_YEAR = 366
WORKING_AGE = 18
PEOPLE_IN_A_UNIT = 25
FEWEST_UNITS = 12
SPREAD = 7919
"""Prime to the number of birthdays, so that neighbours are not of one age."""

TRADES = (
    ("化工检修钳工", "检修班长", "C26", "化学原料和化学制品制造业"),
    ("焊工", "焊接组长", "C34", "通用设备制造业"),
    ("起重装卸机械操作工", "门机司机", "G55", "水上运输业"),
    ("电工", "电气值班长", "D44", "电力、热力生产和供应业"),
    ("数控车工", "数控车间技师", "C34", "通用设备制造业"),
    ("化学检验员", "分析班长", "C26", "化学原料和化学制品制造业"),
    ("仪器仪表维修工", "仪表技术员", "C40", "仪器仪表制造业"),
    ("叉车司机", "仓储组长", "G59", "装卸搬运和仓储业"),
)
"""Occupation, post, and the industry's code and name (GB/T 4754)."""

HEAD, HEADS = "总经理", 0.02
"""Some of those who are nominated head the unit (P8)."""

ELSEWHERE = ("虚构机械厂", "虚构港口", "虚构树脂厂", "样例电器厂", "样例造船厂", "示例纺织厂")
DEVICES = ("密封装置", "检测夹具", "输送机构", "冷却组件", "防护罩", "加注接头", "调节阀", "托盘")


@dataclass(frozen=True)
class Job:
    """One line of a career."""

    since: date
    until: date | None
    employer: str
    post: str
    in_port_area: bool


@dataclass(frozen=True)
class Award:
    """One honour; `rank` where there is a first, a second and a third."""

    title: str
    issuer: str
    level: str
    kind: str
    date: date
    rank: int | None = None


@dataclass(frozen=True)
class Unit:
    """Who employs or recommends."""

    name: str
    uscc: str


@dataclass
class Life:
    """The file of one person.

    `digests` has the documents that are not this person's alone, by the id of the material.
    """

    person: int
    born: date
    unit: Unit
    recommender: Unit
    head: str
    trade: int
    jobs: list[Job]
    level: int
    certificate: str
    awards: list[Award]
    patents: list[tuple[str, str]]
    years_in_trade: int
    years_in_port_area: int
    condition: str
    digests: dict[str, str] = field(default_factory=dict)

    def count_years(self) -> None:
        """Declare what the career makes; in the trade, without what lies between two jobs."""
        days = sum(((job.until or BASE) - job.since).days for job in self.jobs)
        self.years_in_trade = days // LONGEST_YEAR
        self.years_in_port_area = full_years(self.jobs[-1].since, BASE)


def full_years(since: date, until: date) -> int:
    """Anniversaries of the first day, up to the last."""
    return until.year - since.year - ((until.month, until.day) < (since.month, since.day))


def birthday_of(person: int) -> int:
    """Which ID number is this person's: another one for everybody."""
    return person * SPREAD % DAYS + person // DAYS * DAYS


def unit_of(number: int) -> Unit:
    """One of the employers."""
    return Unit(f"虚构港区第{number + 1}企业有限公司", credit_code("91", number))


class Registry:
    """Who lives here: makes one file after another, and gives nothing out twice.

    Args:
        size: how many people there are, about.
        rng: decides.
    """

    def __init__(self, size: int, rng: random.Random) -> None:
        self._rng = rng
        self._units = max(FEWEST_UNITS, size // PEOPLE_IN_A_UNIT)
        self._places: Counter[str] = Counter()

    def life(self, person: int) -> Life:
        """The file of the next person."""
        rng, number = self._rng, self._number()
        digits = id_number(birthday_of(person))
        born = date(int(digits[6:10]), int(digits[10:12]), int(digits[12:14]))
        unit, trade = unit_of(number), rng.randrange(len(TRADES))
        jobs = self._career(born, unit, TRADES[trade][1])
        condition = rng.choices(("C1", "C2"), (7, 3))[0]
        level = rng.choice((1, 2)) if condition == "C2" else rng.choice((1, 1, 2, 2, 3))
        grown = max(2003, jobs[0].since.year + 2)
        year = rng.randint(min(grown, 2019), 2019)
        life = Life(
            person=person,
            born=born,
            unit=unit,
            recommender=unit,
            head=f"样例负责人{number + 1}",
            trade=trade,
            jobs=jobs,
            level=level,
            certificate=old_certificate_number(person, year)
            if rng.random() < 0.15
            else certificate_number(person, level, year),
            awards=[],
            patents=self._patents(person, grown),
            years_in_trade=0,
            years_in_port_area=0,
            condition=condition,
        )
        life.awards = self._awards(life)
        life.count_years()
        return life

    def _number(self) -> int:
        """Units are of different sizes."""
        return min(self._rng.randrange(self._units), self._rng.randrange(self._units * 2))

    def _career(self, born: date, unit: Unit, post: str) -> list[Job]:
        """One place after another; the last is in the port area, for three years or more."""
        rng = self._rng
        first = born.replace(year=born.year + WORKING_AGE, day=1) + timedelta(rng.randrange(900))
        last = max(first, ENOUGH - timedelta(rng.randrange(10, 3000)))
        moves = sorted(
            {first + timedelta(rng.randrange(1, max(2, (last - first).days))) for _ in range(2)}
            if (last - first).days > 1000
            else set()
        )
        starts = [first, *moves, last] if last > first else [last]
        jobs = [
            Job(
                since,
                until - DAY * rng.choice((1, 1, 1, 1 + rng.randrange(60))),
                ELSEWHERE[rng.randrange(len(ELSEWHERE))],
                post,
                in_port_area=False,
            )
            for since, until in pairwise(starts)
        ]
        jobs = [job for job in jobs if job.until is not None and job.until > job.since]
        here = HEAD if rng.random() < HEADS else post
        return [*jobs, Job(last, None, unit.name, here, in_port_area=True)]

    def _patents(self, person: int, grown: int) -> list[tuple[str, str]]:
        count = self._rng.choices((0, 1, 2), (3, 5, 2))[0]
        return [
            (
                f"一种用于测试的{self._rng.choice(DEVICES)}",
                patent_number(
                    person * 3 + at,
                    year=self._rng.randint(min(max(grown, 2004), 2018), 2018),
                    kind=self._rng.choices((1, 8), (19, 1))[0],
                ),
            )
            for at in range(count)
        ]

    def _awards(self, life: Life) -> list[Award]:
        """A place in a contest where that is claimed, and what employers give to many."""
        rng, begun = self._rng, life.jobs[0].since.year + 1
        years = range(max(begun, 2008), 2019)
        won = [self.contest(life, rng.choice(years))] if life.condition == "C2" else []
        here = life.jobs[-1].since.year + 1
        return [
            *won,
            *(
                Award(
                    f"{year}年度先进工作者", life.unit.name, "employer", "other", date(year, 12, 31)
                )
                for year in sorted(rng.sample(range(here, 2019), rng.choice((0, 1, 1))))
            ),
        ]

    def contest(self, life: Life, year: int) -> Award:
        """A place among the first three that nobody else has."""
        trade = TRADES[life.trade][0]
        level = self._rng.choice(("city", "city", "province"))
        where = {"city": "虚构市", "province": "虚构省"}[level]
        title = f"{year}年{where}职业技能大赛{trade}项目"
        group, place = divmod(self._places[title], 3)
        self._places[title] += 1
        named = title if group == 0 else f"{title}（第{group + 1}组）"
        day = date(year, 5 + life.trade % 6, 10 + life.trade)
        return Award(named, f"{where}人民政府", level, "skills_contest", day, place + 1)


def shorten(life: Life) -> None:
    """One day less than three years in the port area (S10)."""
    *before, here = life.jobs
    before = [job for job in before if job.since < ENOUGH]
    if before:
        before[-1] = replace(before[-1], until=ENOUGH)
    life.jobs = [*before, replace(here, since=ENOUGH + DAY)]
    life.awards = [award for award in life.awards if award.issuer != life.unit.name]
    life.count_years()


def employ(life: Life, unit: Unit) -> None:
    """The present employer is this one, and recommends."""
    life.awards = [award for award in life.awards if award.issuer != life.unit.name]
    life.unit = life.recommender = unit
    life.jobs[-1] = replace(life.jobs[-1], employer=unit.name)
