"""Experts, departments and the leading group, until it has decided the list."""

from typing import Any

from deploy.operations.rehearsal.books import AUTHORITIES, CREDIT, POLICE, TODAY, Books
from deploy.operations.rehearsal.people import digest
from deploy.operations.rehearsal.plan import EXPERTS, Case


class Judging:
    """Scores, replies and votes."""

    def __init__(self, books: Books) -> None:
        self._books = books

    def evaluate(self) -> None:
        """Seven experts score everybody, but whom they know; the chair draws the list."""
        self._books.stage.set_clock(TODAY["evaluation"])
        self._books.stage.each("专家评分", self._books.plan.candidates, self._judge)
        self._books.stage.soon(
            "review", "panel", self._books.campaign, "draw_shortlist", EXPERTS[0]
        )
        for case in self._books.plan.shortlisted:
            self._books.becomes(case, "入围")

    def _judge(self, case: Case) -> None:
        def ask(expert: str, command: str, **fields: Any) -> None:
            self._books.stage.soon(
                "review", "evaluation", self._books.id(case), command, expert, **fields
            )

        if case.declares is not None:
            ask(case.declares, "declare_interest", ground="other")
        if case.abstains is not None:
            ask(case.abstains, "abstain", reason="对该工种不熟悉")
        for expert, marks in case.marks.items():
            ask(expert, "submit_score", marks=marks)

    def vet(self) -> None:
        """Two departments are asked about everybody on the list; one leaves on the own wish."""
        self._books.stage.set_clock(TODAY["vetting"])
        self._books.stage.each("联审答复", self._books.plan.shortlisted, self._vet)
        leaving = [case for case in self._books.plan.shortlisted if case.leaves]
        self._books.answer("撤回", leaving, self._books.withdrawal)
        self._books.stage.set_clock(TODAY["overdue"])
        late = [case for case in self._books.plan.shortlisted if case.vetted == "overdue"]
        self._books.stage.each("逾期答复", late, lambda case: self._reply(case, CREDIT))

    def _vet(self, case: Case) -> None:
        match case.vetted:
            case "clear":
                self._reply(case, POLICE)
                self._reply(case, CREDIT)
            case "veto":
                self._reply(case, POLICE, answer="objection", veto="criminal")
                self._books.becomes(case, "撤出名单")
            case "weighed":
                self._reply(case, POLICE)
                self._reply(case, CREDIT, answer="objection")
                self._books.stage.soon(
                    "review",
                    "vetting",
                    self._books.id(case),
                    "weigh_reply",
                    "leading-group",
                    authority=CREDIT,
                    stands=False,
                    reason="所反映事项已整改，不影响参评",
                )
            case "overdue":
                self._reply(case, POLICE)

    def _reply(self, case: Case, authority: str, **fields: Any) -> None:
        self._books.stage.soon(
            "review",
            "vetting",
            self._books.id(case),
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
        self._books.stage.set_clock(TODAY["approval"])
        approval = self._books.stage.until(
            "the list before the leading group",
            lambda: self._books.stage.client.get(
                "review", f"/api/approvals/{self._books.campaign}", "leading-group"
            ),
            lambda answer: bool(answer.get("digest")),
        )
        units = self._books.configuration["bodies"]["leading_group_members"]
        everybody = len(units)
        votes = {
            self._books.id(case): {"yes": yes, "no": everybody - yes, "abstain": 0}
            for case in self._books.plan.on_the_ballot
            for yes in [everybody - case.dissent if case.yes else 2]
        }
        self._books.stage.soon(
            "review",
            "approval",
            self._books.campaign,
            "decide_list",
            "leading-group",
            digest=approval["digest"],
            chair=self._books.configuration["bodies"]["leading_group_chair"],
            present=units,
            votes=votes,
        )
        for case in self._books.plan.approved:
            self._books.becomes(case, "审定通过")
