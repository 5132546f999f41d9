"""Keys and passwords are made once, and only their owner reads them."""

import stat
from base64 import b64encode
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from deploy.local.secrets import (
    SIGNER,
    WITNESS_KEY,
    new_log_key,
    new_witness_key,
    password,
    prepare_audit,
    prepare_secrets,
    witness_name,
)
from shared.audit.verifier import NoQuorum, Policy, SignedNote, cosign, sign_note

TEXT = b"gongjiang/intake\n1\n" + b64encode(bytes(32)) + b"\n"


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_only_the_owner_reads_them(tmp_path: Path) -> None:
    prepare_secrets(tmp_path / "secrets")
    password(tmp_path / "secrets", "somebody")
    assert mode(tmp_path / "secrets") == 0o700
    assert {mode(file) for file in (tmp_path / "secrets").iterdir()} == {0o600}


def test_they_stay_when_they_are_prepared_again(tmp_path: Path) -> None:
    prepare_secrets(tmp_path)
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    prepare_secrets(tmp_path)
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == before


def test_the_public_key_verifies_what_the_private_key_signs(tmp_path: Path) -> None:
    files = prepare_secrets(tmp_path)
    private = load_pem_private_key(files.identity_private.read_bytes(), password=None)
    public = load_pem_public_key(files.identity_public.read_bytes())
    assert isinstance(private, Ed25519PrivateKey)
    assert isinstance(public, Ed25519PublicKey)
    public.verify(private.sign(b"said"), b"said")


def test_keys_are_of_full_length_and_differ(tmp_path: Path) -> None:
    files = prepare_secrets(tmp_path)
    keys = {files.master_key.read_bytes(), files.lookup_key.read_bytes()}
    assert {len(key) for key in keys} == {32}
    assert len(keys) == 2


def test_a_password_is_stable_and_a_name_has_its_own(tmp_path: Path) -> None:
    assert password(tmp_path, "a") == password(tmp_path, "a")
    assert password(tmp_path, "a") != password(tmp_path, "b")


def test_services_share_the_signing_key_and_nothing_else(tmp_path: Path) -> None:
    intake = prepare_secrets(tmp_path / "intake", identity=tmp_path)
    review = prepare_secrets(tmp_path / "review", identity=tmp_path, lookup=False)
    assert intake.identity_private.read_bytes() == review.identity_private.read_bytes()
    assert intake.master_key.read_bytes() != review.master_key.read_bytes()
    assert not review.lookup_key.exists()


def test_a_log_signs_with_a_new_key_and_what_the_old_one_signed_stays_good(tmp_path: Path) -> None:
    """The policy knows both, under one name."""
    policy = prepare_audit(tmp_path, ("intake", "review"))
    old = signed(tmp_path, "intake")

    new_log_key(tmp_path, "gongjiang/intake")

    new = signed(tmp_path, "intake")
    alone = Policy.parse("\n".join(log_lines(policy)).encode())
    assert new != old
    for note in (old, new):
        assert alone.judge(note).checkpoint.size == 1


def test_a_witness_with_two_keys_has_one_voice(tmp_path: Path) -> None:
    """Its old cosignatures count, but never twice."""
    policy_file = prepare_audit(tmp_path, ("intake", "review", "publicity"))
    note = signed(tmp_path, "intake")
    before = cosigned(tmp_path, "review", note)
    new_witness_key(tmp_path, "review")
    after = cosigned(tmp_path, "review", note)
    other = cosigned(tmp_path, "publicity", note)

    policy = Policy.parse(policy_file.read_bytes())

    for own in (before, after):
        policy.judge(note + own + other)
    with pytest.raises(NoQuorum):
        policy.judge(note + before + after)


def signed(secrets: Path, service: str) -> bytes:
    """A checkpoint as the signer would sign it now."""
    key = load_pem_private_key((secrets / SIGNER / f"{service}.pem").read_bytes(), password=None)
    assert isinstance(key, Ed25519PrivateKey)
    return TEXT + b"\n" + sign_note(TEXT, f"gongjiang/{service}", key)


def cosigned(secrets: Path, service: str, note: bytes) -> bytes:
    """The line by which a service would cosign it now."""
    key = load_pem_private_key((secrets / service / WITNESS_KEY).read_bytes(), password=None)
    assert isinstance(key, Ed25519PrivateKey)
    return cosign(SignedNote.parse(note).text, witness_name(service), key, 1_700_000_000)


def log_lines(policy: Path) -> list[str]:
    """What it says of logs alone, with no quorum."""
    lines = [line for line in policy.read_text().splitlines() if line.startswith("log ")]
    return [*lines, "quorum none", ""]
