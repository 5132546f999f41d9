"""Checks evidence of Gongjiang without Gongjiang: no network, no database, nothing of ours beside.

    python verifier.py BUNDLE --key FILE [--kept FILE-or-DIRECTORY]… [--fresh SECONDS] [--json]

Only the keys in FILE are trusted: a C2SP tlog-policy, or one verifier key a line. Needs Python 3.11
and `cryptography`. Formats: RFC 6962 (tree), C2SP signed-note, tlog-checkpoint, tlog-cosignature,
tlog-policy and tlog-proof; the record and the bundle are described where they are read.
"""

import argparse
import json
import re
import stat
import struct
import sys
import time
import zipfile
import zlib
from base64 import b64decode, b64encode
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any, Self, TypeVar
from uuid import UUID

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


# ---------------------------------------------------------------------- findings and verdict

EXIT_CODES = {
    "verified": 0,
    "unreadable": 2,
    "untrusted": 3,
    "altered": 4,
    "forked": 5,
    "rolled_back": 6,
    "out_of_time": 7,
    "incomplete": 8,
    "foreign": 9,
}
WORST_FIRST = (
    "unreadable",
    "untrusted",
    "forked",
    "altered",
    "foreign",
    "rolled_back",
    "out_of_time",
    "incomplete",
    "verified",
)
VERDICTS = {
    "verified": "核验通过：包内所述与已签署的日志一致",
    "unreadable": "无法读取：不是完整的证据包",
    "untrusted": "不可信：签名或见证不符合所给的公钥与策略",
    "altered": "已被改动：内容与已签署的日志不符",
    "forked": "日志分叉：同一日志签署过互相矛盾的检查点",
    "rolled_back": "日志被退回：曾经签署过的部分不在其中",
    "out_of_time": "时间矛盾：记录时间与见证时间不符",
    "incomplete": "不完整：应有的文件、服务或证明缺失",
    "foreign": "来源不符：混入了另一日志的记录",
}
MOST_FINDINGS = 50


@dataclass(frozen=True, slots=True)
class Finding:
    """One piece of evidence; `words` are for people, `code` is for machines."""

    code: str
    service: str
    where: str
    words: str
    expected: str = ""
    found: str = ""


@dataclass(slots=True)
class Report:
    """What was found; remarks change no verdict."""

    findings: list[Finding] = field(default_factory=list)
    remarks: list[Finding] = field(default_factory=list)
    services: dict[str, dict[str, Any]] = field(default_factory=dict)
    unlisted: int = 0

    @property
    def verdict(self) -> str:
        """The code of the worst finding."""
        found = {one.code for one in self.findings}
        return next(code for code in WORST_FIRST if code in found or code == "verified")

    @property
    def exit_code(self) -> int:
        """What the program ends with."""
        return EXIT_CODES[self.verdict]

    def find(self, *finding: str) -> None:
        """Add a finding: code, service, where, words, expected, found."""
        if len(self.findings) < MOST_FINDINGS or finding[0] not in {f.code for f in self.findings}:
            self.findings.append(Finding(*finding))
        else:
            self.unlisted += 1

    def remark(self, *finding: str) -> None:
        """Add what a reader should know."""
        self.remarks.append(Finding(*finding))

    def as_dict(self) -> dict[str, Any]:
        """For machines."""
        return {
            "verdict": self.verdict,
            "exit_code": self.exit_code,
            "words": VERDICTS[self.verdict],
            "findings": [asdict(one) for one in self.findings],
            "unlisted": self.unlisted,
            "remarks": [asdict(one) for one in self.remarks],
            "services": self.services,
        }

    def lines(self) -> Iterator[str]:
        """For people."""
        yield VERDICTS[self.verdict]
        for one in self.findings:
            yield f"✗ [{one.code}] {one.service} {one.where}：{one.words}"
            if one.expected or one.found:
                yield f"    应为 {one.expected}\n    实为 {one.found}"
        if self.unlisted:
            yield f"✗ 另有 {self.unlisted} 处未列出"
        for one in self.remarks:
            yield f"· {one.service} {one.where}：{one.words}"
        for service, facts in self.services.items():
            seen = "、".join(facts["witnesses"]) or "无"
            yield (
                f"✓ {service}：{facts['events']} 条事件、{facts['streams']} 个流；"
                f"检查点 {facts['origin']} 规模 {facts['size']}，根 {facts['root']}，见证 {seen}"
            )


# ---------------------------------------------------------------------- the file

FORMAT = "gongjiang-bundle/1"
MANIFEST = "manifest.json"
MOST_MEMBERS = 200_000
LARGEST_TEXT = 1 << 28
MOST_RATIO = 200
CHUNK = 1 << 20
PATH = re.compile(r"[a-z_]+/(?:checkpoints/)?[A-Za-z0-9_][A-Za-z0-9_.-]*", re.ASCII)
BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    OSError,
    ValueError,
    LookupError,
    NotImplementedError,
    RuntimeError,
    OverflowError,
)
"""Whatever the libraries raise over bytes that are no zip file, or no longer one."""


class Bundle:
    """The members of a zip that nobody vouches for: nothing is unpacked to a disk.

    Raises:
        Malformed: it is no bundle, is damaged, or tries to be more than one thing.
    """

    def __init__(self, path: Path) -> None:
        try:
            self._archive = zipfile.ZipFile(path)
            self._members = {one.filename: one for one in self._archive.infolist()}
            self._refuse_tricks(self._archive.infolist())
            self.manifest = Manifest.parse(self.json(MANIFEST))
        except BROKEN as fault:
            raise Malformed(f"不是完整的 zip 文件：{type(fault).__name__}") from fault

    def __contains__(self, name: str) -> bool:
        return name in self._members

    def names(self) -> list[str]:
        """The members, but for the manifest."""
        return sorted(set(self._members) - {MANIFEST})

    def read(self, name: str) -> bytes:
        """A short member.

        Raises:
            Malformed: it is damaged or too long.
        """
        return b"".join(self.pieces(name, LARGEST_TEXT))

    def json(self, name: str) -> Any:
        """A member that is JSON.

        Raises:
            Malformed: it is not.
        """
        try:
            return json.loads(self.read(name))
        except (ValueError, RecursionError) as fault:
            raise Malformed(f"{name} 不是 JSON") from fault

    def pieces(self, name: str, most: int) -> Iterator[bytes]:
        """A member piece by piece.

        Raises:
            Malformed: it is damaged or too long.
        """
        member = self._members[name]
        if member.file_size > most:
            raise Malformed(f"{name} 过大：{member.file_size} 字节")
        try:
            with self._archive.open(member) as file:
                while piece := file.read(CHUNK):
                    yield piece
        except BROKEN as fault:
            raise Malformed(f"{name} 已损坏：{type(fault).__name__}") from fault

    def _refuse_tricks(self, members: list[zipfile.ZipInfo]) -> None:
        if len(members) > MOST_MEMBERS or len(self._members) != len(members):
            raise Malformed("文件过多或重名")
        end = 0
        for one in sorted(members, key=lambda one: one.header_offset):
            if one.filename != MANIFEST and not PATH.fullmatch(one.orig_filename):
                raise Malformed(f"不允许的路径 {one.orig_filename[:80]!r}")
            if stat.S_ISLNK(one.external_attr >> 16) or one.flag_bits & 0x1:
                raise Malformed(f"{one.filename} 是符号链接或已加密")
            if one.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise Malformed(f"{one.filename} 的压缩方式不受支持")
            if one.file_size > CHUNK + MOST_RATIO * one.compress_size:
                raise Malformed(f"{one.filename} 的压缩比异常")
            if one.header_offset < end:
                raise Malformed(f"{one.filename} 与另一文件重叠")
            end = one.header_offset + 30 + len(one.orig_filename) + one.compress_size


@dataclass(frozen=True, slots=True)
class Promise:
    """What the manifest says of a service."""

    origin: str
    size: int
    events: int
    whole_log: bool
    uncovered: int
    withheld: frozenset[int]

    @classmethod
    def parse(cls, value: Any) -> Self:
        """Of JSON.

        Raises:
            Malformed: something is missing or of another type.
        """
        part = typed(value, dict)
        numbers = [typed(part.get(name, 0), int) for name in ("size", "events", "uncovered")]
        withheld = frozenset(typed(one, int) for one in typed(part.get("withheld", []), list))
        size, events, uncovered = numbers
        whole_log = typed(part.get("whole_log"), bool)
        return cls(typed(part.get("origin"), str), size, events, whole_log, uncovered, withheld)


@dataclass(frozen=True, slots=True)
class Manifest:
    """What the bundle says of itself: believed in nothing, held to everything."""

    keys: frozenset[str]
    complete: bool
    services: dict[str, Promise]
    unreachable: tuple[str, ...]
    files: dict[str, tuple[str, int]]

    @classmethod
    def parse(cls, value: Any) -> Self:
        """Of JSON.

        Raises:
            Malformed: something is missing or of another type, or it is of another format.
        """
        about = typed(value, dict)
        if about.get("format") != FORMAT:
            raise Malformed(f"清单的格式不是 {FORMAT}")
        files = typed(about.get("files"), dict)
        return cls(
            frozenset(typed(key, str) for key in typed(about.get("keys", []), list)),
            typed(about.get("complete"), bool),
            {
                name: Promise.parse(part)
                for name, part in typed(about.get("services"), dict).items()
            },
            tuple(typed(one, str) for one in typed(about.get("unreachable", []), list)),
            {
                name: (typed(one.get("sha256"), str), typed(one.get("bytes"), int))
                for name, one in ((name, typed(one, dict)) for name, one in files.items())
            },
        )


T = TypeVar("T")


def typed(value: Any, kind: type[T]) -> T:
    """The value, which came from JSON.

    Raises:
        Malformed: it is of another type.
    """
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise Malformed(f"JSON 中应为 {kind.__name__}，实为 {str(value)[:40]}")
    return value


FRAME = struct.Struct(">QI").unpack_from
LENGTH = struct.Struct(">I").unpack_from
WITHHELD = 0xFFFFFFFF
LONGEST_RECORD = 1 << 16
LONGEST_STATE = 1 << 24


def frames(pieces: Iterable[bytes]) -> Iterator[tuple[int, bytes, bytes | None]]:
    """(leaf index, record, state) of each event; a state is None where it is withheld.

    index u64 | length u32 | record | length u32 (0xFFFFFFFF: withheld) | state

    Raises:
        Malformed: a frame is cut or too long.
    """
    rest = b""
    for piece in pieces:
        buffer, at = rest + piece, 0
        while at + 12 <= len(buffer):
            index, length = FRAME(buffer, at)
            middle = at + 12 + length
            if length > LONGEST_RECORD:
                raise Malformed(f"第 {index} 条的记录过长")
            if middle + 4 > len(buffer):
                break
            (length,) = LENGTH(buffer, middle)
            begin = middle + 4
            end = begin if length == WITHHELD else begin + length
            if end - begin > LONGEST_STATE:
                raise Malformed(f"第 {index} 条的内容过长")
            if end > len(buffer):
                break
            state = None if length == WITHHELD else buffer[begin:end]
            yield index, buffer[at + 12 : middle], state
            at = end
        rest = buffer[at:]
    if rest:
        raise Malformed("leaves.bin 的最后一条不完整")


# ---------------------------------------------------------------------- one service's section

TOLERANCE = 120
SECOND = 1_000_000
EPOCH = re.compile(r"/[0-9]+\Z")
RESTORED = "log_restored.v1"
FIXED = struct.Struct(">16sQI").unpack_from
TIMED = struct.Struct(">QI").unpack_from
NOTHING = (0, NO_PREVIOUS)


def base_of(origin: str) -> str:
    """What the records of a log bear as origin, in whatever epoch after a restore."""
    return EPOCH.sub("", origin)


class Peaks:
    """The root of a tree whose leaves come one after another, in memory that does not grow."""

    ROW = 1024

    def __init__(self) -> None:
        self.row: list[bytes] = []
        self._peaks: list[tuple[int, bytes]] = []

    def fold(self) -> None:
        """Take in a row that is full."""
        count, peak = self.ROW, pairwise_root(self.row)
        while self._peaks and self._peaks[-1][0] == count:
            peak = node_hash(self._peaks.pop()[1], peak)
            count *= 2
        self._peaks.append((count, peak))
        self.row.clear()

    def root(self) -> bytes:
        """Of the leaves so far."""
        hashes = [peak for _, peak in self._peaks]
        if self.row or not hashes:
            hashes.append(pairwise_root(self.row))
        known = hashes.pop()
        while hashes:
            known = node_hash(hashes.pop(), known)
        return known


def pairwise_root(hashes: Sequence[bytes]) -> bytes:
    """The root of some leaves: pair by pair, an odd one goes up as it is."""
    row = list(hashes)
    while len(row) > 1:
        odd = row[-1:] if len(row) % 2 else []
        pairs = zip(row[::2], row[1::2], strict=False)
        row = [sha256(b"\x01" + left + right).digest() for left, right in pairs] + odd
    return row[0] if row else sha256(b"").digest()


class Bounds:
    """Between which times an event was recorded, by the cosignatures before and behind it."""

    def __init__(self, notes: Iterable[Accepted]) -> None:
        known = sorted((n.checkpoint.size, n.time) for n in notes if n.time is not None)
        self.sizes = [size for size, _ in known]
        self._lows, self._highs = [0], [LATEST]
        for _, seen in known:
            self._lows.append(max(self._lows[-1], (seen - TOLERANCE) * SECOND))
        for _, seen in reversed(known):
            self._highs.append(min(self._highs[-1], (seen + TOLERANCE) * SECOND))
        self._highs.reverse()

    def at(self, index: int) -> tuple[int, int]:
        """Earliest and latest, in microseconds."""
        segment = bisect_right(self.sizes, index)
        return self._lows[segment], self._highs[segment]


@dataclass(frozen=True, slots=True)
class Incident:
    """A restore that the log itself tells of: from `kept` on, what `head` had signed is lost."""

    kept: int
    head: Checkpoint


class Section:
    """What one service has put into the bundle."""

    def __init__(
        self, bundle: Bundle, service: str, policy: Policy, kept: Sequence[Accepted], report: Report
    ) -> None:
        self._bundle = bundle
        self._service = service
        self._policy = policy
        self._kept = kept
        self._report = report
        self._promise = bundle.manifest.services[service]
        self._incidents: dict[str, Incident] = {}
        self._roots: dict[int, bytes] = {}
        self._withheld: set[int] = set()
        self._latest = 0
        self._stepped_back = 0

    def check(self, since: int) -> None:
        """Everything about it.

        Raises:
            Malformed: a file of it cannot be read.
        """
        missing = [
            name
            for name in ("checkpoint", "leaves.bin", "proofs.json", "tombstones.json")
            if f"{self._service}/{name}" not in self._bundle
        ]
        for name in missing:
            self._find("incomplete", name, "缺少应有的文件")
        if missing:
            return
        note = self._bundle.read(f"{self._service}/checkpoint")
        self._head, self._trusted = Checkpoint.parse(SignedNote.parse(note).text), True
        self._base = base_of(self._head.origin)
        witnesses = self._check_signatures(note, since)
        self._check_origin()
        self._archived = self._read_archived()
        self._ours = [one for one in self._kept if base_of(one.checkpoint.origin) == self._base]
        self._proofs = typed(self._bundle.json(f"{self._service}/proofs.json"), dict)
        self._find_incidents()
        self._bounds = Bounds(one for one in self._notes(witnesses) if self._stands(one))
        events, streams = self._whole_log() if self._promise.whole_log else self._cases()
        self._check_promises(events)
        self._check_tombstones()
        if self._stepped_back:
            self._remark("clock", "时间", f"时钟曾后退，共 {self._stepped_back} 处；先后以序号为准")
        self._report.services[self._service] = {
            "origin": self._head.origin,
            "size": self._head.size,
            "root": self._head.root.hex(),
            "events": events,
            "streams": streams,
            "witnesses": sorted(witnesses.witnesses) if witnesses else [],
        }

    def _find(self, code: str, where: str, words: str, expected: str = "", found: str = "") -> None:
        self._report.find(code, self._service, where, words, expected, found)

    def _remark(self, code: str, where: str, words: str) -> None:
        self._report.remark(code, self._service, where, words)

    # what is signed

    def _check_signatures(self, note: bytes, since: int) -> Accepted | None:
        try:
            return self._policy.judge(note, since)
        except NoQuorum as fault:
            self._find("untrusted", "checkpoint", str(fault))
            return self._policy.signed(note)
        except Unsigned as fault:
            self._find("untrusted", "checkpoint", str(fault))
            self._trusted = False
            return None

    def _check_origin(self) -> None:
        promised, origin = self._promise.origin, self._head.origin
        if promised != origin or self._base.rpartition("/")[2] != self._service:
            words = "检查点是另一日志的"
            self._find("foreign", "checkpoint", words, f"{promised}（{self._service}）", origin)

    def _read_archived(self) -> list[Accepted]:
        found = []
        for name in self._bundle.names():
            if name.startswith(f"{self._service}/checkpoints/"):
                where = name.partition("/")[2]
                try:
                    one = self._policy.signed(self._bundle.read(name))
                except Unsigned as fault:
                    self._find("untrusted", where, str(fault))
                    continue
                if base_of(one.checkpoint.origin) != self._base:
                    origin = one.checkpoint.origin
                    self._find("foreign", where, "检查点是另一日志的", self._base, origin)
                    continue
                found.append(one)
        return found

    def _notes(self, head: Accepted | None) -> list[Accepted]:
        return [*([head] if head else []), *self._archived, *self._ours]

    def _stands(self, note: Accepted) -> bool:
        """Whether what it covers is still in this log: no restore has lost it."""
        incident = self._incidents.get(note.checkpoint.origin)
        return incident is None or note.checkpoint.size <= incident.kept

    def _find_incidents(self) -> None:
        """In a log that goes on after a restore, the events that say so."""
        if self._head.origin == self._base or not self._promise.whole_log:
            return
        for index, raw, state in self._frames():
            if RESTORED.encode() in raw and state is not None:
                self._read_incident(index, Record.parse(raw), state)
        last = [one for one in self._incidents.values() if one.kept < self._head.size]
        if not last:
            words = "日志换了名称，却没有记载恢复的事件"
            self._find("rolled_back", "checkpoint", words, self._base, self._head.origin)

    def _read_incident(self, index: int, record: Record, state: bytes) -> None:
        if record.topic != RESTORED or sha256(state).digest() != record.state_hash:
            return
        try:
            data = typed(typed(json.loads(state), dict).get("data"), dict)
            head = self._policy.signed(typed(data.get("note"), str).encode()).checkpoint
        except (Malformed, Untrusted, ValueError) as fault:
            self._find("untrusted", f"第 {index} 条", f"恢复事件所引的检查点：{fault}")
            return
        if base_of(head.origin) == self._base and data.get("kept") == index:
            self._incidents[head.origin] = Incident(index, head)
            self._remark(
                "restored",
                f"第 {index} 条",
                f"数据库曾从备份恢复（{data.get('reason', '')}）：{head.origin} "
                f"已签署 {head.size} 条，其中第 {index} 至 {head.size - 1} 条已丢失，"
                f"日志改称 {data.get('origin_now')}",
            )

    # the events

    def _frames(self) -> Iterator[tuple[int, bytes, bytes | None]]:
        return frames(self._bundle.pieces(f"{self._service}/leaves.bin", LATEST))

    def _whole_log(self) -> tuple[int, int]:
        """Every event from the first; returns how many, in how many streams."""
        wanted = {one.checkpoint.size for one in (*self._archived, *self._ours)}
        stops = sorted({*wanted, *self._bounds.sizes, self._head.size})
        opening = PREFIX + len(self._base.encode()).to_bytes(4, "big") + self._base.encode()
        skip, peaks, heads = len(opening), Peaks(), dict[bytes, tuple[int, bytes]]()
        row, size, latest = peaks.row, 0, 0
        (low, high), stop = self._bounds.at(0), self._pass(stops, 0, peaks)
        for index, raw, state in self._frames():
            if index != size:
                words = "序号不连续：日志中的事件缺失或重复"
                self._find("altered", f"第 {size} 条", words, str(size), str(index))
                break
            leaf = sha256(b"\0" + raw).digest()
            try:
                stream, version, length = FIXED(raw, skip)
                at = skip + 28 + length
                recorded, length = TIMED(raw, at)
                at += 12 + length
                at += 4 + LENGTH(raw, at)[0]
                at += 4 + LENGTH(raw, at)[0]
            except struct.error:
                stream, version, recorded, at = b"", 0, 0, 0
            last, before = heads.get(stream, NOTHING)
            if (
                state is None
                or version != last + 1
                or raw[at : at + 32] != before
                or sha256(state).digest() != raw[at + 32 : at + 64]
                or at + 96 != len(raw)
                or not raw.startswith(opening)
                or not low <= recorded <= high
            ):
                self._examine(index, raw, state, last, before)
            if recorded < latest - SECOND:
                self._stepped_back += 1
            elif recorded > latest:
                latest = recorded
            heads[stream] = version, leaf
            row.append(leaf)
            size += 1
            if len(row) == Peaks.ROW:
                peaks.fold()
            if size == stop:
                stop = self._pass(stops, size, peaks)
                low, high = self._bounds.at(size)
        self._check_roots(size, peaks)
        return size, len(heads)

    def _pass(self, stops: list[int], size: int, peaks: Peaks) -> int:
        """Note the root at a size that somebody has signed; the next such size."""
        if size in stops[:1]:
            self._roots[stops.pop(0)] = peaks.root()
        return stops[0] if stops else -1

    def _examine(
        self, index: int, raw: bytes, state: bytes | None, last: int, before: bytes | None
    ) -> Record | None:
        """Say what is wrong with an event, if anything is."""
        where = f"第 {index} 条"
        try:
            record = Record.parse(raw)
        except Malformed as fault:
            self._find("altered", where, str(fault))
            return None
        where += f"（{record.topic}，流 {record.stream.hex()} 第 {record.version} 版）"
        if record.origin != self._base:
            self._find("foreign", where, "记录属于另一日志", self._base, record.origin)
        if state is None:
            self._withheld.add(index)
        elif (found := sha256(state).digest()) != record.state_hash:
            words = "事件内容与账本记录的哈希不符：内容被改动"
            self._find("altered", where, words, record.state_hash.hex(), found.hex())
        if record.version != last + 1:
            words = "流中版本不连续：有事件被删除或插入"
            self._find("altered", where, words, f"第 {last + 1} 版", f"第 {record.version} 版")
        elif before is not None and record.previous != before:
            words = "链断开：记录所指的前一条不是流中的前一条"
            self._find("altered", where, words, before.hex(), record.previous.hex())
        self._check_time(index, where, record.recorded_at)
        return record

    def _check_time(self, index: int, where: str, recorded: int) -> None:
        low, high = self._bounds.at(index)
        if recorded > high:
            words = "记录时间晚于覆盖它的检查点的见证时间"
            self._find("out_of_time", where, words, f"≤ {moment(high)}", moment(recorded))
        if recorded < low:
            words = "记录时间早于此前检查点的见证时间：事件被倒签日期"
            self._find("out_of_time", where, words, f"≥ {moment(low)}", moment(recorded))

    def _check_roots(self, size: int, peaks: Peaks) -> None:
        """The leaves make the root that was signed, and every other one that was."""
        head = self._head
        if size < head.size:
            words = f"检查点签署 {head.size} 条，包内只有 {size} 条"
            self._find("altered", "leaves.bin", words, str(head.size), str(size))
        elif size > head.size:
            words = f"检查点签署 {head.size} 条，包内却有 {size} 条"
            self._find("altered", "leaves.bin", words, str(head.size), str(size))
        found = self._roots.get(head.size)
        others = [one.checkpoint for one in (*self._archived, *self._ours) if self._stands(one)]
        if found is not None and found != head.root:
            good = [0, *(o.size for o in others if self._roots.get(o.size) == o.root)]
            bad = [
                head.size,
                *(o.size for o in others if self._roots.get(o.size, o.root) != o.root),
            ]
            words = (
                f"全部记录算出的根与检查点不符：第 {max(g for g in good if g < min(bad))} 条起、"
                f"第 {min(bad) - 1} 条止之间有改动"
            )
            self._find("altered", "leaves.bin", words, head.root.hex(), found.hex())
        for one in self._archived:
            self._compare(one, "包内存档", found == head.root)
        for one in self._ours:
            self._compare(one, "审计人留存", found == head.root)

    # checkpoints against checkpoints

    def _compare(self, note: Accepted, whose: str, head_holds: bool) -> None:
        """Another signed checkpoint against the head, and against the leaves in a whole log."""
        one, head, incident = note.checkpoint, self._head, None
        where = f"{whose}的检查点（{one.origin} 规模 {one.size}）"
        if not self._stands(note):
            incident = self._incidents[one.origin].head
            if one.size < incident.size or (one.size, one.root) == (incident.size, incident.root):
                self._remark("lost", where, "其后一部分事件在恢复数据库时丢失，日志自己记载了此事")
                return
        if one.size == head.size and one.origin == head.origin:
            if one.root != head.root and self._trusted:
                self._fork(where, "同一规模签署过两个不同的根", head.root, one.root)
        elif one.size > head.size or incident is not None:
            words = "签署过的日志比包内的长，且无恢复记载：日志被退回，或此包导出在前"
            self._find("rolled_back", where, words, f"≥ {one.size} 条", f"{head.size} 条")
        elif self._promise.whole_log:
            found = self._roots.get(one.size)
            if found is not None and found != one.root and head_holds and self._trusted:
                self._fork(where, f"前 {one.size} 条算出的根与之不同：历史被改写", one.root, found)
        else:
            self._check_consistency(one, where, whose)

    def _fork(self, where: str, words: str, expected: bytes, found: bytes) -> None:
        self._find("forked", where, words, expected.hex(), found.hex())

    def _check_consistency(self, one: Checkpoint, where: str, whose: str) -> None:
        proofs = typed(self._proofs.get("consistency"), dict)
        given = proofs.get(str(one.size)) if one.size else []
        if given is None:
            self._find("incomplete", where, "包内没有把它接到最新检查点的一致性证明")
            return
        head, proof = self._head, hashes_of(given)
        if not verify_consistency(one.size, head.size, one.root, head.root, proof):
            code = "altered" if whose == "包内存档" else "forked"
            words = "不能证明最新检查点是它的延续"
            self._find(code, where, words, one.root.hex(), head.root.hex())

    # cases

    def _cases(self) -> tuple[int, int]:
        """Some streams, whole or in part; returns how many events, in how many streams."""
        streams: dict[bytes, dict[int, tuple[int, bytes, bytes]]] = {}
        count, previous = 0, -1
        for index, raw, state in self._frames():
            count += 1
            if not previous < index < self._head.size:
                words = "序号应递增且小于检查点的规模"
                self._find("altered", f"第 {index} 条", words, f"> {previous}", str(index))
            previous = index
            self._case_event(index, raw, state, streams)
        for versions in streams.values():
            self._check_proven(versions)
        for one in self._archived:
            self._compare(one, "包内存档", head_holds=True)
        for one in self._ours:
            self._compare(one, "审计人留存", head_holds=True)
        self._remark("scope", "案卷", "本包证明所含事件在册且未被改动，不证明此后没有别的事件")
        return count, len(streams)

    def _case_event(
        self,
        index: int,
        raw: bytes,
        state: bytes | None,
        streams: dict[bytes, dict[int, tuple[int, bytes, bytes]]],
    ) -> None:
        try:
            record = Record.parse(raw)
        except Malformed as fault:
            self._find("altered", f"第 {index} 条", str(fault))
            return
        versions = streams.setdefault(record.stream, {})
        last = max(versions, default=0)
        known = versions.get(record.version - 1)
        partial = record.version > last + 1 and not self._is_whole(record.stream)
        if partial:
            words = f"此流只收录与本案有关的事件，第 {last + 1} 至 {record.version - 1} 版不在包内"
            self._remark("partial", f"第 {index} 条", words)
            last = record.version - 1
        before = known[1] if known else (NO_PREVIOUS if record.version == 1 else None)
        self._examine(index, raw, state, last, before)
        if record.recorded_at < self._latest - SECOND:
            self._stepped_back += 1
        self._latest = max(self._latest, record.recorded_at)
        versions[record.version] = index, leaf_hash(raw), record.previous

    def _is_whole(self, stream: bytes) -> bool:
        """A stream that was asked for is there from its first event to its last."""
        return str(UUID(bytes=stream)) in self._bundle.manifest.keys

    def _check_proven(self, versions: dict[int, tuple[int, bytes, bytes]]) -> None:
        """Each event stands in the tree: by a proof of its own, or as the previous of one."""
        inclusion, head = typed(self._proofs.get("inclusion"), dict), self._head
        named = b""
        for version in sorted(versions, reverse=True):
            index, leaf, previous = versions[version]
            given, where = inclusion.get(str(index)), f"第 {index} 条"
            proven = leaf == named
            if given is not None:
                proven = verify_inclusion(leaf, index, head.size, hashes_of(given), head.root)
                if not proven:
                    self._find(
                        "altered", where, "记录不在已签署的日志中：证明不成立", "", leaf.hex()
                    )
            elif not proven:
                self._find("incomplete", where, "没有这条记录在册的证明", "", leaf.hex())
            named = previous if proven else b""

    # what was promised

    def _check_promises(self, events: int) -> None:
        promise = self._promise
        if events != promise.events:
            words = f"清单说有 {promise.events} 条事件，包内有 {events} 条"
            self._find("incomplete", "leaves.bin", words, str(promise.events), str(events))
        if promise.size != self._head.size:
            words = "清单所说的规模不是检查点的规模"
            self._find("incomplete", MANIFEST, words, str(promise.size), str(self._head.size))
        if surplus := self._withheld - promise.withheld:
            words = f"{len(surplus)} 条事件没有内容，清单却未说明"
            self._find("incomplete", f"第 {min(surplus)} 条", words)
        if self._withheld:
            words = f"{len(self._withheld)} 条事件的内容暂不公开，其在册与先后照常核验"
            self._remark("withheld", "leaves.bin", words)
        if promise.uncovered:
            words = f"{promise.uncovered} 条事件晚于最新检查点，未收入"
            self._remark("uncovered", MANIFEST, words)

    def _check_tombstones(self) -> None:
        stones = typed(self._bundle.json(f"{self._service}/tombstones.json"), list)
        seen: set[str] = set()
        for stone in stones:
            said = typed(stone, dict)
            key, purpose, at = (said.get(name) for name in ("key", "purpose", "destroyed_at"))
            if not is_uuid(key) or not purpose or not is_moment(at) or key in seen:
                self._find("altered", "tombstones.json", "密钥销毁记录不成立或重复", "", str(said))
            seen.add(str(key))
        if stones:
            words = f"{len(stones)} 个密钥已销毁，其下的个人信息不可再读；证明不受影响"
            self._remark("erased", "tombstones.json", words)


def hashes_of(value: Any) -> list[bytes]:
    """A proof in JSON."""
    return [from_base64(typed(one, str)) for one in typed(value, list)]


def is_uuid(value: Any) -> bool:
    """Whether it is one, as it is written canonically."""
    try:
        return bool(str(UUID(value)) == value)
    except (ValueError, AttributeError, TypeError):
        return False


def is_moment(value: Any) -> bool:
    """Whether it is a date and time with its zone."""
    try:
        return datetime.fromisoformat(value).tzinfo is not None
    except (ValueError, TypeError):
        return False


def moment(microseconds: int) -> str:
    """A time for people."""
    try:
        return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=microseconds)).isoformat()
    except OverflowError:
        return f"{microseconds} µs"


# ---------------------------------------------------------------------- the whole bundle


def verify(
    bundle: Path, policy: Policy, kept: Sequence[tuple[str, bytes]] = (), since: int = 0
) -> Report:
    """Check everything in a bundle.

    Args:
        bundle: the zip file.
        policy: whose signatures are believed; nothing in the bundle adds to it.
        kept: name and content of each checkpoint (signed note, or .tlog-proof) kept earlier.
        since: cosignatures before this time (seconds since 1970) are stale.

    Returns:
        Findings and remarks; bytes that cannot be read are a finding, too, and never an exception.
    """
    report = Report()
    trusted = _read_kept(kept, policy, report)
    try:
        opened = Bundle(bundle)
        _check_files(opened, report)
    except Malformed as fault:
        report.find("unreadable", "", bundle.name, str(fault))
        return report
    for service in sorted(opened.manifest.services):
        try:
            Section(opened, service, policy, trusted, report).check(since)
        except Malformed as fault:
            report.find("unreadable", service, bundle.name, str(fault))
        except BROKEN as fault:
            report.find("unreadable", service, bundle.name, f"已损坏：{type(fault).__name__}")
    return report


def _read_kept(kept: Sequence[tuple[str, bytes]], policy: Policy, report: Report) -> list[Accepted]:
    """The auditor's own checkpoints; any two of them may already contradict each other."""
    known: dict[tuple[str, int], Accepted] = {}
    for name, content in kept:
        try:
            is_proof = content.startswith(PROOF.encode())
            one = policy.signed(TlogProof.parse(content).checkpoint if is_proof else content)
        except (Malformed, Untrusted) as fault:
            report.find("untrusted", "", name, f"留存的检查点不可信：{fault}")
            continue
        at = one.checkpoint
        other = known.setdefault((at.origin, at.size), one).checkpoint
        if other.root != at.root:
            words = f"两份留存的检查点（{at.origin} 规模 {at.size}）根不同：同一规模签署过两个根"
            report.find("forked", "", name, words, other.root.hex(), at.root.hex())
    return list(known.values())


def _check_files(bundle: Bundle, report: Report) -> None:
    """What the manifest promises is there, as it says."""
    manifest = bundle.manifest
    for service in manifest.unreachable:
        report.find("incomplete", service, MANIFEST, "导出时此服务不可达，其证据不在包内")
    if not manifest.complete and not manifest.unreachable:
        report.find("incomplete", "", MANIFEST, "清单说明此包不完整")
    if not manifest.services:
        report.find("incomplete", "", MANIFEST, "包内没有任何服务的证据")
    for name in sorted(set(manifest.files) - set(bundle.names())):
        report.find("incomplete", name.partition("/")[0], name, "清单所列的文件不在包内")
    for name in bundle.names():
        service = name.partition("/")[0]
        if name not in manifest.files:
            report.find("incomplete", service, name, "文件不在清单之列")
            continue
        digest, size = sha256(), 0
        for piece in bundle.pieces(name, LATEST):
            digest.update(piece)
            size += len(piece)
        if (digest.hexdigest(), size) != manifest.files[name]:
            expected = manifest.files[name][0]
            report.find(
                "altered", service, name, "与清单所记的摘要不符", expected, digest.hexdigest()
            )
        if name.endswith("readable.jsonl"):
            report.remark("readable", service, name, "供人阅读，未经核验；以 leaves.bin 为准")


# ---------------------------------------------------------------------- the program


def read_kept(paths: Iterable[Path]) -> list[tuple[str, bytes]]:
    """Kept checkpoints: files, and all files in directories.

    Raises:
        Malformed: there is nothing at a path: what was to be compared must never be passed over.
    """
    files = []
    for path in paths:
        found = sorted(path.rglob("*")) if path.is_dir() else [path]
        if not (here := [file for file in found if file.is_file()]):
            raise Malformed(f"{path} 不存在，或其中没有留存的检查点")
        files += here
    return [(str(file), file.read_bytes()) for file in files]


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the verdict and its evidence; returns the exit code."""
    parser = argparse.ArgumentParser(description="离线核验公匠证据包")
    parser.add_argument("bundle", type=Path, help="证据包（zip）")
    parser.add_argument("--key", type=Path, required=True, help="可信的公钥或策略文件")
    parser.add_argument("--kept", type=Path, action="append", default=[], help="此前留存的检查点")
    parser.add_argument("--fresh", type=int, help="最新检查点的见证不得早于若干秒之前")
    parser.add_argument("--json", action="store_true", help="以 JSON 输出")
    given = parser.parse_args(arguments)
    since = 0 if given.fresh is None else int(time.time()) - given.fresh
    try:
        policy, kept = Policy.parse(given.key.read_bytes()), read_kept(given.kept)
    except (Malformed, OSError) as fault:
        report = Report()
        report.find("untrusted", "", str(given.key), f"公钥、策略或留存的检查点无法读取：{fault}")
    else:
        report = verify(given.bundle, policy, kept, since)
    if given.json:
        print(json.dumps(report.as_dict(), ensure_ascii=False, indent=1))
    else:
        print("\n".join(report.lines()))
    return report.exit_code


if __name__ == "__main__":
    sys.exit(main())
