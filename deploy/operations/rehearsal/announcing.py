"""The notices, the objections to them, the titles and how one is lost."""

from collections.abc import Iterable
from typing import Any

from deploy.operations.rehearsal.books import DECISION, KEPT, REVOCATION, TODAY, Books
from deploy.operations.rehearsal.investigating import Investigating
from deploy.operations.rehearsal.people import digest
from deploy.operations.rehearsal.plan import Case


class Announcing:
    """From the first notice to the last revocation."""

    def __init__(self, books: Books) -> None:
        self._books = books
        self._investigators = Investigating(books)

    def post(self) -> None:
        """The office releases what the public may see, and posts the notice."""
        self._books.stage.set_clock(TODAY["notice"])
        self._release(self._books.plan.approved)
        self._publish_notice()

    def _release(self, cases: Iterable[Case]) -> None:
        self._books.stage.each(
            "核定公开内容",
            cases,
            lambda case: self._books.stage.client.post(
                "intake", f"/api/nominations/{self._books.id(case)}/release", "office", {}
            ),
        )

    def _publish_notice(self) -> None:
        self._books.stage.soon(
            "publicity", "notice", self._books.campaign, "publish_notice", "office"
        )

    def objections(self) -> None:
        """Objections with every outcome there is, and a fraud that the office found by itself."""
        self._books.stage.set_clock(TODAY["objections"])
        objected = [case for case in self._books.plan.approved if case.objection is not None]
        in_time = [case for case in objected if case.objection != "late"]
        self._books.stage.each("收到异议", in_time, self._raise)
        taken_up = [case for case in in_time if case.objection != "anonymous"]
        self._books.stage.each(
            "受理异议", taken_up, lambda case: self._objection(case, "accept_objection")
        )
        self._books.stage.each("不予受理", self._objected("anonymous"), self._decline)
        for case in taken_up:
            self._books.becomes(case, "异议核查中")
        self._books.stage.each(
            "查看反映人", [case for case in taken_up if case.opened], self._look_at_the_reporter
        )
        self._books.stage.each(
            "撤回异议",
            self._objected("withdrawn"),
            lambda case: self._objection(case, "withdraw_objection", continued=False),
        )
        self._books.stage.set_clock(TODAY["findings"])
        exposed = [case for case in self._books.plan.approved if case.exposed]
        self._books.stage.each("核查", exposed, self._investigators.expose)
        investigated = self._objected("unfounded", "immaterial", "ineligible", "fraud")
        self._books.stage.each("核查异议", investigated, self._investigate)
        self._books.stage.each("答复异议", investigated, self._answer_objection)
        self._books.stage.set_clock(TODAY["after"])
        self._books.stage.each("逾期异议", self._objected("late"), self._raise)
        self._books.stage.each("不予受理", self._objected("late"), self._decline)

    def _objected(self, *outcomes: str) -> list[Case]:
        return [case for case in self._books.plan.approved if case.objection in outcomes]

    def _objection(self, case: Case, command: str, **fields: Any) -> None:
        self._books.stage.soon(
            "publicity",
            "objection",
            self._books.objections[case.number],
            command,
            "office",
            **fields,
        )

    def _look_at_the_reporter(self, case: Case) -> None:
        key = self._books.objections[case.number]
        path, purpose = f"/api/objections/{key}/reporter", {"purpose": case.opened}
        self._books.stage.client.post("publicity", path, "office", purpose)

    def _raise(self, case: Case) -> None:
        anonymous = case.objection == "anonymous"
        raised = self._books.stage.client.post(
            "publicity",
            "/api/objections",
            "desk",
            {
                "nomination_id": self._books.id(case),
                "campaign_id": self._books.campaign,
                "objector": "person",
                "signed": not anonymous,
                "reporter": "" if anonymous else "测试反映人",
                "contact": "" if anonymous else "objector@example.com",
                "allegation": "反映其申报材料与事实不符",
                "sha256": digest(case.number, "letter of objection"),
            },
        )
        self._books.objections[case.number] = raised["objection_id"]

    def _decline(self, case: Case) -> None:
        self._objection(case, "decline_objection", ground=case.objection, lead=False)

    def _answer_objection(self, case: Case) -> None:
        self._objection(case, "answer_objection", sha256=digest(case.number, "answer"))

    def _investigate(self, case: Case) -> None:
        self._investigators.find(case, str(case.objection), self._books.objections[case.number])

    def post_again(self) -> None:
        """P6: whoever moved up is posted on a notice of the own."""
        self._books.stage.set_clock(TODAY["second notice"])
        promoted = self._books.plan.promoted
        for case in promoted:
            self._books.becomes(case, "审定通过")
            self._books.publicity_heard(case, "promotion_noted.v1")
        self._release(promoted)
        self._publish_notice()
        for case in promoted:
            self._books.becomes(case, "公示中")

    def confer(self) -> None:
        """The windows have ended by the clock; the committee confers, the rewards are paid."""
        self._books.stage.set_clock(TODAY["conferral"])
        numbers = {case.number: at for at, case in enumerate(self._books.plan.winners, start=1)}

        def confer(case: Case) -> None:
            self._books.stage.soon(
                "publicity",
                "honour",
                self._books.id(case),
                "confer_title",
                "committee",
                certificate_number=f"GQGJ-2020-{numbers[case.number]:03}",
                decision_number=DECISION,
            )
            self._books.stage.soon(
                "publicity",
                "honour",
                self._books.id(case),
                "record_payment",
                "committee",
                amount_fen=500_000,
                sha256=digest(case.number, "payment"),
            )

        self._books.stage.each("授予称号、发放奖励", self._books.plan.winners, confer)
        for case in self._books.plan.winners:
            self._books.becomes(case, "已授予")

    def revoke(self) -> None:
        """After the conferral nothing is cancelled: the committee decides on the titles (P15)."""
        self._books.stage.set_clock(TODAY["revocation"])
        contested = [case for case in self._books.plan.winners if case.title != "kept"]
        self._books.stage.each("撤销程序", contested, self._revoke)

    def _revoke(self, case: Case) -> None:
        if case.title == "revoked":
            self._investigators.find(case, "fraud", None, number=2)
        else:
            self._books.stage.soon(
                "publicity",
                "honour",
                self._books.id(case),
                "propose_revocation",
                "office",
                ground="other_cause",
                reason="单位反映其工作中有失职行为",
                proposed_by="推荐单位",
            )

        def step(command: str, account: str, **fields: Any) -> None:
            self._books.stage.soon(
                "publicity", "revocation", self._books.id(case), command, account, **fields
            )

        revoked = case.title == "revoked"
        document = digest(case.number, "revocation")
        if not revoked:
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
        self._books.becomes(case, "已撤销" if revoked else "已授予")
