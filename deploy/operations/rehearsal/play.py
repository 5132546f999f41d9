"""The selection of a rehearsal on running services, from the notice to the last revocation.

    Rehearsal(stage, plan(1000, seed=2019)).play()

A client and nothing else. In the end it counts what the services say, and holds it against what
was counted over the plan alone.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from time import monotonic
from typing import Any
from uuid import UUID, uuid5

from deploy.operations.client import NotAsExpected
from deploy.operations.demo import CAMPAIGN, accounts
from deploy.operations.rehearsal import expected
from deploy.operations.rehearsal.people import EQUAL_HONOUR, digest, event_of, name_of
from deploy.operations.rehearsal.plan import EXPERTS, Case, Plan, twin_of
from deploy.operations.rehearsal.stage import Stage
from shared.contracts.ids import campaign_id

NUMBER = "嘉港区办〔2019〕61号"
DECISION = "嘉港区管〔2020〕1号"
REVOCATION, KEPT = "嘉港区管〔2020〕2号", "嘉港区管〔2020〕3号"
PUBLIC_REASONS = {"fraud": "申报材料弄虚作假", "ineligible": "经核查不符合评选条件"}
POLICE, CREDIT = "police", "credit"
AUTHORITIES = {POLICE: "authority-police", CREDIT: "authority-credit"}
TODAY = {
    "opening": "2019-11-21T09:00:00+08:00",
    "nominating": "2019-12-06T09:00:00+08:00",
    "correcting": "2019-12-09T09:00:00+08:00",
    "too late": "2019-12-11T09:00:00+08:00",
    "pre-review": "2019-12-17T09:00:00+08:00",
    "evaluation": "2019-12-18T09:00:00+08:00",
    "vetting": "2019-12-20T09:00:00+08:00",
    "overdue": "2019-12-31T09:00:00+08:00",
    "approval": "2020-01-02T14:00:00+08:00",
    "notice": "2020-01-06T09:00:00+08:00",
    "objections": "2020-01-07T09:00:00+08:00",
    "findings": "2020-01-09T09:00:00+08:00",
    "after": "2020-01-13T09:00:00+08:00",
    "second notice": "2020-01-13T10:00:00+08:00",
    "conferral": "2020-01-20T09:00:00+08:00",
    "revocation": "2020-02-10T09:00:00+08:00",
}
"""The second window ends on 17 January, before the spring festival."""


@dataclass
class Tally:
    """What the services say in the end."""

    receipts: Counter[str] = field(default_factory=Counter)
    refusals: Counter[str] = field(default_factory=Counter)
    statuses: Counter[str] = field(default_factory=Counter)
    funnel: dict[str, int] = field(default_factory=dict)
    objections: Counter[str] = field(default_factory=Counter)
    steps: list[tuple[str, float]] = field(default_factory=list)
    fraud_to_portal: float = 0.0
    seconds: float = 0.0

    def as_dict(self) -> dict[str, Any]:
        """For machines."""
        return {
            "ok": True,
            "seconds": round(self.seconds, 1),
            "steps": [{"step": what, "seconds": round(took, 1)} for what, took in self.steps],
            "receipts": dict(self.receipts),
            "refusals": dict(self.refusals),
            "statuses": dict(self.statuses),
            "funnel": self.funnel,
            "objections": dict(self.objections),
            "fraud_to_portal_seconds": round(self.fraud_to_portal, 3),
        }


def configuration(made: Plan) -> dict[str, Any]:
    """A campaign as large as the plan, with all the practice that the notice's own leaves out."""
    known: dict[str, Any] = json.loads(CAMPAIGN.read_text())
    return {
        **known,
        "document_number": NUMBER,
        "approval_reference": f"{NUMBER}（演练，未另行报批）",
        "quota": made.quota,
        "shortlist_size": made.shortlist,
        "judging": {"minimum_scores": 5, "ties": "share", "differential_percent": 20},
        "vetting": {
            "authorities": [
                {"code": POLICE, "title": "虚构公安分局", "account": AUTHORITIES[POLICE]},
                {"code": CREDIT, "title": "虚构信用中心", "account": AUTHORITIES[CREDIT]},
            ],
            "working_days": 5,
            "vetoes": [{"code": "criminal", "title": "刑事处罚", "authority": POLICE}],
        },
        "places": {"reserve": made.reserve, "promote_reserve": True},
    }


class Rehearsal:
    """One selection.

    Args:
        stage: a running system with nothing in it.
        made: who is who.
    """

    def __init__(self, stage: Stage, made: Plan) -> None:
        self._stage = stage
        self._plan = made
        self._configuration = configuration(made)
        self._campaign = str(campaign_id(NUMBER))
        self._nominations: dict[int, str] = {}
        self._notices: list[str] = []
        self.tally = Tally()

    def play(self) -> Tally:
        """Play it, and hold what came of it against the plan.

        Raises:
            NotAsExpected: something did not happen as it had to.
        """
        begun = monotonic()
        for what, act in (
            ("开启评选活动", self.open),
            ("推荐申报", self.nominate),
            ("补正、撤回、中止、收件", self.before_the_deadline),
            ("逾期报送", self.nominate_too_late),
            ("资格初审", self.pre_review),
            ("综合评审", self.evaluate),
            ("联审", self.vet),
            ("领导小组审定", self.approve),
            ("发布公示", self.post),
            ("异议与核查", self.objections),
            ("再次公示", self.post_again),
            ("授予称号", self.confer),
            ("撤销程序", self.revoke),
            ("清点", self.count),
        ):
            started = monotonic()
            act()
            self.tally.steps.append((what, monotonic() - started))
        self.tally.seconds = monotonic() - begun
        return self.tally

    # the steps, in their order

    def open(self) -> None:
        """The office opens the campaign; a decision on an award that the notice does not name."""
        self._stage.set_clock(TODAY["opening"])
        self._stage.client.command(
            "intake",
            "campaign",
            self._campaign,
            "open_campaign",
            "office",
            configuration=self._configuration,
        )
        members = [
            {key: one[key] for key in ("id", "name", "organisation", "uscc")}
            | {"kind": "leader" if one["id"] == EXPERTS[0] else "expert"}
            for one in accounts()
            if one["id"] in EXPERTS
        ]
        self._stage.soon(
            "review",
            "panel",
            self._campaign,
            "appoint_panel",
            "office",
            members=members,
            chair=EXPERTS[0],
        )

    def nominate(self) -> None:
        """Three systems publish all that comes in time."""
        self._stage.set_clock(TODAY["nominating"])
        self._publish("推荐申报", [case for case in self._plan.cases if case.arrival != "late"])

    def nominate_too_late(self) -> None:
        """What comes one day after the deadline is refused (S32)."""
        self._stage.set_clock(TODAY["too late"])
        self._publish("逾期报送", [case for case in self._plan.cases if case.arrival == "late"])

    def _publish(self, what: str, cases: list[Case]) -> None:
        events = [event_of(case, NUMBER) for case in cases]
        for case, receipt in zip(cases, self._stage.publish(what, events), strict=True):
            if case.arrival == "repeat":
                self._must(case, receipt["nomination_id"], self._twin(case))
                continue
            self.tally.receipts[receipt["outcome"]] += 1
            if receipt["outcome"] == "refused":
                rules = {one["rule"] for one in receipt["findings"] if one["severity"] == "error"}
                self.tally.refusals[" ".join(sorted(rules))] += 1
            if case.flaw:
                self._must(case, " ".join(sorted(rules)), case.flaw)
            if receipt["nomination_id"] is not None and case.arrival != "conflict":
                self._nominations[case.number] = receipt["nomination_id"]

    def before_the_deadline(self) -> None:
        """Fields are mended, letters withdrawn, originals sighted, duplicates chosen between."""
        self._stage.set_clock(TODAY["correcting"])
        self._stage.each(
            "要求补正",
            self._arrived("corrected", "lapsed"),
            lambda case: self._nomination(
                case,
                "request_correction",
                "office",
                fields=["education"],
                reason="毕业证书与填报的学历不一致",
            ),
        )
        self._answer("补正", self._arrived("corrected"), self._correction)
        self._answer("撤回", self._arrived("withdrawn"), self._withdrawal)
        for command in ("suspend_nomination", "resume_nomination"):
            self._stage.each(
                "中止与恢复",
                self._arrived("suspended"),
                lambda case, command=command: self._nomination(
                    case, command, "office", reason="收到来信，核实情况"
                ),
            )
        self._stage.each("收取纸质材料", self._arrived("no_paper"), self._take_paper)
        self._stage.each("查验原件", self._arrived("unsighted"), self._sight)
        self._stage.each("处理重复申报", self._arrived("second"), self._choose)

    def _take_paper(self, case: Case) -> None:
        self._nomination(case, "record_paper_receipt", "desk", electronic_matches=True)

    def _sight(self, case: Case) -> None:
        self._nomination(case, "sight_originals", "desk", materials=["m4"])

    def _choose(self, case: Case) -> None:
        """P7: which of two nominations of a person goes on; some choices are taken back."""
        chosen, other = (case, twin_of(case)) if case.keeps else (twin_of(case), case)
        if case.reopened:
            self._nomination(other, "resolve_duplicate", "office")
            self._nomination(chosen, "reopen_duplicate", "office", reason="单位来函说明")
        self._nomination(chosen, "resolve_duplicate", "office")

    def _answer(
        self, what: str, cases: list[Case], event_for: Callable[[Case], Mapping[str, Any]]
    ) -> None:
        """What the nominating systems answer over the bus."""
        for case, receipt in zip(
            cases, self._stage.publish(what, [event_for(case) for case in cases]), strict=True
        ):
            self._must(case, receipt["outcome"], "received")

    def _correction(self, case: Case) -> dict[str, Any]:
        return self._follow_up(case, "corrected", {"form": {"education": "技工学校毕业"}})

    def _withdrawal(self, case: Case) -> dict[str, Any]:
        letter = {"by": "applicant", "signed_by": "本人", "date": "2019-12-08"}
        return self._follow_up(case, "withdrawn", letter)

    def _follow_up(self, case: Case, what: str, data: dict[str, Any]) -> dict[str, Any]:
        event = event_of(case, NUMBER)
        return {
            **event,
            "id": f"{event['id']}-{what}",
            "type": f"gongjiang.nomination.{what}.v1",
            "data": {"nomination_id": self._id(case), **data},
        }

    def pre_review(self) -> None:
        """The office passes and fails by the plan; what stands against a rule cannot pass."""
        self._stage.set_clock(TODAY["pre-review"])
        equal = self._arrived("equal")
        if equal:
            self._stage.soon(
                "intake",
                "precedents",
                self._campaign,
                "decide_equivalence",
                "office",
                clause="S16",
                equal=True,
                reason="与省级技术能手同级，由同一部门授予",
                **EQUAL_HONOUR,
            )
        failing = self._arrived("short", "no_award", "never_sighted", "lapsed")
        self._stage.each("初审不通过", failing, self._fail)
        self._stage.each("初审通过", self._plan.candidates, self._pass)
        self._heard("review", f"/api/evaluations?campaign={self._campaign}", self._plan.candidates)

    def _fail(self, case: Case) -> None:
        rule = {"short": "S10", "no_award": "S16", "never_sighted": "S31", "lapsed": "S30"}
        self._nomination(
            case,
            "fail_pre_review",
            "office",
            reasons=[rule[case.arrival]],
            opinion="经审核，不符合评选条件。",
        )

    def _pass(self, case: Case) -> None:
        condition = "C2" if case.arrival == "equal" else "C1"
        self._nomination(
            case,
            "pass_pre_review",
            "office",
            conditions=[condition],
            opinion="材料齐全，符合评选条件，同意列为拟入围人选。",
        )

    def evaluate(self) -> None:
        """Seven experts score everybody, but whom they know; the chair draws the list."""
        self._stage.set_clock(TODAY["evaluation"])
        self._stage.each("专家评分", self._plan.candidates, self._judge)
        self._stage.soon("review", "panel", self._campaign, "draw_shortlist", EXPERTS[0])
        for case in self._plan.shortlisted:
            self._becomes(case, "入围")

    def _judge(self, case: Case) -> None:
        def ask(expert: str, command: str, **fields: Any) -> None:
            self._stage.soon("review", "evaluation", self._id(case), command, expert, **fields)

        if case.declares is not None:
            ask(case.declares, "declare_interest", ground="other")
        if case.abstains is not None:
            ask(case.abstains, "abstain", reason="对该工种不熟悉")
        for expert, marks in case.marks.items():
            ask(expert, "submit_score", marks=marks)

    def vet(self) -> None:
        """Two departments are asked about everybody on the list; one leaves on the own wish."""
        self._stage.set_clock(TODAY["vetting"])
        self._stage.each("联审答复", self._plan.shortlisted, self._vet)
        leaving = [case for case in self._plan.shortlisted if case.leaves]
        self._answer("撤回", leaving, self._withdrawal)
        self._stage.set_clock(TODAY["overdue"])
        late = [case for case in self._plan.shortlisted if case.vetted == "overdue"]
        self._stage.each("逾期答复", late, lambda case: self._reply(case, CREDIT))

    def _vet(self, case: Case) -> None:
        match case.vetted:
            case "clear":
                self._reply(case, POLICE)
                self._reply(case, CREDIT)
            case "veto":
                self._reply(case, POLICE, answer="objection", veto="criminal")
                self._becomes(case, "撤出名单")
            case "weighed":
                self._reply(case, POLICE)
                self._reply(case, CREDIT, answer="objection")
                self._stage.soon(
                    "review",
                    "vetting",
                    self._id(case),
                    "weigh_reply",
                    "leading-group",
                    authority=CREDIT,
                    stands=False,
                    reason="所反映事项已整改，不影响参评",
                )
            case "overdue":
                self._reply(case, POLICE)

    def _reply(self, case: Case, authority: str, **fields: Any) -> None:
        self._stage.soon(
            "review",
            "vetting",
            self._id(case),
            "record_reply",
            AUTHORITIES[authority],
            **{
                "authority": authority,
                "answer": "no_objection",
                "sealed": True,
                "dated": "2019-12-20",
                "sha256": digest(case.number, f"reply of {authority}"),
                **fields,
            },
        )

    def approve(self) -> None:
        """The leading group votes on the frozen list."""
        self._stage.set_clock(TODAY["approval"])
        approval = self._stage.until(
            "the list before the leading group",
            lambda: self._stage.client.get(
                "review", f"/api/approvals/{self._campaign}", "leading-group"
            ),
            lambda answer: bool(answer.get("digest")),
        )
        units = self._configuration["bodies"]["leading_group_members"]
        everybody = len(units)
        votes = {
            self._id(case): {
                "yes": everybody if case.yes else 2,
                "no": 0 if case.yes else everybody - 2,
                "abstain": 0,
            }
            for case in self._plan.on_the_ballot
        }
        self._stage.soon(
            "review",
            "approval",
            self._campaign,
            "decide_list",
            "leading-group",
            digest=approval["digest"],
            chair=self._configuration["bodies"]["leading_group_chair"],
            present=units,
            votes=votes,
        )
        for case in self._plan.approved:
            self._becomes(case, "审定通过")

    def post(self) -> None:
        """The office releases what the public may see, and posts the notice."""
        self._stage.set_clock(TODAY["notice"])
        self._release(self._plan.approved)
        self._publish_notice()

    def _release(self, cases: Iterable[Case]) -> None:
        self._stage.each(
            "核定公开内容",
            cases,
            lambda case: self._stage.client.post(
                "intake", f"/api/nominations/{self._id(case)}/release", "office", {}
            ),
        )

    def _publish_notice(self) -> None:
        self._stage.soon("publicity", "notice", self._campaign, "publish_notice", "office")

    def objections(self) -> None:
        """Objections with every outcome there is, and a fraud that the office found by itself."""
        self._stage.set_clock(TODAY["objections"])
        objected = [case for case in self._plan.approved if case.objection is not None]
        in_time = [case for case in objected if case.objection != "late"]
        self._stage.each("收到异议", in_time, self._raise)
        taken_up = [case for case in in_time if case.objection != "anonymous"]
        self._stage.each(
            "受理异议", taken_up, lambda case: self._objection(case, "accept_objection")
        )
        self._stage.each("不予受理", self._objected("anonymous"), self._decline)
        for case in taken_up:
            self._becomes(case, "异议核查中")
        self._stage.each(
            "撤回异议",
            self._objected("withdrawn"),
            lambda case: self._objection(case, "withdraw_objection", continues=False),
        )
        self._stage.set_clock(TODAY["findings"])
        exposed = [case for case in self._plan.approved if case.exposed]
        self._stage.each("核查", exposed, self._expose)
        investigated = self._objected("unfounded", "immaterial", "ineligible", "fraud")
        self._stage.each("核查异议", investigated, self._investigate)
        self._stage.each("答复异议", investigated, self._answer_objection)
        self._stage.set_clock(TODAY["after"])
        self._stage.each("逾期异议", self._objected("late"), self._raise)
        self._stage.each("不予受理", self._objected("late"), self._decline)

    def _objected(self, *outcomes: str) -> list[Case]:
        return [case for case in self._plan.approved if case.objection in outcomes]

    def _objection_id(self, case: Case) -> str:
        return str(uuid5(UUID(self._id(case)), "objection"))

    def _objection(self, case: Case, command: str, **fields: Any) -> None:
        self._stage.soon(
            "publicity", "objection", self._objection_id(case), command, "office", **fields
        )

    def _raise(self, case: Case) -> None:
        anonymous = case.objection == "anonymous"
        self._stage.client.post(
            "publicity",
            "/api/objections",
            "desk",
            {
                "objection_id": self._objection_id(case),
                "nomination_id": self._id(case),
                "campaign_id": self._campaign,
                "kind": "person",
                "real_name": not anonymous,
                "name": "" if anonymous else "测试反映人",
                "contact": "" if anonymous else "154-演练",
                "facts": "反映其申报材料与事实不符",
                "sha256": digest(case.number, "letter of objection"),
            },
        )

    def _decline(self, case: Case) -> None:
        self._objection(case, "decline_objection", ground=case.objection, lead=False)
        self.tally.objections[str(case.objection)] += 1

    def _answer_objection(self, case: Case) -> None:
        self._objection(case, "answer_objection", sha256=digest(case.number, "answer"))

    def _expose(self, case: Case) -> None:
        """Without an objection: the office had a lead of its own."""
        found = monotonic()
        self._find(case, "fraud", None)
        name = name_of(case.number)
        self._stage.until(
            "the notice without the name",
            self._notice_page,
            lambda page: name not in page,
        )
        self.tally.fraud_to_portal = monotonic() - found
        self._becomes(case, "资格取消")

    def _investigate(self, case: Case) -> None:
        self._find(case, str(case.objection), self._objection_id(case))

    def _find(self, case: Case, finding: str, objection: str | None, number: int = 1) -> None:
        key = str(uuid5(UUID(self._id(case)), f"investigation {number}"))

        def ask(command: str, account: str, **fields: Any) -> None:
            self._stage.soon("review", "investigation", key, command, account, **fields)

        ask(
            "open_investigation",
            "office",
            nomination_id=self._id(case),
            campaign_id=self._campaign,
            allegation="反映其申报材料与事实不符",
            investigators=[
                {key: one[key] for key in ("id", "organisation", "uscc")}
                for one in accounts()
                if one["id"].startswith("investigator")
            ],
            **({} if objection is None else {"objection_id": objection}),
        )
        ask(
            "record_evidence",
            "investigator-1",
            sha256=digest(case.number, f"evidence {number}"),
            description="发证机关复函",
        )
        ask(
            "record_hearing",
            "investigator-1",
            declined=False,
            heard_on="2020-01-09",
            sha256=digest(case.number, f"hearing {number}"),
        )
        ask(
            "conclude_investigation",
            "leading-group",
            finding=finding,
            statement="经两名核查人员查证。",
            public_reason=PUBLIC_REASONS.get(finding),
        )

    def post_again(self) -> None:
        """P6: whoever moved up is posted on a notice of the own."""
        self._stage.set_clock(TODAY["second notice"])
        promoted = self._plan.promoted
        for case in promoted:
            self._becomes(case, "审定通过")
        self._release(promoted)
        self._publish_notice()
        for case in promoted:
            self._becomes(case, "公示中")

    def confer(self) -> None:
        """The windows have ended by the clock; the committee confers, the rewards are paid."""
        self._stage.set_clock(TODAY["conferral"])
        numbers = {case.number: at for at, case in enumerate(self._plan.winners, start=1)}

        def confer(case: Case) -> None:
            self._stage.soon(
                "publicity",
                "honour",
                self._id(case),
                "confer_title",
                "committee",
                certificate_number=f"GQGJ-2020-{numbers[case.number]:03}",
                decision_number=DECISION,
            )
            self._stage.soon(
                "publicity",
                "honour",
                self._id(case),
                "record_payment",
                "committee",
                amount_fen=500_000,
                sha256=digest(case.number, "payment"),
            )

        self._stage.each("授予称号、发放奖励", self._plan.winners, confer)
        for case in self._plan.winners:
            self._becomes(case, "已授予")

    def revoke(self) -> None:
        """After the conferral nothing is cancelled: the committee decides on the titles (P15)."""
        self._stage.set_clock(TODAY["revocation"])
        contested = [case for case in self._plan.winners if case.title != "kept"]
        self._stage.each("撤销程序", contested, self._revoke)

    def _revoke(self, case: Case) -> None:
        if case.title == "revoked":
            self._find(case, "fraud", None, number=2)
        else:
            self._stage.soon(
                "publicity",
                "honour",
                self._id(case),
                "propose_revocation",
                "office",
                ground="other",
                reason="单位反映其工作中有失职行为",
                proposed_by="推荐单位",
            )

        def step(command: str, account: str, **fields: Any) -> None:
            self._stage.soon("publicity", "revocation", self._id(case), command, account, **fields)

        revoked = case.title == "revoked"
        document = digest(case.number, "revocation")
        step("record_verification", "office", statement="经核实。", sha256=document)
        step("record_statement", "office", heard_on="2020-02-10", sha256=document)
        step(
            "give_opinion",
            "leading-group",
            advice="revoke" if revoked else "keep",
            statement="提请管委会决定。",
        )
        step(
            "decide_revocation",
            "committee",
            revoke=revoked,
            decision_number=REVOCATION if revoked else KEPT,
            statement="经研究决定。",
        )
        self._becomes(case, "已撤销" if revoked else "已授予")

    def count(self) -> None:
        """What the services say, beside what had to come of it."""
        made, tally = self._plan, self.tally
        rows = self._stage.client.get(
            "intake", f"/api/nominations?campaign={self._campaign}", "office"
        )
        tally.statuses = Counter(row["status"] for row in rows)
        tally.funnel = expected.funnel(made)
        for what, found, wanted in (
            ("receipts", tally.receipts, expected.receipts(made)),
            ("statuses", tally.statuses, expected.statuses(made)),
            ("objections", tally.objections, expected.objections(made)),
        ):
            if dict(found) != dict(wanted):
                raise NotAsExpected(f"{what}: {dict(found)}, counted {dict(wanted)}")

    # what many steps need

    def _arrived(self, *kinds: str) -> list[Case]:
        return [case for case in self._plan.cases if case.arrival in kinds]

    def _id(self, case: Case) -> str:
        return self._nominations[case.number]

    def _twin(self, case: Case) -> str:
        return self._id(twin_of(case))

    def _nomination(self, case: Case, command: str, account: str, **fields: Any) -> Any:
        return self._stage.client.command(
            "intake", "nomination", self._id(case), command, account, **fields
        )

    def _must(self, case: Case, found: object, wanted: object) -> None:
        if found != wanted:
            raise NotAsExpected(f"message {case.number} ({case.arrival}): {found}, not {wanted}")

    def _notice_page(self) -> str:
        """The first notice, found through the feed as a reader would."""
        feed = self._stage.client.get("publicity", "/feed/publicity.json")
        urls = [item["url"] for item in feed["items"] if item["type"] == "公示"]
        path = urls[-1][urls[-1].index("/notices/") :]
        page: str = self._stage.client.get("publicity", path)
        return page

    def _becomes(self, case: Case, status: str) -> None:
        self._stage.until(
            f"message {case.number} becomes {status}",
            lambda: self._stage.client.get(
                "intake", f"/api/nominations/{self._id(case)}", "office"
            ),
            lambda answer: answer["status"] == status,
        )

    def _heard(self, service: str, path: str, cases: list[Case]) -> None:
        self._stage.until(
            f"{service} to hear of {len(cases)}",
            lambda: self._stage.client.get(service, path, "office"),
            lambda rows: len(rows) == len(cases),
        )
