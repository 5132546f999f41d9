"""The review desk: campaigns, scores, the leading group's list, investigations; and their JSON.

Review knows numbers, never persons (P3). What a nominee submitted is asked of intake, shown on the
one page that answers the form which said what for, and kept nowhere. Everything that is decided
goes through the aggregates; what is asked here is only who may look.
"""

from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Any, TypeVar
from uuid import UUID, uuid4

from fastapi import APIRouter, Depends, FastAPI, Form, HTTPException, Request, Response
from fastapi.responses import HTMLResponse
from psycopg import Connection
from pydantic import BaseModel, Field, ValidationError
from starlette.datastructures import FormData

from services.review import departments, desks
from services.review.calibration import Calibration, calibrate
from services.review.departments import Vetting, Waiting
from services.review.desks import Approval, Clearance, Evaluation, Investigation, Panel, Sheet
from services.review.evaluation import EVALUATION
from services.review.facts import facts
from services.review.panel import PANEL
from services.review.reading import DECIDING, INVESTIGATING, JUDGING, Ask, Reader
from services.review.receiving import REPLIES, Receiving
from services.review.recount import recompute
from services.review.shortlisting import ShortlistDrawn
from shared.asking import Asker, NotAnswered
from shared.audit.investigation.facts import ReviewFacts
from shared.contracts.opened import Parts
from shared.contracts.review import Ranked
from shared.formats.qualifications import LEVELS
from shared.messages import Actor, Refused
from shared.personal import Erased
from shared.web import Pages, Problem, attempt, web_of
from shared.web.investigating import StatedPurpose, investigates
from shared.web.login import CurrentActor, OwnToken
from shared.web.problems import problem_of

PAGES = Pages(Path(__file__).parent / "templates")

Answer = TypeVar("Answer")

DESKS = frozenset({"office", "expert", "leading_group", "investigator", "auditor"})
"""Who sees candidates and how far they have come."""
FILES = frozenset({"office", "leading_group", "investigator", "auditor"})
"""Who sees allegations and evidence: not the panel (P4)."""

STAGES = {
    "prepared": ("待组建评审小组", "wait"),
    "appointed": ("评审中", "calm"),
    "drawn": ("待领导小组审定", "wait"),
    "closed": ("已审定", "good"),
}
STATUSES = {
    "waiting": ("待组建小组", "wait"),
    "assigned": ("评分中", "calm"),
    "completed": ("评分完成", "good"),
    "closed": ("评审结束", "good"),
    "stopped": ("已取消资格", "stop"),
}
CLEARANCES = {
    "pending": ("尚不具备授予条件", "wait"),
    "granted": ("可以授予", "good"),
    "barred": ("已取消资格", "stop"),
}
INTERESTS = {
    "relative": "近亲属",
    "same_unit": "同单位",
    "master_apprentice": "师徒",
    "shared_work": "同项目或共同获奖",
    "recommender_office": "在推荐单位任职",
    "other": "其他利害关系",
}
FINDINGS = {
    "unfounded": "未查实",
    "immaterial": "属实，不影响评选",
    "ineligible": "属实，不符合条件",
    "fraud": "查实弄虚作假",
}
GROUNDS = {
    "withdrawn": "已撤回",
    "merged": "已并入另一项申报",
    "ineligible": "不符合条件，已撤出",
    "vetoed": "联审否决",
    "replaced": "名额已递补",
}
WAITS = {
    "reply": "等待联审回复",
    "objection": "研究联审异议",
    "investigation": "完成核查",
    "judges": "评委人数不足，须增补评委",
}
ANSWERS = {"no_objection": ("无异议", "good"), "objection": ("有异议", "stop")}
PAUSES = {"suspension": "办公室暂停", "objection": "异议处理中"}
HEARINGS = {"heard": "已听取陈述申辩", "declined": "本人放弃陈述申辩"}
WORDS: dict[str, Any] = {
    "grounds": GROUNDS,
    "waits": WAITS,
    "answers": ANSWERS,
    "pause_titles": PAUSES,
    "hearings": HEARINGS,
    "stages": STAGES,
    "statuses": STATUSES,
    "clearance_titles": CLEARANCES,
    "interests": INTERESTS,
    "finding_titles": FINDINGS,
    "kinds": {"leader": "领导", "expert": "专家"},
    "levels": LEVELS,
    "purposes": {"judging": JUDGING, "deciding": DECIDING, "investigating": INVESTIGATING},
}
AWAY = Problem(
    503,
    "unavailable",
    "受理系统暂时没有答复，申报内容未能显示，请稍后重试；本次查阅可能已经记录在案",
)
SEATS = 9


@asynccontextmanager
async def retrying_replies(app: FastAPI) -> AsyncIterator[None]:
    """How a parked reply of a department is recorded after all."""
    application = app.state.web.application
    application.readers[REPLIES] = Receiving(application).again
    yield


router = APIRouter(tags=["review"], lifespan=retrying_replies)


async def sent(request: Request) -> FormData:
    """The fields of the form."""
    return await request.form()


Sent = Annotated[FormData, Depends(sent)]


# what is asked of the views


def known(request: Request, ask: Callable[[Connection[Any]], Answer | None]) -> Answer:
    """The view's answer, or 404."""
    with web_of(request).application.reading() as connection:
        answer = ask(connection)
    if answer is None:
        raise HTTPException(404)
    return answer


def ensure(actor: Actor, entitled: Iterable[str]) -> None:
    """Raise 403 unless the actor has one of these roles."""
    if actor.roles.isdisjoint(entitled):
        raise HTTPException(403)


AFTERWARDS = frozenset({"office", "auditor"})
"""Who sees how the judges scored beside each other."""
VETTERS = frozenset({"office", "leading_group", "auditor"})
"""Who sees what departments answered; a department sees what it was asked itself."""


@router.get("/api/panels", summary="评选活动一览")
def read_panels(request: Request, actor: CurrentActor) -> tuple[Panel, ...]:
    """All campaigns and their panels."""
    ensure(actor, DESKS)
    return known(request, desks.panels)


@router.get("/api/panels/{campaign}", summary="评审小组")
def read_panel(request: Request, campaign: UUID, actor: CurrentActor) -> Panel:
    """A campaign, its judges, how far the panel has come."""
    ensure(actor, DESKS)
    return known(request, lambda connection: desks.panel(connection, campaign))


@router.get("/api/evaluations", summary="候选人一览")
def read_evaluations(
    request: Request, campaign: UUID, actor: CurrentActor
) -> tuple[Evaluation, ...]:
    """The candidates of a campaign; totals only where all scores are in (P11)."""
    ensure(actor, DESKS)
    return known(request, lambda connection: desks.evaluations(connection, campaign, actor.id))


@router.get("/api/evaluations/{nomination}", summary="一位候选人的评审")
def read_evaluation(request: Request, nomination: UUID, actor: CurrentActor) -> Sheet:
    """As the reader may see it: the own score, and all once the evaluation is complete (P11)."""
    ensure(actor, DESKS)
    return known(request, lambda connection: desks.sheet(connection, nomination, actor.id))


@router.get("/api/approvals/{campaign}", summary="领导小组审定")
def read_approval(request: Request, campaign: UUID, actor: CurrentActor) -> Approval:
    """The frozen list with its digest, and what was decided."""
    ensure(actor, DESKS)
    return known(request, lambda connection: desks.approval(connection, campaign))


class Counted(BaseModel):
    """The ranking as it was drawn, and as it is counted again from the events before it (P11)."""

    drawn: str
    recounted: str | None
    agrees: bool
    ranking: tuple[Ranked, ...]


@router.get("/api/panels/{campaign}/recount", summary="按事件重新计算排名")
def read_recount(request: Request, campaign: UUID, actor: CurrentActor) -> Counted:
    """The last shortlist, counted again from the events that came before it (P11)."""
    ensure(actor, {"auditor"})
    application = web_of(request).application
    candidates = known(
        request, lambda connection: desks.evaluations(connection, campaign, actor.id)
    )
    streams = [EVALUATION.stream(one.nomination_id) for one in candidates]
    recorded = sorted(
        application.log.load([PANEL.stream(campaign), *streams]), key=lambda one: one.position
    )
    lists = [one for one in recorded if isinstance(one.event, ShortlistDrawn)]
    if not lists or not isinstance(drawn := lists[-1].event, ShortlistDrawn):
        raise HTTPException(404)
    before = [one.event for one in recorded if one.position < lists[-1].position]
    again = recompute(before)
    digest = again.digest if again else None
    return Counted(
        drawn=drawn.digest,
        recounted=digest,
        agrees=digest == drawn.digest,
        ranking=again.ranking if again else (),
    )


@router.get("/api/panels/{campaign}/calibration", summary="评委评分比对")
def read_calibration(request: Request, campaign: UUID, actor: CurrentActor) -> Calibration:
    """How the judges scored beside each other, once the shortlist is drawn (P11)."""
    ensure(actor, AFTERWARDS)
    return calibrate(known(request, lambda connection: desks.scored(connection, campaign)))


@router.get("/api/vettings", summary="联审一览")
def read_vettings(request: Request, campaign: UUID, actor: CurrentActor) -> tuple[Vetting, ...]:
    """What departments were asked and answered; a department sees its own requests (P8)."""
    ensure(actor, VETTERS | {"authority"})
    account = None if not actor.roles.isdisjoint(VETTERS) else actor.id
    return known(request, lambda connection: departments.vettings(connection, campaign, account))


@router.get("/api/waiting", summary="待办一览")
def read_waiting(request: Request, campaign: UUID, actor: CurrentActor) -> tuple[Waiting, ...]:
    """What waits for whom in a campaign, with its day: what is overdue first."""
    ensure(actor, VETTERS)
    return known(request, lambda connection: departments.waiting(connection, campaign))


@router.get("/api/investigations", summary="核查一览")
def read_investigations(
    request: Request, campaign: UUID, actor: CurrentActor
) -> tuple[Investigation, ...]:
    """The investigations of a campaign."""
    ensure(actor, FILES)
    return known(request, lambda connection: desks.investigations(connection, campaign))


@router.get("/api/investigations/{investigation}", summary="一项核查")
def read_investigation(request: Request, investigation: UUID, actor: CurrentActor) -> Investigation:
    """Allegation, evidence, finding."""
    ensure(actor, FILES)
    return known(request, lambda connection: desks.investigation(connection, investigation))


@router.get("/api/clearances", summary="授予条件一览")
def read_clearances(request: Request, campaign: UUID, actor: CurrentActor) -> tuple[Clearance, ...]:
    """Which nominations of a campaign may be conferred."""
    ensure(actor, DESKS | {"committee"})
    return known(request, lambda connection: desks.clearances(connection, campaign))


@router.get("/api/clearances/{nomination}", summary="一件申报的授予条件")
def read_clearance(request: Request, nomination: UUID, actor: CurrentActor) -> Clearance:
    """Whether a nomination may be conferred, and what is missing."""
    ensure(actor, DESKS | {"committee"})
    return known(request, lambda connection: desks.clearance(connection, nomination))


# what a nominee submitted


def asking(request: Request) -> Ask:
    """Asks other services over the broker."""
    return Asker(web_of(request).application.settings.amqp_url).ask


def reader(
    request: Request, actor: CurrentActor, token: OwnToken, ask: Annotated[Ask, Depends(asking)]
) -> Reader:
    """Whoever acts, as a reader of what a nominee submitted."""
    return Reader(actor, token, web_of(request).application.log, ask)


CurrentReader = Annotated[Reader, Depends(reader)]


class Reading(BaseModel, extra="forbid"):
    """What for."""

    purpose: str = Field(min_length=2, max_length=200)


class ReadingOfCandidate(Reading):
    """What for, and about whom on the list."""

    nomination: UUID


class OpenedParts(BaseModel):
    """In plaintext, as the nominee submitted it."""

    identity: dict[str, Any] | None = None
    dossier: dict[str, Any] | None = None


@router.post("/api/evaluations/{nomination}/dossier", summary="为综合评审查阅申报内容")
def read_to_judge(nomination: UUID, reader: CurrentReader, body: Reading) -> OpenedParts:
    """The dossier, for a member of the panel; the reading is on record at intake before (P3)."""
    return OpenedParts(**reader.judging(nomination, body.purpose))


@router.post("/api/approvals/{campaign}/dossier", summary="为审定查阅申报内容")
def read_to_decide(campaign: UUID, reader: CurrentReader, body: ReadingOfCandidate) -> OpenedParts:
    """The dossier of a candidate on the list, for the leading group; on record before (P3)."""
    return OpenedParts(**reader.deciding(campaign, body.nomination, body.purpose))


@router.post("/api/investigations/{investigation}/dossier", summary="为核查查阅身份和申报内容")
def read_to_investigate(investigation: UUID, reader: CurrentReader, body: Reading) -> OpenedParts:
    """Identity and dossier, for those who were named to verify; on record before (P3)."""
    return OpenedParts(**reader.investigating(investigation, body.purpose))


class Shown(Parts):
    """What this one page shows in plaintext, and what for."""

    purpose: str


def shown_once(
    purpose: str,
    read: Callable[[str], dict[str, Any]],
    page: Callable[[Problem | None, Shown | None], Response],
) -> Response:
    """The page with what was read for this purpose, or with why it was not; no browser keeps it."""
    try:
        opened = read(Reading(purpose=purpose).purpose)
    except NotAnswered:
        answer = page(AWAY, None)
    except (Refused, Erased, ValidationError) as refusal:
        answer = page(problem_of(refusal), None)
    else:
        answer = page(None, Shown.model_validate({"purpose": purpose, **opened}))
    answer.headers["cache-control"] = "no-store"
    return answer


# pages


def show(request: Request, template: str, problem: Problem | None, **context: Any) -> HTMLResponse:
    """A page; with the status of what went wrong on it."""
    status = problem.status if problem else 200
    return PAGES.show(request, template, status=status, problem=problem, **WORDS, **context)


def text(fields: Mapping[str, Any], name: str) -> str:
    """A field as it was typed, without the space around it; empty where there is none."""
    value = fields.get(name, "")
    return value.strip() if isinstance(value, str) else ""


def texts(fields: FormData) -> dict[str, str]:
    """All fields as they were typed, to be shown again."""
    return {name: text(fields, name) for name in fields}


@router.get("/", response_class=HTMLResponse, include_in_schema=False)
def desk(request: Request, actor: CurrentActor) -> Response:
    """All campaigns."""
    ensure(actor, DESKS)
    return show(request, "desk.html", None, panels=known(request, desks.panels))


@router.get("/campaigns/{campaign}", response_class=HTMLResponse, include_in_schema=False)
def campaign_page(request: Request, campaign: UUID, actor: CurrentActor) -> Response:
    """A campaign: panel, candidates, investigations, clearances."""
    ensure(actor, DESKS)
    return show_campaign(request, campaign, actor)


def show_campaign(
    request: Request,
    campaign: UUID,
    actor: Actor,
    problem: Problem | None = None,
    entered: Mapping[str, str] | None = None,
) -> Response:
    """The campaign, and what was entered in a form that was refused."""
    files = not actor.roles.isdisjoint(FILES)
    vets = not actor.roles.isdisjoint(VETTERS)
    compares = not actor.roles.isdisjoint(AFTERWARDS)
    with web_of(request).application.reading() as connection:
        panel = desks.panel(connection, campaign)
        if panel is None:
            raise HTTPException(404)
        return show(
            request,
            "campaign.html",
            problem,
            panel=panel,
            evaluations=desks.evaluations(connection, campaign, actor.id),
            names={member.id: member.name for member in panel.members},
            waiting=departments.waiting(connection, campaign) if vets else (),
            vettings=departments.vettings(connection, campaign, None) if vets else (),
            calibration=calibrate(desks.scored(connection, campaign)) if compares else None,
            mine=desks.judgements(connection, campaign, actor.id),
            investigations=desks.investigations(connection, campaign) if files else (),
            clearances=desks.clearances(connection, campaign),
            files=files,
            seats=range(1, SEATS + 1),
            entered=entered or {},
        )


@router.post("/campaigns/{campaign}/panel", include_in_schema=False)
def appoint(request: Request, campaign: UUID, actor: CurrentActor, fields: Sent) -> Response:
    """Appoint the panel: the rows of the form that name an account."""
    ensure(actor, DESKS)
    members = [
        {
            name: text(fields, f"{name}.{seat}")
            for name in ("id", "name", "organisation", "uscc", "kind")
        }
        for seat in range(1, SEATS + 1)
        if text(fields, f"id.{seat}")
    ]
    chair = text(fields, f"id.{text(fields, 'chair')}")
    return attempt(
        request,
        actor,
        "panel",
        campaign,
        "appoint_panel",
        {"members": members, "chair": chair},
        then=f"/campaigns/{campaign}",
        otherwise=lambda problem: show_campaign(request, campaign, actor, problem, texts(fields)),
    )


@router.post("/campaigns/{campaign}/shortlist", include_in_schema=False)
def draw(request: Request, campaign: UUID, actor: CurrentActor) -> Response:
    """Draw the shortlist."""
    ensure(actor, DESKS)
    return attempt(
        request,
        actor,
        "panel",
        campaign,
        "draw_shortlist",
        {},
        then=f"/campaigns/{campaign}",
        otherwise=lambda problem: show_campaign(request, campaign, actor, problem),
    )


@router.get("/evaluations/{nomination}", response_class=HTMLResponse, include_in_schema=False)
def evaluation_page(request: Request, nomination: UUID, actor: CurrentActor) -> Response:
    """A candidate: the score form for a judge, the result once there is one."""
    ensure(actor, DESKS)
    return show_evaluation(request, nomination, actor)


def show_evaluation(
    request: Request,
    nomination: UUID,
    actor: Actor,
    problem: Problem | None = None,
    entered: Mapping[str, str] | None = None,
    shown: Shown | None = None,
) -> Response:
    """The candidate, and what was entered in a form that was refused."""
    with web_of(request).application.reading() as connection:
        sheet = desks.sheet(connection, nomination, actor.id)
        if sheet is None:
            raise HTTPException(404)
        panel = desks.panel(connection, sheet.evaluation.campaign_id)
        members = panel.members if panel else ()
        return show(
            request,
            "evaluation.html",
            problem,
            sheet=sheet,
            panel=panel,
            names={member.id: member.name for member in members},
            clearance=desks.clearance(connection, nomination),
            entered=entered or {},
            shown=shown,
        )


@router.post("/evaluations/{nomination}/dossier", include_in_schema=False)
def show_to_judge(
    request: Request, nomination: UUID, reader: CurrentReader, fields: Sent
) -> Response:
    """What the nominee submitted, on the page that answers this form and nowhere else."""
    ensure(reader.actor, DESKS)
    return shown_once(
        text(fields, "purpose"),
        lambda purpose: reader.judging(nomination, purpose),
        lambda problem, shown: show_evaluation(
            request, nomination, reader.actor, problem, texts(fields), shown
        ),
    )


@router.post("/evaluations/{nomination}/score", include_in_schema=False)
def score(request: Request, nomination: UUID, actor: CurrentActor, fields: Sent) -> Response:
    """Submit a score, or correct it with a reason."""
    ensure(actor, DESKS)
    marks = {
        name.removeprefix("marks."): text(fields, name)
        for name in fields
        if name.startswith("marks.")
    }
    correction = {"reason": text(fields, "reason")} if "reason" in fields else {}
    return attempt(
        request,
        actor,
        "evaluation",
        nomination,
        "correct_score" if correction else "submit_score",
        {"marks": marks, **correction},
        then=f"/evaluations/{nomination}",
        otherwise=lambda problem: show_evaluation(
            request, nomination, actor, problem, texts(fields)
        ),
    )


@router.post("/evaluations/{nomination}/recusal", include_in_schema=False)
def recuse(request: Request, nomination: UUID, actor: CurrentActor, fields: Sent) -> Response:
    """Step back from a candidate."""
    ensure(actor, DESKS)
    return attempt(
        request,
        actor,
        "evaluation",
        nomination,
        "declare_interest",
        {"ground": text(fields, "ground")},
        then=f"/evaluations/{nomination}",
        otherwise=lambda problem: show_evaluation(request, nomination, actor, problem),
    )


@router.get("/approvals/{campaign}", response_class=HTMLResponse, include_in_schema=False)
def approval_page(request: Request, campaign: UUID, actor: CurrentActor) -> Response:
    """The frozen list: the vote form for the leading group, then the decision."""
    ensure(actor, DESKS)
    return show_approval(request, campaign, actor)


def show_approval(
    request: Request,
    campaign: UUID,
    actor: Actor,
    problem: Problem | None = None,
    entered: Mapping[str, str] | None = None,
    present: Iterable[str] = (),
    shown: Shown | None = None,
) -> Response:
    """The list, and what was entered in a form that was refused."""
    with web_of(request).application.reading() as connection:
        panel = desks.panel(connection, campaign)
        approval = desks.approval(connection, campaign)
        if panel is None or approval is None:
            raise HTTPException(404)
        candidates = desks.evaluations(connection, campaign, actor.id)
        totals = {one.nomination_id: one.total for one in candidates}
        return show(
            request,
            "approval.html",
            problem,
            panel=panel,
            approval=approval,
            totals=totals,
            vetting=bool(departments.vettings(connection, campaign, None)),
            entered=entered or {},
            attending=frozenset(present),
            shown=shown,
        )


@router.post("/approvals/{campaign}/dossier", include_in_schema=False)
def show_to_decide(
    request: Request,
    campaign: UUID,
    reader: CurrentReader,
    fields: Sent,
    nomination: Annotated[UUID, Form()],
) -> Response:
    """What a candidate submitted, on the page that answers this form and nowhere else."""
    ensure(reader.actor, DESKS)
    return shown_once(
        text(fields, "purpose"),
        lambda purpose: reader.deciding(campaign, nomination, purpose),
        lambda problem, shown: show_approval(
            request, campaign, reader.actor, problem, texts(fields), shown=shown
        ),
    )


@router.post("/approvals/{campaign}", include_in_schema=False)
def decide(request: Request, campaign: UUID, actor: CurrentActor, fields: Sent) -> Response:
    """Decide the list. A candidate whose three fields are empty was not voted on."""
    ensure(actor, DESKS)
    present = [unit for unit in fields.getlist("present") if isinstance(unit, str)]
    ballots = {
        nomination: {
            kind: text(fields, f"{kind}.{nomination}") for kind in ("yes", "no", "abstain")
        }
        for nomination in (name.removeprefix("yes.") for name in fields if name.startswith("yes."))
    }
    body = {
        "digest": text(fields, "digest"),
        "chair": text(fields, "chair"),
        "present": present,
        "votes": {
            nomination: {kind: count or "0" for kind, count in votes.items()}
            for nomination, votes in ballots.items()
            if any(votes.values())
        },
    }
    return attempt(
        request,
        actor,
        "approval",
        campaign,
        "decide_list",
        body,
        then=f"/approvals/{campaign}",
        otherwise=lambda problem: show_approval(
            request, campaign, actor, problem, texts(fields), present
        ),
    )


@router.get("/investigations/new", response_class=HTMLResponse, include_in_schema=False)
def new_investigation_page(
    request: Request, nomination: UUID, campaign: UUID, actor: CurrentActor
) -> Response:
    """The form to open an investigation."""
    ensure(actor, {"office"})
    return show_new_investigation(request, nomination, campaign)


def show_new_investigation(
    request: Request,
    nomination: UUID,
    campaign: UUID,
    problem: Problem | None = None,
    entered: Mapping[str, str] | None = None,
) -> Response:
    """The form, and what was entered when it was refused."""
    panel = known(request, lambda connection: desks.panel(connection, campaign))
    return show(
        request,
        "investigation_new.html",
        problem,
        panel=panel,
        nomination=nomination,
        investigation=uuid4(),
        seats=range(1, 5),
        entered=entered or {},
    )


@router.post("/investigations/{investigation}", include_in_schema=False)
def open_investigation(
    request: Request,
    investigation: UUID,
    actor: CurrentActor,
    fields: Sent,
    nomination: Annotated[UUID, Form()],
    campaign: Annotated[UUID, Form()],
) -> Response:
    """Open an investigation under the id that the form was made with."""
    ensure(actor, {"office"})
    body = {
        "nomination_id": nomination,
        "campaign_id": campaign,
        "allegation": text(fields, "allegation"),
        "investigators": [
            {name: text(fields, f"{name}.{seat}") for name in ("id", "organisation", "uscc")}
            for seat in range(1, 5)
            if text(fields, f"id.{seat}")
        ],
    }
    return attempt(
        request,
        actor,
        "investigation",
        investigation,
        "open_investigation",
        body,
        then=f"/investigations/{investigation}",
        otherwise=lambda problem: show_new_investigation(
            request, nomination, campaign, problem, texts(fields)
        ),
    )


@router.get("/investigations/{investigation}", response_class=HTMLResponse, include_in_schema=False)
def investigation_page(request: Request, investigation: UUID, actor: CurrentActor) -> Response:
    """An investigation: evidence, and the form for the conclusion."""
    ensure(actor, FILES)
    return show_investigation(request, investigation)


def show_investigation(
    request: Request,
    investigation: UUID,
    problem: Problem | None = None,
    entered: Mapping[str, str] | None = None,
    shown: Shown | None = None,
) -> Response:
    """The investigation, and what was entered in a form that was refused."""
    with web_of(request).application.reading() as connection:
        found = desks.investigation(connection, investigation)
        if found is None:
            raise HTTPException(404)
        panel = desks.panel(connection, found.campaign_id)
        return show(
            request,
            "investigation.html",
            problem,
            investigation=found,
            panel=panel,
            entered=entered or {},
            shown=shown,
        )


@router.post("/investigations/{investigation}/dossier", include_in_schema=False)
def show_to_investigate(
    request: Request, investigation: UUID, reader: CurrentReader, fields: Sent
) -> Response:
    """What the nominee submitted, on the page that answers this form and nowhere else."""
    ensure(reader.actor, FILES)
    return shown_once(
        text(fields, "purpose"),
        lambda purpose: reader.investigating(investigation, purpose),
        lambda problem, shown: show_investigation(
            request, investigation, problem, texts(fields), shown
        ),
    )


@router.post("/investigations/{investigation}/evidence", include_in_schema=False)
def record_evidence(
    request: Request, investigation: UUID, actor: CurrentActor, fields: Sent
) -> Response:
    """Put a file on record."""
    ensure(actor, FILES)
    body = {"sha256": text(fields, "sha256").lower(), "description": text(fields, "description")}
    return attempt(
        request,
        actor,
        "investigation",
        investigation,
        "record_evidence",
        body,
        then=f"/investigations/{investigation}",
        otherwise=lambda problem: show_investigation(
            request, investigation, problem, texts(fields)
        ),
    )


@router.post("/investigations/{investigation}/conclusion", include_in_schema=False)
def conclude(request: Request, investigation: UUID, actor: CurrentActor, fields: Sent) -> Response:
    """Conclude the investigation."""
    ensure(actor, FILES)
    body = {
        "finding": text(fields, "finding"),
        "statement": text(fields, "statement"),
        "public_reason": text(fields, "public_reason") or None,
    }
    return attempt(
        request,
        actor,
        "investigation",
        investigation,
        "conclude_investigation",
        body,
        then=f"/investigations/{investigation}",
        otherwise=lambda problem: show_investigation(
            request, investigation, problem, texts(fields)
        ),
    )


@router.post("/audit/facts/{campaign_id}", summary="为查找造假调取全部评分", tags=["audit"])
def campaign_facts(
    request: Request, campaign_id: UUID, asked: StatedPurpose, actor: CurrentActor
) -> ReviewFacts:
    """Who scored whom how; not before the list is decided (P11)."""
    investigates(actor)
    return facts(web_of(request).application, campaign_id)
