"""How the commands speak: one sentence for a fault, results on standard output."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
from rich.console import Console

from deploy.local.waiting import Unavailable
from deploy.operations.client import NotAsExpected
from deploy.operations.nominate import NoReceipt
from deploy.operations.session import NothingRuns
from shared.audit.timeline import NoMoment

Json = Annotated[bool, typer.Option("--json", help="输出 JSON，供程序读取")]

WIDTH = 140
"""Columns of the output where there is no terminal."""


@contextmanager
def plain_words() -> Iterator[None]:
    """End with one sentence instead of a trace, where the fault is foreseen."""
    try:
        yield
    except (Unavailable, NotAsExpected, NothingRuns, NoReceipt, NoMoment, LookupError) as fault:
        typer.echo(str(fault), err=True)
        raise typer.Exit(1) from fault
    except FileNotFoundError as fault:
        typer.echo(f"没有这个文件：{fault.filename}", err=True)
        raise typer.Exit(1) from fault


def say(line: str) -> None:
    """Progress goes to standard error, so that standard output stays for the result."""
    typer.echo(line, err=True)


def console() -> Console:
    """Standard output, as wide as the terminal."""
    return Console(width=None if sys.stdout.isatty() else WIDTH)
