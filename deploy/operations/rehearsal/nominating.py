"""The systems that nominate, and the office until it has decided on eligibility."""

from deploy.operations.rehearsal.books import NUMBER, TODAY, Books
from deploy.operations.rehearsal.people import event_of
from deploy.operations.rehearsal.plan import Case, twin_of

AGAIN = ("repeat", "conflict")
"""What bears the id of a message that was answered before; its receipt bears it too."""


class Nominating:
    """From the notice to the pre-review."""

    def __init__(self, books: Books) -> None:
        self._books = books

    def nominate(self) -> None:
        """Three systems publish all that comes in time; then some of it again, or otherwise."""
        self._books.stage.set_clock(TODAY["nominating"])
        cases = self._books.plan.cases
        first = [case for case in cases if case.arrival not in ("late", *AGAIN)]
        self._publish("推荐申报", first)
        self._publish("重复报送", [case for case in cases if case.arrival in AGAIN])

    def nominate_too_late(self) -> None:
        """What comes one day after the deadline is refused (S32)."""
        self._books.stage.set_clock(TODAY["too late"])
        self._publish(
            "逾期报送", [case for case in self._books.plan.cases if case.arrival == "late"]
        )

    def _publish(self, what: str, cases: list[Case]) -> None:
        events = [event_of(case, NUMBER) for case in cases]
        for case, receipt in zip(cases, self._books.stage.publish(what, events), strict=True):
            if case.arrival == "repeat":
                self._books.must(case, receipt["nomination_id"], self._books.id(twin_of(case)))
                continue
            self._books.tally.receipts[receipt["outcome"]] += 1
            if receipt["outcome"] == "refused":
                rules = {one["rule"] for one in receipt["findings"] if one["severity"] == "error"}
                self._books.tally.refusals[" ".join(sorted(rules))] += 1
            if case.flaw:
                self._books.must(case, " ".join(sorted(rules)), case.flaw)
            if receipt["nomination_id"] is not None and case.arrival != "conflict":
                self._books.nominations[case.number] = receipt["nomination_id"]

    def before_the_deadline(self) -> None:
        """Fields are mended, letters withdrawn, originals sighted, duplicates chosen between."""
        self._books.stage.set_clock(TODAY["correcting"])
        mending = self._books.arrived("corrected", "lapsed")
        self._request([case for case in mending if case.mending.asked == "by day"])
        self._books.answer("撤回", self._books.arrived("withdrawn"), self._books.withdrawal)
        self._books.stage.each("中止与恢复", self._books.arrived("suspended"), self._suspend)
        self._books.stage.each("收取纸质材料", self._books.arrived("no_paper"), self._take_paper)
        self._books.stage.each("查验原件", self._books.arrived("unsighted"), self._sight)
        self._books.stage.each("处理重复申报", self._books.arrived("second"), self._choose)
        answered = self._books.arrived("corrected")
        self._books.stage.set_clock(TODAY["answering"])
        self._mend([case for case in answered if case.mending.answered == "by day"])
        self._books.stage.set_clock(TODAY["last evening"])
        self._request([case for case in mending if case.mending.asked != "by day"])
        self._books.stage.set_clock(TODAY["last hour"])
        self._mend([case for case in answered if case.mending.answered != "by day"])

    def _request(self, cases: list[Case]) -> None:
        self._books.stage.each(
            "要求补正",
            cases,
            lambda case: self._books.nomination(
                case,
                "request_correction",
                "office",
                fields=list(case.mending.fields),
                reason=case.mending.reason,
            ),
        )

    def _mend(self, cases: list[Case]) -> None:
        self._books.answer(
            "补正",
            cases,
            lambda case: self._books.follow_up(
                case, "corrected", {"form": dict(case.mending.becomes)}
            ),
        )

    def _suspend(self, case: Case) -> None:
        for command in ("suspend_nomination", "resume_nomination"):
            self._books.nomination(case, command, "office", reason="收到来信，核实情况")

    def _take_paper(self, case: Case) -> None:
        self._books.nomination(case, "record_paper_receipt", "desk", electronic_matches=True)

    def _sight(self, case: Case) -> None:
        self._books.nomination(case, "sight_originals", "desk", materials=["m4"])

    def _choose(self, case: Case) -> None:
        """P7: which of two nominations of a person goes on; some choices are taken back."""
        chosen, other = (case, twin_of(case)) if case.keeps else (twin_of(case), case)
        if case.reopened:
            self._books.nomination(other, "resolve_duplicate", "office")
            self._books.nomination(chosen, "reopen_duplicate", "office", reason="单位来函说明")
        self._books.nomination(chosen, "resolve_duplicate", "office")

    def pre_review(self) -> None:
        """The office passes and fails by the plan; what stands against a rule cannot pass."""
        self._books.stage.set_clock(TODAY["pre-review"])
        failing = self._books.arrived("short", "no_award", "never_sighted", "lapsed")
        self._books.stage.each("初审不通过", failing, self._fail)
        self._books.stage.each("初审通过", self._books.plan.candidates, self._pass)
        self._books.heard(
            "review",
            f"/api/evaluations?campaign={self._books.campaign}",
            self._books.plan.candidates,
        )

    def _fail(self, case: Case) -> None:
        rule = {"short": "S10", "no_award": "S16", "never_sighted": "S31", "lapsed": "S30"}
        self._books.soon(
            case,
            "fail_pre_review",
            "office",
            reasons=[rule[case.arrival]],
            opinion="经审核，不符合评选条件。",
        )

    def _pass(self, case: Case) -> None:
        self._books.soon(
            case,
            "pass_pre_review",
            "office",
            conditions=[case.life.condition],
            opinion="材料齐全，符合评选条件，同意列为拟入围人选。",
        )
