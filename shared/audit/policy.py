"""What this service's policy says of a signed note that it hears."""

from base64 import b64encode
from dataclasses import dataclass
from pathlib import Path

from shared.audit.verifier import Policy, SignatureLine, SignedNote, Untrusted


@dataclass(frozen=True, slots=True)
class Judged:
    """A checkpoint that its log has signed.

    `note` holds the log's signature alone; `cosignatures` the verified line of each witness by its
    key name.
    """

    origin: str
    size: int
    root: bytes
    text: bytes
    note: bytes
    cosignatures: dict[str, bytes]


def read_policy(file: Path) -> Policy:
    """The policy in this file."""
    return Policy.parse(file.read_bytes())


def judge(policy: Policy, note: bytes) -> Judged:
    """The checkpoint in this note, if its log has signed it; whoever else signed is checked too.

    Raises:
        Malformed: it is no signed checkpoint.
        Untrusted: no log that the policy names has signed it, or a signature is false.
    """
    accepted, parsed = policy.signed(note), SignedNote.parse(note)
    checkpoint, log = accepted.checkpoint, accepted.log
    witnesses = {(key.name, key.key_id) for key in policy.witnesses.values()}
    signed = next(
        line for line in parsed.signatures if (line.name, line.key_id) == (log.name, log.key_id)
    )
    return Judged(
        checkpoint.origin,
        checkpoint.size,
        checkpoint.root,
        parsed.text,
        parsed.text + b"\n" + written(signed),
        {
            line.name: written(line)
            for line in parsed.signatures
            if (line.name, line.key_id) in witnesses
        },
    )


def written(line: SignatureLine) -> bytes:
    """A signature as it stands in a note."""
    return f"— {line.name} {b64encode(line.key_id + line.signature).decode()}\n".encode()


def has_quorum(policy: Policy, note: bytes) -> bool:
    """Whether the policy accepts this note as it is."""
    try:
        policy.judge(note)
    except Untrusted:
        return False
    return True


def cosigner_name(service: str) -> str:
    """The key name of a service as a witness."""
    return f"gongjiang/witness/{service}"
