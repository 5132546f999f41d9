"""How a nomination comes in: by the bus and the reception behind it alone (A13)."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.intake.samples import ROOT

MAIL = {"imaplib", "poplib", "smtplib", "mailbox", "aioimaplib", "aiosmtplib", "imapclient"}
"""What reads a mailbox, or writes to one."""

RECEPTION = "services/intake/reception.py"


def trees() -> Iterator[tuple[str, ast.Module]]:
    """Every file of ours that runs."""
    for folder in ("services", "shared", "deploy"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield path.relative_to(ROOT).as_posix(), ast.parse(Path(path).read_text())


def imported(tree: ast.Module) -> Iterator[str]:
    """The first part of the name of each module that a file imports."""
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from (alias.name.partition(".")[0] for alias in names)
            case ast.ImportFrom(module=str(module)):
                yield module.partition(".")[0]
            case _:
                pass


def called(tree: ast.Module) -> Iterator[str]:
    """The name of each function or class that a file calls by its name."""
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)):
                yield name
            case _:
                pass


def test_no_mailbox_is_read() -> None:
    """A13: the bus replaces the address of the notice."""
    assert {file: found for file, tree in trees() if (found := MAIL & set(imported(tree)))} == {}


def test_nobody_but_the_reception_takes_a_nomination_in() -> None:
    """A13: whatever comes in is judged by all rules, and answered."""
    assert [file for file, tree in trees() if "ReceiveNomination" in called(tree)] == [RECEPTION]
