"""What everybody in a rehearsal shares: the calendar, who became which nomination, the tally."""

import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from deploy.operations.client import NotAsExpected
from deploy.operations.demo import CAMPAIGN
from deploy.operations.rehearsal.people import event_of
from deploy.operations.rehearsal.plan import Case, Plan
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
    "answering": "2019-12-09T15:30:00+08:00",
    "last evening": "2019-12-10T22:20:00+08:00",
    "last hour": "2019-12-10T22:50:00+08:00",
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


class Books:
    """Of one rehearsal.

    Args:
        stage: a running system with nothing in it.
        made: who is who.
    """

    def __init__(self, stage: Stage, made: Plan) -> None:
        self.stage = stage
        self.plan = made
        self.configuration = configuration(made)
        self.campaign = str(campaign_id(NUMBER))
        self.nominations: dict[int, str] = {}
        self.objections: dict[int, str] = {}
        self.tally = Tally()

    def arrived(self, *kinds: str) -> list[Case]:
        return [case for case in self.plan.cases if case.arrival in kinds]

    def id(self, case: Case) -> str:
        return self.nominations[case.number]

    def nomination(self, case: Case, command: str, account: str, **fields: Any) -> Any:
        return self.stage.client.command(
            "intake", "nomination", self.id(case), command, account, **fields
        )

    def soon(self, case: Case, command: str, account: str, **fields: Any) -> Any:
        """Give a nomination a command, again until what it depends on has happened."""
        return self.stage.soon("intake", "nomination", self.id(case), command, account, **fields)

    def must(self, case: Case, found: object, wanted: object) -> None:
        if found != wanted:
            raise NotAsExpected(f"message {case.number} ({case.arrival}): {found}, not {wanted}")

    def becomes(self, case: Case, status: str) -> None:
        self.stage.until(
            f"message {case.number} becomes {status}",
            lambda: self.stage.client.get("intake", f"/api/nominations/{self.id(case)}", "office"),
            lambda answer: answer["status"] == status,
        )

    def publicity_heard(self, case: Case, event: str) -> None:
        """What intake knows already may come to publicity later: a notice holds whom it knows."""
        self.stage.until(
            f"publicity to have {event} of message {case.number}",
            lambda: self.stage.client.get("publicity", f"/audit/cases/{self.id(case)}", "auditor"),
            lambda lines: any(line["event"] == event for line in lines),
        )

    def heard(self, service: str, path: str, cases: list[Case]) -> None:
        self.stage.until(
            f"{service} to hear of {len(cases)}",
            lambda: self.stage.client.get(service, path, "office"),
            lambda rows: len(rows) == len(cases),
        )

    def answer(
        self, what: str, cases: list[Case], event_for: Callable[[Case], Mapping[str, Any]]
    ) -> None:
        """What the nominating systems answer over the bus."""
        for case, receipt in zip(
            cases, self.stage.publish(what, [event_for(case) for case in cases]), strict=True
        ):
            self.must(case, receipt["outcome"], "received")

    def follow_up(self, case: Case, what: str, data: dict[str, Any]) -> dict[str, Any]:
        event = event_of(case, NUMBER)
        return {
            **event,
            "id": f"{event['id']}-{what}",
            "type": f"gongjiang.nomination.{what}.v1",
            "data": {"nomination_id": self.id(case), **data},
        }

    def withdrawal(self, case: Case) -> dict[str, Any]:
        letter = {"by": "applicant", "signed_by": "本人", "date": "2019-12-08"}
        return self.follow_up(case, "withdrawn", letter)

    def notice_page(self) -> str:
        """The first notice, found through the feed as a reader would."""
        feed = self.stage.client.get("publicity", "/feed/publicity.json")
        urls = [item["url"] for item in feed["items"] if item["type"] == "公示"]
        path = urls[-1][urls[-1].index("/notices/") :]
        page: str = self.stage.client.get("publicity", path)
        return page
