"""A real time-stamping authority (`openssl ts`) says when a checkpoint was there."""

import subprocess
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from deploy.local.servers import Servers
from shared.audit import checkpoints
from shared.audit.signing import Log, State, outgoing, read_key
from shared.audit.timestamping import Authority
from shared.audit.witnessing import note_of
from tests.audit.signed import ledger

CONFIGURATION = """
[tsa]
default_tsa = here
[here]
serial = {folder}/serial
signer_cert = {folder}/tsa.pem
signer_key = {folder}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
[request]
distinguished_name = name
[name]
"""


def openssl(*arguments: str | Path) -> None:
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)


class Place:
    """Where the authority keeps its key and answers."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "tsa.cnf").write_text(CONFIGURATION.format(folder=folder))
        (folder / "serial").write_text("01\n")
        openssl(
            *("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
            *("-config", folder / "tsa.cnf", "-section", "request", "-subj", "/CN=example TSA"),
            *("-addext", "extendedKeyUsage=critical,timeStamping"),
            *("-keyout", folder / "tsa.key", "-out", folder / "tsa.pem"),
        )

    def answer(self, query: bytes) -> bytes:
        (self.folder / "query").write_bytes(query)
        openssl(
            *("ts", "-reply", "-config", self.folder / "tsa.cnf"),
            *("-queryfile", self.folder / "query", "-out", self.folder / "reply"),
        )
        return (self.folder / "reply").read_bytes()

    def verifies(self, data: bytes, token: bytes) -> bool:
        (self.folder / "data").write_bytes(data)
        (self.folder / "token").write_bytes(token)
        try:
            openssl(
                *("ts", "-verify", "-data", self.folder / "data", "-in", self.folder / "token"),
                *("-CAfile", self.folder / "tsa.pem"),
            )
        except subprocess.CalledProcessError:
            return False
        return True


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    return Place(tmp_path_factory.mktemp("tsa"))


@pytest.fixture(scope="module")
def url(place: Place) -> Iterator[str]:
    queries: list[bytes] = []

    class Answering(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            queries.append(self.rfile.read(int(self.headers["content-length"])))
            said = place.answer(queries[0] if self.path == "/another" else queries[-1])
            self.send_response(200)
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/"
    server.shutdown()
    server.server_close()


def test_a_token_is_over_these_bytes_and_no_others(place: Place, url: str) -> None:
    authority = Authority(url)
    token = authority.stamp(b"a note\n")
    assert token is not None
    assert place.verifies(b"a note\n", token)
    assert not place.verifies(b"another note\n", token)
    assert authority.stamp(b"a note\n") is None, "asked again within a minute"


def test_an_answer_to_another_question_is_no_token(url: str) -> None:
    assert Authority(url).stamp(b"first\n") is not None
    assert Authority(f"{url}another").stamp(b"second\n") is None


def test_an_authority_that_is_away_holds_up_nobody() -> None:
    assert Authority("http://127.0.0.1:9/").stamp(b"a note\n") is None


def test_the_token_stays_beside_what_was_signed_and_travels_with_it(
    servers: Servers, place: Place, url: str, tmp_path: Path
) -> None:
    with ledger(servers, tmp_path, "review", "stamped") as ours:
        ours.count()
        ours.integrate()
        ours.state.mkdir()
        key = read_key(tmp_path / "signer" / "review.pem")
        signing = Log("review", lambda _: key, State(ours.state, "review"), Authority(url).stamp)
        signed = ours.sign(signing)
        assert signed is not None
        assert signing.last() == signed
        message = outgoing("review", signed)
        heard = note_of(message.routing_key, message.properties, message.body)
        with ours.session() as session:
            ours.witness(ours.serves()).hear(session, [heard])
            token = checkpoints.timestamp(session, "gongjiang/review", 2)
        assert token is not None
        assert place.verifies(signed.note, token)
