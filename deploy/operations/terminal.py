"""How the commands speak: one sentence for a fault, results on standard output."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import httpx
import typer
from rich.console import Console

from deploy.local.system import SERVICES
from deploy.local.waiting import Unavailable
from deploy.operations.client import NotAsExpected
from deploy.operations.nominate import NoReceipt
from deploy.operations.session import NothingRuns
from shared.audit.timeline import NoMoment
from shared.audit.verifier import Malformed

Json = Annotated[bool, typer.Option("--json", help="输出 JSON，供程序读取")]


def a_service(name: str) -> str:
    """The name of a service.

    Raises:
        BadParameter: there is none of this name.
    """
    if name not in SERVICES:
        raise typer.BadParameter(f"没有服务 {name}：应为 {'、'.join(SERVICES)} 之一。")
    return name


Service = Annotated[str, typer.Argument(help="intake、review 或 publicity", callback=a_service)]

FORESEEN = (Unavailable, NotAsExpected, NothingRuns, NoReceipt, NoMoment, Malformed, LookupError)

WIDTH = 140
"""Columns of the output where there is no terminal."""


@contextmanager
def plain_words() -> Iterator[None]:
    """End with one sentence instead of a trace, where the fault is foreseen."""
    try:
        yield
    except FORESEEN as fault:
        typer.echo(str(fault), err=True)
        raise typer.Exit(1) from fault
    except httpx.TransportError as fault:
        typer.echo(f"服务没有答复：{fault}", err=True)
        raise typer.Exit(1) from fault
    except OSError as fault:
        typer.echo(f"无法读写 {fault.filename}：{fault.strerror}", err=True)
        raise typer.Exit(1) from fault


def say(line: str) -> None:
    """Progress goes to standard error, so that standard output stays for the result."""
    typer.echo(line, err=True)


def console() -> Console:
    """Standard output, as wide as the terminal. Brackets in what people wrote are no markup."""
    return Console(width=None if sys.stdout.isatty() else WIDTH, markup=False, highlight=False)
