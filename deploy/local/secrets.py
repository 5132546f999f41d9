"""Keys and passwords that are made once and then stay: 0600, in a directory that is 0700."""

import os
import secrets
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from shared.audit.verifier import COSIGNATURE, NOTE, VerifierKey

KEY_BYTES = 32
SIGNER = "signer"
"""The folder of the logs' keys."""
WITNESS_KEY = "witness-private.pem"
POLICY = "audit-policy.txt"
PASSWORD_BYTES = 24


@dataclass(frozen=True)
class Secrets:
    """The files that the services read."""

    identity_private: Path
    identity_public: Path
    master_key: Path
    lookup_key: Path


def prepare_secrets(
    directory: Path, *, identity: Path | None = None, lookup: bool = True
) -> Secrets:
    """Create what is missing; what is there stays as it is.

    Args:
        identity: the folder whose signing key is used here too, for services that believe one
            issuer; by default a key of this folder's own.
        lookup: whether this service looks people up; the others have no use for that key.
    """
    files = Secrets(
        identity_private=directory / "identity-private.pem",
        identity_public=directory / "identity-public.pem",
        master_key=directory / "master.key",
        lookup_key=directory / "lookup.key",
    )
    issuer = (identity or directory) / files.identity_private.name
    private_pem = kept(issuer, new_identity)
    kept(files.identity_private, lambda: private_pem)
    kept(files.identity_public, lambda: public_half(private_pem))
    kept(files.master_key, lambda: secrets.token_bytes(KEY_BYTES))
    if lookup:
        kept(files.lookup_key, lambda: secrets.token_bytes(KEY_BYTES))
    return files


def prepare_audit(secrets_of_all: Path, services: Sequence[str]) -> Path:
    """The keys of the logs, which only the signer reads, and of the witnesses; and the policy that
    tells everybody the public halves. What is there stays as it is.

    Returns:
        The policy's file (C2SP tlog-policy): any two of the three witnesses make a quorum.
    """
    logs, witnesses = [], []
    for service in services:
        log = kept(secrets_of_all / SIGNER / f"{service}.pem", new_identity)
        witness = kept(secrets_of_all / service / WITNESS_KEY, new_identity)
        logs.append(f"log {verifier_key(log, f'gongjiang/{service}', NOTE)}")
        name = f"gongjiang/witness/{service}"
        witnesses.append(f"witness {service} {verifier_key(witness, name, COSIGNATURE)}")
    quorum = [f"group others 2 {' '.join(services)}", "quorum others"]
    policy = "\n".join((*logs, *witnesses, *quorum, ""))
    file = secrets_of_all / POLICY
    kept(file, policy.encode)
    return file


def verifier_key(private_pem: bytes, name: str, kind: int) -> VerifierKey:
    """The public half of a key, as a policy names it."""
    public = load_pem_private_key(private_pem, password=None).public_key()
    return VerifierKey.of(name, kind, public.public_bytes(Encoding.Raw, PublicFormat.Raw))


def password(directory: Path, name: str) -> str:
    """The password kept under this name."""
    new = secrets.token_urlsafe(PASSWORD_BYTES)
    return kept(directory / f"{name}.password", new.encode).decode()


def new_identity() -> bytes:
    return Ed25519PrivateKey.generate().private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )


def public_half(private_pem: bytes) -> bytes:
    public = load_pem_private_key(private_pem, password=None).public_key()
    return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def kept(file: Path, make: Callable[[], bytes]) -> bytes:
    """The file's content, made if the file is missing: whole or not at all, and by one only."""
    if not file.exists():
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = file.with_name(f".{file.name}.{os.getpid()}.{secrets.token_hex(4)}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as new:
            new.write(make())
        with suppress(FileExistsError):
            file.hardlink_to(draft)
        draft.unlink()
    return file.read_bytes()
