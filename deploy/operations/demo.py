"""Plays a whole selection on the notice's campaign, as the people and systems outside would.

A client and nothing else: it publishes over RabbitMQ, acts over HTTP with signed tokens, and looks
at what the services answer. It ends with whether everything happened as it had to.
"""

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import groupby
from pathlib import Path
from time import monotonic
from typing import Any
from uuid import UUID, uuid5

from rich.console import Console
from rich.table import Table

from deploy.operations.client import Client, NotAsExpected, eventually
from deploy.operations.nominate import nominate
from deploy.operations.session import Session
from deploy.operations.timeline import tables, timeline
from shared.audit.timeline import Timeline
from shared.contracts.ids import campaign_id

DEPLOY = Path(__file__).resolve().parent.parent
CAMPAIGN = DEPLOY / "campaigns" / "2019.json"
SAMPLES = DEPLOY / "samples"

PASSING = {
    "good-1": ("C1",),
    "good-2": ("C2",),
    "good-3": ("C3", "C4"),
    "good-4": ("C4",),
}
FAILING = {"bad-2": "S10", "bad-3": "S16"}
FORGED = "good-4"
MARKS = {
    "good-1": (18, 27, 17, 26),
    "good-2": (17, 26, 15, 25),
    "good-3": (19, 28, 18, 28),
    "good-4": (16, 25, 15, 24),
}
EXPERTS = ("expert-1", "expert-2", "expert-3")
DECISION = "嘉港区管〔2019〕1号"
LAST = {
    **{
        name: {"nomination_cleared.v1", "nomination_conferred.v1", "place_taken.v1"}
        for name in PASSING
    },
    FORGED: {"nomination_disqualified.v1", "candidacy_cancelled.v1", "entry_withdrawn.v1"},
}
"""What intake and review hear last; until they did, a history is not told."""

Say = Callable[[str], None]


@dataclass
class Outcome:
    """What came of the demonstration; `steps` are (what, seconds)."""

    steps: list[tuple[str, float]] = field(default_factory=list)
    receipts: dict[str, dict[str, Any]] = field(default_factory=dict)
    timelines: dict[str, Timeline] = field(default_factory=dict)
    finding_to_portal: float = 0.0
    conferred: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def as_dict(self) -> dict[str, Any]:
        """For machines."""
        return {
            "ok": True,
            "seconds": round(self.seconds, 2),
            "steps": [{"step": what, "seconds": round(took, 2)} for what, took in self.steps],
            "receipts": self.receipts,
            "finding_to_portal_seconds": round(self.finding_to_portal, 3),
            "conferred": self.conferred,
            "timelines": {name: list(case.lines) for name, case in self.timelines.items()},
        }


class Demonstration:
    """One selection from the opening of the campaign to the titles.

    Args:
        session: a running system in the rehearsal profile, with nothing in it.
        say: told each step as it begins.
    """

    def __init__(self, session: Session, say: Say) -> None:
        self._session = session
        self._client: Client = session.client()
        self._say = say
        self._configuration = json.loads(CAMPAIGN.read_text())
        self.campaign = str(campaign_id(self._configuration["document_number"]))
        self.expected: dict[str, Any] = json.loads((SAMPLES / "expected.json").read_text())
        self.outcome = Outcome()

    def play(self) -> Outcome:
        """Play it.

        Raises:
            NotAsExpected: something did not happen as it had to.
        """
        begun = monotonic()
        for what, act in (
            ("办公室发布评选通知，开启评选活动", self.open_campaign),
            ("三个外部系统经消息总线推荐申报，逐件核对回执", self.publish_nominations),
            ("办公室资格初审，处理重复申报", self.pre_review),
            ("评审小组三名专家打分，产生入围名单", self.evaluate),
            ("领导小组审定名单", self.approve),
            ("办公室核准公开内容，发布公示", self.post_notice),
            ("公示期间查实一人奖项造假：核查、认定、取消资格", self.expose_fraud),
            ("公示期满，管委会授予称号", self.confer),
            ("调取十一件申报的全部历史", self.tell_histories),
        ):
            with self._step(what):
                act()
        self.outcome.seconds = monotonic() - begun
        return self.outcome

    def close(self) -> None:
        """Give the connections back."""
        self._client.close()

    def open_campaign(self) -> None:
        """The office opens the campaign; every service hears of it."""
        self.set_clock("2019-11-21T09:00:00+08:00")
        self._client.command(
            "intake",
            "campaign",
            self.campaign,
            "open_campaign",
            "office",
            configuration=self._configuration,
        )
        title = self._configuration["title"]
        eventually(lambda: self.page("/"), lambda page: title in page, "the portal's first page")

    def publish_nominations(self) -> None:
        """Three systems publish; each receipt is compared with what the samples say."""
        files = sorted(SAMPLES.glob("good-*.json")) + sorted(SAMPLES.glob("bad-*.json"))
        for moment, group in groupby(files, lambda file: self.expected[file.stem]["publish_at"]):
            self.set_clock(moment)
            batch = list(group)
            answers = nominate(batch, self._session.amqp_urls, self._session.sources)
            for file, receipt in zip(batch, answers, strict=True):
                self.outcome.receipts[file.stem] = receipt
                self._compare(file.stem, receipt)

    def _compare(self, name: str, receipt: dict[str, Any]) -> None:
        expected = self.expected[name]
        found = {
            "outcome": receipt["outcome"],
            "errors": rules(receipt, "error"),
            "warnings": rules(receipt, "warning"),
        }
        wanted = {
            "outcome": expected["outcome"],
            "errors": sorted(expected["errors"]),
            "warnings": sorted(expected["warnings"]),
        }
        if found != wanted:
            raise NotAsExpected(f"receipt of {name}: {found}, expected {wanted}")

    def pre_review(self) -> None:
        """The office chooses between duplicates, reads each dossier, and decides."""
        self.set_clock("2019-12-11T09:30:00+08:00")
        self._nomination("good-1", "resolve_duplicate")
        self._becomes("bad-5", "重复并入")
        for name, conditions in PASSING.items():
            dossier = self._client.post(
                "intake",
                f"/api/nominations/{self.id(name)}/dossier",
                "office",
                {"purpose": "资格初审", "fields": ["identity", "dossier"]},
            )
            if "890000" not in json.dumps(dossier):
                raise NotAsExpected(f"the dossier of {name} did not open")
            self._nomination(
                name,
                "pass_pre_review",
                conditions=list(conditions),
                opinion="材料齐全，符合评选条件，同意列为拟入围人选。",
            )
        for name, rule in FAILING.items():
            self._nomination(
                name, "fail_pre_review", reasons=[rule], opinion="经审核，不符合评选条件。"
            )
        for name in PASSING:
            self._becomes(name, "拟入围")

    def evaluate(self) -> None:
        """The office appoints the panel, three experts score, the chair draws the shortlist."""
        self.set_clock("2019-12-12T09:00:00+08:00")
        members = [
            {
                "id": one["id"],
                "name": one["name"],
                "organisation": one["organisation"],
                "uscc": one["uscc"],
                "kind": "leader" if one["id"] == EXPERTS[0] else "expert",
            }
            for one in accounts()
            if one["id"] in EXPERTS
        ]
        eventually(
            lambda: self._client.get(
                "review", f"/api/evaluations?campaign={self.campaign}", "office"
            ),
            lambda candidates: len(candidates) == len(PASSING),
            "the candidates",
        )
        eventually(
            partial(
                self._client.command,
                "review",
                "panel",
                self.campaign,
                "appoint_panel",
                "office",
                members=members,
                chair=EXPERTS[0],
            ),
            bool,
            "the panel",
        )
        codes = [criterion["code"] for criterion in self._configuration["scoring"]["criteria"]]
        for name, marks in MARKS.items():
            for number, expert in enumerate(EXPERTS):
                given = {code: mark - number % 2 for code, mark in zip(codes, marks, strict=True)}
                eventually(
                    partial(
                        self._client.command,
                        "review",
                        "evaluation",
                        self.id(name),
                        "submit_score",
                        expert,
                        marks=given,
                    ),
                    bool,
                    f"{expert} scores {name}",
                )
        self._client.command("review", "panel", self.campaign, "draw_shortlist", EXPERTS[0])
        for name in PASSING:
            self._becomes(name, "入围")

    def approve(self) -> None:
        """The leading group votes on the frozen list."""
        self.set_clock("2019-12-16T14:00:00+08:00")
        approval = eventually(
            lambda: self._client.get("review", f"/api/approvals/{self.campaign}", "leading-group"),
            lambda answer: bool(answer.get("digest")),
            "the list for the leading group",
        )
        units = self._configuration["bodies"]["leading_group_members"]
        votes = {self.id(name): {"yes": len(units), "no": 0, "abstain": 0} for name in PASSING}
        self._client.command(
            "review",
            "approval",
            self.campaign,
            "decide_list",
            "leading-group",
            digest=approval["digest"],
            chair=self._configuration["bodies"]["leading_group_chair"],
            present=units,
            votes=votes,
        )
        for name in PASSING:
            self._becomes(name, "审定通过")

    def post_notice(self) -> None:
        """The office releases what the public may see, and posts the notice."""
        self.set_clock("2019-12-23T09:00:00+08:00")
        for name in PASSING:
            self._client.post("intake", f"/api/nominations/{self.id(name)}/release", "office", {})
        eventually(
            partial(
                self._client.command,
                "publicity",
                "notice",
                self.campaign,
                "publish_notice",
                "office",
            ),
            bool,
            "the notice",
        )
        for name in PASSING:
            eventually(self.notice_page, partial(shows, self.name(name)), "the notice")
            self._becomes(name, "公示中")
        if "公示" not in json.dumps(self.feed(), ensure_ascii=False):
            raise NotAsExpected("the feed does not have the notice")

    def expose_fraud(self) -> None:
        """An award proves forged: from the finding on, nobody edits anything by hand."""
        self.set_clock("2019-12-25T10:00:00+08:00")
        investigation = str(uuid5(UUID(self.id(FORGED)), "investigation"))
        investigators = [
            {"id": one["id"], "organisation": one["organisation"], "uscc": one["uscc"]}
            for one in accounts()
            if one["id"].startswith("investigator")
        ]

        def ask(command: str, account: str, **fields: Any) -> None:
            self._client.command(
                "review", "investigation", investigation, command, account, **fields
            )

        ask(
            "open_investigation",
            "office",
            nomination_id=self.id(FORGED),
            campaign_id=self.campaign,
            allegation="反映其专利奖项证书系伪造",
            investigators=investigators,
        )
        self._becomes(FORGED, "异议核查中")
        for one in investigators:
            ask(
                "record_evidence",
                str(one["id"]),
                sha256=hashlib.sha256(f"模拟复函 {one['id']}".encode()).hexdigest(),
                description="发证机关复函：查无此证书",
            )
        found = monotonic()
        ask(
            "conclude_investigation",
            "leading-group",
            finding="fraud",
            statement="经两名核查人员查证，所报奖项证书系伪造，弄虚作假属实。",
            public_reason="申报材料弄虚作假",
        )
        hidden = self.name(FORGED)
        eventually(self.notice_page, lambda page: hidden not in page, "the notice without the name")
        self.outcome.finding_to_portal = monotonic() - found
        eventually(
            self.feed,
            lambda feed: (
                hidden not in json.dumps(feed, ensure_ascii=False)
                and "取消" in json.dumps(feed, ensure_ascii=False)
            ),
            "the feed with the cancellation and without the name",
        )
        self._becomes(FORGED, "资格取消")

    def confer(self) -> None:
        """The window ends by the clock; the committee confers on those who are cleared."""
        self.set_clock("2019-12-28T00:00:01+08:00")
        winners = [name for name in PASSING if name != FORGED]
        self.set_clock("2019-12-30T09:00:00+08:00")
        for number, name in enumerate(winners, start=1):
            eventually(
                partial(
                    self._client.command,
                    "publicity",
                    "honour",
                    self.id(name),
                    "confer_title",
                    "committee",
                    certificate_number=f"GQGJ-2019-{number:03}",
                    decision_number=DECISION,
                ),
                bool,
                f"the title of {name}",
            )
        for name in winners:
            self._becomes(name, "已授予")
            eventually(
                lambda: self.page("/"),
                partial(shows, self.name(name)),
                "the honour roll",
            )
        self.outcome.conferred = winners
        if self.name(FORGED) in self.page("/"):
            raise NotAsExpected("the cancelled name is on the portal")

    def tell_histories(self) -> None:
        """Every message's history, from whichever services know of it."""
        for name in self.expected:
            key = self.outcome.receipts[name]["nomination_id"] or name
            case = eventually(
                partial(timeline, self._client, key),
                partial(whole, milestones=LAST.get(name, set())),
                f"the history of {name}",
            )
            self.outcome.timelines[name] = case

    def set_clock(self, moment: str) -> None:
        """Set the rehearsal clock of all services."""
        for service in self._session.addresses:
            self._client.post(service, "/clock", "operator", {"at": moment})

    def page(self, path: str) -> str:
        """A page of the portal."""
        text: str = self._client.get("publicity", path)
        return text

    def notice_page(self) -> str:
        """The page of the notice, found through the feed as a reader would."""
        for item in self.feed()["items"]:
            if item["type"] == "公示":
                return self.page(item["url"][item["url"].index("/notices/") :])
        raise NotAsExpected("the feed has no notice")

    def feed(self) -> Any:
        """The JSON feed."""
        return self._client.get("publicity", "/feed/publicity.json")

    def id(self, name: str) -> str:
        """The nomination that a sample became."""
        nomination: str = self.outcome.receipts[name]["nomination_id"]
        return nomination

    @staticmethod
    def name(sample: str) -> str:
        """The person's name, as the sample's own form says it."""
        name: str = json.loads((SAMPLES / f"{sample}.json").read_text())["data"]["form"]["name"]
        return name

    def _nomination(self, name: str, command: str, **fields: Any) -> None:
        self._client.command("intake", "nomination", self.id(name), command, "office", **fields)

    def _becomes(self, name: str, status: str) -> None:
        eventually(
            lambda: self._client.get("intake", f"/api/nominations/{self.id(name)}", "office"),
            lambda answer: answer["status"] == status,
            f"{name} becomes {status}",
        )

    @contextmanager
    def _step(self, what: str) -> Iterator[None]:
        self._say(what)
        begun = monotonic()
        yield
        self.outcome.steps.append((what, monotonic() - begun))


def shows(words: str, page: str) -> bool:
    """Whether a page shows these words."""
    return words in page


def whole(case: Timeline, milestones: set[str]) -> bool:
    """Whether every service answered, intake knows of it, and all these milestones are told."""
    services = {line["service"] for line in case.lines}
    told = {line["event"] for line in case.lines}
    return not case.unreachable and "intake" in services and milestones <= told


def rules(receipt: dict[str, Any], severity: str) -> list[str]:
    """The rules of a receipt's findings of this severity, each once."""
    return sorted({one["rule"] for one in receipt["findings"] if one["severity"] == severity})


def accounts() -> list[dict[str, Any]]:
    """The accounts of the rehearsal."""
    entries: list[dict[str, Any]] = json.loads(
        (DEPLOY / "accounts" / "rehearsal.json").read_text()
    )["accounts"]
    return entries


def summary(console: Console, outcome: Outcome) -> None:
    """What came of it, for people: the receipts, the steps, and each history."""
    console.print(tables(outcome.timelines))
    receipts = Table(title="回执", title_justify="left")
    for column in ("消息", "结果", "错误", "提示"):
        receipts.add_column(column)
    for name, receipt in outcome.receipts.items():
        receipts.add_row(
            name,
            receipt["outcome"],
            " ".join(rules(receipt, "error")),
            " ".join(rules(receipt, "warning")),
        )
    console.print(receipts)
    steps = Table(title="经过", title_justify="left")
    steps.add_column("步骤")
    steps.add_column("秒", justify="right")
    for what, took in outcome.steps:
        steps.add_row(what, f"{took:.2f}")
    console.print(steps)
    console.print(
        f"从查实造假到门户撤下姓名：{outcome.finding_to_portal:.3f} 秒；"
        f"授予 {len(outcome.conferred)} 人；总计 {outcome.seconds:.1f} 秒。全部符合预期。"
    )
