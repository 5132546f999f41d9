"""The selection of a rehearsal on running services, from the notice to the last revocation.

    Rehearsal(stage, plan(1000, seed=2019)).play()

A client and nothing else. In the end it counts what the services say, and holds it against what
was counted over the plan alone.
"""

from collections import Counter
from time import monotonic

from deploy.operations.client import NotAsExpected
from deploy.operations.demo import accounts
from deploy.operations.rehearsal import expected
from deploy.operations.rehearsal.announcing import Announcing
from deploy.operations.rehearsal.books import TODAY, Books, Tally
from deploy.operations.rehearsal.judging import Judging
from deploy.operations.rehearsal.nominating import Nominating
from deploy.operations.rehearsal.plan import EQUAL_HONOUR, EXPERTS, Plan
from deploy.operations.rehearsal.stage import Stage


class Rehearsal:
    """One selection.

    Args:
        stage: a running system with nothing in it.
        made: who is who.

    `books` say in the end which message became which nomination.
    """

    def __init__(self, stage: Stage, made: Plan) -> None:
        self.books = Books(stage, made)
        self._nominating = Nominating(self.books)
        self._judging = Judging(self.books)
        self._announcing = Announcing(self.books)

    def play(self) -> Tally:
        """Play it, and hold what came of it against the plan.

        Raises:
            NotAsExpected: something did not happen as it had to.
        """
        begun = monotonic()
        for what, act in (
            ("开启评选活动", self.open),
            ("推荐申报", self._nominating.nominate),
            ("补正、撤回、中止、收件", self._nominating.before_the_deadline),
            ("逾期报送", self._nominating.nominate_too_late),
            ("资格初审", self._nominating.pre_review),
            ("综合评审", self._judging.evaluate),
            ("联审", self._judging.vet),
            ("领导小组审定", self._judging.approve),
            ("发布公示", self._announcing.post),
            ("异议与核查", self._announcing.objections),
            ("再次公示", self._announcing.post_again),
            ("授予称号", self._announcing.confer),
            ("撤销程序", self._announcing.revoke),
            ("清点", self.count),
        ):
            started = monotonic()
            act()
            self.books.tally.steps.append((what, monotonic() - started))
        self.books.tally.seconds = monotonic() - begun
        return self.books.tally

    def open(self) -> None:
        """The office opens the campaign; a decision on an award that the notice does not name."""
        self.books.stage.set_clock(TODAY["opening"])
        self.books.stage.client.command(
            "intake",
            "campaign",
            self.books.campaign,
            "open_campaign",
            "office",
            configuration=self.books.configuration,
        )
        self.books.stage.client.command(
            "intake",
            "precedents",
            self.books.campaign,
            "decide_equivalence",
            "office",
            campaign_id=self.books.campaign,
            clause="S16",
            equal=True,
            reason="与省级技术能手同级，由同一部门授予",
            **EQUAL_HONOUR,
        )
        members = [
            {key: one[key] for key in ("id", "name", "organisation", "uscc")}
            | {"kind": "leader" if one["id"] == EXPERTS[0] else "expert"}
            for one in accounts()
            if one["id"] in EXPERTS
        ]
        self.books.stage.soon(
            "review",
            "panel",
            self.books.campaign,
            "appoint_panel",
            "office",
            members=members,
            chair=EXPERTS[0],
        )

    def count(self) -> None:
        """What the services say, beside what had to come of it."""
        made, tally = self.books.plan, self.books.tally
        rows = self.books.stage.client.get(
            "intake", f"/api/nominations?campaign={self.books.campaign}", "office"
        )
        tally.statuses = Counter(row["status"] for row in rows)
        objections = self.books.stage.client.get("publicity", "/api/objections", "office")
        tally.objections = Counter(row["ground"] or row["outcome"] for row in objections)
        tally.funnel = expected.funnel(made)
        pairs = (
            ("receipts", tally.receipts, expected.receipts(made)),
            ("statuses", tally.statuses, expected.statuses(made)),
            ("objections", tally.objections, expected.objections(made)),
        )
        wrong = [
            f"{what}: {dict(found)}, counted {dict(wanted)}"
            for what, found, wanted in pairs
            if dict(found) != dict(wanted)
        ]
        if wrong:
            raise NotAsExpected("; ".join(wrong))
