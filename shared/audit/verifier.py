"""Checks evidence of Gongjiang without Gongjiang: no network, no database, nothing of ours beside.

    python verifier.py BUNDLE --key FILE [--kept FILE-or-DIRECTORY]… [--fresh SECONDS] [--json]

Only the keys in FILE are trusted: a C2SP tlog-policy, or one verifier key a line. Needs Python 3.11
and `cryptography`. Formats: RFC 6962 (tree), C2SP signed-note, tlog-checkpoint, tlog-cosignature,
tlog-policy and tlog-proof; the record and the bundle are described where they are read.
"""

import re
import struct
from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat


class Malformed(Exception):
    """Bytes that are not what they claim to be; says where, in Chinese."""


class Untrusted(Exception):
    """A note that nobody whom we trust has signed as it should be; says why, in Chinese."""


class Unsigned(Untrusted):
    """The log's own signature is missing or false."""


class NoQuorum(Untrusted):
    """Too few witnesses have cosigned, or too long ago."""


# ---------------------------------------------------------------------- records and leaves

PREFIX = b"gongjiang-event-v1\0\x01"
NO_PREVIOUS = bytes(32)
HASH = 32
LONGEST_TEXT = 1 << 16


@dataclass(frozen=True, slots=True)
class Record:
    """What the ledger says of one event; its hash is the leaf.

    "gongjiang-event-v1" 0x00 | suite 0x01 | lp(origin) | stream (16) | version u64 | lp(topic)
    | recorded_at µs u64 | lp(actor) | lp(correlation) | lp(causation) | previous leaf of the
    stream (32) | SHA-256(stored bytes) | salt (32); lp(x) is x after its length as u32.
    """

    origin: str
    stream: bytes
    version: int
    topic: str
    recorded_at: int
    actor: str
    correlation: bytes
    causation: str
    previous: bytes
    state_hash: bytes
    salt: bytes

    @classmethod
    def parse(cls, record: bytes) -> Self:
        """The fields.

        Raises:
            Malformed: it is longer, shorter or otherwise built.
        """
        if not record.startswith(PREFIX):
            raise Malformed("记录的开头不是 gongjiang-event-v1")
        fields, at = [], len(PREFIX)
        for fixed in (None, 16, 8, None, 8, None, None, None, 32, 32, 32):
            if fixed is None:
                width, at = int.from_bytes(record[at : at + 4], "big"), at + 4
            else:
                width = fixed
            fields.append(record[at : at + width])
            at += width
        if at != len(record):
            raise Malformed(f"记录应长 {at} 字节，实长 {len(record)} 字节")
        origin, stream, version, topic, recorded_at, actor, correlation, causation, *hashes = fields
        try:
            return cls(
                origin.decode(),
                stream,
                int.from_bytes(version, "big"),
                topic.decode(),
                int.from_bytes(recorded_at, "big"),
                actor.decode(),
                correlation,
                causation.decode(),
                *hashes,
            )
        except UnicodeDecodeError as fault:
            raise Malformed("记录中的文字不是 UTF-8") from fault


def leaf_hash(record: bytes) -> bytes:
    """The leaf of a record."""
    return sha256(b"\0" + record).digest()


# ---------------------------------------------------------------------- proofs of the tree


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of an inner node."""
    return sha256(b"\x01" + left + right).digest()


def verify_inclusion(
    leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes
) -> bool:
    """Whether the leaf stands at this index of the tree (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    at, last, known = index, size - 1, leaf
    for sibling in proof:
        if last == 0 or len(sibling) != HASH:
            return False
        if at & 1 or at == last:
            known = node_hash(sibling, known)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            known = node_hash(known, sibling)
        at, last = at >> 1, last >> 1
    return last == 0 and known == root


def verify_consistency(
    old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]
) -> bool:
    """Whether the new tree begins with all leaves of the old one (RFC 9162, 2.1.4.2)."""
    if not 0 <= old <= new or any(len(one) != HASH for one in proof):
        return False
    if old in (0, new):
        known = sha256(b"").digest() if old == 0 else new_root
        return not proof and known == old_root
    path = list(proof) if old & (old - 1) else [old_root, *proof]
    if not path:
        return False
    at, last = old - 1, new - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    in_old = in_new = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            in_old, in_new = node_hash(sibling, in_old), node_hash(sibling, in_new)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            in_new = node_hash(in_new, sibling)
        at, last = at >> 1, last >> 1
    return last == 0 and in_old == old_root and in_new == new_root


# ---------------------------------------------------------------------- signed notes

NOTE = 0x01
COSIGNATURE = 0x04
MOST_SIGNATURES = 64
LATEST = (1 << 63) - 1
DECIMAL = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)


def from_base64(text: str) -> bytes:
    """The bytes, if this is the one canonical spelling of them.

    Raises:
        Malformed: otherwise.
    """
    try:
        value = b64decode(text, validate=True)
    except ValueError as fault:
        raise Malformed(f"不是 base64：{text[:24]}") from fault
    if b64encode(value).decode() != text:
        raise Malformed(f"不是规范的 base64：{text[:24]}")
    return value


def decimal(text: str) -> int:
    """A number without sign, space or leading zeros, below 2^63.

    Raises:
        Malformed: otherwise.
    """
    if not DECIMAL.fullmatch(text) or int(text) > LATEST:
        raise Malformed(f"不是规范的十进制数：{text[:24]}")
    return int(text)


def is_key_name(name: str) -> bool:
    """Whether this can be the name of a key."""
    return bool(name) and "+" not in name and not any(one.isspace() for one in name)


@dataclass(frozen=True, slots=True)
class SignatureLine:
    """One signature under a note; whose it is, is known by name and id together."""

    name: str
    key_id: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class SignedNote:
    """A text and the signatures under it, none of them verified."""

    text: bytes
    signatures: tuple[SignatureLine, ...]

    @classmethod
    def parse(cls, note: bytes) -> Self:
        """The parts.

        Raises:
            Malformed: it is not exactly a signed note.
        """
        if len(note) > LONGEST_TEXT:
            raise Malformed("签名文件过长")
        try:
            whole = note.decode()
        except UnicodeDecodeError as fault:
            raise Malformed("签名文件不是 UTF-8") from fault
        if any(one < " " and one != "\n" for one in whole):
            raise Malformed("签名文件含有控制字符（例如回车）")
        text, blank, lines = whole.rpartition("\n\n")
        if not blank or not text or not lines.endswith("\n"):
            raise Malformed("签名文件缺少正文、空行或签名")
        signatures = [cls._signature(line) for line in lines[:-1].split("\n")]
        if len(signatures) > MOST_SIGNATURES:
            raise Malformed(f"签名多于 {MOST_SIGNATURES} 个")
        return cls(f"{text}\n".encode(), tuple(signatures))

    @staticmethod
    def _signature(line: str) -> SignatureLine:
        dash, _, rest = line.partition(" ")
        name, _, encoded = rest.partition(" ")
        if dash != "\N{EM DASH}" or not is_key_name(name):
            raise Malformed("签名行应为“— 名称 签名”")
        signature = from_base64(encoded)
        if len(signature) < 5:
            raise Malformed("签名过短")
        return SignatureLine(name, signature[:4], signature[4:])


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a log was at one size; `text` is all that is signed."""

    origin: str
    size: int
    root: bytes
    text: bytes

    @classmethod
    def parse(cls, text: bytes) -> Self:
        """The parts of a note's text.

        Raises:
            Malformed: it is not exactly a checkpoint.
        """
        try:
            origin, size, root, *others = text.decode().split("\n")
        except ValueError as fault:
            raise Malformed("检查点应有来源、规模和根三行") from fault
        if not origin or not others or others.pop() or not all(others):
            raise Malformed("检查点各行不得为空，且以换行结束")
        if len(from_base64(root)) != HASH:
            raise Malformed("检查点的根不是 32 字节")
        return cls(origin, decimal(size), from_base64(root), text)


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A public key (32 bytes) with its name and what it signs: `NOTE` or `COSIGNATURE`."""

    name: str
    key_id: bytes
    kind: int
    public: bytes

    @classmethod
    def of(cls, name: str, kind: int, public: bytes) -> Self:
        """The key, with the id that follows from the rest.

        Raises:
            Malformed: there can be no such key.
        """
        if not is_key_name(name) or kind not in (NOTE, COSIGNATURE) or len(public) != HASH:
            raise Malformed("公钥应为 Ed25519（0x01 或 0x04），名称不得有空格或加号")
        key_id = sha256(name.encode() + b"\n" + bytes((kind,)) + public).digest()[:4]
        return cls(name, key_id, kind, public)

    @classmethod
    def parse(cls, text: str) -> Self:
        """A key as `name+hash+base64`.

        Raises:
            Malformed: it is none, or its hash belongs to another.
        """
        name, _, rest = text.partition("+")
        key_id, _, encoded = rest.partition("+")
        material = from_base64(encoded)
        key = cls.of(name, material[0] if material else 0, material[1:])
        if key_id != key.key_id.hex():
            raise Malformed(f"公钥 {name} 的标识与内容不符")
        return key

    def __str__(self) -> str:
        encoded = b64encode(bytes((self.kind,)) + self.public).decode()
        return f"{self.name}+{self.key_id.hex()}+{encoded}"

    def verify(self, text: bytes, signature: bytes) -> int | None:
        """When it was signed (seconds since 1970; 0 for a plain note), None if it was not."""
        timestamp = 0
        if self.kind == COSIGNATURE:
            timestamp, signature = int.from_bytes(signature[:8], "big"), signature[8:]
            text = cosigned_message(text, timestamp)
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, text)
        except (InvalidSignature, ValueError):
            return None
        return timestamp if timestamp <= LATEST else None


def cosigned_message(text: bytes, timestamp: int) -> bytes:
    """What a witness signs."""
    return b"cosignature/v1\ntime %d\n%b" % (timestamp, text)


def sign_note(text: bytes, name: str, private_key: Ed25519PrivateKey) -> bytes:
    """The signature line of a log under this text."""
    return _line(name, NOTE, private_key, private_key.sign(text))


def cosign(text: bytes, name: str, private_key: Ed25519PrivateKey, timestamp: int) -> bytes:
    """The signature line of a witness that saw this checkpoint at this time (seconds)."""
    signature = private_key.sign(cosigned_message(text, timestamp))
    return _line(name, COSIGNATURE, private_key, struct.pack(">Q", timestamp) + signature)


def _line(name: str, kind: int, private_key: Ed25519PrivateKey, signature: bytes) -> bytes:
    public = private_key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    key = VerifierKey.of(name, kind, public)
    return f"— {name} {b64encode(key.key_id + signature).decode()}\n".encode()


# ---------------------------------------------------------------------- whom to trust


@dataclass(frozen=True, slots=True)
class Accepted:
    """A checkpoint with a log's signature, and when which witness cosigned it (seconds)."""

    checkpoint: Checkpoint
    log: VerifierKey
    witnesses: dict[str, int]

    @property
    def time(self) -> int | None:
        """The earliest cosignature: by then the log had this size."""
        return min(self.witnesses.values(), default=None)


@dataclass(frozen=True, slots=True)
class Group:
    """At least `threshold` of these witnesses or groups."""

    threshold: int
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Policy:
    """Whose signatures are believed, and which of the witnesses are enough ("none": no one)."""

    logs: tuple[VerifierKey, ...]
    witnesses: dict[str, VerifierKey]
    groups: dict[str, Group]
    quorum: str

    @classmethod
    def parse(cls, text: bytes) -> Self:
        """A tlog-policy, or one verifier key a line (then without a quorum).

        Raises:
            Malformed: it is neither.
        """
        return cls(*_PolicyReader(text).read())

    def signed(self, note: bytes) -> Accepted:
        """The checkpoint of a note that one of the logs has signed, whoever else did or did not.

        Raises:
            Malformed: it is no signed checkpoint.
            Unsigned: no trusted log has signed it, or a trusted key's signature is false.
        """
        parsed = SignedNote.parse(note)
        checkpoint = Checkpoint.parse(parsed.text)
        logs = [
            log
            for line in parsed.signatures
            if (log := _signer(self.logs, line, parsed.text)) and log.name == checkpoint.origin
        ]
        if not logs:
            raise Unsigned(f"检查点（{checkpoint.origin}）没有可信的日志签名")
        names = {key: name for name, key in self.witnesses.items()}
        cosigned: dict[str, int] = {}
        for line in parsed.signatures:
            key = _signer(tuple(names), line, parsed.text)
            if key is not None:
                timestamp = int.from_bytes(line.signature[:8], "big")
                cosigned[names[key]] = min(timestamp, cosigned.get(names[key], timestamp))
        return Accepted(checkpoint, logs[0], cosigned)

    def judge(self, note: bytes, since: int = 0) -> Accepted:
        """The same, cosigned by enough witnesses; what was cosigned before `since` is stale.

        Raises:
            Malformed: it is no signed checkpoint.
            Unsigned: no trusted log has signed it, or a trusted key's signature is false.
            NoQuorum: too few witnesses, each counted once, have cosigned it, or too long ago.
        """
        accepted = self.signed(note)
        fresh = {name for name, timestamp in accepted.witnesses.items() if timestamp >= since}
        if not self._is_met(self.quorum, fresh):
            stale = sorted(set(accepted.witnesses) - fresh)
            raise NoQuorum(
                f"见证人不足：策略要求 {self.quorum}，有效的只有 {len(fresh)} 个"
                f"（{'、'.join(sorted(fresh)) or '无'}）"
                + (f"；{'、'.join(stale)} 的见证已过期" if stale else "")
            )
        return accepted

    def _is_met(self, name: str, cosigned: set[str]) -> bool:
        if name in self.groups:
            group = self.groups[name]
            met = sum(self._is_met(member, cosigned) for member in group.members)
            return met >= group.threshold
        return name == "none" or name in cosigned


def _signer(keys: Sequence[VerifierKey], line: SignatureLine, text: bytes) -> VerifierKey | None:
    """Whose signature the line is; None for somebody whom we do not know.

    Raises:
        Unsigned: it claims to be of one whom we know, and is not.
    """
    claimed = [key for key in keys if (key.name, key.key_id) == (line.name, line.key_id)]
    for key in claimed:
        if key.verify(text, line.signature) is not None:
            return key
    if claimed:
        raise Unsigned(f"{line.name} 的签名是假的：与正文不符")
    return None


class _PolicyReader:
    """Reads a policy line by line: a name must be known before it is used."""

    def __init__(self, text: bytes) -> None:
        if len(text) > 16 * LONGEST_TEXT:
            raise Malformed("策略文件过长")
        if any((one < 0x20 and one not in b"\t\n") or one == 0x7F for one in text):
            raise Malformed("策略文件含有控制字符（例如回车）")
        lines = text.decode(errors="surrogateescape").split("\n")
        words = (re.split(r"[ \t]+", line.strip(" \t")) for line in lines)
        self._lines = [line for line in words if line[0] and not line[0].startswith("#")]
        self._logs: list[VerifierKey] = []
        self._witnesses: dict[str, VerifierKey] = {}
        self._groups: dict[str, Group] = {}
        self._members: set[str] = set()
        self._quorum: str | None = None

    def read(self) -> tuple[tuple[VerifierKey, ...], dict[str, VerifierKey], dict[str, Group], str]:
        if self._lines and all(len(line) == 1 for line in self._lines):
            for (word,) in self._lines:
                self._bare(VerifierKey.parse(word))
            self._quorum = "none"
        for line in self._lines if self._quorum is None else ():
            self._line(line)
        if self._quorum is None:
            raise Malformed("策略文件没有 quorum 一行")
        return tuple(self._logs), self._witnesses, self._groups, self._quorum

    def _bare(self, key: VerifierKey) -> None:
        if key.kind == NOTE:
            self._log(key)
        else:
            self._witness(key.name, key)

    def _line(self, line: list[str]) -> None:
        match line:
            case ["log", key] | ["log", key, _]:
                self._log(VerifierKey.parse(key))
            case ["witness", name, key] | ["witness", name, key, _]:
                self._witness(name, VerifierKey.parse(key))
            case ["group", name, threshold, *members] if members:
                self._group(name, threshold, members)
            case ["quorum", name]:
                if self._quorum is not None or (name != "none" and not self._is_known(name)):
                    raise Malformed(f"quorum 只能有一行，且须是已定义的名称：{name}")
                self._quorum = name
            case _:
                raise Malformed(f"策略文件中不认识的一行：{' '.join(line)[:60]!r}")

    def _log(self, key: VerifierKey) -> None:
        if key.kind != NOTE or key.public in {one.public for one in self._logs}:
            raise Malformed(f"日志公钥 {key.name} 种类不对或重复")
        self._logs.append(key)

    def _witness(self, name: str, key: VerifierKey) -> None:
        if key.kind != COSIGNATURE or key.public in {k.public for k in self._witnesses.values()}:
            raise Malformed(f"见证人公钥 {name} 种类不对或重复")
        self._define(name)
        self._witnesses[name] = key

    def _group(self, name: str, threshold: str, members: list[str]) -> None:
        for member in members:
            if not self._is_known(member) or member in self._members:
                raise Malformed(f"组 {name} 的成员 {member} 未定义或已属于一组")
            self._members.add(member)
        words = {"all": len(members), "any": 1}
        enough = words[threshold] if threshold in words else decimal(threshold)
        if not 1 <= enough <= len(members):
            raise Malformed(f"组 {name} 要求 {threshold} 个，但有 {len(members)} 个成员")
        self._define(name)
        self._groups[name] = Group(enough, tuple(members))

    def _define(self, name: str) -> None:
        if name == "none" or self._is_known(name):
            raise Malformed(f"名称 {name} 重复或不可用")

    def _is_known(self, name: str) -> bool:
        return name in self._witnesses or name in self._groups


# ---------------------------------------------------------------------- a proof in one file

PROOF = "c2sp.org/tlog-proof@v1"


@dataclass(frozen=True, slots=True)
class TlogProof:
    """That a record (`extra`) stands at an index of the log of a checkpoint (a signed note)."""

    index: int
    hashes: tuple[bytes, ...]
    checkpoint: bytes
    extra: bytes = b""

    @classmethod
    def parse(cls, text: bytes) -> Self:
        """The parts of a .tlog-proof.

        Raises:
            Malformed: it is not exactly one.
        """
        head, blank, checkpoint = text.partition(b"\n\n")
        try:
            first, *lines = head.decode().split("\n")
        except UnicodeDecodeError as fault:
            raise Malformed("证明文件不是 UTF-8") from fault
        extra = b""
        if first == PROOF and lines and lines[0].startswith("extra "):
            extra = from_base64(lines.pop(0).removeprefix("extra "))
        if first != PROOF or not blank or not lines or not lines[0].startswith("index "):
            raise Malformed("证明文件应有首行、index 一行、空行和检查点")
        hashes = tuple(from_base64(line) for line in lines[1:])
        if len(hashes) > 63 or any(len(one) != HASH for one in hashes):
            raise Malformed("证明中的哈希应为至多 63 个、各 32 字节")
        return cls(decimal(lines[0].removeprefix("index ")), hashes, checkpoint, extra)

    def format(self) -> bytes:
        """The file."""
        extra = [f"extra {b64encode(self.extra).decode()}"] if self.extra else []
        hashes = [b64encode(one).decode() for one in self.hashes]
        lines = [PROOF, *extra, f"index {self.index}", *hashes, "", ""]
        return "\n".join(lines).encode() + self.checkpoint

    def verify(self, policy: Policy) -> Accepted:
        """The checkpoint that proves the record in `extra`.

        Raises:
            Malformed, Untrusted: the checkpoint is none that we believe.
            Malformed: the record is not where the proof says.
        """
        accepted = policy.judge(self.checkpoint)
        at = accepted.checkpoint
        if not verify_inclusion(leaf_hash(self.extra), self.index, at.size, self.hashes, at.root):
            raise Malformed(f"记录不在检查点（规模 {at.size}）的第 {self.index} 条")
        return accepted
