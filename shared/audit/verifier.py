"""Checks evidence of Gongjiang without Gongjiang: no network, no database, nothing of ours beside.

    python verifier.py BUNDLE --key FILE [--kept FILE-or-DIRECTORY]… [--fresh SECONDS] [--json]

Only the keys in FILE are trusted: a C2SP tlog-policy, or one verifier key a line. Needs Python 3.11
and `cryptography`. Formats: RFC 6962 (tree), C2SP signed-note, tlog-checkpoint, tlog-cosignature,
tlog-policy and tlog-proof; the record and the bundle are described where they are read. Whatever
reads bytes refuses those that are not exactly as they should be with `Malformed`. All that can be
said of a bundle stands in two tables, FINDINGS and REMARKS.
"""

import argparse
import json
import re
import stat
import struct
import sys
import time
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
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

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


def require(holds: object, words: str) -> None:
    """Refuse bytes that are not as they should be."""
    if not holds:
        raise Malformed(words)


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
        """The fields."""
        require(record.startswith(PREFIX), "记录的开头不是 gongjiang-event-v1")
        fields, at = [], len(PREFIX)
        for fixed in (None, 16, 8, None, 8, None, None, None, 32, 32, 32):
            if fixed is None:
                width, at = int.from_bytes(record[at : at + 4], "big"), at + 4
            else:
                width = fixed
            fields.append(record[at : at + width])
            at += width
        require(at == len(record), f"记录应长 {at} 字节，实长 {len(record)} 字节")
        origin, stream, version, topic, recorded_at, actor, correlation, causation, *hashes = fields
        try:
            texts = [one.decode() for one in (origin, topic, actor, causation)]
        except UnicodeDecodeError as fault:
            raise Malformed("记录中的文字不是 UTF-8") from fault
        numbers = [int.from_bytes(one, "big") for one in (version, recorded_at)]
        begin = texts[0], stream, numbers[0], texts[1], numbers[1]
        return cls(*begin, texts[2], correlation, texts[3], *hashes)


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
    """The bytes, if this is the one canonical spelling of them."""
    try:
        value = b64decode(text, validate=True)
    except ValueError as fault:
        raise Malformed(f"不是 base64：{text[:24]}") from fault
    require(b64encode(value).decode() == text, f"不是规范的 base64：{text[:24]}")
    return value


def decimal(text: str) -> int:
    """A number without sign, space or leading zeros, below 2^63."""
    good = DECIMAL.fullmatch(text) and int(text) <= LATEST
    require(good, f"不是规范的十进制数：{text[:24]}")
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

    @classmethod
    def parse(cls, line: str) -> Self:
        """— name base64(key id | signature)"""
        dash, _, rest = line.partition(" ")
        name, _, encoded = rest.partition(" ")
        require(dash == "\N{EM DASH}" and is_key_name(name), "签名行应为“— 名称 签名”")
        signature = from_base64(encoded)
        require(len(signature) >= 5, "签名过短")
        return cls(name, signature[:4], signature[4:])


@dataclass(frozen=True, slots=True)
class SignedNote:
    """A text and the signatures under it, none of them verified."""

    text: bytes
    signatures: tuple[SignatureLine, ...]

    @classmethod
    def parse(cls, note: bytes) -> Self:
        """The parts."""
        require(len(note) <= LONGEST_TEXT, "签名文件过长")
        try:
            whole = note.decode()
        except UnicodeDecodeError as fault:
            raise Malformed("签名文件不是 UTF-8") from fault
        odd = any(one < " " and one != "\n" for one in whole)
        require(not odd, "签名文件含有控制字符（例如回车）")
        text, blank, lines = whole.rpartition("\n\n")
        require(blank and text and lines.endswith("\n"), "签名文件缺少正文、空行或签名")
        signatures = tuple(SignatureLine.parse(line) for line in lines[:-1].split("\n"))
        require(len(signatures) <= MOST_SIGNATURES, f"签名多于 {MOST_SIGNATURES} 个")
        return cls(f"{text}\n".encode(), signatures)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a log was at one size; `text` is all that is signed."""

    origin: str
    size: int
    root: bytes
    text: bytes

    @classmethod
    def parse(cls, text: bytes) -> Self:
        """The parts of a note's text."""
        try:
            origin, size, root, *others = text.decode().split("\n")
        except ValueError as fault:
            raise Malformed("检查点应有来源、规模和根三行") from fault
        good = origin and others and not others.pop() and all(others)
        require(good, "检查点各行不得为空，且以换行结束")
        require(len(from_base64(root)) == HASH, "检查点的根不是 32 字节")
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
        """The key, with the id that follows from the rest."""
        good = is_key_name(name) and kind in (NOTE, COSIGNATURE) and len(public) == HASH
        require(good, "公钥应为 Ed25519（0x01 或 0x04），名称不得有空格或加号")
        key_id = sha256(name.encode() + b"\n" + bytes((kind,)) + public).digest()[:4]
        return cls(name, key_id, kind, public)

    @classmethod
    def parse(cls, text: str) -> Self:
        """A key as `name+hash+base64`; the hash must be that of this key."""
        name, _, rest = text.partition("+")
        key_id, _, encoded = rest.partition("+")
        material = from_base64(encoded)
        key = cls.of(name, material[0] if material else 0, material[1:])
        require(key_id == key.key_id.hex(), f"公钥 {name} 的标识与内容不符")
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
class Policy:
    """Whose signatures are believed, and which of the witnesses are enough ("none": no one).

    A group is met by so many of its members, which are witnesses or groups.
    """

    logs: tuple[VerifierKey, ...]
    witnesses: dict[str, VerifierKey]
    groups: dict[str, tuple[int, tuple[str, ...]]]
    quorum: str

    @classmethod
    def parse(cls, text: bytes) -> Self:
        """A tlog-policy, or one verifier key a line (then without a quorum)."""
        logs, witnesses = list[VerifierKey](), dict[str, VerifierKey]()
        groups, quorum = dict[str, tuple[int, tuple[str, ...]]](), ""
        taken, free = {"none"}, set[str]()  # names; those that are in no group yet
        for line in _policy_lines(text):
            match line:
                case ["log", encoded] | ["log", encoded, _]:
                    key = VerifierKey.parse(encoded)
                    good = key.kind == NOTE and key.public not in {one.public for one in logs}
                    require(good, f"日志公钥 {key.name} 种类不对或重复")
                    logs.append(key)
                    continue
                case ["witness", name, encoded] | ["witness", name, encoded, _]:
                    key, known = VerifierKey.parse(encoded), {k.public for k in witnesses.values()}
                    good = key.kind == COSIGNATURE and key.public not in known
                    require(good, f"见证人公钥 {name} 种类不对或重复")
                    witnesses[name] = key
                case ["group", name, threshold, *members] if members:
                    for member in members:
                        require(member in free, f"组 {name} 的成员 {member} 未定义或已属于一组")
                        free.remove(member)
                    enough = decimal(
                        {"all": f"{len(members)}", "any": "1"}.get(threshold, threshold)
                    )
                    words = f"组 {name} 要求 {threshold} 个，但有 {len(members)} 个成员"
                    require(1 <= enough <= len(members), words)
                    groups[name] = enough, tuple(members)
                case ["quorum", name]:
                    good = not quorum and name in taken
                    require(good, f"quorum 只能有一行，且须是已定义的名称：{name}")
                    quorum = name
                    continue
                case _:
                    raise Malformed(f"策略文件中不认识的一行：{' '.join(line)[:60]!r}")
            require(name not in taken, f"名称 {name} 重复或不可用")
            taken.add(name)
            free.add(name)
        require(quorum, "策略文件没有 quorum 一行")
        return cls(tuple(logs), witnesses, groups, quorum)

    def signed(self, note: bytes) -> Accepted:
        """The checkpoint of a note that one of the logs has signed, whoever else did or did not.
        What the log's own service says as a witness counts for nothing.

        Raises:
            Unsigned: no trusted log has signed it, or a trusted key's signature is false.
        """
        parsed = SignedNote.parse(note)
        checkpoint = Checkpoint.parse(parsed.text)
        signers = [_signer(self.logs, line, parsed.text) for line in parsed.signatures]
        log = next((one for one in signers if one and one.name == checkpoint.origin), None)
        if log is None:
            raise Unsigned(f"检查点（{checkpoint.origin}）没有可信的日志签名")
        names = {
            key: name
            for name, key in self.witnesses.items()
            if key.name != own_witness(checkpoint.origin)
        }
        cosigned: dict[str, int] = {}
        for line in parsed.signatures:
            if key := _signer(tuple(names), line, parsed.text):
                timestamp = int.from_bytes(line.signature[:8], "big")
                cosigned[names[key]] = min(timestamp, cosigned.get(names[key], timestamp))
        return Accepted(checkpoint, log, cosigned)

    def judge(self, note: bytes, since: int = 0) -> Accepted:
        """The same, cosigned by enough witnesses; what was cosigned before `since` is stale.

        Raises:
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
        if name not in self.groups:
            return name == "none" or name in cosigned
        threshold, members = self.groups[name]
        return sum(self._is_met(member, cosigned) for member in members) >= threshold


def _policy_lines(text: bytes) -> list[list[str]]:
    """The words of each line that says something; of bare keys, what they stand for."""
    require(len(text) <= 16 * LONGEST_TEXT, "策略文件过长")
    odd = any((one < 0x20 and one not in b"\t\n") or one == 0x7F for one in text)
    require(not odd, "策略文件含有控制字符（例如回车）")
    lines = text.decode(errors="surrogateescape").split("\n")
    split = (re.split(r"[ \t]+", line.strip(" \t")) for line in lines)
    told = [words for words in split if words[0] and not words[0].startswith("#")]
    if any(len(words) > 1 for words in told):
        return told
    keys = [VerifierKey.parse(word) for (word,) in told]
    bare = [["log", str(k)] if k.kind == NOTE else ["witness", k.name, str(k)] for k in keys]
    return [*bare, ["quorum", "none"]] if keys else []


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
        """The parts of a .tlog-proof."""
        head, blank, checkpoint = text.partition(b"\n\n")
        try:
            first, *lines = head.decode().split("\n")
        except UnicodeDecodeError as fault:
            raise Malformed("证明文件不是 UTF-8") from fault
        extra = b""
        if first == PROOF and lines and lines[0].startswith("extra "):
            extra = from_base64(lines.pop(0).removeprefix("extra "))
        good = first == PROOF and blank and lines and lines[0].startswith("index ")
        require(good, "证明文件应有首行、index 一行、空行和检查点")
        hashes = tuple(from_base64(line) for line in lines[1:])
        good = len(hashes) <= 63 and all(len(one) == HASH for one in hashes)
        require(good, "证明中的哈希应为至多 63 个、各 32 字节")
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
            Malformed: it is no checkpoint, or the record is not where the proof says.
            Untrusted: the checkpoint is none that we believe.
        """
        accepted = policy.judge(self.checkpoint)
        at, leaf = accepted.checkpoint, leaf_hash(self.extra)
        stands = verify_inclusion(leaf, self.index, at.size, self.hashes, at.root)
        require(stands, f"记录不在检查点（规模 {at.size}）的第 {self.index} 条")
        return accepted


# ---------------------------------------------------------------------- findings and verdict

VERDICTS = {
    "unreadable": (2, "无法读取：不是完整的证据包"),
    "untrusted": (3, "不可信：签名或见证不符合所给的公钥与策略"),
    "forked": (5, "日志分叉：同一日志签署过互相矛盾的检查点"),
    "altered": (4, "已被改动：内容与已签署的日志不符"),
    "foreign": (9, "来源不符：混入了另一日志的记录"),
    "rolled_back": (6, "日志被退回：曾经签署过的部分不在其中"),
    "out_of_time": (7, "时间矛盾：记录时间与见证时间不符"),
    "incomplete": (8, "不完整：应有的文件、服务或证明缺失"),
    "verified": (0, "核验通过：包内所述与已签署的日志一致"),
}
"""Exit code and words of each code, the worst first."""
EXIT_CODES = {code: exit_code for code, (exit_code, _) in VERDICTS.items()}
FINDINGS = {
    # the file
    "damaged": ("unreadable", "{why}"),
    "no_services": ("incomplete", "包内没有任何服务的证据"),
    "no_events": ("incomplete", "包内没有所列编号的任何事件，什么也没有证明"),
    "unpromised": ("incomplete", "清单未列此服务，其文件未经核验"),
    "kept_absent": ("incomplete", "审计人留存了此日志的检查点，包内却没有它的证据"),
    "unreachable": ("incomplete", "导出时此服务不可达，其证据不在包内"),
    "not_complete": ("incomplete", "清单说明此包不完整"),
    "listed_only": ("incomplete", "清单所列的文件不在包内"),
    "unlisted": ("incomplete", "文件不在清单之列"),
    "digest": ("altered", "与清单所记的摘要不符"),
    "needed": ("incomplete", "缺少应有的文件"),
    # what is signed
    "signature": ("untrusted", "{why}"),
    "kept_signature": ("untrusted", "留存的检查点不可信：{why}"),
    "no_keys": ("untrusted", "公钥、策略或留存的检查点无法读取：{why}"),
    "other_log": ("foreign", "检查点是另一日志的"),
    "kept_differ": ("forked", "两份留存的检查点（{of}）根不同：同一规模签署过两个根"),
    # the events
    "index_gap": ("altered", "序号不连续：日志中的事件缺失或重复"),
    "index_order": ("altered", "序号应递增且小于检查点的规模"),
    "record": ("altered", "{why}"),
    "record_foreign": ("foreign", "记录属于另一日志"),
    "state": ("altered", "事件内容与账本记录的哈希不符：内容被改动"),
    "version": ("altered", "流中版本不连续：有事件被删除或插入"),
    "chain": ("altered", "链断开：记录所指的前一条不是流中的前一条"),
    "too_late": ("out_of_time", "记录时间晚于覆盖它的检查点的见证时间"),
    "too_early": ("out_of_time", "记录时间早于此前检查点的见证时间：事件被倒签日期"),
    "not_included": ("altered", "记录不在已签署的日志中：证明不成立"),
    "unproven": ("incomplete", "没有这条记录在册的证明"),
    # the log against what is signed
    "too_few": ("altered", "检查点签署 {signed} 条，包内只有 {size} 条"),
    "too_many": ("altered", "检查点签署 {signed} 条，包内却有 {size} 条"),
    "root": (
        "altered",
        "全部记录算出的根与检查点不符：第 {good} 条起、第 {bad} 条止之间有改动",
    ),
    "two_roots": ("forked", "同一规模签署过两个不同的根"),
    "rewritten": ("forked", "前 {size} 条算出的根与之不同：历史被改写"),
    "shorter": ("rolled_back", "签署过的日志比包内的长，且无恢复记载：日志被退回，或此包导出在前"),
    "unlinked": ("incomplete", "包内没有把它接到最新检查点的一致性证明"),
    "archive_left": ("altered", "不能证明最新检查点是它的延续"),
    "kept_left": ("forked", "不能证明最新检查点是它的延续"),
    "renamed": ("rolled_back", "日志换了名称，却没有记载恢复的事件"),
    "restored_from": ("untrusted", "恢复事件所引的检查点：{why}"),
    # what was promised
    "count": ("incomplete", "清单说有 {promised} 条事件，包内有 {events} 条"),
    "size": ("incomplete", "清单所说的规模不是检查点的规模"),
    "tombstone": ("altered", "密钥销毁记录不成立或重复"),
}
"""Code and words of all that can be wrong."""
REMARKS = {
    "readable": "供人阅读，未经核验；以 leaves.bin 为准",
    "clock": "时钟曾后退，共 {count} 处；先后以序号为准",
    "lost": "其后一部分事件在恢复数据库时丢失，日志自己记载了此事",
    "restored": "数据库曾从备份恢复（{reason}）：{origin} 已签署 {size} 条，"
    "其中第 {kept} 至 {last} 条已丢失，日志改称 {now}",
    "scope": "本包证明所含事件在册且未被改动，不证明此后没有别的事件",
    "partial": "此流只收录与本案有关的事件，第 {first} 至 {last} 版不在包内",
    "withheld": "{count} 条事件暂不公开，未收入",
    "absent": "策略中有此日志，包内没有它的证据",
    "uncovered": "{count} 条事件晚于最新检查点，未收入",
    "erased": "{count} 个密钥已销毁，其下的个人信息不可再读；证明不受影响",
    "unrecorded": "{count} 个密钥已销毁，包内却没有事件记载（可能尚未签署）：应查明由谁销毁",
}
"""Words of all that a reader should know, though it changes no verdict."""
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
        return next(code for code in VERDICTS if code in found or code == "verified")

    @property
    def exit_code(self) -> int:
        """What the program ends with."""
        return EXIT_CODES[self.verdict]

    def say(self, what: str, service: str, where: str, *shown: object, **filled: object) -> None:
        """Add what FINDINGS or REMARKS have under this name, with what was expected and found."""
        if what in REMARKS:
            words = REMARKS[what].format(**filled)
            self.remarks.append(Finding(what, service, where, words))
        else:
            code, words = FINDINGS[what]
            evidence = [one.hex() if isinstance(one, bytes) else str(one) for one in shown]
            self.find(code, service, where, words.format(**filled), *evidence)

    def find(self, *finding: str) -> None:
        """Add a finding: code, service, where, words, expected, found."""
        one = Finding(*finding)
        if len(self.findings) >= MOST_FINDINGS and one.code in {f.code for f in self.findings}:
            self.unlisted += 1
        elif one not in self.findings:
            self.findings.append(one)

    def as_dict(self) -> dict[str, Any]:
        """For machines."""
        return {
            "verdict": self.verdict,
            "exit_code": self.exit_code,
            "words": VERDICTS[self.verdict][1],
            "findings": [asdict(one) for one in self.findings],
            "unlisted": self.unlisted,
            "remarks": [asdict(one) for one in self.remarks],
            "services": self.services,
        }

    def lines(self) -> Iterator[str]:
        """For people; nothing that a bundle says can move the cursor or begin a line of its own."""
        for line in self._lines():
            yield "".join(one if one.isprintable() else "\ufffd" for one in line)

    def _lines(self) -> Iterator[str]:
        yield VERDICTS[self.verdict][1]
        for one in self.findings:
            yield f"✗ [{one.code}] {one.service} {one.where}：{one.words}"
            if one.expected or one.found:
                yield f"    应为 {one.expected}"
                yield f"    实为 {one.found}"
        if self.unlisted:
            yield f"✗ 另有 {self.unlisted} 处未列出"
        for one in self.remarks:
            yield f"· {one.service} {one.where}：{one.words}"
        for service, facts in self.services.items():
            seen = "、".join(facts["witnesses"]) or "无"
            yield (
                f"✓ {service}：{facts['events']} 条事件、{facts['streams']} 个流；"
                f"检查点 {facts['origin']} 规模 {facts['size']}，根 {facts['root']}，见证 {seen}；"
                f"已核对留存的检查点 {facts['kept']} 个"
            )


# ---------------------------------------------------------------------- the file

FORMAT = "gongjiang-bundle/1"
MANIFEST = "manifest.json"
MOST_MEMBERS = 200_000
LARGEST_TEXT = 1 << 28
MOST_RATIO = 200
CHUNK = 1 << 20
PATH = re.compile(r"[a-z_]+/(?:checkpoints/)?[A-Za-z0-9_][A-Za-z0-9_.-]*", re.ASCII)
ZIP_FAULTS = (BadZipFile, zlib.error, struct.error, EOFError, OSError)
BROKEN = (*ZIP_FAULTS, ArithmeticError, LookupError, RuntimeError, ValueError)
"""Whatever the libraries raise over bytes that are no zip file, or no longer one."""
T = TypeVar("T")


def typed(value: Any, kind: type[T]) -> T:
    """The value, which came from JSON and must be of this type."""
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise Malformed(f"JSON 中应为 {kind.__name__}，实为 {str(value)[:40]}")
    return value


def every(value: Any, kind: type[T]) -> list[T]:
    """A list from JSON, each of this type."""
    return [typed(one, kind) for one in typed(value, list)]


@dataclass(frozen=True, slots=True)
class Promise:
    """What the manifest says of a service."""

    origin: str
    size: int
    events: int
    whole_log: bool
    uncovered: int
    withheld: int

    @classmethod
    def parse(cls, value: Any) -> Self:
        """Of JSON."""
        part = typed(value, dict)
        return cls(
            typed(part.get("origin"), str),
            typed(part.get("size", 0), int),
            typed(part.get("events", 0), int),
            typed(part.get("whole_log"), bool),
            typed(part.get("uncovered", 0), int),
            typed(part.get("withheld", 0), int),
        )


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
        """Of JSON."""
        about = typed(value, dict)
        require(about.get("format") == FORMAT, f"清单的格式不是 {FORMAT}")
        services = typed(about.get("services"), dict)
        files = {name: typed(one, dict) for name, one in typed(about.get("files"), dict).items()}
        return cls(
            frozenset(every(about.get("keys", []), str)),
            typed(about.get("complete"), bool),
            {name: Promise.parse(part) for name, part in services.items()},
            tuple(every(about.get("unreachable", []), str)),
            {
                n: (typed(f.get("sha256"), str), typed(f.get("bytes"), int))
                for n, f in files.items()
            },
        )


class Bundle:
    """The members of a zip that nobody vouches for: nothing is unpacked to a disk."""

    def __init__(self, path: Path) -> None:
        self._digests: dict[str, tuple[str, int]] = {}
        try:
            self._archive = ZipFile(path)
            self._members = {one.filename: one for one in self._archive.infolist()}
            self._refuse_tricks(self._archive.infolist())
            self.manifest = Manifest.parse(self.json(MANIFEST))
        except BROKEN as fault:
            raise Malformed(f"不是完整的 zip 文件：{type(fault).__name__}") from fault

    def _refuse_tricks(self, members: list[ZipInfo]) -> None:
        alone = len(self._members) == len(members) <= MOST_MEMBERS
        require(alone, "文件过多或重名")
        end = 0
        for one in sorted(members, key=lambda one: one.header_offset):
            name, path, packed = one.filename, one.orig_filename, one.compress_size
            is_path = name == MANIFEST or PATH.fullmatch(path)
            require(is_path, f"不允许的路径 {path[:80]!r}")
            is_odd = stat.S_ISLNK(one.external_attr >> 16) or one.flag_bits & 0x1
            require(not is_odd, f"{name} 是符号链接或已加密")
            is_known = one.compress_type in (ZIP_STORED, ZIP_DEFLATED)
            require(is_known, f"{name} 的压缩方式不受支持")
            require(one.file_size <= CHUNK + MOST_RATIO * packed, f"{name} 的压缩比异常")
            require(one.header_offset >= end, f"{name} 与另一文件重叠")
            end = one.header_offset + 30 + len(path) + packed

    def __contains__(self, name: str) -> bool:
        return name in self._members

    def names(self) -> list[str]:
        """The members, but for the manifest."""
        return sorted(set(self._members) - {MANIFEST})

    def pieces(self, name: str, most: int = LATEST) -> Iterator[bytes]:
        """A member of at most so many bytes, piece by piece."""
        member, digest, size = self._members[name], sha256(), 0
        require(member.file_size <= most, f"{name} 过大：{member.file_size} 字节")
        try:
            with self._archive.open(member) as file:
                while piece := file.read(CHUNK):
                    digest.update(piece)
                    size += len(piece)
                    yield piece
        except BROKEN as fault:
            raise Malformed(f"{name} 已损坏：{type(fault).__name__}") from fault
        self._digests[name] = digest.hexdigest(), size

    def digest(self, name: str) -> tuple[str, int]:
        """SHA-256 and length of a member; it is read for this only if it was not read before."""
        if name not in self._digests:
            for _ in self.pieces(name):
                pass
        return self._digests[name]

    def read(self, name: str) -> bytes:
        """A short member."""
        return b"".join(self.pieces(name, LARGEST_TEXT))

    def json(self, name: str) -> Any:
        """A member that is JSON."""
        try:
            return json.loads(self.read(name))
        except (ValueError, RecursionError) as fault:
            raise Malformed(f"{name} 不是 JSON") from fault


FRAME = struct.Struct(">QI").unpack_from
LENGTH = struct.Struct(">I").unpack_from
LONGEST_RECORD = 1 << 16
LONGEST_STATE = 1 << 24


def frames(pieces: Iterable[bytes]) -> Iterator[tuple[int, bytes, bytes]]:
    """(leaf index, record, state) of each event.

    index u64 | length u32 | record | length u32 | state
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
            begin, end = middle + 4, middle + 4 + length
            if length > LONGEST_STATE:
                raise Malformed(f"第 {index} 条的内容过长")
            if end > len(buffer):
                break
            yield index, buffer[at + 12 : middle], buffer[begin:end]
            at = end
        rest = buffer[at:]
    require(not rest, "leaves.bin 的最后一条不完整")


# ---------------------------------------------------------------------- one service's section

NEEDED = ("checkpoint", "leaves.bin", "proofs.json", "tombstones.json")
TOLERANCE = 120
SECOND = 1_000_000
EPOCH = re.compile(r"/[0-9]{1,9}\Z")
RESTORED = "log_restored.v1"
ERASED = "erasure_completed.v1"
FIXED = struct.Struct(">16sQI").unpack_from
NOTHING = (0, NO_PREVIOUS)


def base_of(origin: str) -> str:
    """What the records of a log bear as origin, in whatever epoch after a restore."""
    return EPOCH.sub("", origin)


def own_witness(origin: str) -> str:
    """What a log's own service is called as a witness."""
    group, _, service = base_of(origin).rpartition("/")
    return f"{group}/witness/{service}"


def epoch(origin: str) -> int:
    """Which one it is of its log: the first has no number, those after a restore have."""
    return int(origin.removeprefix(base_of(origin)).lstrip("/") or 1)


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


@dataclass
class Section:
    """What one service has put into the bundle, held against all that is known of its log."""

    bundle: Bundle
    service: str
    policy: Policy
    kept: Sequence[Accepted]
    report: Report
    incidents: list[tuple[int, Checkpoint, str]] = field(default_factory=list)
    """Restores: the leaf from which on all was lost, the last checkpoint that was signed before,
    and the origin under which the log went on."""
    roots: dict[int, bytes] = field(default_factory=dict)
    stepped_back: int = 0

    def check(self, since: int) -> None:
        """Say everything about it."""
        missing = [name for name in NEEDED if f"{self.service}/{name}" not in self.bundle]
        for name in missing:
            self._say("needed", name)
        if missing:
            return
        note = self.bundle.read(f"{self.service}/checkpoint")
        self.promise = self.bundle.manifest.services[self.service]
        self.head, self.trusted = Checkpoint.parse(SignedNote.parse(note).text), True
        self.base = base_of(self.head.origin)
        accepted = self._check_signatures(note, since)
        self.archived = list(self._archived())
        self.ours = [one for one in self.kept if base_of(one.checkpoint.origin) == self.base]
        self.proofs = typed(self.bundle.json(f"{self.service}/proofs.json"), dict)
        self._find_incidents()
        notes = [*([accepted] if accepted else []), *self.archived, *self.ours]
        self.bounds = Bounds(one for one in notes if self._stands(one))
        events, streams = self._whole_log() if self.promise.whole_log else self._cases()
        self._check_promises(events)
        self._check_tombstones()
        self.report.services[self.service] = {
            "origin": self.head.origin,
            "size": self.head.size,
            "root": self.head.root.hex(),
            "events": events,
            "streams": streams,
            "witnesses": sorted(accepted.witnesses) if accepted else [],
            "kept": len(self.ours),
        }

    def _say(self, what: str, where: str, *shown: object, **filled: object) -> None:
        self.report.say(what, self.service, where, *shown, **filled)

    # what is signed

    def _check_signatures(self, note: bytes, since: int) -> Accepted | None:
        promised, origin, accepted = self.promise.origin, self.head.origin, None
        try:
            accepted = self.policy.judge(note, since)
        except NoQuorum as fault:
            self._say("signature", "checkpoint", why=fault)
            accepted = self.policy.signed(note)
        except Unsigned as fault:
            self._say("signature", "checkpoint", why=fault)
            self.trusted = False
        if promised != origin or self.base.rpartition("/")[2] != self.service:
            self._say("other_log", "checkpoint", f"{promised}（{self.service}）", origin)
        return accepted

    def _archived(self) -> Iterator[Accepted]:
        for name in self.bundle.names():
            if name.startswith(f"{self.service}/checkpoints/"):
                where = name.partition("/")[2]
                try:
                    one = self.policy.signed(self.bundle.read(name))
                except Unsigned as fault:
                    self._say("signature", where, why=fault)
                    continue
                if base_of(one.checkpoint.origin) != self.base:
                    self._say("other_log", where, self.base, one.checkpoint.origin)
                else:
                    yield one

    def _stands(self, note: Accepted) -> bool:
        """Whether what it covers is still in this log: no restore has lost it."""
        one = note.checkpoint
        told = [kept for kept, head, _ in self.incidents if epoch(head.origin) >= epoch(one.origin)]
        if not told:
            return True
        begun = (self.base, *(now for _, _, now in self.incidents))
        return one.origin in begun and one.size <= min(told)

    def _is_known_lost(self, one: Checkpoint) -> bool:
        """Whether a restore tells of a head behind it: of its epoch, or of a later one that was
        lost together with the record of how this one ended."""
        heads = [head for _, head, _ in self.incidents]
        same = [head for head in heads if head.origin == one.origin]
        if not same:
            return any(epoch(head.origin) > epoch(one.origin) for head in heads)
        return any(
            one.size < head.size or (one.size, one.root) == (head.size, head.root) for head in same
        )

    def _find_incidents(self) -> None:
        """In a log that goes on after a restore, the events that say so."""
        if self.head.origin == self.base:
            return
        for index, raw, state in self._frames():
            if RESTORED.encode() in raw:
                self._read_incident(index, Record.parse(raw), state)
        name, named = self.base, ("", 0)
        for kept, head, now in self.incidents:
            larger = head.origin == named[0] and head.size > named[1]
            goes_on = larger or epoch(head.origin) >= epoch(name)
            if kept < self.head.size and goes_on and epoch(now) > epoch(name):
                name, named = now, (head.origin, head.size)
        if name != self.head.origin:
            self._say("renamed", "checkpoint", self.base, self.head.origin)

    def _read_incident(self, index: int, record: Record, state: bytes) -> None:
        if record.topic != RESTORED or sha256(state).digest() != record.state_hash:
            return
        where = f"第 {index} 条"
        try:
            data = typed(typed(json.loads(state), dict).get("data"), dict)
            head = self.policy.signed(typed(data.get("note"), str).encode()).checkpoint
        except (Malformed, Untrusted, ValueError) as fault:
            self._say("restored_from", where, why=fault)
            return
        if base_of(head.origin) == self.base and data.get("kept") == index:
            now = typed(data.get("origin_now"), str)
            self.incidents.append((index, head, now))
            lost = {"origin": head.origin, "size": head.size, "kept": index, "last": head.size - 1}
            self._say("restored", where, **lost, reason=data.get("reason", ""), now=now)

    # the events

    def _frames(self) -> Iterator[tuple[int, bytes, bytes]]:
        return frames(self.bundle.pieces(f"{self.service}/leaves.bin"))

    def _whole_log(self) -> tuple[int, int]:
        """Every event from the first; returns how many, in how many streams.

        It looks at no more than tells a good event from any other, which is then examined.
        """
        signed = {one.checkpoint.size for one in (*self.archived, *self.ours)}
        stops = sorted({*signed, *self.bounds.sizes, self.head.size})
        opening = PREFIX + len(self.base.encode()).to_bytes(4, "big") + self.base.encode()
        skip, peaks, heads = len(opening), Peaks(), dict[bytes, tuple[int, bytes]]()
        row, size, latest = peaks.row, 0, 0
        (low, high), stop = self.bounds.at(0), self._pass(stops, 0, peaks)
        for index, raw, state in self._frames():
            if index != size:
                self._say("index_gap", f"第 {size} 条", size, index)
                break
            leaf = sha256(b"\0" + raw).digest()
            try:
                stream, version, length = FIXED(raw, skip)
                recorded, length = FRAME(raw, at := skip + 28 + length)
                at += 12 + length
                at += 4 + LENGTH(raw, at)[0]
                at += 4 + LENGTH(raw, at)[0]
            except struct.error:
                stream, version, recorded, at = b"", 0, 0, 0
            last, before = heads.get(stream, NOTHING)
            if (
                version != last + 1
                or raw[at : at + 32] != before
                or raw[at + 32 : at + 64] != sha256(state).digest()
                or at + 96 != len(raw)
                or not raw.startswith(opening)
                or not low <= recorded <= high
            ):
                self._examine(index, self._record(index, raw), state, last, before)
            if recorded < latest - SECOND:
                self.stepped_back += 1
            elif recorded > latest:
                latest = recorded
            heads[stream] = version, leaf
            row.append(leaf)
            size += 1
            if len(row) == Peaks.ROW:
                peaks.fold()
            if size == stop:
                stop = self._pass(stops, size, peaks)
                low, high = self.bounds.at(size)
        self._check_roots(size, self.roots.get(self.head.size))
        return size, len(heads)

    def _pass(self, stops: list[int], size: int, peaks: Peaks) -> int:
        """Note the root at a size that somebody has signed; the next such size."""
        if size in stops[:1]:
            self.roots[stops.pop(0)] = peaks.root()
        return stops[0] if stops else -1

    def _record(self, index: int, raw: bytes) -> Record | None:
        try:
            return Record.parse(raw)
        except Malformed as fault:
            self._say("record", f"第 {index} 条", why=fault)
            return None

    def _examine(
        self, index: int, one: Record | None, state: bytes, last: int, before: bytes | None
    ) -> None:
        """Say what is wrong with an event that follows such a version and leaf, if anything is."""
        if one is None:
            return
        where = f"第 {index} 条（{one.topic}，流 {one.stream.hex()} 第 {one.version} 版）"
        if one.origin != self.base:
            self._say("record_foreign", where, self.base, one.origin)
        if (found := sha256(state).digest()) != one.state_hash:
            self._say("state", where, one.state_hash, found)
        if one.version != last + 1:
            self._say("version", where, f"第 {last + 1} 版", f"第 {one.version} 版")
        elif before is not None and one.previous != before:
            self._say("chain", where, before, one.previous)
        low, high = self.bounds.at(index)
        if one.recorded_at > high:
            self._say("too_late", where, f"≤ {moment(high)}", moment(one.recorded_at))
        if one.recorded_at < low:
            self._say("too_early", where, f"≥ {moment(low)}", moment(one.recorded_at))

    def _check_roots(self, size: int, found: bytes | None) -> None:
        """The leaves make the root that was signed, and every other one that was."""
        head, where = self.head, "leaves.bin"
        if size != head.size:
            what = "too_few" if size < head.size else "too_many"
            self._say(what, where, head.size, size, signed=head.size, size=size)
        if found is not None and found != head.root:
            notes = [one for one in (*self.archived, *self.ours) if self._stands(one)]
            others = [(one.checkpoint.size, one.checkpoint.root) for one in notes]
            bad = min([head.size, *(s for s, root in others if self.roots.get(s, root) != root)])
            good = [0, *(s for s, root in others if self.roots.get(s) == root and s < bad)]
            self._say("root", where, head.root, found, good=max(good), bad=bad - 1)
        self._compare_all(holds=found == head.root)

    # checkpoints against checkpoints

    def _compare_all(self, *, holds: bool) -> None:
        for one in self.archived:
            self._compare(one, "包内存档", "archive_left", holds)
        for one in self.ours:
            self._compare(one, "审计人留存", "kept_left", holds)

    def _compare(self, note: Accepted, whose: str, left: str, holds: bool) -> None:
        """Another signed checkpoint against the head, and against the leaves in a whole log."""
        one, head, stands = note.checkpoint, self.head, self._stands(note)
        where = f"{whose}的检查点（{one.origin} 规模 {one.size}）"
        if not stands and self._is_known_lost(one):
            self._say("lost", where)
        elif one.size == head.size and one.origin == head.origin:
            if one.root != head.root and self.trusted:
                self._say("two_roots", where, head.root, one.root)
        elif one.size > head.size or not stands:
            self._say("shorter", where, f"≥ {one.size} 条", f"{head.size} 条")
        elif self.promise.whole_log:
            found = self.roots.get(one.size)
            if found is not None and found != one.root and holds and self.trusted:
                self._say("rewritten", where, one.root, found, size=one.size)
        else:
            self._check_consistency(one, where, left)

    def _check_consistency(self, one: Checkpoint, where: str, left: str) -> None:
        proofs, head = typed(self.proofs.get("consistency"), dict), self.head
        given = proofs.get(str(one.size)) if one.size else []
        if given is None:
            self._say("unlinked", where)
        elif not verify_consistency(one.size, head.size, one.root, head.root, hashes_of(given)):
            self._say(left, where, one.root, head.root)

    # cases

    def _cases(self) -> tuple[int, int]:
        """Some streams, whole or in part; returns how many events, in how many streams."""
        streams: dict[bytes, dict[int, bytes]] = {}
        inclusion = typed(self.proofs.get("inclusion"), dict)
        count, previous, latest = 0, -1, 0
        for index, raw, state in self._frames():
            count += 1
            if not previous < index < self.head.size:
                self._say("index_order", f"第 {index} 条", f"> {previous}", index)
            previous, record = index, self._record(index, raw)
            if record is not None:
                versions = streams.setdefault(record.stream, {})
                self._case_event(index, record, state, versions)
                self.stepped_back += record.recorded_at < latest - SECOND
                latest = max(latest, record.recorded_at)
                versions[record.version] = leaf_hash(raw)
            self._check_proven(index, leaf_hash(raw), inclusion.get(str(index)))
        self._compare_all(holds=True)
        self._say("scope", "案卷")
        return count, len(streams)

    def _case_event(
        self,
        index: int,
        record: Record,
        state: bytes,
        versions: dict[int, bytes],
    ) -> None:
        """A stream that was asked for is there from its first event; of another, some may be."""
        version, last = record.version, max(versions, default=0)
        is_whole = str(UUID(bytes=record.stream)) in self.bundle.manifest.keys
        if version > last + 1 and not is_whole:
            self._say("partial", f"第 {index} 条", first=last + 1, last=version - 1)
            last = version - 1
        before = versions.get(version - 1, NO_PREVIOUS if version == 1 else None)
        self._examine(index, record, state, last, before)

    def _check_proven(self, index: int, leaf: bytes, given: Any) -> None:
        """Each event stands in the tree, at this index: only then do the times say anything."""
        head, where = self.head, f"第 {index} 条"
        if given is None:
            self._say("unproven", where, "", leaf)
        elif not verify_inclusion(leaf, index, head.size, hashes_of(given), head.root):
            self._say("not_included", where, "", leaf)

    # what was promised

    def _check_promises(self, events: int) -> None:
        promise, size = self.promise, self.head.size
        if events != promise.events:
            many = promise.events
            self._say("count", "leaves.bin", many, events, promised=many, events=events)
        if promise.size != size:
            self._say("size", MANIFEST, promise.size, size)
        if promise.withheld:
            self._say("withheld", MANIFEST, count=promise.withheld)
        if promise.uncovered:
            self._say("uncovered", MANIFEST, count=promise.uncovered)
        if self.stepped_back:
            self._say("clock", "时间", count=self.stepped_back)

    def _check_tombstones(self) -> None:
        stones = every(self.bundle.json(f"{self.service}/tombstones.json"), dict)
        seen: set[str] = set()
        for stone in stones:
            key, purpose, at = (stone.get(name) for name in ("key", "purpose", "destroyed_at"))
            if not is_uuid(key) or not purpose or not is_moment(at) or key in seen:
                self._say("tombstone", "tombstones.json", "", stone)
            seen.add(str(key))
        if stones:
            self._say("erased", "tombstones.json", count=len(stones))
            if count := len(seen - self._recorded_erasures()):
                self._say("unrecorded", "tombstones.json", count=count)

    def _recorded_erasures(self) -> set[str]:
        """The keys of which events say that they were destroyed."""
        found: set[str] = set()
        for _, raw, state in self._frames():
            if ERASED.encode() in raw and b'"keys"' in state:
                found.update(
                    re.findall(r'"key": ?"([0-9a-f-]{36})"', state.decode(errors="replace"))
                )
        return found


def hashes_of(value: Any) -> list[bytes]:
    """A proof in JSON."""
    return [from_base64(one) for one in every(value, str)]


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
    trusted = _trusted(kept, policy, report)
    try:
        opened = Bundle(bundle)
    except Malformed as fault:
        report.say("damaged", "", bundle.name, why=fault)
        return report
    _check_members(opened, report)
    _check_absent(opened, policy, trusted, report)
    for service in sorted(opened.manifest.services):
        try:
            Section(opened, service, policy, trusted, report).check(since)
        except Malformed as fault:
            report.say("damaged", service, bundle.name, why=fault)
        except BROKEN as fault:
            report.say("damaged", service, bundle.name, why=f"已损坏：{type(fault).__name__}")
    for name in opened.names():
        try:
            _check_digest(opened, name, report)
        except Malformed as fault:
            report.say("damaged", name.partition("/")[0], bundle.name, why=fault)
    if opened.manifest.keys and not any(facts["events"] for facts in report.services.values()):
        report.say("no_events", "", MANIFEST)
    return report


def _check_absent(bundle: Bundle, policy: Policy, kept: Sequence[Accepted], report: Report) -> None:
    """Whatever the bundle is silent about: it may be just what matters."""
    listed = set(bundle.manifest.services)
    for service in sorted({name.partition("/")[0] for name in bundle.names()} - listed):
        report.say("unpromised", service, MANIFEST)
    for log in sorted({base_of(one.checkpoint.origin) for one in kept}):
        if log.rpartition("/")[2] not in listed:
            report.say("kept_absent", log.rpartition("/")[2], MANIFEST, log)
    for log in sorted({base_of(one.name) for one in policy.logs}):
        if log.rpartition("/")[2] not in listed:
            report.say("absent", log.rpartition("/")[2], MANIFEST)


def _trusted(kept: Sequence[tuple[str, bytes]], policy: Policy, report: Report) -> list[Accepted]:
    """The auditor's own checkpoints; any two of them may already contradict each other."""
    known: dict[tuple[str, int], Accepted] = {}
    for name, content in kept:
        try:
            is_proof = content.startswith(PROOF.encode())
            one = policy.signed(TlogProof.parse(content).checkpoint if is_proof else content)
        except (Malformed, Untrusted) as fault:
            report.say("kept_signature", "", name, why=fault)
            continue
        at = one.checkpoint
        other = known.setdefault((at.origin, at.size), one).checkpoint
        if other.root != at.root:
            of = f"{at.origin} 规模 {at.size}"
            report.say("kept_differ", "", name, other.root, at.root, of=of)
    return list(known.values())


def _check_members(bundle: Bundle, report: Report) -> None:
    """What the manifest promises is there, and nothing else."""
    manifest = bundle.manifest
    for service in manifest.unreachable:
        report.say("unreachable", service, MANIFEST)
    if not manifest.complete and not manifest.unreachable:
        report.say("not_complete", "", MANIFEST)
    if not manifest.services:
        report.say("no_services", "", MANIFEST)
    for name in sorted(set(manifest.files) - set(bundle.names())):
        report.say("listed_only", name.partition("/")[0], name)
    for name in bundle.names():
        if name not in manifest.files:
            report.say("unlisted", name.partition("/")[0], name)
        if name.endswith("readable.jsonl"):
            report.say("readable", name.partition("/")[0], name)


def _check_digest(bundle: Bundle, name: str, report: Report) -> None:
    """A member that is listed is as the manifest says; the long ones were read before."""
    promised, found = bundle.manifest.files.get(name), bundle.digest(name)
    if promised is not None and found != promised:
        report.say("digest", name.partition("/")[0], name, promised[0], found[0])


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
        report.say("no_keys", "", str(given.key), why=fault)
    else:
        report = verify(given.bundle, policy, kept, since)
    if given.json:
        print(json.dumps(report.as_dict(), ensure_ascii=False, indent=1))
    else:
        print("\n".join(report.lines()))
    return report.exit_code


if __name__ == "__main__":
    sys.exit(main())
