"""What auditors ask of a running system, and what they check without it."""

import json
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer

from deploy.operations.evidence import SECONDS, export, keep_checkpoints
from deploy.operations.session import Session
from deploy.operations.terminal import Json, console, plain_words, say
from deploy.operations.timeline import SERVICES, TITLES, table, timeline
from shared.audit import verifier

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


@audit.command("export")
def audit_export(
    output: Annotated[Path, typer.Option("--output", "-o", help="证据包写入此文件（zip）")],
    keys: Annotated[
        list[str] | None, typer.Argument(metavar="ID…", help="申报编号、报送编号或外部报文编号")
    ] = None,
    whole: Annotated[bool, typer.Option("--all", help="导出三个服务的全部日志")] = False,
    as_json: Json = False,
) -> None:
    """导出证据包：记录、存证证明与检查点，不依赖本系统即可核验。"""
    if bool(keys) == whole:
        raise typer.BadParameter("请给出编号，或用 --all 导出全部日志，二者取一")
    with plain_words():
        exported = export(Session.read().client(), keys or [], output)
    if as_json:
        said = {"services": exported.services, "unreachable": exported.unreachable}
        typer.echo(json.dumps(said, ensure_ascii=False))
    else:
        for service, part in exported.services.items():
            typer.echo(f"{TITLES[service]}  {told(part)}")
    if exported.unreachable:
        say(f"以下服务未能答复，证据不完整：{'、'.join(exported.unreachable)}")
        raise typer.Exit(1)


def told(part: dict[str, Any]) -> str:
    """What a service has given, in a line."""
    said = f"{part['events']} 个事件，检查点规模 {part['size']}"
    if part["uncovered"]:
        said += f"；另有 {part['uncovered']} 个事件尚未存证，未导出"
    if part["withheld"]:
        said += f"；{len(part['withheld'])} 个事件的内容暂不公开，只导出其记录"
    return said


@audit.command("verifier")
def audit_verifier(
    output: Annotated[Path, typer.Option("--output", "-o", help="写入此文件")],
) -> None:
    """写出单文件核验程序：只需 Python 与 cryptography，不依赖本系统。"""
    output.write_bytes(Path(verifier.__file__).read_bytes())


@audit.command("checkpoint")
def audit_checkpoint(
    save: Annotated[Path | None, typer.Option(help="另存入此文件夹，供日后核验")] = None,
    as_json: Json = False,
) -> None:
    """取三个服务最新的检查点；审计人员应定期自行留存。"""
    with plain_words():
        notes = keep_checkpoints(Session.read().client(), save)
    if as_json:
        typer.echo(json.dumps(notes, ensure_ascii=False))
    else:
        typer.echo("\n".join(notes.values()))


@audit.command("check")
def audit_check(as_json: Json = False) -> None:
    """内部核对三个服务的日志：存储内容、账本、默克尔树、检查点；有不符时退出码为 1。"""
    with plain_words():
        client = Session.read().client()
        said = {}
        for service in SERVICES:
            answer = BytesIO()
            client.download(service, "/audit/check", "operator", {}, answer, SECONDS)
            said[service] = orjson.loads(answer.getvalue())
    if as_json:
        typer.echo(json.dumps(said, ensure_ascii=False))
    else:
        for service, checked in said.items():
            show(service, checked)
    if any(checked["findings"] for checked in said.values()):
        raise typer.Exit(1)


def show(service: str, checked: dict[str, Any]) -> None:
    """What the internal check of a service found."""
    outcome = "有不符" if checked["findings"] else "相符"
    typer.echo(
        f"{TITLES[service]}  {checked['events']} 个事件、{checked['checkpoints']} 个检查点：{outcome}"
    )
    for finding in checked["findings"]:
        typer.echo(f"    {finding['where']}：{finding['words']}")
        if finding["expected"] or finding["found"]:
            typer.echo(f"        应为 {finding['expected']}\n        实为 {finding['found']}")
    if checked["more"]:
        typer.echo(f"    另有 {checked['more']} 处不符")
