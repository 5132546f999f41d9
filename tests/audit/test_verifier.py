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
        ("withheld_as_announced", "withheld", "1 条事件的内容暂不公开"),
        ("clock_stepped_back", "clock", "时钟曾后退"),
        ("keys_destroyed", "erased", "1 个密钥已销毁"),
        ("honest_case", "scope", "不证明此后没有别的事件"),
        ("honest_part_of_a_stream_that_is_not_the_case", "partial", "只收录与本案有关的事件"),
    ):
        report = verdict_of(verifier, NAMED[name], tmp_path)
        assert any(one.code == code and words in one.words for one in report.remarks), name


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
    assert bad.returncode == 3
    assert json.loads(bad.stdout)["verdict"] == "untrusted"
    assert run("policy").returncode == 2


# 25: each check is there for something

CHECKS = (("state", "sha256(state).digest()) != record.state_hash", "False)", "state_edited"),)


def mutated(old: str, new: str) -> ModuleType:
    """The verifier with one place changed."""
    source = Path(verifier.__file__).read_text()
    assert source.count(old) == 1, old
    module = ModuleType("mutated")
    sys.modules["mutated"] = module
    exec(compile(source.replace(old, new), "mutated", "exec"), vars(module))  # noqa: S102
    return module
