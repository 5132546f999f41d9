"""Signed notes, checkpoints, keys, policies and proofs in one file: exactly as written, or not."""

import json
import subprocess
from base64 import b64encode
from pathlib import Path

import pytest

from shared.audit import tree
from shared.audit.verifier import (
    COSIGNATURE,
    NOTE,
    Checkpoint,
    Malformed,
    NoQuorum,
    Policy,
    Record,
    SignedNote,
    TlogProof,
    Unsigned,
    Untrusted,
    VerifierKey,
    sign_note,
)
from tests.audit.logbook import BEGAN, POLICY, a_log, key, policy_text, public, signed, stream

BOOK = a_log()
GOOD = BOOK.note()
TEXT = BOOK.text()
LINE = sign_note(TEXT, BOOK.origin, key(BOOK.origin))
ROOT = TEXT.split(b"\n")[2]
NODE = Path(__file__).parents[1] / "node" / "verify.mjs"


def noted(text: bytes) -> bytes:
    """A text that the log has truly signed."""
    return signed(text, BEGAN, ("review", "publicity"), BOOK.origin)


BROKEN = {
    "no blank line": GOOD.replace(b"\n\n", b"\n"),
    "carriage returns": GOOD.replace(b"\n", b"\r\n"),
    "one carriage return": GOOD.replace(b"\n\n", b"\r\n\n"),
    "a tab in the text": noted(TEXT.replace(b"\n", b"\n\t", 1)),
    "not UTF-8": GOOD.replace(b"intake", b"int\xffke", 1),
    "hyphen for a dash": GOOD.replace("—".encode(), b"-"),
    "en dash for a dash": GOOD.replace("—".encode(), "–".encode()),
    "horizontal bar for a dash": GOOD.replace("—".encode(), "―".encode()),
    "two spaces": GOOD.replace("— ".encode(), "—  ".encode()),
    "no-break space": GOOD.replace("— ".encode(), "—\u00a0".encode()),
    "bad base64": GOOD.replace(LINE[-10:-1], b"*********"),
    "base64 without padding": TEXT + b"\n" + LINE.replace(b"=", b""),
    "base64 with a tail": TEXT + b"\n" + LINE.replace(b"\n", b" x\n"),
    "no end of line": GOOD[:-1],
    "blank line behind": GOOD + b"\n",
    "65 signatures": TEXT + b"\n" + LINE * 65,
    "no signature": TEXT + b"\n",
    "nothing": b"",
    "leading zero in the size": noted(TEXT.replace(b"\n12\n", b"\n012\n")),
    "a sign before the size": noted(TEXT.replace(b"\n12\n", b"\n+12\n")),
    "other digits": noted(TEXT.replace(b"\n12\n", "\n１２\n".encode())),
    "a size beyond 63 bits": noted(TEXT.replace(b"\n12\n", b"\n9223372036854775808\n")),
    "a short root": noted(TEXT.replace(ROOT, b64encode(bytes(31)))),
    "a root that is not base64": noted(TEXT.replace(ROOT, b"?" * 44)),
    "a root spelled otherwise": noted(TEXT.replace(ROOT, ROOT[:-2] + b"9=")),
    "two lines": noted(TEXT.replace(b"\n12\n", b"\n")),
    "an empty line": noted(TEXT + b"\n\n"),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_checkpoint_that_is_not_exactly_one_is_refused(what: str) -> None:
    with pytest.raises(Malformed):
        POLICY.judge(BROKEN[what])


def test_node_refuses_the_same_notes(tmp_path: Path) -> None:
    notes = {**BROKEN, "good": GOOD}
    (tmp_path / "policy").write_bytes(policy_text())
    record = BOOK.records()[3]
    hashes = tuple(tree.inclusion(BOOK.tiles(), 3, 12))
    for number, note in enumerate(notes.values()):
        proof = TlogProof(3, hashes, note, record)
        (tmp_path / f"{number:02}.tlog-proof").write_bytes(proof.format())
    files = sorted(tmp_path.glob("*.tlog-proof"))
    ran = subprocess.run(
        ["node", NODE, "--key", tmp_path / "policy", *files],
        capture_output=True,
        text=True,
        check=False,
    )
    said = [json.loads(line)["verdict"] for line in ran.stdout.splitlines()]
    assert said == ["altered"] * len(BROKEN) + ["verified"], ran.stdout + ran.stderr


def test_64_signatures_and_extension_lines_are_allowed() -> None:
    assert len(SignedNote.parse(TEXT + b"\n" + LINE * 64).signatures) == 64
    assert Checkpoint.parse(TEXT + b"more\n").text == TEXT + b"more\n"
    assert POLICY.judge(noted(TEXT + b"more\n")).checkpoint.size == 12


def test_a_good_one_says_who_saw_it_when() -> None:
    accepted = POLICY.judge(GOOD)
    assert accepted.checkpoint == Checkpoint.parse(TEXT)
    assert accepted.witnesses == dict.fromkeys(("review", "publicity"), BEGAN + 11 * 60 + 5)


def test_a_wrong_key_with_the_right_name_is_nobody() -> None:
    with pytest.raises(Unsigned, match="没有可信的日志签名"):
        POLICY.judge(BOOK.note(by="mallory"))


def test_a_false_signature_of_a_known_key_spoils_the_note() -> None:
    with pytest.raises(Unsigned, match="gongjiang/intake 的签名是假的"):
        POLICY.judge(GOOD.replace(LINE, sign_note(b"else\n", BOOK.origin, key(BOOK.origin))))


def test_a_log_signs_only_for_its_own_origin() -> None:
    text = TEXT.replace(b"gongjiang/intake", b"gongjiang/review")
    note = text + b"\n" + sign_note(text, "gongjiang/intake", key("gongjiang/intake"))
    with pytest.raises(Unsigned):
        POLICY.signed(note)


@pytest.mark.parametrize(
    ("witnesses", "since", "words"),
    [
        ((), 0, "有效的只有 0 个"),
        (("review",), 0, "有效的只有 1 个"),
        (("review", "review"), 0, "有效的只有 1 个"),
        (("review", "publicity"), BEGAN + 12 * 60, "publicity、review 的见证已过期"),
    ],
)
def test_too_few_or_stale_witnesses_are_no_quorum(
    witnesses: tuple[str, ...], since: int, words: str
) -> None:
    with pytest.raises(NoQuorum, match=words):
        POLICY.judge(BOOK.note(witnesses=witnesses), since)


def test_an_unknown_witness_is_ignored() -> None:
    note = BOOK.note(witnesses=("review", "publicity", "stranger"))
    assert set(POLICY.judge(note).witnesses) == {"review", "publicity"}


LOG = public("gongjiang/intake", NOTE)
A, B, C = (public(f"w/{name}", COSIGNATURE) for name in "abc")
WITNESSES = f"witness a {A}\nwitness b {B}\nwitness c {C}\n"


@pytest.mark.parametrize(
    "text",
    [
        f"log {LOG}\nquorum none\n",
        f"# comment\n\n \tlog\t{LOG}  https://example.com \nquorum none",
        f"{WITNESSES}group g all a b\ngroup h any g c\nquorum h\n",
        f"{WITNESSES}quorum b\n",
        f"{LOG}\n{A}\n",
    ],
)
def test_policies(text: str) -> None:
    Policy.parse(text.encode())


@pytest.mark.parametrize(
    "text",
    [
        "",
        f"log {LOG}\n",
        f"log {LOG}\r\nquorum none\r\n",
        f"log {A}\nquorum none\n",
        f"log {LOG}\nlog {LOG}\nquorum none\n",
        f"log {LOG}\nquorum none\nquorum none\n",
        f"witness a {LOG}\nquorum a\n",
        f"witness a {A}\nwitness b {public('w/x', COSIGNATURE, of='w/a')}\nquorum a\n",
        f"witness a {A}\nwitness a {B}\nquorum a\n",
        f"witness none {A}\nquorum none\n",
        f"{WITNESSES}group a all b\nquorum a\n",
        f"{WITNESSES}group g 0 a b\nquorum g\n",
        f"{WITNESSES}group g 3 a b\nquorum g\n",
        f"{WITNESSES}group g 02 a b\nquorum g\n",
        f"{WITNESSES}group g any\nquorum g\n",
        f"{WITNESSES}group g any a a\nquorum g\n",
        f"{WITNESSES}group g any a b\ngroup h any b c\nquorum h\n",
        f"{WITNESSES}group g any h a\ngroup h any c\nquorum g\n",
        f"{WITNESSES}group g any a none\nquorum g\n",
        f"quorum a\n{WITNESSES}",
        f"{WITNESSES}quorum d\n",
        f"trust {LOG}\nquorum none\n",
        str(LOG).replace("+", "+0", 1),
        str(LOG)[:-2],
    ],
)
def test_policies_that_are_none(text: str, tmp_path: Path) -> None:
    with pytest.raises(Malformed):
        Policy.parse(text.encode())


def test_groups_within_groups() -> None:
    text = f"log {LOG}\n" + "".join(
        f"witness {n} {public(f'gongjiang/witness/{n}', COSIGNATURE)}\n" for n in "abcd"
    )
    policy = Policy.parse(f"{text}group g 2 a b c\ngroup h all g d\nquorum h\n".encode())
    assert set(policy.judge(BOOK.note(witnesses="abd")).witnesses) == set("abd")
    for few in ("abc", "ad", "d"):
        with pytest.raises(NoQuorum):
            policy.judge(BOOK.note(witnesses=few))


def test_a_key_is_written_as_it_is_read() -> None:
    assert VerifierKey.parse(str(LOG)) == LOG
    for name in ("", "a b", "a+b", "a\u3000b"):
        with pytest.raises(Malformed):
            VerifierKey.of(name, NOTE, LOG.public)
    with pytest.raises(Malformed):
        VerifierKey.of("a", 2, LOG.public)


def test_the_signed_note_of_the_specification_is_read() -> None:
    """The example of c2sp.org/tlog-checkpoint."""
    note = (
        "example.com/behind-the-sofa\n20852163\n"
        "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
        "— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5"
        "/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
    ).encode()
    parsed = SignedNote.parse(note)
    checkpoint = Checkpoint.parse(parsed.text)
    assert (checkpoint.origin, checkpoint.size) == ("example.com/behind-the-sofa", 20_852_163)
    assert parsed.signatures[0].key_id.hex() == "033de0ae"


def proof() -> TlogProof:
    hashes = tuple(tree.inclusion(BOOK.tiles(), 3, 12))
    return TlogProof(3, hashes, GOOD, BOOK.records()[3])


def test_a_proof_in_one_file_is_written_as_it_is_read_and_proves_its_record() -> None:
    assert TlogProof.parse(proof().format()) == proof()
    assert proof().verify(POLICY).checkpoint.size == 12
    record = Record.parse(proof().extra)
    assert (record.origin, record.version, record.stream) == (
        "gongjiang/intake",
        2,
        stream("a").bytes,
    )
    assert record.actor == "职员-7"


def test_a_proof_of_something_else_proves_nothing() -> None:
    good = proof()
    for false in (
        TlogProof(4, good.hashes, GOOD, good.extra),
        TlogProof(3, good.hashes[:-1], GOOD, good.extra),
        TlogProof(3, good.hashes, GOOD, BOOK.records()[4]),
        TlogProof(3, good.hashes, BOOK.note(11), good.extra),
    ):
        with pytest.raises(Malformed, match="记录不在检查点"):
            false.verify(POLICY)
    with pytest.raises(Untrusted):
        TlogProof(3, good.hashes, BOOK.note(by="mallory"), good.extra).verify(POLICY)


def test_a_proof_that_is_not_exactly_one_is_refused() -> None:
    text = proof().format()
    for false in (
        text.replace(b"@v1", b"@v2"),
        text.replace(b"index 3", b"index 03"),
        text.replace(b"index 3\n", b""),
        text.replace(b"\n\n", b"\n"),
        text.replace(b"extra ", b"extra  "),
        text.replace(b"=\n\n", b"\n\n", 1),
        text.replace(b"\n", b"\r\n"),
    ):
        with pytest.raises(Malformed):
            TlogProof.parse(false).verify(POLICY)


def test_a_record_cut_or_grown_is_none() -> None:
    record = BOOK.records()[0]
    for length in range(len(record)):
        with pytest.raises(Malformed):
            Record.parse(record[:length])
    with pytest.raises(Malformed, match="记录应长"):
        Record.parse(record + b"\0")
