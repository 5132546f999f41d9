"""After a selection all logs are signed and witnessed, and whoever nominated has the proof."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from uuid import UUID

import httpx
import psycopg
import pytest
from bs4 import BeautifulSoup
from pika import BlockingConnection, URLParameters
from pika.adapters.blocking_connection import BlockingChannel

from deploy.local.system import SERVICES, publishers
from deploy.operations.client import Client, eventually
from deploy.operations.nominate import nominate
from deploy.operations.session import Session
from shared.audit.policy import read_policy
from shared.audit.verifier import Policy, Record, TlogProof
from shared.messages import event_id
from shared.topology import proofs_key, receipts_queue
from tests.journeys.conftest import Selection
from tests.journeys.witness import SAMPLES


@pytest.fixture(scope="module")
def policy(selection: Selection) -> Policy:
    return read_policy(selection.system.policy)


@pytest.fixture(scope="module")
def client(selection: Selection) -> Iterator[Client]:
    with closing(Client(selection.system.addresses)) as one:
        yield one


@pytest.fixture(scope="module", params=SERVICES)
def covered(request: pytest.FixtureRequest, selection: Selection, policy: Policy) -> str:
    """A service whose whole log is covered and cosigned by both others."""
    service = str(request.param)
    with closing(Client(selection.system.addresses)) as client:
        end = client.get(service, "/status", "operator")["head"]
        address = selection.system.addresses[service]

        def is_enough(shown: bytes) -> bool:
            accepted = policy.signed(shown)
            return accepted.checkpoint.size >= end and len(accepted.witnesses) == 2

        eventually(
            lambda: httpx.get(f"{address}/audit/checkpoint").content,
            is_enough,
            f"{service} to be witnessed",
        )
    return service


def test_every_log_is_covered_by_a_checkpoint_that_both_others_have_cosigned(
    selection: Selection, policy: Policy, covered: str
) -> None:
    note = httpx.get(f"{selection.system.addresses[covered]}/audit/checkpoint").content
    accepted = policy.judge(note)
    assert accepted.checkpoint.origin == f"gongjiang/{covered}"
    assert set(accepted.witnesses) == set(SERVICES) - {covered}


def test_nobody_contradicts_himself(selection: Selection, covered: str) -> None:
    with psycopg.connect(selection.system.databases[covered].owner_url) as connection:
        assert connection.execute("SELECT * FROM forks").fetchall() == []
    health = httpx.get(f"{selection.system.addresses[covered]}/health").json()
    assert [note for note in health["notes"] if "存证" in note] == []


@contextmanager
def broker(selection: Selection) -> Iterator[BlockingChannel]:
    connection = BlockingConnection(URLParameters(selection.system.broker.admin_url))
    try:
        yield connection.channel()
    finally:
        connection.close()


@pytest.mark.parametrize("covered", ["intake"], indirect=True)
def test_every_receipt_is_followed_by_a_proof_that_verifies_under_the_policy(
    selection: Selection, policy: Policy, covered: str
) -> None:
    answered = {
        str(one.id)
        for one in selection.messages
        if one.exchange == "receipts" and one.said.get("outcome")
    }
    proven: dict[str, TlogProof] = {}
    with broker(selection) as channel:

        def read() -> set[str]:
            for publisher in publishers():
                queue = receipts_queue(proofs_key(publisher.user))
                while (got := channel.basic_get(queue))[0] is not None:  # they go back
                    properties, body = got[1], got[2]
                    assert properties.headers["cloudEvents:id"] == properties.message_id
                    proven[properties.message_id] = TlogProof.parse(body)
            return set(proven)

        eventually(read, lambda known: known >= answered, "the proofs of all receipts")
    assert len(answered) >= len(selection.outcome.receipts)
    for key in answered:
        proof = proven[key]
        accepted = proof.verify(policy)
        record = Record.parse(proof.extra)
        assert accepted.checkpoint.origin == "gongjiang/intake"
        assert record.topic == "submission_answered.v1"
        assert str(event_id_of(record)) == key


@pytest.mark.parametrize("covered", ["intake"], indirect=True)
def test_a_publisher_has_the_proofs_written_beside_its_receipts(
    selection: Selection, policy: Policy, covered: str, tmp_path: Path
) -> None:
    """The same nomination again has the same answer, and the proof of that."""
    del covered
    session = Session.of(selection.system)
    (receipt,) = nominate(
        [SAMPLES / "good-1.json"], session.amqp_urls, session.sources, tmp_path / "proofs"
    )
    assert receipt["outcome"] == "received"
    written = (tmp_path / "proofs" / "good-1.tlog-proof").read_bytes()
    TlogProof.parse(written).verify(policy)


def event_id_of(record: Record) -> UUID:
    return event_id(UUID(bytes=record.stream), record.version)


def test_an_auditor_gets_the_proof_of_any_event_and_nobody_else_does(
    selection: Selection, policy: Policy, client: Client, covered: str
) -> None:
    nomination = selection.outcome.receipts["good-1"]["nomination_id"]
    line = client.get(covered, f"/audit/cases/{nomination}", "auditor")[0]
    path = f"/audit/proofs/{line['id']}"
    proof = TlogProof.parse(client.get(covered, path, "auditor").encode())
    assert proof.index == line["leaf_index"]
    proof.verify(policy)
    address = selection.system.addresses[covered]
    assert httpx.get(f"{address}{path}").status_code == 401
    office = {"Authorization": f"Bearer {client.token('office')}"}
    assert httpx.get(f"{address}{path}", headers=office).status_code == 403


@pytest.mark.parametrize("covered", ["publicity"], indirect=True)
def test_the_public_notice_prints_what_covers_it(
    selection: Selection, policy: Policy, client: Client, covered: str
) -> None:
    notice = client.get(covered, "/api/notices")[-1]
    page = BeautifulSoup(client.get(covered, f"/notices/{notice['notice_id']}"), "html.parser")
    printed = [
        [cell.get_text(strip=True) for cell in row.select("td")]
        for row in page.select(".stamps tbody tr")
    ]
    assert [origin for _, origin, _, _ in printed] == [f"gongjiang/{one}" for one in SERVICES]
    for (_, origin, size, root), service in zip(printed, SERVICES, strict=True):
        address = selection.system.addresses[service]
        kept = policy.signed(httpx.get(f"{address}/audit/checkpoints/{size}").content)
        assert (kept.checkpoint.origin, str(kept.checkpoint.size)) == (origin, size)
        assert kept.checkpoint.text.decode().split("\n")[2] == root
    explained = client.get(covered, "/audit/")
    assert "怎样核验" in explained
    assert printed[0][1] in explained
