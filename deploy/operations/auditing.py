"""What auditors ask of a running system, and what they check without it."""

import json
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict
from io import BytesIO
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer

from deploy.local.system import PLANS
from deploy.operations import rejudging
from deploy.operations.client import NotAsExpected
from deploy.operations.evidence import SECONDS, export, keep_checkpoints
from deploy.operations.investigating import audit_investigate
from deploy.operations.session import Session
from deploy.operations.terminal import Json, Service, console, plain_words, say
from deploy.operations.timeline import Asked, print_json, whole, write_page
from deploy.operations.timeline import show as show_case
from shared.audit import verifier
from shared.audit.replaying import Replayed, replay
from shared.audit.timeline import SERVICES, TITLES

UNREPLAYABLE = 10
"""The exit code for evidence that is proven and that today's code cannot read; see `verifier`."""

audit = typer.Typer(no_args_is_help=True, help="审计：调取历史、导出证据、离线核验。")
audit.command("investigate")(audit_investigate)
audit.command("rejudge")(rejudging.command)


@audit.command("timeline")
def audit_timeline(
    key: Annotated[str, typer.Argument(help="申报编号、报送编号或外部报文编号")],
    as_of: Annotated[
        str | None, typer.Option(help="业务时间截至此时，如 2019-12-20（北京时间，含当日）")
    ] = None,
    known_at: Annotated[str | None, typer.Option(help="入库时间截至此时：当时所知")] = None,
    changes_from: Annotated[str | None, typer.Option(help="列出从此时起的变化")] = None,
    chain: Annotated[bool, typer.Option("--chain", help="每项决定回溯到外部报文")] = False,
    html: Annotated[Path | None, typer.Option(help="另存为可离线打开的网页")] = None,
    as_json: Json = False,
) -> None:
    """一件申报在三个服务中的全部历史：时间、办理人、事件、依据，当时的状态和各项内容、各角色的权限，谁看过个人信息。"""
    asked = Asked(as_of, known_at, changes_from, chain)
    with plain_words(), closing(Session.read().client()) as client:
        case = whole(client, key, asked)
        if not case.timeline.lines and not case.timeline.unreachable:
            raise NotAsExpected(f"三个服务都没有关于 {key} 的记录。")
        if html is not None:
            write_page(client, key, asked, html)
    if as_json:
        typer.echo(print_json(case))
    else:
        show_case(console(), case, asked)
    if unreachable := case.timeline.unreachable:
        say(f"以下服务未能答复，历史不完整：{'、'.join(TITLES[one] for one in unreachable)}")
        raise typer.Exit(1)


@audit.command("export")
def audit_export(
    output: Annotated[Path, typer.Option("--output", "-o", help="证据包写入此文件（zip）")],
    keys: Annotated[
        list[str] | None, typer.Argument(metavar="ID…", help="申报编号、报送编号或外部报文编号")
    ] = None,
    kept: Annotated[
        list[Path] | None,
        typer.Option(help="此前留存的检查点：将附上与之衔接的证明"),
    ] = None,
    whole: Annotated[bool, typer.Option("--all", help="导出三个服务的全部日志")] = False,
    as_json: Json = False,
) -> None:
    """导出证据包：记录、存证证明与检查点，不依赖本系统即可核验。"""
    if bool(keys) == whole:
        raise typer.BadParameter("请给出编号，或用 --all 导出全部日志，二者取一")
    with plain_words(), closing(Session.read().client()) as client:
        notes = [note for _, note in verifier.read_kept(kept or [])]
        exported = export(client, keys or [], output, notes)
    if as_json:
        said = {"services": exported.services, "unreachable": exported.unreachable}
        typer.echo(json.dumps(said, ensure_ascii=False))
    else:
        for service, part in exported.services.items():
            typer.echo(f"{TITLES[service]}  {told(part)}")
    if exported.unreachable:
        missing = "、".join(TITLES[one] for one in exported.unreachable)
        say(f"以下服务未能答复，证据不完整：{missing}")
        raise typer.Exit(1)


def told(part: dict[str, Any]) -> str:
    """What a service has given, in a line."""
    said = f"{part['events']} 个事件，检查点规模 {part['size']}"
    if part["uncovered"]:
        said += f"；另有 {part['uncovered']} 个事件尚未存证，未导出"
    if part["withheld"]:
        said += f"；另有 {part['withheld']} 个事件暂不公开，未导出"
    return said


@audit.command("verify")
def audit_verify(
    bundle: Annotated[Path, typer.Argument(help="证据包（zip）")],
    key: Annotated[Path, typer.Option("--key", help="可信的公钥或策略文件；不采信包内的任何密钥")],
    kept: Annotated[
        list[Path] | None, typer.Option(help="此前留存的检查点：文件或文件夹，可多次给出")
    ] = None,
    fresh: Annotated[int | None, typer.Option(help="最新检查点的见证不得早于若干秒之前")] = None,
    as_json: Json = False,
) -> None:
    """离线核验证据包：签名、内容、次序、存证与时间，再用现行程序重放；结论见退出码。"""
    since = 0 if fresh is None else int(time.time()) - fresh
    try:
        policy = verifier.Policy.parse(key.read_bytes())
        report = verifier.verify(bundle, policy, verifier.read_kept(kept or []), since)
    except (verifier.Malformed, OSError) as fault:
        report = verifier.Report()
        report.find("untrusted", "", str(key), f"公钥、策略或留存的检查点无法读取：{fault}")
    replayed = replay(bundle, PLANS) if report.verdict == "verified" else {}
    if as_json:
        said = {"replayed": {name: asdict(one) for name, one in replayed.items()}}
        typer.echo(orjson.dumps(report.as_dict() | said, default=str).decode())
    else:
        typer.echo("\n".join(report.lines()))
        for service, one in replayed.items():
            typer.echo("\n".join(told_of_replay(service, one)))
    failed = any(one.failures for one in replayed.values())
    raise typer.Exit(UNREPLAYABLE if failed else report.exit_code)


def told_of_replay(service: str, replayed: Replayed) -> Iterator[str]:
    """How the events of a service read today."""
    outcome = "重放未通过" if replayed.failures else "重放通过"
    said = f"{service}：{outcome}，{replayed.events} 个事件、{replayed.streams} 个完整的流"
    if replayed.left_out:
        said += f"；另有 {replayed.left_out} 个流只收录一部分，不作重放"
    yield f"{'✗' if replayed.failures else '✓'} {said}"
    for one in replayed.failures:
        where = f"第 {one.index} 条（{one.topic}，流 {one.stream} 第 {one.version} 版）"
        yield f"✗ {where}：{one.words}"


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
    if save is not None:
        say(f"已存入 {save}；请保管在本系统管理人员不能改动之处")


@audit.command("check")
def audit_check(as_json: Json = False) -> None:
    """内部核对三个服务的日志：存储内容、账本、默克尔树、检查点；有不符时退出码为 1。"""
    with plain_words(), closing(Session.read().client()) as client:
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
    seen = f"{checked['events']} 个事件、{checked['checkpoints']} 个检查点"
    typer.echo(f"{TITLES[service]}  {seen}：{outcome}")
    for finding in checked["findings"]:
        typer.echo(f"    {finding['where']}：{finding['words']}")
        if finding["expected"] or finding["found"]:
            typer.echo(f"        应为 {finding['expected']}\n        实为 {finding['found']}")
    if checked["more"]:
        typer.echo(f"    另有 {checked['more']} 处不符")


@audit.command("restored")
def audit_restored(
    service: Service,
    reason: Annotated[str, typer.Option(help="为何恢复备份、恢复到何时，将记入账本")],
    as_json: Json = False,
) -> None:
    """恢复备份之后：把丢失的账本记入续写的账本，并解除暂停（见处置手册）。"""
    with plain_words(), closing(Session.read().client()) as client:
        said = client.post(service, "/audit/restored", "operator", {"reason": reason})
    if as_json:
        typer.echo(json.dumps(said, ensure_ascii=False))
        return
    typer.echo(
        f"{said['origin']} 曾签署至{said['size']}条，现存{said['kept']}条；"
        f"已记入第{said['kept']}条，账本以 {said['origin_now']} 续写"
    )
