"""What auditors ask of a running system, and what they check without it."""

import json
from datetime import datetime
from typing import Annotated

import typer

from deploy.operations.session import Session
from deploy.operations.terminal import Json, console, plain_words
from deploy.operations.timeline import table, timeline

audit = typer.Typer(no_args_is_help=True, help="审计：调取历史、导出证据、离线核验。")


@audit.command("timeline")
def audit_timeline(
    key: str,
    as_of: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%dT%H:%M:%S%z"])] = None,
    as_json: Json = False,
) -> None:
    """一件申报在三个服务中的全部历史：时间、办理人、事件、依据。"""
    with plain_words():
        case = timeline(Session.read().client(), key, as_of=as_of)
    if as_json:
        typer.echo(
            json.dumps(
                {"key": key, "unreachable": case.unreachable, "events": case.lines},
                ensure_ascii=False,
            )
        )
        return
    console().print(table(case))
    if case.unreachable:
        typer.echo(f"以下服务未能答复，历史不完整：{'、'.join(case.unreachable)}", err=True)
        raise typer.Exit(1)
