"""What an auditor keeps, and how the parts of the services become one bundle."""

from base64 import b64encode
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import orjson
import pytest

from deploy.operations.evidence import keep, merge, sizes_of
from shared.audit.bundle import bundle
from shared.audit.verifier import Malformed, main, read_kept


def note(root: bytes, size: int = 7, origin: str = "gongjiang/review") -> str:
    text = f"{origin}\n{size}\n{b64encode(root).decode()}\n"
    return f"{text}\n— {origin} {b64encode(bytes(68)).decode()}\n"


def test_a_checkpoint_is_kept_under_its_name_and_size(tmp_path: Path) -> None:
    kept = keep(note(bytes(32)), tmp_path)
    assert kept.name == "gongjiang-review-7.txt"
    assert keep(note(bytes(32)), tmp_path) == kept
    assert kept.read_text() == note(bytes(32))


def test_one_with_another_root_never_replaces_what_is_kept(tmp_path: Path) -> None:
    """The two together are the evidence of a fork."""
    first, second = note(bytes(32)), note(b"x" * 32)
    keep(first, tmp_path)
    keep(second, tmp_path)
    assert sorted(file.read_text() for file in tmp_path.iterdir()) == sorted((first, second))


def test_a_folder_of_kept_checkpoints_that_is_not_there_is_never_passed_over(
    tmp_path: Path,
) -> None:
    """Who mistypes it would believe that the log was compared with what was kept."""
    empty = tmp_path / "empty"
    empty.mkdir()
    for path in (empty, tmp_path / "mistyped"):
        with pytest.raises(Malformed, match="没有留存的检查点"):
            read_kept([path])


def test_the_verifier_says_that_nothing_was_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    policy = tmp_path / "policy.txt"
    policy.write_text("quorum none\n")
    given = [str(tmp_path / "case.zip"), "--key", str(policy), "--kept", str(tmp_path / "mistyped")]
    assert main(given) != 0
    assert "没有留存的检查点" in capsys.readouterr().out


def test_the_sizes_that_are_kept_go_to_the_service_whose_log_it_is() -> None:
    """A log that goes on after a restore has a number behind its name."""
    notes = [note(bytes(32), 7), note(bytes(32), 9, "gongjiang/review/2"), "no note"]
    notes.append(note(bytes(32), 5, "gongjiang/intake"))
    found = sizes_of(one.encode() for one in notes)
    assert found == {"review": [7, 9], "intake": [5]}


def test_files_are_taken_over_with_their_digests() -> None:
    own, merged = BytesIO(), BytesIO()
    about: dict[str, Any] = {"services": {"review": {"events": 3}}}
    with bundle(own) as files:
        files.add("review/leaves.bin", b"frames")
        files.close(about)
    with bundle(merged) as files:
        assert merge(own, files) == about["services"]
        files.close({})
    with ZipFile(merged) as archive:
        assert archive.read("review/leaves.bin") == b"frames"
        listed = orjson.loads(archive.read("manifest.json"))["files"]
    with ZipFile(own) as archive:
        assert listed == orjson.loads(archive.read("manifest.json"))["files"]
