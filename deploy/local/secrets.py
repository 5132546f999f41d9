"""Keys and passwords that are made once and then stay: 0600, in a directory that is 0700."""

import os
import secrets
from collections.abc import Callable, Mapping, Sequence
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
MASTER, NEXT_MASTER = "master.key", "master.key.next"
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
        master_key=directory / MASTER,
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
    logs, witnesses = [], {}
    for service in services:
        log = kept(secrets_of_all / SIGNER / f"{service}.pem", new_identity)
        witness = kept(secrets_of_all / service / WITNESS_KEY, new_identity)
        logs.append(verifier_key(log, f"gongjiang/{service}", NOTE))
        witnesses[service] = [verifier_key(witness, witness_name(service), COSIGNATURE)]
    file = secrets_of_all / POLICY
    kept(file, lambda: policy_of(logs, witnesses))
    return file


def policy_of(logs: Sequence[VerifierKey], witnesses: Mapping[str, Sequence[VerifierKey]]) -> bytes:
    """The policy in words: any two services make a quorum, each by whichever of its keys."""
    lines = [f"log {key}" for key in logs]
    members = []
    for service, keys in witnesses.items():
        names = [service, *(f"{service}-{number}" for number in range(2, len(keys) + 1))]
        lines += [f"witness {name} {key}" for name, key in zip(names, keys, strict=True)]
        if len(names) > 1:
            lines.append(f"group {service}-any any {' '.join(names)}")
        members.append(service if len(names) == 1 else f"{service}-any")
    lines += [f"group others 2 {' '.join(members)}", "quorum others", ""]
    return "\n".join(lines).encode()


def new_log_key(secrets_of_all: Path, origin: str) -> None:
    """A new key by which the log of this origin is signed from now on.

    The policy goes on to know the old one, by which everything before was signed.
    `gongjiang/intake/2` is the origin of a log that was restored once: it has a key of its own.
    """
    made = new_identity()
    replaced(secrets_of_all / SIGNER / f"{'-'.join(origin.split('/')[1:])}.pem", made)
    logs, witnesses = known_keys(secrets_of_all)
    logs.append(verifier_key(made, origin, NOTE))
    replaced(secrets_of_all / POLICY, policy_of(logs, witnesses))


def new_witness_key(secrets_of_all: Path, service: str) -> None:
    """A new key by which a service cosigns from now on; old cosignatures go on to count."""
    made = new_identity()
    replaced(secrets_of_all / service / WITNESS_KEY, made)
    logs, witnesses = known_keys(secrets_of_all)
    witnesses[service].append(verifier_key(made, witness_name(service), COSIGNATURE))
    replaced(secrets_of_all / POLICY, policy_of(logs, witnesses))


def known_keys(secrets_of_all: Path) -> tuple[list[VerifierKey], dict[str, list[VerifierKey]]]:
    """The keys of the logs, and of the witnesses by their services, the oldest first."""
    logs: list[VerifierKey] = []
    witnesses: dict[str, list[VerifierKey]] = {}
    for line in (secrets_of_all / POLICY).read_text().splitlines():
        match line.split():
            case ["log", key]:
                logs.append(VerifierKey.parse(key))
            case ["witness", name, key]:
                witnesses.setdefault(name.partition("-")[0], []).append(VerifierKey.parse(key))
            case _:
                continue
    return logs, witnesses


def witness_name(service: str) -> str:
    """The key name under which a service cosigns."""
    return f"gongjiang/witness/{service}"


def next_master_key(directory: Path) -> bytes:
    """The master key that is to be, made once and kept beside today's."""
    return kept(directory / NEXT_MASTER, lambda: secrets.token_bytes(KEY_BYTES))


def use_next_master_key(directory: Path) -> None:
    """From now on; everything that is sealed must have been sealed by it anew."""
    (directory / NEXT_MASTER).replace(directory / MASTER)


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


def replaced(file: Path, content: bytes) -> None:
    """The file has this content from now on, whole or not at all."""
    draft = file.with_name(f".{file.name}.{os.getpid()}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as new:
        new.write(content)
    draft.replace(file)


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
