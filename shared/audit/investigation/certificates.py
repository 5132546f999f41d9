"""Certificates whose own digits disagree with what is claimed: the ID number with sex and career,
the level and the year in a certificate's number, the year in a patent's number (S46, S55, S65)."""

from collections.abc import Iterable, Iterator
from datetime import date

from shared.audit.investigation.facts import Nomination, Person
from shared.audit.investigation.finding import Finding, as_sent, masked
from shared.calendar import beijing_date
from shared.formats import patents, qualifications, written
from shared.formats.qualifications import LEVELS, TECHNICIAN

WORKING_AGE = 16


def certificates(nominations: Iterable[Nomination]) -> Iterator[Finding]:
    """One finding for each nomination with such a number, whatever is wrong with it."""
    for one in nominations:
        if one.opened is None:
            continue
        day = beijing_date((one.edits[-1].done if one.edits else one.received).at)
        told = [
            *_identity(one.opened),
            *_qualification(one.opened, day),
            *_patents(one.opened, day),
            *_honours(one.opened, day),
        ]
        if told:
            words = "；".join(told)
            yield Finding(
                kind="certificate",
                grade="finding",
                severity=min(1 + len(told), 3),
                nominations=(one.id,),
                units=(one.employer,),
                words=f"{words}。须查验原件并向发证机构核实。",
                evidence=(as_sent(one, words),),
            )


def _identity(person: Person) -> Iterator[str]:
    if person.number_sex is not None and person.sex != person.number_sex:
        yield "身份证号码第17位与填报的性别不一致"
    if person.birth is not None and person.career:
        first = min(post.since for post in person.career)
        if first.year - person.birth.year < WORKING_AGE:
            age = first.year - person.birth.year
            yield f"按身份证号码推算，工作简历最早一行时{_age(age)}"


def _age(years: int) -> str:
    return f"只有{years}岁" if years >= 0 else "尚未出生"


def _qualification(person: Person, day: date) -> Iterator[str]:
    claimed = person.qualification
    if claimed is None or not claimed.certificate_number.strip():
        return
    number = written.code(claimed.certificate_number)
    level, year = qualifications.level_of(number), qualifications.year_of(number)
    if level is not None and claimed.level is not None and level != claimed.level:
        yield (
            f"职业资格证书{masked(number)}的等级位是{LEVELS[level]}，"
            f"填报的是{LEVELS.get(claimed.level, str(claimed.level))}"
        )
    if year is None:
        return
    if year > day.year:
        yield f"职业资格证书{masked(number)}的年份位是{year}年，晚于申报"
    elif person.birth is not None and year < person.birth.year + WORKING_AGE:
        yield f"职业资格证书{masked(number)}的年份位是{year}年，其时不满16周岁"
    elif (
        person.career
        and (level or claimed.level or len(LEVELS)) <= TECHNICIAN
        and year < min(post.since for post in person.career).year
    ):
        yield f"职业资格证书{masked(number)}的年份位是{year}年，早于工作简历最早一行"


def _patents(person: Person, day: date) -> Iterator[str]:
    for patent in person.patents:
        known, year = patents.read(patent.number), patents.year(patent.number)
        if known is None or year is None:
            continue
        number = masked(known.number)
        if not known.checks:
            yield f"专利号{number}的校验位不符"
        if not known.is_invention:
            yield f"专利号{number}的种类位不是发明"
        if year > day.year:
            yield f"专利号{number}的申请年份是{year}年，晚于申报"
        elif person.birth is not None and year < person.birth.year + WORKING_AGE:
            yield f"专利号{number}的申请年份是{year}年，其时不满16周岁"


def _honours(person: Person, day: date) -> Iterator[str]:
    years = [year for one in person.patents if (year := patents.year(one.number)) is not None]
    for place, honour in enumerate(person.honours, start=1):
        if honour.date is None:
            continue
        if honour.date > day:
            yield f"第{place}项荣誉的日期晚于申报"
        elif person.birth is not None and honour.date.year < person.birth.year + WORKING_AGE:
            yield f"第{place}项荣誉的日期在16周岁之前"
        elif honour.kind == "patent_award" and years and honour.date.year < min(years):
            yield f"第{place}项专利奖早于所填专利的申请年份"
