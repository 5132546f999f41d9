"""What the rules of today say of a case's past decisions, across the three services."""

import json
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

import httpx
import typer
from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from deploy.local.system import PLANS
from deploy.operations.client import Client, NotAsExpected
from deploy.operations.evidence import resolved
from deploy.operations.session import NothingRuns, Session
from deploy.operations.terminal import console
from shared.audit import rejudging, verifier
from shared.audit.replaying import told_in
from shared.audit.timeline import SERVICES, TITLES
from shared.calendar import BEIJING

SAME, DIFFERENT, NOT_DONE = 0, 1, 2
"""How the command ends: all as it was; something otherwise or refused; no complete answer."""

OUTCOMES = {"same": "一致", "otherwise": "不同", "refused": "会被拒绝", "unjudged": "不能复判"}

OPENED = "密封内容已经开启，并已记入一次查看个人信息；除此之外，复判不改变任何记录。"

NOTE = "每项决定都按其作出之前的实际记录复判；前一项若有不同，不推演其后续。"

UNCHANGED = "复判不改变任何记录。"


@dataclass(frozen=True)
class Rejudged:
    """The verdicts, each service's in the order of its log, and who could not be asked.

    `left_out`: streams that a bundle does not hold whole.
    """

    verdicts: Sequence[dict[str, Any]]
    unreachable: Sequence[str]
    left_out: int = 0

    @property
    def differences(self) -> Sequence[dict[str, Any]]:
        """What today's rules would not have decided so."""
        return [one for one in self.verdicts if one["outcome"] in ("otherwise", "refused")]


def rejudge(
    client: Client,
    key: str,
    changes: Mapping[str, Any] | None = None,
    purpose: str | None = None,
) -> Rejudged:
    """Ask every service to judge its decisions on a case again.

    Args:
        client: of a running system.
        key: a nomination's, submission's or campaign's id, or the id of an outside message.
        changes: fields of the campaign's configuration to be thought otherwise.
        purpose: for which intake opens what is sealed, on record; without one it stays sealed.
    """
    verdicts: dict[tuple[str, int], dict[str, Any]] = {}
    unreachable = []
    keys = [key]
    for service in SERVICES:
        try:
            keys = resolved(client, service, keys)
            for one in keys:
                path = f"/audit/cases/{quote(one, safe='')}/rejudge"
                asked = _question(service, changes, purpose)
                told = client.post(service, path, "auditor", asked)
                verdicts |= {(service, verdict["positions"][0]): verdict for verdict in told}
        except httpx.TransportError:
            unreachable.append(service)
    if not verdicts and not unreachable:
        raise NotAsExpected(f"三个服务都没有关于 {key} 的决定。")
    return Rejudged(list(verdicts.values()), unreachable)


def _question(
    service: str, changes: Mapping[str, Any] | None, purpose: str | None
) -> dict[str, Any]:
    """Only intake keeps what can be opened."""
    opening = {"purpose": purpose} if service == "intake" and purpose is not None else {}
    return {"changes": changes, **opening}


class Untrusted(Exception):
    """A bundle that was not verified is not judged; `report` tells why."""

    def __init__(self, report: verifier.Report) -> None:
        super().__init__("证据包未通过核验，不作复判。")
        self.report = report


def rejudge_bundle(
    path: Path, policy: Path | None = None, changes: Mapping[str, Any] | None = None
) -> Rejudged:
    """Judge the whole streams of a bundle again, without a system.

    Args:
        path: the bundle.
        policy: keys by which it is verified first; without them it is believed as it is.
        changes: fields of the campaign's configuration to be thought otherwise.

    Raises:
        Untrusted: the bundle was verified, and the verdict is bad.
        Malformed: it is no bundle.
    """
    if policy is not None:
        report = verifier.verify(path, verifier.Policy.parse(policy.read_bytes()))
        if report.exit_code:
            raise Untrusted(report)
    bundle = verifier.Bundle(path)
    verdicts: list[dict[str, Any]] = []
    left_out = 0
    for plan in PLANS:
        if plan.name in bundle.manifest.services:
            told = told_in(bundle, plan)
            left_out += told.left_out
            verdicts += [
                one.model_dump(mode="json")
                for one in rejudging.rejudge(plan, told.events, changes=changes)
            ]
    return Rejudged(verdicts, (), left_out)


def command(
    key: Annotated[
        str | None,
        typer.Argument(metavar="ID", help="申报编号、报送编号、外部报文编号或评选编号"),
    ] = None,
    changes: Annotated[
        Path | None, typer.Option("--with", help="假设的评选规则（JSON，只写有变的各项）")
    ] = None,
    purpose: Annotated[
        str | None, typer.Option(help="开启密封的报送内容，连同受理一并复判；用途记入日志")
    ] = None,
    bundle: Annotated[Path | None, typer.Option(help="复判此证据包，不需要系统运行")] = None,
    policy: Annotated[
        Path | None, typer.Option("--key", help="先按此公钥或策略文件核验证据包")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON，供程序读取")] = False,
) -> None:
    """按今天的规则复判各项决定；一致退出码 0，有不同 1，未能完成 2。

    不改变任何记录；只有说明用途（--purpose）开启密封内容时，记入一次查看个人信息。
    """
    if (key is None) == (bundle is None):
        raise typer.BadParameter("请给出编号，或用 --bundle 给出证据包，二者取一")
    if bundle is not None and purpose is not None:
        raise typer.BadParameter("证据包中没有密钥，密封内容不能开启：--purpose 只用于运行中的系统")
    if policy is not None and bundle is None:
        raise typer.BadParameter("--key 只用于证据包（--bundle）")
    try:
        asked = None if changes is None else json.loads(changes.read_text())
        if bundle is not None:
            rejudged = rejudge_bundle(bundle, policy, asked)
        else:
            with closing(Session.read().client()) as client:
                rejudged = rejudge(client, key or "", asked, purpose)
    except Untrusted as fault:
        typer.echo("\n".join((str(fault), *fault.report.lines())), err=True)
        raise typer.Exit(NOT_DONE) from fault
    except (OSError, ValueError, verifier.Malformed, NotAsExpected, NothingRuns) as fault:
        typer.echo(str(fault), err=True)
        raise typer.Exit(NOT_DONE) from fault
    if as_json:
        told = {
            "unreachable": rejudged.unreachable,
            "left_out": rejudged.left_out,
            "verdicts": rejudged.verdicts,
        }
        typer.echo(json.dumps(told, ensure_ascii=False))
    else:
        show(rejudged, OPENED if purpose else "")
    if rejudged.unreachable:
        raise typer.Exit(NOT_DONE)
    raise typer.Exit(DIFFERENT if rejudged.differences else SAME)


def show(rejudged: Rejudged, opened: str = "") -> None:
    """The verdicts for people; who could not be asked is named."""
    console().print(table(rejudged))
    typer.echo(summary(rejudged))
    typer.echo(f"{NOTE}{opened or UNCHANGED}")
    if rejudged.left_out:
        typer.echo(f"另有 {rejudged.left_out} 个流在证据包中不完整或无法读取，未作复判。")
    if rejudged.unreachable:
        told = "、".join(TITLES[service] for service in rejudged.unreachable)
        typer.echo(f"以下服务未能答复，复判不完整：{told}", err=True)


def table(rejudged: Rejudged) -> Table:
    """The verdicts for people: whatever is not the same comes with what is different."""
    made = Table(box=SIMPLE_HEAD)
    for title in ("服务", "时间", "办理人", "决定", "依据", "复判", "说明"):
        made.add_column(title)
    for one in rejudged.verdicts:
        at = datetime.fromisoformat(one["at"]).astimezone(BEIJING)
        made.add_row(
            TITLES[one["service"]],
            f"{at:%Y-%m-%d %H:%M}",
            Text(one["actor_name"]),
            Text(one["title"]),
            " ".join(one["rules"]),
            OUTCOMES[one["outcome"]],
            Text(explained(one)),
        )
    return made


def explained(verdict: Mapping[str, Any]) -> str:
    """In words, with the rule that decides otherwise, and each field as it was and would be."""
    if verdict["outcome"] == "same":
        return ""
    rule = f"（{verdict['rule']}）" if verdict["rule"] else ""
    return "\n".join((f"{verdict['words']}{rule}", *map(_differs, verdict["differences"])))


def _differs(difference: Mapping[str, Any]) -> str:
    field = difference["field"] or "事件"
    return f"{field}：当时 {_brief(difference['stored'])}，今天 {_brief(difference['today'])}"


def _brief(value: Any) -> str:
    text = "无" if value is None else str(value)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


LONGEST = 200
"""Characters of a value in the table; the JSON has all of it."""


def summary(rejudged: Rejudged) -> str:
    """How many of which outcome."""
    counts = {
        words: sum(one["outcome"] == outcome for one in rejudged.verdicts)
        for outcome, words in OUTCOMES.items()
    }
    return "，".join(f"{words} {count} 项" for words, count in counts.items() if count)
