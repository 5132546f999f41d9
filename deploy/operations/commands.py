"""The operator's commands: each a client of a running system."""

import json
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from deploy.local.servers import servers
from deploy.local.system import SERVICES, System, system
from deploy.operations import auditing, keys, site
from deploy.operations import demo as demonstration
from deploy.operations.nominate import nominate as publish
from deploy.operations.rehearsal.plan import SMALLEST, Plan, plan
from deploy.operations.rehearsal.play import Rehearsal
from deploy.operations.rehearsal.stage import Stage, progress
from deploy.operations.rehearsal.telling import show
from deploy.operations.session import FILE, HOME, Session
from deploy.operations.terminal import Json, Service, console, plain_words, say
from shared.contracts.ids import campaign_id

app = typer.Typer(no_args_is_help=True)
clock = typer.Typer(no_args_is_help=True, help="演练时间。")
parked = typer.Typer(no_args_is_help=True, help="搁置的消息：列出、重试、放弃。")
app.add_typer(auditing.audit, name="audit")
app.add_typer(clock, name="clock")
app.add_typer(keys.app, name="keys")
app.add_typer(site.app, name="site")
app.add_typer(parked, name="parked")


@contextmanager
def running(directory: Path, *, fresh: bool) -> Iterator[System]:
    """The whole system on this machine; everything is stopped in the end."""
    with (
        servers(directory, fresh=fresh, log=say) as where,
        system(where, directory, fresh=fresh, own_ports=fresh) as made,
    ):
        yield made


@app.command()
def up(
    campaign: Annotated[Path | None, typer.Option(help="启动后开启的评选活动（JSON 文件）")] = None,
    clock: Annotated[
        datetime | None,
        typer.Option(
            help="演练时间，如 2019-12-10T17:00:00+08:00", formats=["%Y-%m-%dT%H:%M:%S%z"]
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """启动三个服务（必要时连同私有的数据库和消息服务器），直到 Ctrl-C。"""
    with plain_words(), stopping_cleanly(), running(HOME, fresh=False) as made:
        session = Session.of(made)
        session.write()
        try:
            prepare(session, campaign, clock)
            line = made.ready_line()
            if as_json:
                typer.echo(json.dumps(line))
            else:
                for name in ("portal", "intake", "review"):
                    typer.echo(f"{name:10} {line[name]}")
                typer.echo("Ctrl-C 停止")
            sys.stdout.flush()
            wait_until_stopped(made)
        finally:
            FILE.unlink(missing_ok=True)


def prepare(session: Session, campaign: Path | None, clock: datetime | None) -> None:
    """Set the clock and open the campaign, if that was asked for."""
    client = session.client()
    if clock is not None:
        for service in SERVICES:
            client.post(service, "/clock", "operator", {"at": clock.isoformat()})
    if campaign is not None:
        configuration = json.loads(campaign.read_text())
        key = str(campaign_id(configuration["document_number"]))
        client.command(
            "intake", "campaign", key, "open_campaign", "office", configuration=configuration
        )


def wait_until_stopped(made: System) -> None:
    """Until Ctrl-C or SIGTERM; a process or server that dies ends all."""
    while True:
        made.check()
        time.sleep(0.5)


@contextmanager
def stopping_cleanly() -> Iterator[None]:
    """Ctrl-C and SIGTERM end the run in order, even where they came ignored from a shell.

    A second one does not disturb the stopping.
    """
    both = (signal.SIGINT, signal.SIGTERM)

    def stop(*_: object) -> None:
        for number in both:
            signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    before = {number: signal.signal(number, stop) for number in both}
    try:
        yield
    except KeyboardInterrupt:
        say("已停止")
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@app.command()
def demo(
    size: Annotated[
        int | None, typer.Option(min=SMALLEST, help="改为演练这么多件生成的申报，含各种旁支情形")
    ] = None,
    seed: Annotated[int, typer.Option(help="生成申报所用的种子")] = 2019,
    as_json: Json = False,
) -> None:
    """在样例申报上演练一次完整的评选；全部符合预期时退出码为 0。"""
    if size is not None:
        rehearse(plan(size, seed), as_json=as_json)
        return
    outcome = None
    with plain_words(), stopping_cleanly(), running(HOME / "demo", fresh=True) as made:
        outcome = demonstration.Demonstration(Session.of(made), say).play()
    if outcome is None:
        raise typer.Exit(130)
    if as_json:
        typer.echo(json.dumps(outcome.as_dict(), ensure_ascii=False))
    else:
        demonstration.summary(console(), outcome)


def rehearse(made: Plan, *, as_json: bool) -> None:
    """Play a generated selection, and show where everybody ended."""
    tally = None
    with (
        plain_words(),
        stopping_cleanly(),
        running(HOME / "demo", fresh=True) as at_work,
        progress() as bars,
        closing(Stage(Session.of(at_work), bars)) as stage,
    ):
        tally = Rehearsal(stage, made).play()
    if tally is None:
        raise typer.Exit(130)
    if as_json:
        typer.echo(json.dumps({"seed": made.seed, **tally.as_dict()}, ensure_ascii=False))
    else:
        show(console(), tally)


@app.command()
def nominate(
    files: list[Path],
    proofs: Annotated[
        Path | None, typer.Option(help="另等待每份回执的存证证明，写入此目录")
    ] = None,
    as_json: Json = False,
) -> None:
    """像外部系统那样经 RabbitMQ 报送推荐申报，并等待回执。"""
    with plain_words():
        session = Session.read()
        for receipt in publish(files, session.amqp_urls, session.sources, proofs):
            if as_json:
                typer.echo(json.dumps(receipt, ensure_ascii=False))
                continue
            typer.echo(f"{receipt['id']}  {receipt['outcome']}  {receipt['nomination_id'] or ''}")
            for finding in receipt["findings"]:
                typer.echo(f"    {finding['rule']:4} {finding['severity']:8} {finding['message']}")


@clock.command("set")
def clock_set(
    moment: Annotated[datetime, typer.Argument(formats=["%Y-%m-%dT%H:%M:%S%z"])],
    as_json: Json = False,
) -> None:
    """设定三个服务的演练时间。"""
    with plain_words():
        client = Session.read().client()
        said = {
            service: client.post(service, "/clock", "operator", {"at": moment.isoformat()})["at"]
            for service in SERVICES
        }
    typer.echo(json.dumps(said) if as_json else "\n".join(f"{k:10} {v}" for k, v in said.items()))


@parked.command("list")
def parked_list(as_json: Json = False) -> None:
    """列出搁置的消息及其原因。"""
    with plain_words():
        client = Session.read().client()
        letters = [
            {"service": service, **letter}
            for service in SERVICES
            for letter in client.get(service, "/parked", "operator")
        ]
    if as_json:
        typer.echo(json.dumps(letters, ensure_ascii=False))
        return
    for letter in letters:
        typer.echo(
            f"{letter['service']:10} {letter['id']}  {letter['at']}  {letter['source']}"
            f"  {letter['key']}  {letter['reason']}"
        )


@parked.command("retry")
def parked_retry(service: Service, letter: str, as_json: Json = False) -> None:
    """重新处理一条搁置的消息，以及同一申报排在其后的消息。"""
    with plain_words():
        answer = Session.read().client().post(service, f"/parked/{letter}/retry", "operator", {})
    typer.echo(json.dumps(answer) if as_json else f"已处理 {answer['processed']} 条")


@parked.command("discard")
def parked_discard(
    service: Service,
    letter: str,
    reason: Annotated[str, typer.Option(help="放弃的理由，将记入日志")],
    as_json: Json = False,
) -> None:
    """放弃一条搁置的消息；理由记入日志。"""
    with plain_words():
        path = f"/parked/{letter}/discard"
        answer = Session.read().client().post(service, path, "operator", {"reason": reason})
    typer.echo(json.dumps(answer) if as_json else "已放弃")


@app.command()
def rebuild(
    service: Service,
    view: Annotated[str, typer.Argument(help="视图名，或 ledger")],
    as_json: Json = False,
) -> None:
    """从头重建一个视图，完成之前仍显示原来的内容；视图名为 ledger 时由账本重建默克尔树的存储块。"""
    with plain_words():
        path = "/audit/rebuild" if view == "ledger" else f"/views/{view}/rebuild"
        answer = Session.read().client().post(service, path, "operator", {})
    if as_json:
        typer.echo(json.dumps(answer))
    else:
        typer.echo(f"已重建 {answer['size']} 条" if view == "ledger" else f"{view} 正在重建")


@app.command()
def status(as_json: Json = False) -> None:
    """三个服务的运行状态。"""
    with plain_words():
        client = Session.read().client()
        answers = [client.get(service, "/status", "operator") for service in SERVICES]
    if as_json:
        typer.echo(json.dumps(answers, ensure_ascii=False))
        return
    for one in answers:
        states = "、".join(f"{part['part']} {part['state']}" for part in one["parts"])
        typer.echo(
            f"{one['service']:10} 时间 {one['clock']}  事件 {one['head']}  搁置 {one['parked']}\n"
            f"           {states}"
        )
