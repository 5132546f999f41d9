"""The office's desk: nominations and where they are, the pre-review, opening and releasing data.

Pages for people and the same as JSON. Plaintext leaves the vault only after the event that says
who opened it and what for was stored; it is shown once and kept nowhere.
"""

import re
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, TypeVar, cast
from uuid import UUID

from fastapi import APIRouter, Depends, FastAPI, Form, HTTPException, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import BaseModel, ValidationError
from pydantic_core import from_json

from services.intake import printed, views
from services.intake.campaign import CAMPAIGN, Situation, Unopened
from services.intake.disclosure import (
    AUTHORITY,
    RELEASABLE,
    VERIFIERS,
    OpenPersonalData,
    ReleaseForPublication,
)
from services.intake.dossier import entry_of
from services.intake.duplicates import ResolveDuplicate
from services.intake.facts import facts
from services.intake.history import CONDITIONS, PARTS, Case, CaseFile, fields_in_words
from services.intake.nomination import NOMINATION
from services.intake.opening import Opening, answered_for, open_parts
from services.intake.precedents import PRECEDENTS, Decided, EquivalenceDecided
from services.intake.prereview import PassPreReview
from services.intake.reassessing import Unsealing
from services.intake.receiving import INBOX, Receiving, registry_of
from services.intake.record import COURSE, Status
from services.intake.views import ExpiredRow, NominationRow, SubmissionRow
from shared.application import Answer, Application
from shared.audit.investigation.facts import IntakeFacts
from shared.calendar import beijing_date
from shared.contracts.campaign import CampaignConfiguration
from shared.contracts.ids import campaign_id
from shared.contracts.intake import Channel, Entry, Finding
from shared.contracts.opened import ContactDetails, Dossier, Identity
from shared.contracts.sealed import Purpose
from shared.contracts.submission import MATERIALS
from shared.formats.qualifications import LEVELS
from shared.identity import ROLES
from shared.messages import Actor, NotEntitled, Refused
from shared.personal import Erased, Vault, vault_of
from shared.web import Pages, Problem, attempt, current_actor, web_of
from shared.web.investigating import StatedPurpose, investigates
from shared.web.problems import problem_of

Part = TypeVar("Part", Identity, ContactDetails, Dossier)

PAGES = Pages(Path(__file__).parent / "templates")

READERS = ROLES - {"operator", AUTHORITY}
"""Who may look at the desk. Whoever runs the machines has no business with the cases, and a
department sees the nominations that it was asked about, and no list (P8)."""

CHANNELS: Mapping[Channel, str] = {"employer": "单位推荐", "industry_association": "行业组织推荐"}

TONES: Mapping[Status, str] = {
    "已受理": "calm",
    "初审不通过": "stop",
    "拟入围": "good",
    "入围": "good",
    "未入围": "",
    "审定通过": "good",
    "审定未通过": "",
    "公示中": "calm",
    "公示通过": "good",
    "已授予": "good",
    "补正中": "wait",
    "异议核查中": "wait",
    "撤回": "",
    "撤出名单": "stop",
    "资格取消": "stop",
    "重复并入": "",
    "撤销程序中": "stop",
    "已撤销": "stop",
}

DONE = {
    "passed": "已记录：资格初审通过。",
    "failed": "已记录：资格初审不通过。",
    "kept": "已记录：保留本项申报，同一人员的其他申报并入本项。",
    "released": "已记录：公开内容核定完成，公示时按此内容发布。",
}

RELEASING = "核定公示内容"
"""The purpose for which a release opens the seal."""


@asynccontextmanager
async def keeping_the_vault(app: FastAPI) -> AsyncIterator[None]:
    """The personal data of this process, and how a parked message is answered after all."""
    application = app.state.web.application
    app.state.vault = vault_of(application.settings)
    receiving = Receiving(application, registry_of(application.settings), app.state.vault)
    application.readers[INBOX] = receiving.again
    app.state.unseal = Unsealing(application, app.state.vault, registry_of(application.settings))
    try:
        yield
    finally:
        app.state.vault.close()


router = APIRouter(tags=["desk"], lifespan=keeping_the_vault)
router.include_router(printed.router)


def reader(actor: Annotated[Actor, Depends(current_actor)]) -> Actor:
    """Somebody who may look at nominations.

    Raises:
        HTTPException: 403, for everybody else.
    """
    if not actor.roles & READERS:
        raise HTTPException(403)
    return actor


Reader = Annotated[Actor, Depends(reader)]


def case_of(request: Request, nomination_id: UUID) -> Case:
    """The nomination.

    Raises:
        HTTPException: 404, there is no such nomination.
    """
    log = web_of(request).application.log
    case = Case.read(log.load([NOMINATION.stream(nomination_id)]))
    if case is None:
        raise HTTPException(404)
    return case


def reader_of(
    request: Request, nomination_id: UUID, actor: Annotated[Actor, Depends(current_actor)]
) -> Actor:
    """Somebody who may look at this nomination: a department, once it was asked about it (P8).

    Raises:
        HTTPException: 403, for everybody else; 404, there is no such nomination.
    """
    if actor.roles & READERS:
        return actor
    if AUTHORITY not in actor.roles:
        raise HTTPException(403)
    case = case_of(request, nomination_id)
    codes = answered_for(web_of(request).application, case.received.campaign_id, actor)
    if not codes & case.record.asked:
        raise HTTPException(403)
    return actor


ReaderOfOne = Annotated[Actor, Depends(reader_of)]


# opening and releasing


def opened_here(
    request: Request, case: Case, actor: Actor, purpose: str, parts: Iterable[Purpose]
) -> tuple[dict[Purpose, str], Answer]:
    """Open parts of this case for this desk; raises what `open_parts` does."""
    application = web_of(request).application
    vault = cast("Vault", request.app.state.vault)
    return open_parts(application, vault, case.received, actor, purpose, parts)


def release(request: Request, nomination_id: UUID, actor: Actor) -> tuple[Answer, Entry]:
    """Release what the public may see (P3), as the nomination itself says it.

    Raises:
        Refused: not entitled, or not at this stage.
        Erased: the person's keys were destroyed.
    """
    if not actor.roles & ReleaseForPublication.may:
        raise NotEntitled(ReleaseForPublication)
    application = web_of(request).application
    case = case_of(request, nomination_id)
    opened, _ = opened_here(request, case, actor, RELEASING, ("identity", "dossier"))
    entry = entry_of(
        Identity.model_validate_json(opened["identity"]),
        Dossier.model_validate_json(opened["dossier"]),
        case.received.recommender,
    )
    answer = application.execute(
        NOMINATION.name,
        nomination_id,
        ReleaseForPublication.name,
        {"entry": entry.model_dump()},
        actor,
    )
    return answer, entry


# JSON


def campaign_named(campaign: str | None) -> UUID | None:
    """A campaign by its id or by its document number."""
    if campaign is None:
        return None
    try:
        return UUID(campaign)
    except ValueError:
        return campaign_id(campaign)


@router.get("/api/nominations", summary="申报一览")
def nominations(request: Request, _: Reader, campaign: str | None = None) -> list[NominationRow]:
    """The nominations of a campaign (its id or document number), or of all."""
    with web_of(request).application.reading() as connection:
        return views.nominations(connection, campaign_named(campaign))


@router.get("/api/submissions", summary="报送及其答复")
def submissions(request: Request, _: Reader, source: str, id: str) -> list[SubmissionRow]:
    """The answers to the messages of one source under one id."""
    with web_of(request).application.reading() as connection:
        return views.submissions_of(connection, source, id)


@router.get("/api/nominations/{nomination_id}", summary="一项申报")
def nomination(request: Request, _: ReaderOfOne, nomination_id: UUID) -> CaseFile:
    """A nomination with its findings, materials and history."""
    application = web_of(request).application
    shared = shared_with(application, nomination_id)
    return case_of(request, nomination_id).file(shared, erased_of(application, nomination_id))


@router.get("/api/retention", summary="保存期限届满的申报")
def retention(request: Request, _: Reader) -> list[ExpiredRow]:
    """Whose files have been kept long enough: the office decides on their erasure (P17)."""
    with web_of(request).application.reading() as connection:
        return views.expired(connection)


@router.post("/audit/facts/{campaign_id}", summary="为查找造假调取全部申报", tags=["audit"])
def campaign_facts(
    request: Request,
    campaign_id: UUID,
    asked: StatedPurpose,
    actor: Annotated[Actor, Depends(current_actor)],
) -> IntakeFacts:
    """What detectors compare of every nomination; each opening is on record before it (P3)."""
    investigates(actor)
    return facts(
        web_of(request).application,
        cast("Vault", request.app.state.vault),
        campaign_id,
        actor,
        asked.purpose,
    )


@router.get("/api/campaigns/{campaign_id}/precedents", summary="等同认定一览")
def precedents(request: Request, _: Reader, campaign_id: UUID) -> list[EquivalenceDecided]:
    """The decisions of a campaign on equal awards, which a pre-review may name (A5)."""
    decided: Decided = web_of(request).application.log.batch().state(PRECEDENTS, campaign_id)
    return list(decided.decisions.values())


class OpenedParts(BaseModel):
    """The parts in plaintext, and the position of the event that says so."""

    position: int
    identity: Identity | None = None
    contact: ContactDetails | None = None
    dossier: dict[str, Any] | None = None


@router.post("/api/nominations/{nomination_id}/dossier", summary="为特定用途查看个人信息")
def open_by_program(
    request: Request,
    nomination_id: UUID,
    actor: Annotated[Actor, Depends(current_actor)],
    opening: Opening,
) -> OpenedParts:
    """Open personal data; the opening is on record before anything is answered (P3)."""
    case = case_of(request, nomination_id)
    opened, answer = opened_here(request, case, actor, opening.purpose, opening.fields)
    parts = {part: from_json(text) for part, text in opened.items()}
    return OpenedParts.model_validate({"position": answer.position, **parts})


class Released(BaseModel):
    """What may be published now, and the position of the event that says so."""

    position: int
    events: tuple[str, ...]
    entry: Entry


@router.post("/api/nominations/{nomination_id}/release", summary="核定公开内容")
def release_by_program(
    request: Request, nomination_id: UUID, actor: Annotated[Actor, Depends(current_actor)]
) -> Released:
    """Release for publication what P3 allows, taken from the nomination itself."""
    answer, entry = release(request, nomination_id, actor)
    return Released(position=answer.position, events=answer.events, entry=entry)


# pages


@dataclass(frozen=True, slots=True)
class Group:
    """The nominations of one campaign on the desk."""

    campaign_id: UUID
    configuration: CampaignConfiguration | None
    rows: tuple[NominationRow, ...]


@router.get("/", response_class=HTMLResponse, summary="受理与初审工作台")
def desk(request: Request, _: Reader, status: str = "") -> Response:
    """Every nomination, by campaign; or those of one status."""
    application = web_of(request).application
    with application.reading() as connection:
        rows = views.nominations(connection)
    counted = Counter(row.status for row in rows)
    order = {name: place for place, name in enumerate((*COURSE, *TONES))}
    return PAGES.show(
        request,
        "desk.html",
        groups=groups(application, [row for row in rows if status in ("", row.status)]),
        tally=sorted(counted.items(), key=lambda one: order[one[0]]),
        total=len(rows),
        chosen=status,
        tones=TONES,
        channels=CHANNELS,
        due_on=due_on,
    )


def groups(application: Application, rows: Iterable[NominationRow]) -> list[Group]:
    """The rows by campaign, with what the campaign is called."""
    by_campaign: dict[UUID, list[NominationRow]] = {}
    for row in rows:
        by_campaign.setdefault(row.campaign_id, []).append(row)
    batch = application.log.batch()
    batch.preload((CAMPAIGN, by_campaign))
    return [
        Group(campaign, configuration_of(batch.state(CAMPAIGN, campaign)), tuple(own))
        for campaign, own in by_campaign.items()
    ]


def shared_with(application: Application, nomination_id: UUID) -> tuple[Finding, ...]:
    """What the nomination has in common with those of other people (P7)."""
    with application.reading() as connection:
        return views.shared_works(connection, nomination_id)


def erased_of(application: Application, nomination_id: UUID) -> frozenset[Purpose]:
    """The parts of the nomination that are erased, or just being (P17)."""
    with application.reading() as connection:
        return views.erased_parts(connection, nomination_id)


def due_on(due_at: datetime) -> date:
    """The last day before a moment at which something is over."""
    return beijing_date(due_at - timedelta(microseconds=1))


def configuration_of(state: Situation) -> CampaignConfiguration | None:
    """What a campaign runs, or ran, by."""
    return None if isinstance(state, Unopened) else state.configuration


@router.get("/nominations/{nomination_id}", response_class=HTMLResponse, summary="一项申报的页面")
def nomination_page(
    request: Request, actor: ReaderOfOne, nomination_id: UUID, done: str = ""
) -> Response:
    """Findings, materials, history, and what may be done now."""
    return shown(request, actor, nomination_id, done=DONE.get(done))


def shown(
    request: Request,
    actor: Actor,
    nomination_id: UUID,
    *,
    problem: Problem | None = None,
    done: str | None = None,
    draft: Mapping[str, Any] | None = None,
    revealed: "Revealed | None" = None,
) -> Response:
    """The page of one nomination; `draft` is what was typed into a form that was refused."""
    application = web_of(request).application
    case = case_of(request, nomination_id)
    campaign = application.log.batch().state(CAMPAIGN, case.received.campaign_id)
    return PAGES.show(
        request,
        "nomination.html",
        status=problem.status if problem else 200,
        case=case,
        configuration=configuration_of(campaign),
        may=may_do(actor, case),
        problem=problem,
        done=done,
        draft=draft or {},
        revealed=revealed,
        shared=shared_with(application, nomination_id),
        erased=sorted(erased_of(application, nomination_id)),
        due_on=due_on,
        fields=fields_in_words,
        tones=TONES,
        channels=CHANNELS,
        conditions=CONDITIONS,
        materials=MATERIALS,
        parts=PARTS,
        levels=LEVELS,
        copies=printed.COPIES,
    )


def may_do(actor: Actor, case: Case) -> frozenset[str]:
    """The forms that this page offers to this actor now; the rules decide again on each."""
    before_review = case.live and case.record.course == COURSE[0]
    offered = {
        "review": before_review and bool(actor.roles & PassPreReview.may),
        "resolve": case.live
        and bool(case.record.rivals)
        and bool(actor.roles & ResolveDuplicate.may),
        "open": bool(actor.roles & OpenPersonalData.may),
        "print": bool(actor.roles & VERIFIERS),
        "release": case.live
        and case.record.course in RELEASABLE
        and bool(actor.roles & ReleaseForPublication.may),
    }
    return frozenset(name for name, offer in offered.items() if offer)


def page_of(nomination_id: UUID, done: str) -> str:
    """Where a form that succeeded leads to."""
    return f"/nominations/{nomination_id}?done={done}"


def again(
    request: Request, actor: Actor, nomination_id: UUID, draft: Mapping[str, Any]
) -> Callable[[Problem], Response]:
    """The same page with the refusal on it, and what was typed."""
    return lambda problem: shown(request, actor, nomination_id, problem=problem, draft=draft)


@router.post("/nominations/{nomination_id}/pass", include_in_schema=False)
def pass_pre_review(
    request: Request,
    actor: Reader,
    nomination_id: UUID,
    opinion: Annotated[str, Form()] = "",
    conditions: Annotated[tuple[str, ...], Form()] = (),
) -> Response:
    """The pre-review is passed with these conditions (S35)."""
    said = {"conditions": conditions, "opinion": opinion}
    return attempt(
        request,
        actor,
        NOMINATION.name,
        nomination_id,
        "pass_pre_review",
        said,
        then=page_of(nomination_id, "passed"),
        otherwise=again(request, actor, nomination_id, {"form": "pass", **said}),
    )


@router.post("/nominations/{nomination_id}/fail", include_in_schema=False)
def fail_pre_review(
    request: Request,
    actor: Reader,
    nomination_id: UUID,
    opinion: Annotated[str, Form()] = "",
    reasons: Annotated[str, Form()] = "",
) -> Response:
    """The pre-review is not passed, for these rules (S35)."""
    numbers = re.findall(r"[A-Z]\d+", reasons.upper())
    return attempt(
        request,
        actor,
        NOMINATION.name,
        nomination_id,
        "fail_pre_review",
        {"reasons": numbers, "opinion": opinion},
        then=page_of(nomination_id, "failed"),
        otherwise=again(
            request,
            actor,
            nomination_id,
            {"form": "fail", "reasons": reasons, "opinion": opinion},
        ),
    )


@router.post("/nominations/{nomination_id}/keep", include_in_schema=False)
def keep(request: Request, actor: Reader, nomination_id: UUID) -> Response:
    """Of several nominations of one person, this one goes on (P7)."""
    return attempt(
        request,
        actor,
        NOMINATION.name,
        nomination_id,
        "resolve_duplicate",
        {},
        then=page_of(nomination_id, "kept"),
        otherwise=again(request, actor, nomination_id, {}),
    )


@router.post("/nominations/{nomination_id}/release", include_in_schema=False)
def release_by_form(request: Request, actor: Reader, nomination_id: UUID) -> Response:
    """Release for publication (P3)."""
    try:
        answer, _ = release(request, nomination_id, actor)
    except (Refused, Erased) as refusal:
        return shown(request, actor, nomination_id, problem=problem_of(refusal))
    web_of(request).application.wait_for_views(answer.position)
    return RedirectResponse(page_of(nomination_id, "released"), status_code=303)


@dataclass(frozen=True, slots=True)
class Revealed:
    """What this one page shows in plaintext."""

    purpose: str
    identity: Identity | None = None
    contact: ContactDetails | None = None
    dossier: Dossier | None = None


@router.post("/nominations/{nomination_id}/open", include_in_schema=False)
def open_by_form(
    request: Request,
    actor: ReaderOfOne,
    nomination_id: UUID,
    purpose: Annotated[str, Form()] = "",
    fields: Annotated[tuple[str, ...], Form()] = (),
) -> Response:
    """Open personal data on the page that answers this form, and nowhere else (P3)."""
    draft = {"form": "open", "purpose": purpose, "fields": fields}
    case = case_of(request, nomination_id)
    try:
        opening = Opening.model_validate({"purpose": purpose, "fields": fields})
        opened, _ = opened_here(request, case, actor, opening.purpose, opening.fields)
    except (Refused, Erased, ValidationError) as refusal:
        problem = problem_of(refusal)
        return shown(request, actor, nomination_id, problem=problem, draft=draft)
    revealed = Revealed(
        opening.purpose,
        _read(Identity, opened.get("identity")),
        _read(ContactDetails, opened.get("contact")),
        _read(Dossier, opened.get("dossier")),
    )
    return shown(request, actor, nomination_id, revealed=revealed)


def _read(kind: type[Part], opened: str | None) -> Part | None:
    return None if opened is None else kind.model_validate_json(opened)
