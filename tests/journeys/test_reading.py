"""What a nominee submitted is read at review's desks, and opened by intake on record (P3)."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid5

import httpx
import pytest

from deploy.local.system import System
from deploy.operations.client import Client, eventually
from deploy.operations.demo import EXPERTS, Demonstration, accounts
from deploy.operations.session import Session
from tests.journeys.conftest import Start
from tests.journeys.plays import nothing
from tests.journeys.witness import kept_in_databases, kept_in_logs, leaks

READ = "good-1"
FROM_ELSEWHERE = "good-2"
SEATED = EXPERTS[:2]
KNOWN = {one["name"]: one["id"] for one in accounts()}
TO_JUDGE = "查看申报内容；用途：综合评审"
TO_INVESTIGATE = "查看身份信息、申报内容；用途：核查"


@dataclass(frozen=True)
class Desks:
    """A selection whose panel has begun to judge; and everybody at the desks."""

    system: System
    client: Client
    nomination: str
    other: str
    investigation: str

    def reads(self, account: str, path: str, purpose: str) -> httpx.Response:
        """What review answers to this account."""
        return httpx.post(
            f"{self.system.addresses['review']}/api/{path}/dossier",
            json={"purpose": purpose},
            headers={"authorization": f"Bearer {self.client.token(account)}"},
            timeout=30,
            trust_env=False,
        )

    def judges(self, account: str, nomination: str | None = None) -> httpx.Response:
        """The same for who wants to judge."""
        return self.reads(account, f"evaluations/{nomination or self.nomination}", "综合评审")

    def opened(self) -> list[tuple[str, str]]:
        """By whom and what, other than by the office, as intake's own history tells it."""
        case = self.client.get("intake", f"/api/nominations/{self.nomination}", "auditor")
        return [
            (KNOWN[line["by"]], line["words"])
            for line in case["history"]
            if line["event"] == "personal_data_opened" and KNOWN[line["by"]] != "office"
        ]


@pytest.fixture(scope="module")
def desks(start: Start) -> Iterator[Desks]:
    with start("reading") as running:
        play = Demonstration(Session.of(running), nothing)
        with closing(play._client) as client:
            play.open_campaign()
            play.publish_nominations()
            play.pre_review()
            at_work = Desks(
                system=running,
                client=client,
                nomination=play.id(READ),
                other=play.id(FROM_ELSEWHERE),
                investigation=str(uuid5(UUID(play.id(READ)), "reading")),
            )
            begin_to_judge(at_work, play.campaign)
            begin_to_investigate(at_work, play.campaign)
            yield at_work


def begin_to_judge(desks: Desks, campaign: str) -> None:
    """The office appoints two experts, of whom one steps back from the nominee."""
    known = {one["id"]: one for one in accounts()}
    members = [
        {
            "kind": "expert" if number else "leader",
            **{field: known[one][field] for field in ("id", "name", "organisation", "uscc")},
        }
        for number, one in enumerate(SEATED)
    ]

    def begun() -> Any:
        command = desks.client.command
        command(
            "review", "panel", campaign, "appoint_panel", "office", members=members, chair=SEATED[0]
        )
        return True

    def assigned(candidates: Any) -> bool:
        return {one["status"] for one in candidates} == {"assigned"}

    eventually(begun, bool, "the panel")
    eventually(
        lambda: desks.client.get("review", f"/api/evaluations?campaign={campaign}", "office"),
        assigned,
        "the candidates",
    )
    desks.client.command(
        "review", "evaluation", desks.nomination, "declare_interest", SEATED[1], ground="same_unit"
    )


def begin_to_investigate(desks: Desks, campaign: str) -> None:
    """Two people are named to verify what the nominee submitted."""
    investigators = [
        {field: one[field] for field in ("id", "organisation", "uscc")}
        for one in accounts()
        if one["id"].startswith("investigator")
    ]
    desks.client.command(
        "review",
        "investigation",
        desks.investigation,
        "open_investigation",
        "office",
        nomination_id=desks.nomination,
        campaign_id=campaign,
        allegation="反映其获奖证书与公布名单不符",
        investigators=investigators,
    )


def test_a_judge_reads_the_deeds_and_intake_knows_it(desks: Desks) -> None:
    """P3, S36"""
    answer = desks.judges(SEATED[0])
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    read = answer.json()
    assert read["identity"] is None
    assert read["dossier"]["form"]["achievements"].startswith("扎根检修一线")
    assert read["dossier"]["form"]["claims"]["C1"]["areas"]
    assert "890000198503070011" not in answer.text
    assert desks.opened()[-1] == (SEATED[0], TO_JUDGE)


@pytest.mark.parametrize(
    ("account", "status", "code"),
    [
        (SEATED[1], 409, "recused"),
        (EXPERTS[2], 409, "not_a_member"),
        ("office", 403, "not_entitled"),
        ("leading-group", 403, "not_entitled"),
        ("operator", 403, "not_entitled"),
    ],
)
def test_nobody_else_reads_them_there(desks: Desks, account: str, status: int, code: str) -> None:
    """P10: whoever stepped back, sits on no panel or holds another office."""
    before = desks.opened()
    answer = desks.judges(account)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert desks.opened() == before


def test_who_stepped_back_from_one_still_judges_another(desks: Desks) -> None:
    """P10"""
    assert desks.judges(SEATED[1], desks.other).status_code == 200


def test_an_investigator_reads_also_who_it_is(desks: Desks) -> None:
    """P5"""
    answer = desks.reads("investigator-1", f"investigations/{desks.investigation}", "核查")
    assert answer.status_code == 200, answer.text
    assert answer.json()["identity"]["id_number"] == "890000198503070011"
    assert desks.opened()[-1] == ("investigator-1", TO_INVESTIGATE)


def test_nothing_that_was_read_is_kept_in_plaintext(desks: Desks) -> None:
    """P3: in no row of a database and no line of a log."""
    assert desks.judges(SEATED[0]).status_code == 200
    assert leaks(kept_in_databases(desks.system)) == set()
    assert leaks(kept_in_logs(desks.system.processes.directory)) == set()


def test_while_intake_hears_nothing_review_says_so_and_intake_opens_nothing_later(
    desks: Desks,
) -> None:
    """A question that nobody waits for any more is not put to a service that comes back."""
    before, name = desks.opened(), "intake.messages.0"
    desks.system.processes.kill(name)
    answer = desks.judges(SEATED[0])
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    desks.system.processes.restart(name)
    desks.system.processes.wait(name)
    eventually(lambda: desks.judges(SEATED[0]), lambda answer: answer.is_success, "intake again")
    assert desks.opened() == [*before, (SEATED[0], TO_JUDGE)]
