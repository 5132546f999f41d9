"""`gongjiang audit investigate`: facts of three services, findings, and a folder to hand over."""

import json
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from typing import Annotated, Any, TypeVar
from uuid import UUID

import typer
from pydantic import BaseModel

from deploy.operations.client import Client, NotAsExpected
from deploy.operations.evidence import export
from deploy.operations.session import Session
from deploy.operations.terminal import Json, plain_words, say
from shared.audit.investigation.facts import Facts, IntakeFacts, PublicityFacts, ReviewFacts
from shared.audit.investigation.finding import GRADES, TITLES, Finding
from shared.audit.timeline import TITLES as SERVICE_TITLES
from shared.contracts.ids import campaign_id

FORMAT = "gongjiang-findings/1"
BUNDLE = "bundle.zip"
AUDITOR = "auditor"
MOST_KEYS = 1000
"""Cases in one bundle; an investigation that accuses more takes the whole logs."""

SEVERITY = {1: "一般", 2: "较重", 3: "严重"}

Told = TypeVar("Told", bound=BaseModel)


def campaign_of(text: str) -> UUID:
    """The campaign that is meant by its id or by the number of its notice."""
    try:
        return UUID(text)
    except ValueError:
        return campaign_id(text)


def gather(client: Client, campaign: UUID, purpose: str) -> tuple[Facts, dict[str, str]]:
    """What the services tell, and why one of them does not.

    Raises:
        NotAsExpected: intake does not tell.
    """
    unread: dict[str, str] = {}

    def ask(service: str, kind: type[Told]) -> Told:
        path = f"/audit/facts/{campaign}"
        return kind.model_validate(client.post(service, path, AUDITOR, {"purpose": purpose}))

    def ask_if_told(service: str, kind: type[Told]) -> Told | None:
        try:
            return ask(service, kind)
        except NotAsExpected as refused:
            unread[service] = str(refused)
            return None

    facts = Facts(
        intake=ask("intake", IntakeFacts),
        review=ask_if_told("review", ReviewFacts),
        publicity=ask_if_told("publicity", PublicityFacts),
    )
    return facts, unread


def hand_over(
    client: Client, facts: Facts, found: Sequence[Finding], unread: dict[str, str], folder: Path
) -> dict[str, Any]:
    """Write the findings for machines and for people, and the proofs of what they rest on.

    Returns:
        What was written as findings.json.
    """
    folder.mkdir(parents=True, exist_ok=True)
    accused = [one for one in found if one.grade == "finding"]
    keys = sorted({str(id) for one in accused for id in (*one.nominations, *one.objections)})
    if keys:
        export(client, keys if len(keys) <= MOST_KEYS else (), folder / BUNDLE)
    listed = [
        one.model_copy(update={"bundle": BUNDLE if keys and one.grade == "finding" else ""})
        for one in found
    ]
    report = as_json(facts, listed, unread)
    text = json.dumps(report, ensure_ascii=False, indent=1)
    (folder / "findings.json").write_text(text)
    (folder / "findings.html").write_text(page(report))
    return report


def as_json(facts: Facts, found: Sequence[Finding], unread: dict[str, str]) -> dict[str, Any]:
    """The findings as a program reads them."""
    from shared.audit.investigation.investigate import LEVEL  # noqa: PLC0415  (as below)

    return {
        "format": FORMAT,
        "campaign": str(facts.intake.campaign),
        "made_at": datetime.now(UTC).isoformat(),
        "examined": len(facts.intake.nominations),
        "unopened": sum(one.opened is None for one in facts.intake.nominations),
        "level": LEVEL,
        "unread": unread,
        "findings": [one.model_dump(mode="json") for one in found],
    }


def page(report: dict[str, Any]) -> str:
    """The report for people: leads, each with what it rests on."""
    sections = "".join(_section(place, one) for place, one in enumerate(report["findings"], 1))
    missing = "".join(
        f"<p>未能调取{SERVICE_TITLES[service]}服务的资料，相应疑点未查。</p>"
        for service in report["unread"]
    )
    return (
        '<!DOCTYPE html><html lang="zh-CN"><meta charset="utf-8"><title>疑点报告</title>'
        "<style>body{font-family:sans-serif;max-width:60em;margin:2em auto;line-height:1.6}"
        "table{border-collapse:collapse;font-size:.85em}td,th{border:1px solid #999;"
        "padding:.2em .5em;text-align:left;word-break:break-all}</style>"
        f"<h1>疑点报告</h1><p>评选活动 {report['campaign']}，查阅申报{report['examined']}件，"
        f"其中{report['unopened']}件已不可查看；生成于{report['made_at']}。</p>{missing}"
        "<p>疑点是线索，不是结论：须经核查、听取陈述后认定。"
        f"各项所依据的事件可凭 {BUNDLE} 离线核验。</p>{sections}</html>"
    )


def _section(place: int, finding: dict[str, Any]) -> str:
    rows = "".join(
        f"<tr><td>{SERVICE_TITLES[one['service']]}</td><td>{one['nomination'] or ''}</td>"
        f"<td>{escape(one['event'])}</td><td>{one['id']}</td><td>{one['leaf']}</td>"
        f"<td>{one['hash'][:16]}…</td><td>{escape(one['shows'])}</td></tr>"
        for one in finding["evidence"]
    )
    return (
        f"<h2>{place}. {TITLES[finding['kind']]}（{GRADES[finding['grade']]}，"
        f"{SEVERITY[finding['severity']]}）</h2><p>{escape(finding['words'])}</p>"
        "<table><tr><th>服务</th><th>申报</th><th>事件</th><th>编号</th><th>账页</th>"
        f"<th>摘要</th><th>内容</th></tr>{rows}</table>"
    )


def audit_investigate(
    campaign: Annotated[
        str, typer.Argument(help="评选通知的文号，如 嘉港区办〔2019〕60号，或评选编号")
    ],
    purpose: Annotated[str, typer.Option(help="用途，将记入每一件申报的历史")],
    out: Annotated[Path, typer.Option("-o", "--out", help="写入疑点和证据的文件夹")] = Path(
        "findings"
    ),
    as_json: Json = False,
) -> None:
    """在一次评选的全部申报、评分和异议中查找疑点，连同证据写入一个文件夹。"""
    from shared.audit.investigation.investigate import (  # noqa: PLC0415  (loads statistics)
        investigate,
    )

    with plain_words(), closing(Session.read().client()) as client:
        say("调取资料……")
        facts, unread = gather(client, campaign_of(campaign), purpose)
        if not facts.intake.nominations:
            raise NotAsExpected(f"{campaign} 没有可查的申报，请核对文号或编号。")
        for service, why in unread.items():
            say(f"{SERVICE_TITLES[service]}服务没有提供资料，相应疑点未查：{why}")
        say(f"查阅{len(facts.intake.nominations)}件申报……")
        report = hand_over(client, facts, investigate(facts), unread, out)
    if as_json:
        typer.echo(json.dumps(report, ensure_ascii=False))
        return
    for one in report["findings"]:
        typer.echo(f"{GRADES[one['grade']]}  {TITLES[one['kind']]}  {one['words']}")
    typer.echo(f"已写入 {out}")
