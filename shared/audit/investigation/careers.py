"""Careers that overlap, or that contradict the years that are declared (S52, S57, S63).

A month or two of overlap is how people write down a change of posts, and a year too many is how
they round: these are notes.
"""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from itertools import combinations

from shared.audit.investigation.facts import Nomination, Person
from shared.audit.investigation.finding import Finding, as_sent
from shared.contracts.submission import Post
from shared.formats import written

A_CHANGE_OF_POSTS = timedelta(days=62)
NO_OVERLAP = timedelta(days=7)
ROUNDED = 1
"""Years that are rounding."""
YEAR = 365.25
WORKING_AGE = 16

BESIDE = ("兼", "学习", "进修", "挂职", "借调", "培训", "见习", "实习", "退休", "外派")
"""What is done beside a post, or from it."""


def careers(nominations: Iterable[Nomination], base: date) -> Iterator[Finding]:
    """One finding for each nomination whose career does not hold."""
    for one in nominations:
        if one.opened is None:
            continue
        told = [*_overlaps(one.opened.career, base), *_years(one.opened, base)]
        if not told:
            continue
        grave = [words for words, heavy in told if heavy]
        words = "；".join(words for words, heavy in told if heavy or not grave)
        yield Finding(
            kind="career",
            grade="finding" if grave else "note",
            severity=min(1 + len(grave), 3),
            nominations=(one.id,),
            units=(one.employer,),
            words=f"{words}。须以社保缴费记录和劳动合同核对。",
            evidence=(as_sent(one, words),),
        )


def _overlaps(career: tuple[Post, ...], base: date) -> Iterator[tuple[str, bool]]:
    lines = list(enumerate(career, start=1))
    for (line, one), (other_line, other) in combinations(lines, 2):
        if written.name(one.employer) == written.name(other.employer):
            continue
        days = min(one.until or base, other.until or base) - max(one.since, other.since)
        if days <= NO_OVERLAP:
            continue
        beside = any(
            word in text
            for post in (one, other)
            for word in BESIDE
            for text in (post.post, post.employer)
        )
        yield (
            f"工作简历第{line}行与第{other_line}行在不同单位任职，重叠{days.days}天",
            days > A_CHANGE_OF_POSTS and not beside,
        )


def _years(person: Person, base: date) -> Iterator[tuple[str, bool]]:
    if not person.career:
        return
    area = _served((post for post in person.career if post.in_port_area), base)
    if person.years_in_port_area is not None and person.years_in_port_area > int(area + 0.01):
        excess = person.years_in_port_area - area
        yield (
            f"填报在港区工作{person.years_in_port_area}年，简历只能证明{area:.1f}年",
            excess > ROUNDED,
        )
    if person.years_in_trade is None:
        return
    since_the_first = (base - min(post.since for post in person.career)).days / YEAR
    if person.years_in_trade > since_the_first + ROUNDED:
        yield (
            f"填报本工种{person.years_in_trade}年，简历从最早一行起只有{since_the_first:.1f}年",
            True,
        )
    if person.birth is not None:
        adult = (base - person.birth).days / YEAR - WORKING_AGE
        if person.years_in_trade > adult + 0.01:
            yield (
                f"填报本工种{person.years_in_trade}年，多于16周岁以后的{max(adult, 0):.1f}年",
                True,
            )


def _served(posts: Iterable[Post], base: date) -> float:
    """Years that these posts cover until the base date, overlaps counted once (A3)."""
    days, covered = 0, date.min
    for post in sorted(posts, key=lambda post: post.since):
        end = min(post.until or base, base)
        start = max(post.since, covered)
        if end >= start:
            days += (end - start).days + 1
            covered = end + timedelta(days=1)
    return days / YEAR
