"""A person whose every field is a canary: sent, parked, refused, judged, erased; found nowhere.

AUDIT names two exceptions: the raw inbound queue until it is consumed, and what was released (P3).
"""

import json
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any, get_args
from uuid import UUID

import httpx
import psycopg
import pytest

from deploy.local.servers import Servers
from deploy.local.system import System
from deploy.operations.client import Client, NotAsExpected, eventually
from deploy.operations.demo import CAMPAIGN, FORGED
from deploy.operations.nominate import Letter, Publisher
from deploy.operations.session import Session
from deploy.operations.timeline import timeline
from shared.contracts.ids import campaign_id
from shared.contracts.sealed import Purpose
from shared.personal import tombstones
from tests.journeys.canaries import Canaries, dumped, queued, seen, shown
from tests.journeys.conftest import Selection
from tests.journeys.plays import carried_out, kill
from tests.journeys.witness import Kept, kept_in_databases, kept_in_logs, rows_of, tap

NUMBER = "嘉港区办〔2019〕7101号"
SOURCE = "urn:gongjiang:publisher:zlb"
REPORTER = {"reporter": "金丝雀戊", "contact": "canary-reporter@example.com"}
TAIL = "intake.tail.0"
PUBLIC = (
    "/",
    "/feed/publicity.json",
    "/feed/publicity.atom",
    "/feed/datastore.xml",
    "/api/notices",
    "/api/honours",
)


@dataclass
class Erased:
    """What became of the canaries, and what was seen on the way."""

    system: System
    client: Client
    nomination: str
    objection: str
    planted: tuple[dict[str, str], ...]
    messages: list[Kept]
    refusals: list[str]
    before: list[Kept]
    keys: dict[UUID, bytes]


@pytest.fixture(scope="module")
def client(selection: Selection) -> Iterator[Client]:
    with closing(Session.of(selection.system).client()) as opened:
        yield opened


@pytest.fixture(scope="module")
def erased(
    selection: Selection, client: Client, tmp_path_factory: pytest.TempPathFactory
) -> Erased:
    """The whole course of it, once; the tests look at what is left."""
    system = selection.system
    kept, refused, parked = (Canaries(number, NUMBER) for number in range(3))
    refused.event["data"]["form"]["education"] = "未毕业"
    parked.event["type"] = "gongjiang.nomination.unheard-of.v1"
    open_campaign(client)
    with tap(system) as heard:
        answers = send(system, kept, refused, parked)
        assert [answer["outcome"] for answer in answers] == ["received", "refused"], answers
        nomination = answers[0]["nomination_id"]
        forged = selection.outcome.receipts[FORGED]["nomination_id"]
        objection = object_to(client, forged)
        withdraw(client, nomination)
        before = rows_about(system, nomination)
        refusals = [refusal(client, nomination, "retention")]
        place_and_lift(client, nomination, refusals)
        keys = living_keys(system)
        crash_and_finish(system, client, nomination, tmp_path_factory.mktemp("doomed"))
        client.command(
            "publicity", "objection", objection, "request_erasure", "office", ground="unlawful"
        )
        told(client, objection, "erasure_completed")
        carried_out(system)
        messages = [
            Kept(f"message {one.exchange} {one.routing_key}", one.body) for one in heard.hear()
        ]
    planted = (kept.planted, refused.planted, parked.planted, REPORTER)
    return Erased(system, client, nomination, objection, planted, messages, refusals, before, keys)


def open_campaign(client: Client) -> None:
    """One that takes nominations at any time of the rehearsal."""
    configuration = json.loads(CAMPAIGN.read_bytes())
    configuration |= {"document_number": NUMBER, "deadline": "2029-12-10T17:00:00+08:00"}
    key = str(campaign_id(NUMBER))
    client.command(
        "intake", "campaign", key, "open_campaign", "office", configuration=configuration
    )


def send(system: System, *flocks: Canaries) -> list[dict[str, Any]]:
    """The receipts of all but the last, which is parked."""
    url = Session.of(system).amqp_urls["zlb"]
    letters = [Letter("zlb", SOURCE, flock.event["id"], flock.body) for flock in flocks]
    with closing(Publisher(url, "zlb")) as publisher:
        for letter in letters:
            publisher.publish(letter)
        return [publisher.receipt(letter) for letter in letters[:-1]]


def object_to(client: Client, nomination: str) -> str:
    """An objection, not taken up."""
    campaign = json.loads(CAMPAIGN.read_bytes())["document_number"]
    written = {
        "nomination_id": nomination,
        "campaign_id": str(campaign_id(campaign)),
        "objector": "person",
        "signed": True,
        "allegation": "所报技术成果并非本人完成",
        "sha256": "ab" * 32,
        **REPORTER,
    }
    objection = client.post("publicity", "/api/objections", "office", written)["objection_id"]
    client.command(
        "publicity", "objection", objection, "decline_objection", "office", ground="no_facts"
    )
    return str(objection)


def withdraw(client: Client, nomination: str) -> None:
    """The candidacy is over."""
    client.command(
        "intake",
        "nomination",
        nomination,
        "withdraw_nomination",
        "office",
        party="applicant",
        signed_on="2019-12-02",
        letter="cd" * 32,
    )


def ask(client: Client, nomination: str, ground: str) -> None:
    """The office wants all of it gone."""
    client.command(
        "intake",
        "erasure",
        nomination,
        "request_erasure",
        "office",
        nomination_id=nomination,
        ground=ground,
        parts=["identity", "contact", "dossier"],
    )


def refusal(client: Client, nomination: str, ground: str) -> str:
    """What is said to an erasure that may not be."""
    with pytest.raises(NotAsExpected) as refused:
        ask(client, nomination, ground)
    return str(refused.value)


def place_and_lift(client: Client, nomination: str, refusals: list[str]) -> None:
    """A hold of the auditor's, and what it refuses."""
    about = {"nomination_id": nomination}
    client.command(
        "intake", "erasure", nomination, "place_legal_hold", "auditor", reason="审计", **about
    )
    refusals.append(refusal(client, nomination, "unlawful"))
    told(client, nomination, "legal_hold_placed")
    (hold,) = lines(client, nomination, "legal_hold_placed")
    client.command(
        "intake",
        "erasure",
        nomination,
        "lift_legal_hold",
        "auditor",
        hold_id=hold["data"]["hold_id"],
        reason="审计结束",
        **about,
    )


def crash_and_finish(system: System, client: Client, nomination: str, folder: Path) -> None:
    """Nobody is there when it is asked for; who comes dies with the keys; the next one finishes."""
    living = len(living_keys(system))
    kill(system, TAIL)
    ask(client, nomination, "unlawful")
    doomed = [sys.executable, "-m", "tests.journeys.doomed", "tail", str(folder)]
    system.processes.start("doomed", doomed, env=system.environment_of("intake"))
    eventually(system.processes.ended, lambda ended: "doomed" in ended, "the death of the eraser")
    system.processes.kill("doomed")
    assert (folder / "intake eraser died").exists()
    assert len(living_keys(system)) == living - len(get_args(Purpose))
    assert not lines(client, nomination, "erasure_completed")
    system.processes.restart(TAIL)
    told(client, nomination, "erasure_completed")


def lines(client: Client, key: str, event: str) -> list[dict[str, Any]]:
    """The events of this name in the history of a case."""
    return [one for one in timeline(client, key).lines if one["event"].startswith(f"{event}.")]


def told(client: Client, key: str, event: str) -> None:
    """Wait until the history of a case has it."""
    eventually(partial(lines, client, key, event), bool, event)


def living_keys(system: System) -> dict[UUID, bytes]:
    """The store of intake's keys, as a backup has it."""
    with psycopg.connect(system.databases["intake_keys"].owner_url) as connection:
        rows = connection.execute("SELECT key, wrapped FROM personal_keys").fetchall()
    return {key: bytes(wrapped) for key, wrapped in rows if wrapped is not None}


def rows_about(system: System, nomination: str) -> list[Kept]:
    """The ledger's leaves and records of a nomination, byte by byte."""
    with psycopg.connect(system.databases["intake"].owner_url) as connection:
        rows = connection.execute(
            "SELECT notification_id - 1, leaf, salt, topic, state FROM stored_events"
            " WHERE correlation = %s::uuid ORDER BY 1",
            (nomination,),
        ).fetchall()
    return [
        Kept(f"{index} {topic}", leaf + salt + state) for index, leaf, salt, topic, state in rows
    ]


def destroyed(erased: Erased) -> dict[str, UUID]:
    """Part -> the key that the log says is gone."""
    (line,) = lines(erased.client, erased.nomination, "erasure_completed")
    return {one["purpose"]: UUID(one["key"]) for one in line["data"]["keys"]}


def test_canaries_are_nowhere(erased: Erased, servers: Servers, logs: list[Path]) -> None:
    """P3, P17: no row, dump, log, queue, message or page; whoever was parked, refused or erased."""
    assert len(erased.planted[0]) > 30
    places = chain(
        kept_in_databases(erased.system),
        dumped(erased.system),
        kept_in_logs(*logs),
        queued(erased.system, servers),
        erased.messages,
        shown(erased.system, PUBLIC),
    )
    assert seen(places, *erased.planted) == set()


def test_a_canary_that_sings_is_heard(erased: Erased) -> None:
    """The test can fail: a released name is found in the log, in its dump and on the portal."""
    entry = httpx.get(f"{erased.system.addresses['publicity']}/api/honours", timeout=10).json()[0]
    name = {"name": entry["name"]}
    places = chain(
        rows_of(erased.system, "publicity"),
        dumped(erased.system),
        shown(erased.system, PUBLIC),
    )
    where = {place for place, _ in seen(places, name)}
    assert {"dump of publicity", "dump of intake", "portal /api/honours"} <= where
    assert "publicity.stored_events notice_published.v1" in where
    escaped = Kept("log", json.dumps(entry["name"]).encode())
    repeated = Kept("traceback", repr(entry["name"].encode()).encode())
    assert len(seen(iter([escaped, repeated]), name)) == 2


def test_what_may_not_be_erased_says_why(erased: Erased) -> None:
    """P17: a term that runs, and a legal hold."""
    running, held = erased.refusals
    assert "retention_runs" in running
    assert "评选活动尚未结束" in running
    assert "legal_hold" in held


def test_a_crash_between_destruction_and_completion_is_finished_once(erased: Erased) -> None:
    """P17: a real process, killed with the keys destroyed and nothing of it on record."""
    assert len(lines(erased.client, erased.nomination, "erasure_completed")) == 1
    keys = destroyed(erased).values()
    store = erased.system.databases["intake_keys"].app_url
    assert [UUID(one["key"]) for one in tombstones(store, keys)] == sorted(keys)
    assert set(keys) <= set(erased.keys)


def test_every_proof_stands_as_it_did(erased: Erased) -> None:
    """The ledger hashes ciphertext: not a bit of leaf or record has changed."""
    assert len(erased.before) > 3
    assert rows_about(erased.system, erased.nomination)[: len(erased.before)] == erased.before


def test_every_reader_is_told_that_it_is_erased(erased: Erased) -> None:
    """P17: who opens, on a page or by a program, here or for another service; and never 500."""
    opening = {"purpose": "核对身份", "fields": ["identity"]}
    answers = [
        post(erased, "intake", f"/api/nominations/{erased.nomination}/dossier", opening),
        post(
            erased, "publicity", f"/api/objections/{erased.objection}/reporter", {"purpose": "核对"}
        ),
    ]
    for answer in answers:
        assert answer.status_code == 410, answer.text
        assert "已依法删除" in answer.text
    page = erased.client.get("intake", f"/nominations/{erased.nomination}", "office")
    assert "已依法删除" in page
    case = erased.client.get("intake", f"/api/nominations/{erased.nomination}", "office")
    assert case["erased"] == ["contact", "dossier", "identity"]


def post(erased: Erased, service: str, path: str, body: dict[str, Any]) -> httpx.Response:
    """As the office, whatever the answer."""
    return httpx.post(
        f"{erased.system.addresses[service]}{path}",
        json=body,
        headers={"Authorization": f"Bearer {erased.client.token('office')}"},
        timeout=10,
    )


def test_the_person_is_not_taken_in_again(erased: Erased) -> None:
    """P17: found by a keyed hash, though nothing of the person can be read any more."""
    again = Canaries(0, NUMBER)
    again.event["id"] = "canary-again"
    (answer,) = send(erased.system, again, again)
    assert answer["outcome"] == "refused"
    assert "P17" in {finding["rule"] for finding in answer["findings"]}


def test_a_key_brought_back_from_a_backup_is_destroyed_again(erased: Erased) -> None:
    """P17: at the next start at the latest; on record, in the log, and in /health."""
    key = destroyed(erased)["contact"]
    store = erased.system.databases["intake_keys"]
    with psycopg.connect(store.owner_url) as connection:
        row = connection.execute(
            "DELETE FROM personal_keys WHERE key = %s RETURNING person, purpose", (key,)
        ).fetchone()
        assert row is not None
        connection.execute(
            "INSERT INTO personal_keys (key, person, purpose, wrapped) VALUES (%s, %s, %s, %s)",
            (key, *row, erased.keys[key]),
        )
    opening = {"purpose": "核对身份", "fields": ["contact"]}
    path = f"/api/nominations/{erased.nomination}/dossier"
    assert post(erased, "intake", path, opening).status_code == 410
    assert tombstones(store.app_url, [key]) == []
    erased.system.processes.restart(TAIL)
    told(erased.client, erased.nomination, "keys_returned")
    eventually(partial(tombstones, store.app_url, [key]), bool, "the second destruction")
    assert "destroyed keys are there again" in erased.system.processes.log(TAIL)
    health = eventually(
        partial(erased.client.get, "intake", "/health"),
        lambda said: any("曾重新出现" in note for note in said["notes"]),
        "the note",
    )
    assert health["ready"]
