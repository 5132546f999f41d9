"""Keys that are changed: the logs', the witnesses', the master keys of what is sealed.

Commands on the folder of secrets of this machine, not clients of a running system: the processes
read their keys when they start.
"""

import json
from collections.abc import Mapping
from typing import Annotated

import typer

from deploy.local.resealing import change_master_key
from deploy.local.secrets import new_log_key, new_witness_key
from deploy.local.waiting import Unavailable
from deploy.operations.session import FILE, HOME
from deploy.operations.terminal import Json, Service, plain_words, say

app = typer.Typer(no_args_is_help=True, help="更换密钥：日志签名、见证、主密钥。")

SECRETS = HOME / "secrets"


@app.command("log")
def log_key(
    service: Service,
    epoch: Annotated[
        int, typer.Option(min=1, help="恢复备份后的第几段（见处置手册）；平常更换为1")
    ] = 1,
    as_json: Json = False,
) -> None:
    """更换一个服务的日志签名密钥；旧的公钥仍在信任策略中，此前的签名照样有效。"""
    with plain_words():
        origin = f"gongjiang/{service}" if epoch == 1 else f"gongjiang/{service}/{epoch}"
        new_log_key(SECRETS, origin)
    tell(
        {"origin": origin},
        f"{origin} 已有新的签名密钥：请重启签名进程，并公布新的信任策略",
        as_json,
    )


@app.command("witness")
def witness_key(service: Service, as_json: Json = False) -> None:
    """更换一个服务的见证密钥；旧的见证签名照样计入。"""
    with plain_words():
        new_witness_key(SECRETS, service)
    words = f"{service} 已有新的见证密钥：请重启各服务的日志跟进进程，并公布新的信任策略"
    tell({"witness": service}, words, as_json)


@app.command("master")
def master_key(service: Service, as_json: Json = False) -> None:
    """更换一个服务的主密钥：个人密钥和搁置的消息全部改由新密钥封存。须先停止系统。"""
    with plain_words():
        if FILE.exists():
            raise Unavailable("系统正在运行：请先停止，再更换主密钥。")
        done = change_master_key(HOME, service, say)
    words = (
        f"{service} 的主密钥已更换：个人密钥{done.personal_keys}把、"
        f"搁置的消息{done.parked}件改由新密钥封存"
    )
    tell(done._asdict(), words, as_json)


def tell(said: Mapping[str, str | int], words: str, as_json: bool) -> None:
    """The result, for programs or for people."""
    typer.echo(json.dumps(said) if as_json else words)
