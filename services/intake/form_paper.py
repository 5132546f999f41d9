"""《嘉兴港区“港区工匠”评选推荐表》 filled from a nomination's events (S44–S71). Pure.

What the person and the unit wrote comes from the parts that were opened; a part that is erased says
so in each of its fields. The office's blocks come from what happened, and stay empty until it did.
There is no block for the panel's evaluation: the form has none (S72).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from services.intake import milestones
from services.intake.history import CONDITIONS, FINDINGS
from services.intake.prereview import NominationPreReviewed
from services.intake.record import NominationReceived
from shared.calendar import beijing_date
from shared.contracts.intake import Channel
from shared.contracts.opened import Dossier, Parts
from shared.contracts.submission import COMMITMENT, OPINION, Form, Honour, Patent, Post
from shared.formats.education import GRADUATED
from shared.formats.qualifications import LEVELS
from shared.messages import Recorded

ERASED = "已依法删除"

NONE = "无"

GRADES: Mapping[str, str] = {
    "employer": "单位级",
    "township": "镇级",
    "county": "县级",
    "city": "市级",
    "province": "省级",
    "national": "国家级",
}


@dataclass(frozen=True, slots=True)
class Block:
    """What a body wrote in its block, and when; who signed and whose seal belongs there."""

    text: str
    body: str
    on: date | None
    signed_by: str = ""


@dataclass(frozen=True, slots=True)
class Filled:
    """The fields of the form, in its order, each as it is printed."""

    name: str
    sex: str
    household_registration: str
    photo: str
    id_number: str
    education: str
    specialty: str
    years_in_trade: str
    industry: str
    technical_title: str
    vocational_qualification: str
    employer: str
    years_in_port_area: str
    mobile: str
    postal_address: str
    office_phone: str
    email: str
    channel: Channel
    career: tuple[str, ...]
    honours: tuple[str, ...]
    patents: tuple[str, ...]
    achievements: str
    commitment: Block
    opinion: Block
    pre_review: Block | None
    approval: Block | None
    posting: Block | None


def filled(stream: Sequence[Recorded], parts: Parts, office: str, leading_group: str) -> Filled:
    """The form of the nomination with this stream. A part that is None is erased.

    Args:
        stream: everything that happened to it, from its reception on.
        parts: what was opened.
        office: who signs the pre-review and the public notice (S24).
        leading_group: who signs the approval (S37).
    """
    received = next(one.event for one in stream if isinstance(one.event, NominationReceived))
    identity, contact = parts.identity, parts.contact
    told = _told(parts.dossier)
    name = ERASED if identity is None else identity.name
    return Filled(
        name=name,
        sex=ERASED if identity is None else identity.sex,
        household_registration=ERASED if identity is None else identity.household_registration,
        photo=ERASED if identity is None else identity.photo_sha256,
        id_number=ERASED if identity is None else identity.id_number,
        mobile=ERASED if contact is None else contact.mobile,
        postal_address=ERASED if contact is None else contact.postal_address or NONE,
        office_phone=ERASED if contact is None else contact.office_phone or NONE,
        email=ERASED if contact is None else contact.email or NONE,
        channel=received.channel,
        commitment=_commitment(parts.dossier),
        opinion=_opinion(parts.dossier, name, received.recommender.name),
        pre_review=_pre_review(stream, office),
        approval=_approval(stream, leading_group),
        posting=_posting(stream, office),
        **told,  # type: ignore[arg-type]
    )


def _told(dossier: Dossier | None) -> dict[str, str | tuple[str, ...]]:
    """What stands in the dossier's fields."""
    if dossier is None:
        lines = dict.fromkeys(("career", "honours", "patents"), (ERASED,))
        return {**dict.fromkeys(IN_DOSSIER, ERASED), **lines}
    form = dossier.form
    return {
        "education": GRADUATED.get(form.education, form.education),
        "specialty": form.specialty,
        "years_in_trade": _years(form.years_in_trade),
        "industry": f"{form.industry.code} {form.industry.name}".strip(),
        "technical_title": _title(form),
        "vocational_qualification": _qualification(form),
        "employer": form.employer.name,
        "years_in_port_area": _years(form.years_in_port_area),
        "career": tuple(map(_post, form.career)),
        "honours": tuple(map(_honour, form.honours)) or (NONE,),
        "patents": tuple(map(_patent, form.patents)) or (NONE,),
        "achievements": form.achievements,
    }


IN_DOSSIER = (
    "education",
    "specialty",
    "years_in_trade",
    "industry",
    "technical_title",
    "vocational_qualification",
    "employer",
    "years_in_port_area",
    "achievements",
)


def _years(count: int | None) -> str:
    return "" if count is None else f"{count}年"


def _title(form: Form) -> str:
    title = form.technical_title
    return NONE if title is None else " ".join(filter(None, (title.name, title.level)))


def _qualification(form: Form) -> str:
    held = form.vocational_qualification
    if held is None:
        return NONE
    level = "" if held.level is None else LEVELS.get(held.level, str(held.level))
    return " ".join(filter(None, (held.occupation, level)))


def _post(post: Post) -> str:
    """A line of the career, with where it was as far as it counts (S63)."""
    until = "至今" if post.until is None else f"至{_month(post.until)}"
    marks = "、".join(
        mark for mark, so in (("港区", post.in_port_area), ("技能岗位", post.skilled_post)) if so
    )
    return f"{_month(post.since)}{until}　{post.employer}　{post.post}" + (
        f"（{marks}）" if marks else ""
    )


def _month(day: date) -> str:
    return f"{day.year}年{day.month}月"


def _honour(honour: Honour) -> str:
    rank = "" if honour.rank is None else f"第{honour.rank}名"
    when = "" if honour.date is None else _month(honour.date)
    told = (when, honour.title, rank, GRADES.get(honour.level, honour.level), honour.issuer)
    return "　".join(filter(None, told))


def _patent(patent: Patent) -> str:
    return "　".join(filter(None, (patent.title, patent.number)))


def _commitment(dossier: Dossier | None) -> Block:
    if dossier is None:
        return Block(COMMITMENT, "", None, ERASED)
    said = dossier.form.applicant_commitment
    return Block(said.text or COMMITMENT, "", said.date, said.signed_by)


def _opinion(dossier: Dossier | None, name: str, recommender: str) -> Block:
    if dossier is None:
        return Block(OPINION.format(name=f"（{ERASED}）"), recommender, None, ERASED)
    said = dossier.form.recommender_opinion
    return Block(said.text or OPINION.format(name=name), recommender, said.date, said.signed_by)


def _pre_review(stream: Iterable[Recorded], office: str) -> Block | None:
    """S69: filled by the pre-review alone."""
    for one in stream:
        if isinstance(event := one.event, NominationPreReviewed):
            if event.passed:
                conditions = "、".join(CONDITIONS[code] for code in event.conditions)
                found = f"资格初审通过，列为拟入围人选。认定符合条件：{conditions}。"
            else:
                found = "资格初审不通过。"
            return Block(f"{found}{event.opinion}", office, _day(one.at))
    return None


def _approval(stream: Iterable[Recorded], leading_group: str) -> Block | None:
    """S70: filled by the leading group's decision alone."""
    for one in stream:
        if isinstance(event := one.event, milestones.NominationApproved):
            text = (
                f"经领导小组审定，{'同意' if event.approved else '不同意'}列为授予人选。"
                f"赞成{event.yes}票，反对{event.no}票，弃权{event.abstained}票。"
            )
            return Block(text, leading_group, _day(one.at))
    return None


def _posting(stream: Sequence[Recorded], office: str) -> Block | None:
    """S71: filled when the window has closed, with what became of objections."""
    for one in reversed(stream):
        if isinstance(event := one.event, milestones.NoticeEnded):
            window = _window(stream, event)
            if window is None:
                return None
            opens, closes = window
            text = f"公示期{_full(opens)}至{_full(closes)}，{_objections(stream)}。"
            return Block(text, office, _day(one.at))
    return None


def _window(stream: Iterable[Recorded], ended: milestones.NoticeEnded) -> tuple[date, date] | None:
    opens: date | None = None
    closes: date | None = None
    for one in stream:
        match one.event:
            case milestones.NominationPosted() as event if event.notice_id == ended.notice_id:
                opens, closes = event.opens_on, max(event.closes_on, closes or event.closes_on)
            case milestones.NoticeExtended() as event if event.notice_id == ended.notice_id:
                closes = max(event.closes_on, closes or event.closes_on)
            case _:
                pass
    return None if opens is None or closes is None else (opens, closes)


def _objections(stream: Iterable[Recorded]) -> str:
    """无异议, or how many were taken up and what became of each; who objected is not told (P4)."""
    found: dict[object, str] = {}
    for one in stream:
        match one.event:
            case milestones.ObjectionAccepted() as event:
                found.setdefault(event.objection_id, "正在核查")
            case milestones.ObjectionClosed() as event:
                found[event.objection_id] = FINDINGS[event.outcome]
            case _:
                pass
    if not found:
        return "无异议"
    counted = dict.fromkeys(found.values(), 0)
    for outcome in found.values():
        counted[outcome] += 1
    told = "，".join(f"{outcome}{count}件" for outcome, count in counted.items())
    return f"有异议{len(found)}件，处理结果：{told}"


def _full(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def _day(at: datetime) -> date:
    return beijing_date(at)
