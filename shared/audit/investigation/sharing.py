"""The same patent, award or document in the files of two people (P7).

What colleagues hold together is no finding: the inventors of one unit, those who took different
places in a contest or had different parts in a work, a unit's common proof. It is one where the two
have no unit in common, where both say that they led, or where the paper is one that is a person's
own.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations
from uuid import UUID

from shared.audit.investigation.facts import Nomination, Person
from shared.audit.investigation.finding import Finding, Grade, Kind, as_sent, masked, ordered
from shared.contracts.submission import MATERIALS, Honour, MaterialKind
from shared.formats import patents, written

PERSONAL: frozenset[MaterialKind] = frozenset(
    {"identity_card", "graduation_certificate", "qualification_certificate"}
)
"""What nobody shares, not even with a colleague."""

OF_THE_PERSON: frozenset[MaterialKind] = frozenset({"recommendation_form", "deeds_statement"})
"""Written for one person: the same bytes for two are a copy."""

OF_WORKS: dict[MaterialKind, Kind] = {
    "patent_certificate": "same_patent",
    "honour_certificate": "same_award",
}
"""What may have several holders: it explains itself where they name the same work."""

CONFERRED_ON_MANY = (
    "劳动模范",
    "劳模",
    "能手",
    "首席",
    "金蓝领",
    "工匠",
    "标兵",
    "先进",
    "优秀员工",
    "员工",
    "之星",
    "奖章",
)
"""Titles of persons, of which many are conferred on one day."""

MANY = 4
"""So many holders of one title are no pair that copied from each other."""


def shared(nominations: Sequence[Nomination]) -> Iterator[Finding]:
    """Findings of the three kinds; one for each patent, award or group of documents."""
    works = [*_patents(nominations), *_awards(nominations)]
    yield from works
    yield from _documents(nominations, works)


def _patents(nominations: Iterable[Nomination]) -> Iterator[Finding]:
    holders: dict[str, dict[UUID, Nomination]] = defaultdict(dict)
    titles: dict[str, set[str]] = defaultdict(set)
    for one in nominations:
        for patent in one.opened.patents if one.opened else ():
            known = patents.read(patent.number)
            number = known.number if known else written.code(patent.number)
            if number:
                holders[number][one.id] = one
                titles[number].add(written.name(patent.title))
    for number, held in sorted(holders.items()):
        if not _several_people(held.values()):
            continue
        together = _colleagues(held.values(), patents.year(number))
        differently = len(titles[number]) > 1
        grade: Grade = "note" if together and not differently else "finding"
        why = (
            "两份申报填写的专利名称不同"
            if differently
            else "申报人同属一个单位，可能是共同发明人"
            if together
            else "申报人不在同一单位"
        )
        yield _found(
            "same_patent",
            grade,
            held.values(),
            f"{len(held)}份申报填报了同一专利{masked(number)}：{why}。"
            "须以专利登记簿副本核对发明人。",
            f"填报专利{masked(number)}",
        )


def _awards(nominations: Iterable[Nomination]) -> Iterator[Finding]:
    holders: dict[tuple[str, ...], list[tuple[Nomination, Honour]]] = defaultdict(list)
    for one in nominations:
        for honour in one.opened.honours if one.opened else ():
            if honour.title.strip():
                named = (written.name(honour.title), written.name(honour.issuer), str(honour.date))
                holders[named].append((one, honour))
    for _, held in sorted(holders.items(), key=lambda item: item[0]):
        people = {one.id: one for one, _ in held}
        if not _several_people(people.values()):
            continue
        judged = _award(held)
        if judged is None:
            continue
        grade, why = judged
        yield _found(
            "same_award",
            grade,
            people.values(),
            f"{len(people)}份申报填报了名称、颁发单位和日期都相同的奖项：{why}。"
            "须以获奖文件核对名单和排名。",
            "填报该奖项",
        )


def _award(held: Sequence[tuple[Nomination, Honour]]) -> tuple[Grade, str] | None:
    """How it looks that these people all claim an award; None where nothing is odd about it."""
    nominations = list({one.id: one for one, _ in held}.values())
    people = {one.claim for one in nominations}
    ranks = [rank for _, rank in {(one.claim, honour.rank) for one, honour in held}]
    placed = [rank for rank in ranks if rank is not None]
    day = held[0][1].date
    together = _colleagues(nominations, day.year if day else None)
    kind, title = held[0][1].kind, held[0][1].title
    if len(placed) == len(ranks) and len(set(placed)) == len(placed):
        return None  # different places in a contest, different parts in a work
    if placed:
        twice = len(set(placed)) < len(placed)
        if kind == "innovation_award" and placed.count(1) > 1:
            return "finding", "两人都称自己是第一完成人"
        if twice and not together:
            return "finding", "不在同一单位，却填报了相同的名次"
        return "note", "同一单位的申报人填报了相同的名次，可能是团体奖" if twice else "有人未填名次"
    if len(people) >= MANY or _conferred_on_many(kind, title):
        employers_own = held[0][1].level == "employer"
        if employers_own and not together and len(people) < MANY:
            return "finding", "单位内部的荣誉，两人却从未在同一单位工作"
        return None if together else ("note", "可能是同批授予多人的称号")
    if together:
        return None
    return "finding", "不在同一单位，且没有填报各自的排名"


def _conferred_on_many(kind: str, title: str) -> bool:
    return kind in ("model_worker", "technical_expert", "gold_blue_collar") or any(
        word in title for word in CONFERRED_ON_MANY
    )


def _documents(nominations: Sequence[Nomination], works: Sequence[Finding]) -> Iterator[Finding]:
    """One finding for each group of people, however many papers they share."""
    holders: dict[str, dict[UUID, Nomination]] = defaultdict(dict)
    kinds: dict[str, set[MaterialKind]] = defaultdict(set)
    for one in nominations:
        for document in one.documents:
            holders[document.sha256][one.id] = one
            kinds[document.sha256].add(document.kind)
    groups: dict[tuple[UUID, ...], list[str]] = defaultdict(list)
    for digest, held in holders.items():
        if _several_people(held.values()):
            groups[ordered(held)].append(digest)
    for ids, digests in sorted(groups.items()):
        files = [holders[digests[0]][one] for one in ids]
        judged = {digest: _document(kinds[digest], files, works) for digest in digests}
        grades = [grade for grade in judged.values() if grade is not None]
        if not grades:
            continue
        told = sorted(digest for digest, grade in judged.items() if grade is not None)
        what = "、".join(sorted({MATERIALS[kind] for digest in told for kind in kinds[digest]}))
        marks = "、".join(f"{digest[:8]}…" for digest in told)
        yield _found(
            "same_document",
            "finding" if "finding" in grades else "note",
            files,
            f"{len(files)}份申报提交了逐字节相同的{what}（SHA-256 {marks}）。须查验原件。",
            f"提交文件 {marks}",
            severity=3 if any(kinds[digest] & PERSONAL for digest in told) else 2,
        )


def _document(
    kinds: set[MaterialKind], held: Sequence[Nomination], works: Sequence[Finding]
) -> Grade | None:
    together = _colleagues(held)
    if kinds & (PERSONAL | OF_THE_PERSON):
        return "finding"
    if kinds & OF_WORKS.keys():
        ids = {one.id for one in held}
        told = {OF_WORKS[kind] for kind in kinds if kind in OF_WORKS}
        if any(work.kind in told and ids <= set(work.nominations) for work in works):
            return None  # told there already
        if any(_share_a_work(one, other) for one, other in combinations(held, 2)):
            return None
        return "note" if together else "finding"
    if "service_years_proof" in kinds:
        return None if together else "finding"
    return None if together else "note"


def _share_a_work(one: Nomination, other: Nomination) -> bool:
    return bool(_works(one.opened) & _works(other.opened))


def _works(person: Person | None) -> set[tuple[str, ...]]:
    if person is None:
        return set()
    return {(written.code(patent.number),) for patent in person.patents if patent.number} | {
        (written.name(honour.title), written.name(honour.issuer), str(honour.date))
        for honour in person.honours
    }


def _several_people(nominations: Iterable[Nomination]) -> bool:
    """Two nominations of one person may well say the same (P7)."""
    return len({one.claim for one in nominations}) > 1


def _colleagues(nominations: Iterable[Nomination], year: int | None = None) -> bool:
    """Whether all of them work at one unit, or worked at one in the year of what they share."""
    everybody: dict[UUID, frozenset[str]] = defaultdict(frozenset)
    for one in nominations:  # a person may be nominated by several units
        everybody[one.claim] |= _units(one, year)
    return bool(frozenset.intersection(*everybody.values()))


def _units(one: Nomination, year: int | None) -> frozenset[str]:
    if one.opened is None or year is None:
        return frozenset({one.employer})
    then = {
        written.name(post.employer)
        for post in one.opened.career
        if post.since.year <= year and (post.until is None or post.until.year >= year)
    }
    return frozenset({one.employer, *then} - {""})


def _found(
    kind: Kind,
    grade: Grade,
    held: Iterable[Nomination],
    words: str,
    evidence: str,
    severity: int = 2,
) -> Finding:
    files = sorted(held, key=lambda one: one.id)
    return Finding(
        kind=kind,
        grade=grade,
        severity=severity if grade == "finding" else 1,
        nominations=ordered(one.id for one in files),
        units=tuple(sorted({one.employer for one in files})),
        words=words,
        evidence=tuple(as_sent(one, evidence) for one in files),
    )
