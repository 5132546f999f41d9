"""Bundles that somebody tampered with, each with what must be said of it.

`by_force` is how an administrator does it: every hash that follows from the change is made anew,
so the section agrees with itself; only what others hold contradicts it.
"""

import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from shared.audit.verifier import leaf_hash, sign_note
from tests.audit.logbook import (
    BEGAN,
    MINUTE,
    WITNESSES,
    Files,
    Logbook,
    a_log,
    as_json,
    bundle,
    frame,
    key,
    manifest,
    policy_text,
    promise,
    section,
    signed,
    stream,
    zipped,
)


@dataclass(frozen=True)
class Attack:
    """A bundle, what the auditor has beside it, and the verdict with a part of its words."""

    name: str
    content: bytes
    verdict: str
    words: str
    kept: tuple[bytes, ...] = ()
    policy: bytes = field(default_factory=policy_text)
    since: int = 0


ATTACKS: list[Attack] = []
Made = tuple[bytes, str, str] | tuple[bytes, str, str, Mapping[str, object]]


def attack(make: Callable[[], Made]) -> Callable[[], Made]:
    """Add what the function makes under the function's name."""
    content, verdict, words, *more = make()
    ATTACKS.append(Attack(make.__name__, content, verdict, words, **(more[0] if more else {})))  # type: ignore[arg-type]
    return make


def whole(book: Logbook | None = None, **more: object) -> bytes:
    """An honest whole log with two archived checkpoints."""
    book = book or a_log()
    archived = {"4": book.note(4), "9": book.note(9)}
    return bundle(book, section(book, book.note(), archived=archived), **more)


def case(only: list[int] | None = None, **more: object) -> bytes:
    """An honest case: stream a, as it is in a log of twelve."""
    book = a_log()
    files = section(
        book, book.note(), only=only or [0, 3, 6, 9], archived={"4": book.note(4)}, consistency=[4]
    )
    return bundle(book, files, **{"whole_log": False, "keys": [str(stream("a"))], **more})


def changed(files: Files, name: str, old: bytes, new: bytes) -> Files:
    """The same with some bytes replaced in one file."""
    if old not in files[name]:
        raise LookupError(old)
    return {**files, name: files[name].replace(old, new, 1)}


def honest_files() -> tuple[Logbook, Files]:
    book = a_log()
    return book, section(book, book.note(), archived={"4": book.note(4)})


def case_files(only: list[int] | None = None) -> tuple[Logbook, Files]:
    book = a_log()
    archived = {"4": book.note(4)}
    only = only or [0, 3, 6, 9]
    return book, section(book, book.note(), only=only, archived=archived, consistency=[4])


CASE = {"whole_log": False, "keys": [str(stream("a"))]}

# nothing is wrong


@attack
def honest_whole_log() -> Made:
    return whole(), "verified", "", {"kept": (a_log().note(7), a_log().note())}


@attack
def honest_case() -> Made:
    return case(), "verified", "", {"kept": (a_log().note(4), a_log().note())}


@attack
def honest_part_of_a_stream_that_is_not_the_case() -> Made:
    return case(only=[0, 3, 4, 6, 9]), "verified", ""


@attack
def withheld_as_announced() -> Made:
    return case(withheld=1), "verified", ""


@attack
def clock_stepped_back() -> Made:
    book = a_log()
    book.change(6, seconds=BEGAN + 5 * MINUTE - 30)
    return bundle(book, section(book, book.note())), "verified", ""


@attack
def compressed_by_somebody() -> Made:
    book, files = honest_files()
    made = io.BytesIO()
    with ZipFile(made, "w", ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
        archive.writestr("manifest.json", manifest(files, {"intake": promise(book, files)}))
    return made.getvalue(), "verified", ""


# 1-8: the bytes, without and with all hashes made anew


@attack
def state_edited() -> Made:
    book, files = honest_files()
    files = changed(files, "intake/leaves.bin", b'{"data":{"n":5}}', b'{"data":{"n":6}}')
    return bundle(book, files), "altered", "事件内容与账本记录的哈希不符"


@attack
def name_edited() -> Made:
    book, files = honest_files()
    files = changed(files, "intake/leaves.bin", b"noted.v1", b"voted.v1")
    return bundle(book, files), "altered", "链断开"


@attack
def state_edited_by_force() -> Made:
    book = a_log()
    note, archived = book.note(), {"4": book.note(4), "9": book.note(9)}
    book.change(5, state=b'{"data":{"n":6}}')
    words = "第 4 条起、第 8 条止之间有改动"
    return bundle(book, section(book, note, archived=archived)), "altered", words


@attack
def last_event_edited_by_force() -> Made:
    book = a_log()
    note = book.note()
    book.change(11, topic="voted.v1")
    return bundle(book, section(book, note)), "altered", "全部记录算出的根与检查点不符"


@attack
def state_edited_by_force_and_signed_by_somebody() -> Made:
    book = a_log()
    book.change(5, state=b"{}")
    return bundle(book, section(book, book.note(by="mallory"))), "untrusted", "签名"


@attack
def state_edited_by_force_and_signed_by_the_log() -> Made:
    honest, book = a_log(), a_log()
    book.change(5, state=b"{}")
    kept = {"kept": (honest.note(7),)}
    return bundle(book, section(book, book.note())), "forked", "历史被改写", kept


@attack
def state_edited_and_one_size_signed_twice() -> Made:
    honest, book = a_log(), a_log()
    book.change(5, state=b"{}")
    kept = {"kept": (honest.note(),)}
    words = "同一规模签署过两个不同的根"
    return bundle(book, section(book, book.note())), "forked", words, kept


@attack
def middle_event_deleted() -> Made:
    book, files = honest_files()
    records = book.records()
    files["intake/leaves.bin"] = b"".join(
        frame(n, r, e.state)
        for n, (r, e) in enumerate(zip(records, book.entries, strict=True))
        if n != 4
    )
    return bundle(book, files), "altered", "序号不连续"


@attack
def middle_event_deleted_and_renumbered() -> Made:
    book, files = honest_files()
    kept = [(r, e.state) for r, e in zip(book.records(), book.entries, strict=True)]
    del kept[4]
    files["intake/leaves.bin"] = b"".join(frame(n, r, s) for n, (r, s) in enumerate(kept))
    return bundle(book, files), "altered", "流中版本不连续"


@attack
def events_labelled_with_other_positions() -> Made:
    book, files = honest_files()
    records, states = book.records(), [one.state for one in book.entries]
    frames = (
        frame(n + (n > 5), r, s) for n, (r, s) in enumerate(zip(records, states, strict=True))
    )
    files["intake/leaves.bin"] = b"".join(frames)
    return bundle(book, files), "altered", "序号不连续"


@attack
def version_skipped_and_signed() -> Made:
    book = a_log()
    book.change(11, version=9)
    return bundle(book, section(book, book.note())), "altered", "流中版本不连续"


@attack
def chain_broken_and_signed() -> Made:
    book = a_log()
    book.change(11, previous=bytes(32))
    return bundle(book, section(book, book.note())), "altered", "链断开"


@attack
def record_with_a_tail_signed() -> Made:
    book = a_log()
    book.change(11, tail=b"!")
    return bundle(book, section(book, book.note())), "altered", "记录应长"


@attack
def middle_event_of_a_case_deleted() -> Made:
    return case(only=[0, 6, 9]), "altered", "流中版本不连续"


@attack
def tail_of_a_stream_cut_by_force() -> Made:
    book = a_log()
    note = book.note()
    del book.entries[9:]
    return bundle(book, section(book, note)), "altered", "检查点签署 12 条，包内只有 9 条"


@attack
def log_grown_past_its_checkpoint() -> Made:
    book = a_log()
    files = section(book, book.note())
    book.add("a")
    files["intake/leaves.bin"] = section(book, book.note())["intake/leaves.bin"]
    return bundle(book, files), "altered", "检查点签署 12 条，包内却有 13 条"


@attack
def nomination_deleted_whole_and_signed() -> Made:
    honest, book = a_log(), Logbook()
    for number in range(12):
        book.add("ac"[number % 2])
    words = "前 7 条算出的根与之不同"
    return bundle(book, section(book, book.note())), "forked", words, {"kept": (honest.note(7),)}


@attack
def contents_of_two_events_swapped() -> Made:
    book, files = honest_files()
    records, states = book.records(), [one.state for one in book.entries]
    states[2], states[5] = states[5], states[2]
    frames = (frame(n, r, s) for n, (r, s) in enumerate(zip(records, states, strict=True)))
    files["intake/leaves.bin"] = b"".join(frames)
    return bundle(book, files), "altered", "事件内容与账本记录的哈希不符"


@attack
def leaves_reordered() -> Made:
    book, files = honest_files()
    pairs = [(r, e.state) for r, e in zip(book.records(), book.entries, strict=True)]
    pairs[3], pairs[4] = pairs[4], pairs[3]
    files["intake/leaves.bin"] = b"".join(frame(n, r, s) for n, (r, s) in enumerate(pairs))
    return bundle(book, files), "altered", "全部记录算出的根与检查点不符"


@attack
def back_dated_event_inserted() -> Made:
    book = a_log()
    book.change(10, seconds=BEGAN + 2 * MINUTE)
    archived = {"9": book.note(9)}
    words = "事件被倒签日期"
    return bundle(book, section(book, book.note(), archived=archived)), "out_of_time", words


@attack
def event_dated_after_its_witness() -> Made:
    book = a_log()
    book.change(3, seconds=BEGAN + 60 * MINUTE)
    words = "记录时间晚于覆盖它的检查点的见证时间"
    return bundle(book, section(book, book.note())), "out_of_time", words


@attack
def event_of_a_case_back_dated() -> Made:
    book = a_log()
    book.change(9, seconds=BEGAN)
    files = section(
        book, book.note(), only=[0, 3, 6, 9], archived={"8": book.note(8)}, consistency=[8]
    )
    return bundle(book, files, **CASE), "out_of_time", "事件被倒签日期"


@attack
def event_of_a_case_moved_to_another_time() -> Made:
    """Back-dated, and said to stand where that would have been the time."""
    book = a_log()
    book.change(9, seconds=BEGAN + 7 * MINUTE)
    files = section(
        book, book.note(), only=[0, 3, 6, 9], archived={"8": book.note(8)}, consistency=[8]
    )
    nine, seven = (number.to_bytes(8, "big") for number in (9, 7))
    files = changed(files, "intake/leaves.bin", nine, seven)
    files = changed(files, "intake/proofs.json", b'"9":', b'"7":')
    return bundle(book, files, **CASE), "altered", "记录不在已签署的日志中"


# 10: an older backup


def restore_told(book: Logbook, lost: bytes) -> bytes:
    """What the next event of a log would say of the head that was lost."""
    name, size, *_ = lost.decode().split("\n")
    said = {
        "origin": name,
        "size": int(size),
        "note": lost.decode(),
        "kept": len(book.entries),
        "origin_now": book.origin,
        "reason": "磁盘损坏",
    }
    return as_json({"at": "", "by": {}, "data": said})


def restored(*, tells: bool) -> tuple[Logbook, bytes]:
    """Twelve were signed, the backup had eight; the log goes on under its second name."""
    old, book = a_log(), a_log(events=8)
    book.origin = "gongjiang/intake/2"
    topic = "log_restored.v1" if tells else "noted.v1"
    book.add("ledger", topic, restore_told(book, old.note()))
    book.change(8, seconds=BEGAN + 20 * MINUTE)
    book.add("a")
    book.change(9, seconds=BEGAN + 21 * MINUTE)
    note = book.note(seconds=BEGAN + 22 * MINUTE)
    return book, bundle(book, section(book, note))


BOTH = policy_text("gongjiang/intake", "gongjiang/intake/2")


@attack
def restored_and_says_so() -> Made:
    _, content = restored(tells=True)
    kept = (a_log().note(), a_log().note(10), a_log().note(6))
    return content, "verified", "", {"kept": kept, "policy": BOTH}


@attack
def restored_to_before_an_earlier_restore() -> Made:
    """The second epoch was lost with the record of how the first one ended."""
    second, _ = restored(tells=True)
    last = second.note(seconds=BEGAN + 22 * MINUTE)
    book = a_log(events=6)
    book.origin = "gongjiang/intake/3"
    book.add("ledger", "log_restored.v1", restore_told(book, last))
    book.change(6, seconds=BEGAN + 30 * MINUTE)
    note = book.note(seconds=BEGAN + 31 * MINUTE)
    policy = policy_text("gongjiang/intake", "gongjiang/intake/2", "gongjiang/intake/3")
    kept = (a_log().note(), a_log().note(5), last)
    return bundle(book, section(book, note)), "verified", "", {"kept": kept, "policy": policy}


@attack
def case_after_a_restore() -> Made:
    """It holds the record of the restore: what an auditor kept of the lost part is explained."""
    book, _ = restored(tells=True)
    note = book.note(seconds=BEGAN + 22 * MINUTE)
    files = section(book, note, only=[0, 3, 6, 8, 9], consistency=[6])
    kept = {"kept": (a_log().note(), a_log().note(6)), "policy": BOTH}
    return bundle(book, files, **CASE), "verified", "", kept


@attack
def case_after_a_restore_in_silence() -> Made:
    book, _ = restored(tells=True)
    note = book.note(seconds=BEGAN + 22 * MINUTE)
    files = section(book, note, only=[0, 3, 6, 9])
    words = "没有记载恢复的事件"
    return bundle(book, files, **CASE), "rolled_back", words, {"policy": BOTH}


@attack
def restored_in_silence() -> Made:
    _, content = restored(tells=False)
    kept = {"kept": (a_log().note(),), "policy": BOTH}
    return content, "rolled_back", "没有记载恢复的事件", kept


@attack
def renamed_in_silence() -> Made:
    """Nobody has kept a checkpoint of the first name."""
    _, content = restored(tells=False)
    return content, "rolled_back", "没有记载恢复的事件", {"policy": BOTH}


@attack
def restored_under_the_old_name() -> Made:
    book = a_log(events=8)
    kept = {"kept": (a_log().note(),)}
    return bundle(book, section(book, book.note())), "rolled_back", "日志被退回", kept


@attack
def case_from_a_log_that_was_put_back() -> Made:
    book = a_log(events=10)
    files = section(book, book.note(), only=[0, 3, 6, 9])
    return bundle(book, files, **CASE), "rolled_back", "日志被退回", {"kept": (a_log().note(),)}


# 14-17: signatures


@attack
def key_with_the_right_name() -> Made:
    book = a_log()
    return bundle(book, section(book, book.note(by="mallory"))), "untrusted", "没有可信的日志签名"


@attack
def old_key_for_the_new_range() -> Made:
    book, files = honest_files()
    policy = policy_text("gongjiang/review")
    return bundle(book, files), "untrusted", "没有可信的日志签名", {"policy": policy}


@attack
def signature_under_another_text() -> Made:
    book = a_log()
    false = sign_note(b"something else\n", book.origin, key(book.origin))
    note = book.note().replace(sign_note(book.text(), book.origin, key(book.origin)), false)
    return bundle(book, section(book, note)), "untrusted", "的签名是假的"


@attack
def one_witness_twice() -> Made:
    book = a_log()
    note = book.note(witnesses=["review", "review"])
    return bundle(book, section(book, note)), "untrusted", "有效的只有 1 个"


@attack
def own_service_as_a_witness() -> Made:
    """Who holds a service holds both of its keys."""
    book = a_log()
    note = book.note(witnesses=["intake", "review"])
    return bundle(book, section(book, note)), "untrusted", "见证人不足"


@attack
def stale_witness() -> Made:
    return whole(), "untrusted", "的见证已过期", {"since": BEGAN + 12 * MINUTE}


@attack
def archived_checkpoint_forged() -> Made:
    book = a_log()
    files = section(book, book.note(), archived={"4": book.note(4, by="mallory")})
    return bundle(book, files), "untrusted", "没有可信的日志签名"


@attack
def kept_checkpoint_that_nobody_signed() -> Made:
    return whole(), "untrusted", "留存的检查点不可信", {"kept": (a_log().note(by="mallory"),)}


@attack
def portal_and_bus_disagree() -> Made:
    other = a_log()
    other.change(1, state=b"{}")
    words = "同一规模签署过两个根"
    return whole(), "forked", words, {"kept": (a_log().note(6), other.note(6))}


@attack
def archive_disagrees_with_the_leaves() -> Made:
    book, other = a_log(), a_log()
    other.change(1, state=b"{}")
    files = section(book, book.note(), archived={"6": other.note(6)})
    return bundle(book, files), "forked", "历史被改写"


# 18: the file


@attack
def manifest_not_fixed_up() -> Made:
    book, files = honest_files()
    told = manifest(files, {"intake": promise(book, files)})
    files = changed(files, "intake/tombstones.json", b"[]", b"[] ")
    return zipped([*files.items(), ("manifest.json", told)]), "altered", "与清单所记的摘要不符"


@attack
def with_its_own_key_inside() -> Made:
    book = a_log()
    files = section(book, book.note(by="mallory"))
    files["intake/policy"] = b"log mallory"
    return bundle(book, files), "untrusted", "没有可信的日志签名"


@attack
def path_traversal() -> Made:
    book, files = honest_files()
    told = manifest(files, {"intake": promise(book, files)})
    members = [*files.items(), ("../evil", b"x"), ("manifest.json", told)]
    return zipped(members), "unreadable", "不允许的路径"


@attack
def symbolic_link() -> Made:
    book, files = honest_files()
    made = io.BytesIO(bundle(book, files))
    link = ZipInfo("intake/link")
    link.external_attr = 0o120777 << 16
    with ZipFile(made, "a", ZIP_STORED) as archive:
        archive.writestr(link, "/etc/passwd")
    return made.getvalue(), "unreadable", "符号链接"


@attack
def bomb() -> Made:
    made = io.BytesIO()
    with ZipFile(made, "w", ZIP_DEFLATED) as archive:
        archive.writestr("manifest.json", b"0" * 5_000_000)
    return made.getvalue(), "unreadable", "压缩比异常"


@attack
def not_a_bundle() -> Made:
    return zipped([("manifest.json", b'{"format":"other"}')]), "unreadable", "清单的格式不是"


@attack
def cut_frame() -> Made:
    book, files = honest_files()
    told = promise(book, files)
    files["intake/leaves.bin"] = files["intake/leaves.bin"][:-3]
    return bundle(book, files, services={"intake": told}), "unreadable", "最后一条不完整"


@attack
def file_missing_that_is_listed() -> Made:
    book, files = honest_files()
    told = manifest(files, {"intake": promise(book, files)})
    del files["intake/checkpoints/4"]
    words = "清单所列的文件不在包内"
    return zipped([*files.items(), ("manifest.json", told)]), "incomplete", words


@attack
def service_promised_and_absent() -> Made:
    book, files = honest_files()
    services = {name: promise(book, files) for name in ("intake", "review")}
    return bundle(book, files, services=services), "incomplete", "缺少应有的文件"


@attack
def service_unreachable() -> Made:
    return whole(unreachable=["review"], complete=False), "incomplete", "此服务不可达"


@attack
def incomplete_by_its_own_word() -> Made:
    return whole(complete=False), "incomplete", "清单说明此包不完整"


@attack
def smaller_than_its_checkpoint() -> Made:
    return whole(size=11), "incomplete", "清单所说的规模不是检查点的规模"


@attack
def fewer_events_than_promised() -> Made:
    return case(events=5), "incomplete", "清单说有 5 条事件，包内有 4 条"


@attack
def case_without_proof_of_its_head() -> Made:
    book, files = case_files()
    proofs = json.loads(files["intake/proofs.json"])
    del proofs["inclusion"]["9"]
    files["intake/proofs.json"] = as_json(proofs)
    return bundle(book, files, **CASE), "incomplete", "没有这条记录在册的证明"


@attack
def case_edited_by_force() -> Made:
    book = a_log()
    note = book.note()
    book.change(6, state=b"{}")
    return bundle(book, section(book, note, only=[0, 3, 6, 9]), **CASE), "altered", "证明不成立"


@attack
def case_with_a_broken_chain() -> Made:
    """Each event has a proof of its own; the chain between them does not hold."""
    book = a_log()
    files = section(book, book.note(), only=[0, 3, 6, 9])
    record = book.records()[3]
    assert leaf_hash(record) in book.records()[6]
    other = record[:-96] + bytes(32) + record[-64:]
    files = changed(files, "intake/leaves.bin", record, other)
    return bundle(book, files, **CASE), "altered", "链断开"


@attack
def case_with_one_event_twice() -> Made:
    book, files = case_files()
    files["intake/leaves.bin"] += frame(9, book.records()[9], book.entries[9].state)
    return bundle(book, files, **CASE), "altered", "序号应递增"


@attack
def case_out_of_order() -> Made:
    book, files = case_files(only=[0, 3, 4, 6, 9])
    frames = [frame(n, book.records()[n], book.entries[n].state) for n in (0, 4, 3, 6, 9)]
    files["intake/leaves.bin"] = b"".join(frames)
    return bundle(book, files, **CASE), "altered", "序号应递增"


@attack
def case_whose_archive_is_not_linked() -> Made:
    book = a_log()
    files = section(book, book.note(), only=[0, 3, 6, 9], archived={"4": book.note(4)})
    return bundle(book, files, **CASE), "incomplete", "没有把它接到最新检查点的一致性证明"


@attack
def case_from_another_branch() -> Made:
    other = a_log()
    other.change(1, state=b"{}")
    words = "不能证明最新检查点是它的延续"
    return case(), "forked", words, {"kept": (other.note(4),)}


# 20-21: another log, destroyed keys


@attack
def another_services_log() -> Made:
    book = a_log("review")
    note = book.note(witnesses=["intake", "publicity"])
    files = {n.replace("review/", "intake/"): c for n, c in section(book, note).items()}
    services = {"intake": promise(Logbook("intake"), files)}
    return bundle(book, files, services=services), "foreign", "检查点是另一日志的"


@attack
def records_of_another_log() -> Made:
    book = a_log()
    for index in range(12):
        book.change(index, origin="gongjiang/review")
    return bundle(book, section(book, book.note())), "foreign", "记录属于另一日志"


@attack
def checkpoint_of_another_log_in_the_archive() -> Made:
    book = a_log()
    files = section(book, book.note(), archived={"4": a_log("review").note(4)})
    return bundle(book, files), "foreign", "检查点是另一日志的"


@attack
def record_with_a_tail() -> Made:
    book, files = honest_files()
    record, state = book.records()[11], book.entries[11].state
    files = changed(
        files, "intake/leaves.bin", frame(11, record, state), frame(11, record + b"!", state)
    )
    return bundle(book, files), "altered", "记录应长"


STONE = {
    "key": "890000aa-0000-4000-8000-000000000001",
    "purpose": "contact",
    "destroyed_at": "2026-01-02T00:00:00+00:00",
}


@attack
def keys_destroyed() -> Made:
    book = a_log()
    return bundle(book, section(book, book.note(), tombstones=[STONE])), "verified", ""


@attack
def keys_destroyed_on_record() -> Made:
    book = a_log()
    said = {"data": {"keys": [{"key": STONE["key"], "purpose": STONE["purpose"]}]}}
    book.add("a", "erasure_completed.v1", as_json(said))
    return bundle(book, section(book, book.note(), tombstones=[STONE])), "verified", ""


@attack
def key_destroyed_twice() -> Made:
    book = a_log()
    files = section(book, book.note(), tombstones=[STONE, STONE])
    return bundle(book, files), "altered", "密钥销毁记录不成立或重复"


@attack
def root_of_another_size() -> Made:
    """The leaves are those of the log; the checkpoint has the root of fewer."""
    book = a_log()
    lines = book.text().split(b"\n")
    text = b"\n".join((lines[0], lines[1], book.text(11).split(b"\n")[2], b""))
    note = signed(text, BEGAN + 12 * MINUTE, WITNESSES, book.origin)
    return bundle(book, section(book, note)), "altered", "全部记录算出的根与检查点不符"


# what a bundle is silent about


@attack
def service_beside_the_manifest() -> Made:
    """Another service's files lie in the zip, forged, and nobody promised to look at them."""
    book, files = honest_files()
    other = a_log("review")
    other.change(5, state=b"{}")
    forged = section(other, other.note(by="mallory"))
    services = {"intake": promise(book, files)}
    words = "清单未列此服务，其文件未经核验"
    return bundle(book, {**files, **forged}, services=services), "incomplete", words


@attack
def service_left_out_that_was_kept() -> Made:
    words = "审计人留存了此日志的检查点，包内却没有它的证据"
    return whole(), "incomplete", words, {"kept": (a_log("review").note(),)}


@attack
def case_of_nothing() -> Made:
    """Asked for a nomination, somebody proves an empty list."""
    book = a_log()
    files = section(book, book.note(), only=[])
    return bundle(book, files, **CASE), "incomplete", "包内没有所列编号的任何事件"


@attack
def a_second_restore_in_silence() -> Made:
    """The first restore is on record; the log then takes a third name without a word."""
    book, _ = restored(tells=True)
    book.origin = "gongjiang/intake/3"
    note = book.note(seconds=BEGAN + 22 * MINUTE)
    policy = policy_text("gongjiang/intake", "gongjiang/intake/2", "gongjiang/intake/3")
    words = "没有记载恢复的事件"
    return bundle(book, section(book, note)), "rolled_back", words, {"policy": policy}
