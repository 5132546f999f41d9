"""Edits shortly before deadlines: what a correction gained, and how late it came (S31, P11).

To mend what the office asked to have mended is no fraud, on the last day as little as on the first.
What makes it a finding is that the nomination came out stronger when nobody had time left to look:
an award, a patent, a certificate or years that were not there before.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from shared.audit.investigation.facts import Candidate, Document, Edit, IntakeFacts, ReviewFacts
from shared.audit.investigation.finding import Finding, shows
from shared.contracts.submission import MATERIALS, Form, Honour, MaterialKind, Post
from shared.formats import written

LATE = timedelta(hours=24)
A_LOT = Decimal(10)
"""Points that are no slip of the pen."""

CERTIFICATES: frozenset[MaterialKind] = frozenset(MATERIALS) - {
    "recommendation_form",
    "deeds_statement",
    "identity_card",
}
"""Materials that a condition or a score rests on."""


def edits(facts: IntakeFacts) -> Iterator[Finding]:
    """Late corrections of nominations; one for each nomination."""
    for one in facts.nominations:
        late = [
            (edit, left) for edit in one.edits if (left := _left(edit, facts.deadline)) is not None
        ]
        if not late:
            continue
        edit, left = max(late, key=lambda pair: (pair[0].weighty, -_hours(pair[1])))
        gained = "、".join(edit.gained) if edit.gained else "没有实质增加"
        words = f"期限前{_hours(left):.1f}小时提交补正，{gained}"
        evidence = [] if edit.asked is None else [shows(edit.asked, one.id, "办公室要求补正")]
        yield Finding(
            kind="late_edit",
            grade="finding" if edit.weighty else "note",
            severity=2 if edit.weighty else 1,
            nominations=(one.id,),
            units=(one.employer,),
            words=f"{words}。须核对补正前后的材料和要求补正的理由。",
            evidence=(*evidence, shows(edit.done, one.id, words)),
        )


def _left(edit: Edit, deadline: datetime) -> timedelta | None:
    """How long before the nearest deadline it came, where that was late."""
    ends = [end for end in (edit.due_at, deadline) if end is not None]
    left = [end - edit.done.at for end in ends if timedelta() <= end - edit.done.at <= LATE]
    return min(left, default=None)


def _hours(left: timedelta) -> float:
    return left / timedelta(hours=1)


def corrected_scores(facts: ReviewFacts) -> Iterator[Finding]:
    """Scores that were corrected by much in the last hours before the list was drawn."""
    for candidate in facts.candidates:
        yield from _scores(candidate, facts.drawn_at)


def _scores(candidate: Candidate, drawn: datetime) -> Iterator[Finding]:
    for score in candidate.scores:
        if score.before is None or not timedelta() <= drawn - score.given.at <= LATE:
            continue
        change = score.total - score.before
        words = f"产生入围名单前{_hours(drawn - score.given.at):.1f}小时更正评分，变动{change:+}分"
        yield Finding(
            kind="late_edit",
            grade="finding" if abs(change) >= A_LOT else "note",
            severity=2 if abs(change) >= A_LOT else 1,
            nominations=(candidate.nomination,),
            experts=(score.expert,),
            words=f"{words}。须核对更正的理由。",
            evidence=(shows(score.given, candidate.nomination, words),),
        )


def gains(
    before: Form, after: Form, had: Sequence[Document], has: Sequence[Document]
) -> tuple[str, ...]:
    """What a correction made stronger: words that tell no value."""
    told = [
        *_more("荣誉", _honours(before.honours), _honours(after.honours)),
        *_more(
            "专利",
            {written.code(one.number) for one in before.patents},
            {written.code(one.number) for one in after.patents},
        ),
        *_more("履历", _posts(before.career), _posts(after.career)),
    ]
    for title, then, now in (
        ("在港区工作年限", before.years_in_port_area, after.years_in_port_area),
        ("本工种年限", before.years_in_trade, after.years_in_trade),
    ):
        if now is not None and now > (then or 0):
            told.append(f"{title}增加{now - (then or 0)}年")
    held = after.vocational_qualification
    if held is not None and held != before.vocational_qualification:
        told.append("改动职业资格")
    if after.technical_title != before.technical_title and after.technical_title is not None:
        told.append("改动技术职称")
    if after.claims != before.claims:
        told.append("改动申报条件说明")
    if written.name(after.achievements) != written.name(before.achievements):
        told.append("改写主要业绩")
    known = {one.sha256 for one in had}
    new = sorted({MATERIALS[one.kind] for one in has if _is_new(one, known)})
    told += [f"新增或替换{title}" for title in new]
    return tuple(told)


def _is_new(document: Document, known: set[str]) -> bool:
    return document.sha256 not in known and document.kind in CERTIFICATES


def _more(title: str, before: set[str], after: set[str]) -> list[str]:
    return [f"新增或改动{title}{len(after - before)}项"] if after - before else []


def _honours(honours: Iterable[Honour]) -> set[str]:
    return {
        f"{written.name(one.title)}|{written.name(one.issuer)}|{one.level}|{one.date}|{one.rank}"
        for one in honours
    }


def _posts(career: Iterable[Post]) -> set[str]:
    return {
        f"{post.since}|{post.until}|{written.name(post.employer)}|{post.in_port_area}"
        f"|{post.skilled_post}"
        for post in career
    }
