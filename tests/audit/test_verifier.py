"""What the verifier says of bundles, honest ones and others; and what each of its checks is for."""

import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from shared.audit import verifier
from shared.audit.verifier import Policy
from tests.audit.attacks import ATTACKS, Attack, case, restored, whole
from tests.audit.logbook import a_log, bundle, judged, policy_text, section

NAMED = {one.name: one for one in ATTACKS}
NODE = Path(__file__).parents[1] / "node" / "verify.mjs"


def verdict_of(module: Any, attack: Attack, folder: Path) -> Any:
    """What a verifier, ours or a broken one, says of an attack."""
    file = folder / "evidence.zip"
    file.write_bytes(attack.content)
    kept = [(f"kept-{n}", note) for n, note in enumerate(attack.kept)]
    return module.verify(file, module.Policy.parse(attack.policy), kept, attack.since)


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda one: one.name)
def test_each_attack_has_its_verdict_and_its_words(attack: Attack, tmp_path: Path) -> None:
    report = verdict_of(verifier, attack, tmp_path)
    assert report.verdict == attack.verdict, "\n".join(report.lines())
    said = [one.words for one in report.findings if one.code == attack.verdict]
    assert not attack.words or any(attack.words in words for words in said), said
    assert report.exit_code == verifier.EXIT_CODES[attack.verdict]


def test_node_comes_to_the_same_verdicts(tmp_path: Path) -> None:
    """A second implementation, written from the specifications."""
    jobs = []
    for attack in ATTACKS:
        folder = tmp_path / attack.name
        folder.mkdir()
        (folder / "policy").write_bytes(attack.policy)
        (folder / "evidence.zip").write_bytes(attack.content)
        for number, note in enumerate(attack.kept):
            (folder / f"kept-{number}").write_bytes(note)
        kept = [str(folder / f"kept-{number}") for number in range(len(attack.kept))]
        job = {"bundle": str(folder / "evidence.zip"), "key": str(folder / "policy")}
        jobs.append({**job, "kept": kept, "since": attack.since})
    (tmp_path / "jobs").write_text(json.dumps(jobs))
    ran = subprocess.run(
        ["node", NODE, "--jobs", tmp_path / "jobs"], capture_output=True, text=True, check=False
    )
    lines = [json.loads(line) for line in ran.stdout.splitlines()]
    assert len(lines) == len(ATTACKS), ran.stderr
    for attack, line in zip(ATTACKS, lines, strict=True):
        assert line["verdict"] == attack.verdict, (attack.name, line)
        ours = {one.code for one in verdict_of(verifier, attack, tmp_path).findings}
        assert {one["code"] for one in line["findings"]} == ours, (attack.name, line)


@pytest.mark.parametrize("content", [whole(), case()], ids=["whole", "case"])
def test_a_bundle_cut_at_any_byte_is_unreadable(content: bytes, tmp_path: Path) -> None:
    for length in range(0, len(content), 7 if len(content) > 4000 else 1):
        report = judged(tmp_path, content[:length])
        assert report.verdict == "unreadable", length
        assert report.findings[0].words.startswith("不是完整的 zip 文件"), length


def test_a_byte_changed_anywhere_is_never_verified_as_something_else(tmp_path: Path) -> None:
    """Unless nothing that the bundle says depends on it (dates of members and the like)."""
    content = case()
    honest = judged(tmp_path, content).as_dict()
    for at in range(0, len(content), 5):
        other = content[:at] + bytes((content[at] ^ 0x55,)) + content[at + 1 :]
        report = judged(tmp_path, other)
        assert report.findings or report.as_dict() == honest, at


def test_a_restore_that_the_log_tells_of_is_a_remark_that_says_what_was_lost(
    tmp_path: Path,
) -> None:
    attack = NAMED["restored_and_says_so"]
    report = verdict_of(verifier, attack, tmp_path)
    words = [one.words for one in report.remarks]
    assert any("第 8 至 11 条已丢失" in one and "磁盘损坏" in one for one in words), words
    assert sum(one.code == "lost" for one in report.remarks) == 2


def test_a_restore_whose_old_head_nobody_signed_excuses_nothing(tmp_path: Path) -> None:
    """The event may be written by whoever likes; the note in it may not."""
    _, content = restored(tells=True)
    policy = Policy.parse(policy_text("gongjiang/intake/2"))
    assert judged(tmp_path, content, policy=policy).verdict == "untrusted"


def test_remarks_say_what_a_reader_should_know(tmp_path: Path) -> None:
    for name, code, words in (
        ("withheld_as_announced", "withheld", "1 条事件暂不公开，未收入"),
        ("clock_stepped_back", "clock", "时钟曾后退"),
        ("keys_destroyed", "erased", "1 个密钥已销毁"),
        ("keys_destroyed", "unrecorded", "1 个密钥已销毁，包内却没有事件记载"),
        ("honest_case", "scope", "不证明此后没有别的事件"),
        ("honest_case", "absent", "策略中有此日志，包内没有它的证据"),
        ("honest_part_of_a_stream_that_is_not_the_case", "partial", "只收录与本案有关的事件"),
    ):
        report = verdict_of(verifier, NAMED[name], tmp_path)
        assert any(one.code == code and words in one.words for one in report.remarks), name
    recorded = verdict_of(verifier, NAMED["keys_destroyed_on_record"], tmp_path)
    assert all(one.code != "unrecorded" for one in recorded.remarks)


def test_it_runs_alone_as_a_program(tmp_path: Path) -> None:
    """`-I`: nothing of ours can be imported."""
    book = a_log()
    (tmp_path / "alone.py").write_bytes(Path(verifier.__file__).read_bytes())
    (tmp_path / "good.zip").write_bytes(whole())
    (tmp_path / "bad.zip").write_bytes(bundle(book, section(book, book.note(by="mallory"))))
    (tmp_path / "policy").write_bytes(policy_text())
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "early").write_bytes(book.note(3))

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-I", "alone.py", *arguments, "--key", "policy", "--kept", "kept"],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )

    good, bad = run("good.zip"), run("bad.zip", "--json")
    assert (good.returncode, good.stderr) == (0, "")
    assert good.stdout.startswith("核验通过")
    assert "已核对留存的检查点 1 个" in good.stdout
    assert bad.returncode == 3
    assert json.loads(bad.stdout)["verdict"] == "untrusted"
    assert run("policy").returncode == 2


def test_what_was_kept_is_never_passed_over_in_silence(tmp_path: Path) -> None:
    """A path with a slip in it, or an empty folder, is no checkpoint that agrees."""
    (tmp_path / "policy").write_bytes(policy_text())
    (tmp_path / "good.zip").write_bytes(whole())
    (tmp_path / "empty").mkdir()
    for kept in ("slip", "empty"):
        with pytest.raises(verifier.Malformed, match="其中没有留存的检查点"):
            verifier.read_kept([tmp_path / kept])
    arguments = [str(tmp_path / "good.zip"), "--key", str(tmp_path / "policy")]
    assert verifier.main([*arguments, "--kept", str(tmp_path / "slip")]) == 3


def test_what_a_bundle_says_draws_no_verdict_of_its_own(tmp_path: Path) -> None:
    """Neither a line of its own nor codes for a terminal come out of it."""
    report = judged(tmp_path, whole(unreachable=["x\n核验通过\x1b[2J"]))
    lines = list(report.lines())
    assert report.verdict == "incomplete"
    assert not any(line.startswith("核验通过") or "\x1b" in line for line in lines)
    assert all("\n" not in line for line in lines)


# 25: each check is there for something

PLACES = (
    ("if key.verify(text, line.signature) is not None:", "if key:", "signature_under_another_text"),
    ("if not self._is_met(self.quorum, fresh):", "if ():", "one_witness_twice"),
    ("if timestamp >= since}", "if timestamp}", "stale_witness"),
    ("if (found := sha256(state).digest()) != one.state_hash:", "if ():", "state_edited"),
    ("or raw[at + 32 : at + 64] != sha256(state).digest()", "", "state_edited"),
    ("if one.version != last + 1:", "if ():", "version_skipped_and_signed"),
    ("version != last + 1\n                or raw", "raw", "version_skipped_and_signed"),
    (
        "elif before is not None and one.previous != before:",
        "elif ():",
        "chain_broken_and_signed",
    ),
    ("or raw[at : at + 32] != before", "", "chain_broken_and_signed"),
    ("require(at == len(record),", "require(at,", "record_with_a_tail_signed"),
    ("or at + 96 != len(raw)", "", "record_with_a_tail_signed"),
    ("if one.origin != self.base:", "if ():", "records_of_another_log"),
    ("or not raw.startswith(opening)", "", "records_of_another_log"),
    ("if key.name != own_witness(checkpoint.origin)", "if True", "own_service_as_a_witness"),
    ("if one.recorded_at > high:", "if ():", "event_dated_after_its_witness"),
    ("if one.recorded_at < low:", "if ():", "back_dated_event_inserted"),
    ("or not low <= recorded <= high", "", "back_dated_event_inserted"),
    ("if found is not None and found != head.root:", "if ():", "root_of_another_size"),
    ("if size != head.size:", "if ():", "tail_of_a_stream_cut_by_force"),
    ("if index != size:", "if ():", "events_labelled_with_other_positions"),
    ("elif not verify_consistency(one.size,", "elif () and (one.size,", "case_from_another_branch"),
    (
        'if given is None:\n            self._say("unlinked"',
        'if ():\n            self._say("unlinked"',
        "case_whose_archive_is_not_linked",
    ),
    (
        "if one.root != head.root and self.trusted:",
        "if ():",
        "state_edited_and_one_size_signed_twice",
    ),
    (
        "if found is not None and found != one.root and holds and self.trusted:",
        "if ():",
        "state_edited_by_force_and_signed_by_the_log",
    ),
    (
        "elif one.size > head.size or not stands:",
        "elif ():",
        "restored_under_the_old_name",
    ),
    ("if name != self.head.origin:", "if ():", "renamed_in_silence"),
    ("if name != self.head.origin:", "if not self.incidents:", "a_second_restore_in_silence"),
    ("for name in bundle.names()} - listed):", "for name in ()}):", "service_beside_the_manifest"),
    ("for one in kept}):", "for one in ()}):", "service_left_out_that_was_kept"),
    ("if opened.manifest.keys and not any(", "if () and not any(", "case_of_nothing"),
    ("if other.root != at.root:", "if ():", "portal_and_bus_disagree"),
    (
        'if promised != origin or self.base.rpartition("/")[2] != self.service:',
        "if ():",
        "another_services_log",
    ),
    (
        "if base_of(one.checkpoint.origin) != self.base:",
        "if ():",
        "checkpoint_of_another_log_in_the_archive",
    ),
    (
        "elif not verify_inclusion(leaf, index, head.size, hashes_of(given), head.root):",
        "elif ():",
        "case_edited_by_force",
    ),
    (
        "elif not verify_inclusion(leaf, index, head.size, hashes_of(given), head.root):",
        "elif ():",
        "event_of_a_case_moved_to_another_time",
    ),
    ('self._say("unproven", where, "", leaf)', "()", "case_without_proof_of_its_head"),
    ("if not previous < index < self.head.size:", "if ():", "case_out_of_order"),
    ("if events != promise.events:", "if ():", "fewer_events_than_promised"),
    ("if promise.size != size:", "if ():", "smaller_than_its_checkpoint"),
    (
        "if not is_uuid(key) or not purpose or not is_moment(at) or key in seen:",
        "if ():",
        "key_destroyed_twice",
    ),
    (
        "if promised is not None and found != promised:",
        "if ():",
        "manifest_not_fixed_up",
    ),
    (
        "in sorted(set(manifest.files) - set(bundle.names())):",
        "in ():",
        "file_missing_that_is_listed",
    ),
    ("for name in missing:", "for name in ():", "service_promised_and_absent"),
    ("for service in manifest.unreachable:", "for service in ():", "service_unreachable"),
    (
        "if not manifest.complete and not manifest.unreachable:",
        "if ():",
        "incomplete_by_its_own_word",
    ),
    ("is_path = name == MANIFEST or PATH.fullmatch(path)", "is_path = True", "path_traversal"),
    ("is_odd = stat.S_ISLNK(one.external_attr >> 16) or ", "is_odd = ", "symbolic_link"),
    ("require(not rest,", "require(True,", "cut_frame"),
    ('about.get("format") == FORMAT', "True", "not_a_bundle"),
)
"""A check, what stands in its place when it is taken out, and the attack that only it catches."""


@pytest.mark.parametrize(("check", "without", "name"), PLACES)
def test_without_one_of_its_checks_the_verifier_is_deceived(
    check: str, without: str, name: str, tmp_path: Path
) -> None:
    attack = NAMED[name]
    said = verdict_of(verifier, attack, tmp_path)
    deceived = verdict_of(mutated(check, without), attack, tmp_path)
    words = [one.words for one in said.findings if attack.words in one.words]
    assert said.verdict == attack.verdict
    assert words
    assert not [one for one in deceived.findings if one.words in words], deceived.findings


def mutated(old: str, new: str) -> ModuleType:
    """The verifier with one place changed."""
    source = Path(verifier.__file__).read_text()
    assert source.count(old) == 1, old
    module = ModuleType("mutated")
    sys.modules["mutated"] = module
    exec(compile(source.replace(old, new), "mutated", "exec"), vars(module))  # noqa: S102
    return module
