"""What everybody can fetch: checkpoints, tiles, policy, verifier; and the notes on its health."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import httpx
import pytest

from deploy.local.servers import Servers
from shared.audit import checkpoints, tree, verifier
from shared.audit.receipts import Receipts
from shared.audit.signing import read_key
from shared.audit.verifier import TlogProof, cosign
from shared.audit.witness import Note
from shared.identity import Issuer
from shared.messages import Actor, event_id
from shared.web import create_app
from shared.web.evidence import router as evidence
from shared.web.health import evidence_notes
from shared.web.operations import router as operations
from tests.actors import AUDITOR, EXPERT, OPERATOR, actor
from tests.audit.signed import Ledger, ledger
from tests.audit.test_integrating import DAMAGE
from tests.serving import serving


@pytest.fixture(scope="module")
def ours(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    with ledger(servers, tmp_path_factory.mktemp("secrets"), "review", "evidence") as made:
        yield made


@pytest.fixture(scope="module")
def client(ours: Ledger) -> Iterator[httpx.Client]:
    with (
        serving(create_app(ours.application, operations, evidence)) as address,
        httpx.Client(base_url=f"{address}/audit", trust_env=False) as one,
    ):
        yield one


@pytest.fixture(autouse=True)
def empty(ours: Ledger, tmp_path: Path) -> None:
    ours.state = tmp_path / "signer"
    ours.begin_anew()


def covered(ours: Ledger, events: int = 1) -> bytes:
    """Grow, sign, and hear of it."""
    note = ours.grow(events).note
    ours.hear(ours.witness(ours.serves()), note)
    return note


def bearer(ours: Ledger, who: Actor) -> dict[str, str]:
    private = (ours.application.settings.secrets / "identity-private.pem").read_bytes()
    return {"authorization": f"Bearer {Issuer(private).token(who)}"}


def witnessed_by(ours: Ledger, service: str, note: bytes, at: datetime | None = None) -> bytes:
    """The note with another service's cosignature, heard by us."""
    at = at or datetime.now(UTC)
    private = read_key(ours.secrets / service / "witness-private.pem")
    text = ours.policy.signed(note).checkpoint.text
    line = cosign(text, f"gongjiang/witness/{service}", private, int(at.timestamp()))
    with ours.session() as session:
        ours.witness(ours.serves()).hear(session, [Note(note + line, first=False)])
    return note + line


def test_before_the_first_checkpoint_there_are_words(client: httpx.Client) -> None:
    answer = client.get("/checkpoint")
    assert answer.status_code == 404
    assert "尚未存证" in answer.text


def test_the_latest_checkpoint_and_each_earlier_one_are_served(
    ours: Ledger, client: httpx.Client
) -> None:
    first, second = covered(ours), covered(ours)
    answer = client.get("/checkpoint")
    assert answer.content == second
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.headers["cache-control"] == "max-age=2"
    assert client.get("/checkpoints/2").content == first
    assert client.get("/checkpoints/3").status_code == 404


def test_the_root_can_be_computed_from_the_tiles_alone(ours: Ledger, client: httpx.Client) -> None:
    """Those of an earlier size too, though the log has grown."""
    notes = [covered(ours, events) for events in (1, 130, 3)]

    def fetched(level: int, number: int, width: int) -> bytes:
        answer = client.get(f"/{tree.tile_path(level, number, width)}")
        assert answer.headers["content-type"] == "application/octet-stream"
        assert "immutable" in answer.headers["cache-control"]
        return answer.content

    for note in notes:
        shown = ours.policy.signed(note).checkpoint
        assert tree.root(fetched, shown.size) == shown.root


@pytest.mark.parametrize(
    "path",
    ["tile/0/000", "tile/0/000.p/5", "tile/00/000.p/1", "tile/0/1", "tile/0/x999/999"],
)
def test_what_is_no_tile_of_ours_is_not_there(
    ours: Ledger, client: httpx.Client, path: str
) -> None:
    covered(ours, 2)
    assert client.get(f"/{path}").status_code == 404


def test_policy_and_verifier_are_files(ours: Ledger, client: httpx.Client) -> None:
    assert client.get("/policy").content == (ours.secrets / "audit-policy.txt").read_bytes()
    served = client.get("/verifier.py").content
    assert sha256(served).digest() == sha256(Path(verifier.__file__).read_bytes()).digest()


def test_the_proof_of_an_event_is_given_once_it_is_covered_and_only_to_auditors(
    ours: Ledger, client: httpx.Client
) -> None:
    ours.count()
    with ours.session() as session:
        row = session.execute("SELECT * FROM stored_events WHERE notification_id = 1").fetchone()
    assert row is not None
    path = f"/proofs/{event_id(row['originator_id'], row['originator_version'])}"
    auditor = bearer(ours, AUDITOR)
    early = client.get(path, headers=auditor)
    assert early.status_code == 404
    assert "尚未存证" in early.text
    note = covered(ours)
    for query in ({}, {"leaf_index": 0}, {"leaf_index": 1}):
        proof = TlogProof.parse(client.get(path, headers=auditor, params=query).content)
        assert proof.checkpoint == note
        assert verifier.leaf_hash(proof.extra) == row["leaf"]
        accepted = ours.policy.signed(proof.checkpoint).checkpoint
        assert verifier.verify_inclusion(
            row["leaf"], proof.index, accepted.size, proof.hashes, accepted.root
        )
    assert client.get(path).status_code == 401
    assert client.get(path, headers=bearer(ours, OPERATOR)).status_code == 403
    judge = actor("auditor", "expert", id="both")
    assert client.get(path, headers=bearer(ours, judge)).status_code == 403
    assert EXPERT.roles < judge.roles


def test_an_operator_has_the_tiles_made_anew(ours: Ledger, client: httpx.Client) -> None:
    """Attack 11."""
    covered(ours)
    with ours.administrator() as owner:
        owner.execute(DAMAGE["missing"])
    assert client.get("/tile/0/000.p/2").status_code == 404
    assert client.post("/rebuild", headers=bearer(ours, AUDITOR)).status_code == 403
    assert client.post("/rebuild", headers=bearer(ours, OPERATOR)).json() == {"size": 2}
    assert client.get("/tile/0/000.p/2").status_code == 200
    with ours.administrator() as owner:
        owner.execute("UPDATE stored_events SET leaf = sha256(leaf)")
    refused = client.post("/rebuild", headers=bearer(ours, OPERATOR))
    assert refused.status_code == 409
    assert "账本可能被改动" in refused.json()["message"]


def notes(ours: Ledger) -> str:
    with ours.session() as session:
        return "；".join(evidence_notes(session, ours.application.settings))


def long_ago(ours: Ledger) -> None:
    """Two minutes pass."""
    with ours.administrator() as owner:
        owner.execute("UPDATE stored_events SET recorded_at = recorded_at - interval '2 minutes'")
        owner.execute("UPDATE checkpoints SET seen_at = seen_at - interval '2 minutes'")


def test_health_tells_when_signatures_or_witnesses_stay_away(ours: Ledger) -> None:
    ours.count()
    assert notes(ours) == ""
    long_ago(ours)
    assert "有2条记录超过60秒未被签名的存证覆盖" in notes(ours)
    note = covered(ours)
    assert notes(ours) == ""
    long_ago(ours)
    assert "尚无见证方签名" in notes(ours)
    witnessed_by(ours, "intake", note)
    assert notes(ours) == ""


def test_health_tells_of_a_fork(ours: Ledger) -> None:
    note = covered(ours)
    ours.cut(2)
    ours.hear(ours.witness(ours.serves()), note)
    with ours.administrator() as owner:
        owner.execute("TRUNCATE checkpoints")
    ours.hear(ours.witness(ours.serves()), note)
    assert "发现相互矛盾的存证" in notes(ours)
    assert "gongjiang/review" in notes(ours)


def test_proofs_follow_receipts_at_the_quorum_or_after_half_a_minute(ours: Ledger) -> None:
    receipts = Receipts(ours.application, ours.policy)
    ours.count()
    assert receipts.until(0) == 0
    note = covered(ours)
    assert receipts.until(0) == 0
    witnessed_by(ours, "intake", note)
    assert receipts.until(0) == 0
    witnessed_by(ours, "publicity", note)
    assert receipts.until(0) == 4
    covered(ours)
    assert receipts.until(4) == 4
    with ours.administrator() as owner:
        owner.execute("UPDATE checkpoints SET seen_at = seen_at - %s", (timedelta(seconds=31),))
    assert receipts.until(4) == 6


def test_what_another_log_signed_and_we_cosigned_is_served(
    ours: Ledger, client: httpx.Client
) -> None:
    assert client.get("/witnessed/intake").status_code == 404
    with ours.session() as session:
        key = "gongjiang/intake", 3, bytes(32)
        now = datetime.now(UTC)
        checkpoints.keep(session, *key, b"the note\n", now)
        assert client.get("/witnessed/intake").status_code == 404
        line = cosign(b"text\n", "gongjiang/witness/review", ours.witness_key, 7)
        checkpoints.keep_cosignature(session, *key, "gongjiang/witness/review", line)
    assert client.get("/witnessed/intake").content == b"the note\n" + line
