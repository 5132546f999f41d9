"""Keys and passwords are made once, and only their owner reads them."""

import stat
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from deploy.local.secrets import password, prepare_secrets


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
